#!/bin/sh
# The browser tests drive a Chromium of the system. Installs one where that is possible without
# asking; else says what is missing and leaves it at that: those tests then skip themselves.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
case "$(uname)" in
    Darwin) [ -d "/Applications/Google Chrome.app" ] && exit 0 ;;
esac

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "[set-up] Chromium for the browser tests (apt-get install chromium) ..."
    if { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends chromium; } >/tmp/replywell-chromium.$$ 2>&1; then
        rm -f /tmp/replywell-chromium.$$
        exit 0
    fi
    tail -n 3 /tmp/replywell-chromium.$$
    rm -f /tmp/replywell-chromium.$$
fi
echo "WARNING: no Chromium found, so the browser tests will be skipped." \
    "Install one (sudo apt install chromium) to run them."
