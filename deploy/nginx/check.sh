#!/bin/sh
# Has nginx itself read the configurations, with a certificate of the moment. Where there is no nginx, says so and goes on.
set -eu
PATH=$PATH:/usr/sbin
if ! command -v nginx >/dev/null 2>&1; then
    echo "nginx is not installed: deploy/nginx was not checked (sudo apt install nginx-light)."
    exit 0
fi
if ! command -v openssl >/dev/null 2>&1; then
    echo "openssl, which makes a certificate for the check of deploy/nginx, is not installed."
    exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/conf" "$folder/tls"
cp "$(dirname "$0")"/*.conf "$folder/conf"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
    -keyout "$folder/tls/key.pem" -out "$folder/tls/certificate.pem" 2>/dev/null
for name in nginx tls; do
    nginx -q -t -p "$folder" -c "$folder/conf/$name.conf" -g "error_log stderr;" || exit 1
done
echo "nginx: both configurations are good"
