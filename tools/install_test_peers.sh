#!/bin/sh
# Installs the independent SIP peers that the end-to-end tests call with, as Debian packages; does nothing when they
# are there. Needs root, or sudo without a password.
set -eu

missing=""
for peer in sipp:sip-tester baresip:baresip-core; do
    command -v "${peer%%:*}" >/dev/null 2>&1 || missing="$missing ${peer#*:}"
done
[ -n "$missing" ] || exit 0

fail() {
    echo "The end-to-end tests need the packages$missing, which could not be installed: $1." >&2
    exit 1
}

command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get; install sipp and baresip with this system's own packages"
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    fail "it takes root; run: sudo apt-get install$missing"
fi

echo "Installing$missing for the end-to-end tests."
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # both are lists of words
if ! $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
    # A machine that has never fetched the package lists needs them first.
    $as_root apt-get update -qq || fail "apt-get update failed"
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || fail "apt-get install failed"
fi
