#!/bin/sh
# `make cluster` and the tests of proxying put a real nginx before the web processes. Installs one where that is possible without
# asking; else says what is missing and leaves it at that.
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v nginx >/dev/null 2>&1 && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "[set-up] nginx (apt-get install nginx-light) ..."
    # Debian would start it at once, on port 80, if nobody forbade that.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
        trap 'rm -f $policy' EXIT
    fi
    if { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends nginx-light; } >/tmp/replywell-nginx.$$ 2>&1; then
        rm -f /tmp/replywell-nginx.$$
        exit 0
    fi
    tail -n 3 /tmp/replywell-nginx.$$
    rm -f /tmp/replywell-nginx.$$
fi
echo "WARNING: no nginx found: make cluster needs one, and the tests of proxying will be skipped." \
    "Install one (sudo apt install nginx-light)."
