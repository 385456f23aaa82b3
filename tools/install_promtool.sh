#!/bin/sh
# Installs promtool, which checks the alerts, as /usr/local/bin/promtool; does nothing when it is there. It is taken out
# of Debian's package of Prometheus, because installing that would start a server. Needs root, or sudo without a password.
set -eu

PATH="$PATH:/usr/local/bin"
command -v promtool >/dev/null 2>&1 && exit 0

fail() {
    echo "The tests need promtool, which could not be installed: $1." >&2
    exit 1
}

command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get; install Prometheus with this system's own packages"
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    fail "it takes root; run: sudo sh tools/install_promtool.sh"
fi

echo "Installing promtool for the tests."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
if ! apt-get download -qq prometheus >/dev/null 2>&1; then
    # A machine that has never fetched the package lists needs them first.
    $as_root apt-get update -qq || fail "apt-get update failed"
    apt-get download -qq prometheus >/dev/null || fail "apt-get download failed"
fi
dpkg-deb -x prometheus_*.deb package
$as_root install -m 755 package/usr/bin/promtool /usr/local/bin/promtool
