#!/bin/sh
# Installs the independent SIP peers that the tests call with, the browser that they use, and the tools that read the
# traffic, as Debian packages; does nothing when they are there. Needs root, or sudo without a password.
set -eu

sh "$(dirname "$0")/install_promtool.sh"

# Daemons such as kamailio lie in sbin, which is not in everybody's path.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

missing=""
for peer in sipp:sip-tester baresip:baresip-core kamailio:kamailio sipsak:sipsak tshark:tshark openssl:openssl chromium:chromium; do
    command -v "${peer%%:*}" >/dev/null 2>&1 || missing="$missing ${peer#*:}"
done
# Kamailio's TLS is a module, not a command.
find /usr/lib /usr/local/lib -path '*/kamailio/modules/tls.so' 2>/dev/null | grep -q . ||
    missing="$missing kamailio-tls-modules"
# PostgreSQL's programs lie in a folder of their version.
find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | grep -q . ||
    missing="$missing postgresql"
# libfaketime is a library that a peer is started with, to put its clock forward.
find /usr/lib /usr/lib64 -path '*/faketime/libfaketimeMT.so.1' 2>/dev/null | grep -q . ||
    missing="$missing libfaketime"
[ -n "$missing" ] || exit 0

fail() {
    echo "The tests need the packages$missing, which could not be installed: $1." >&2
    exit 1
}

command -v apt-get >/dev/null 2>&1 || fail "there is no apt-get; install them with this system's own packages"
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    fail "it takes root; run: sudo apt-get install$missing"
fi

# A package may start its daemon, which would take the port 5060 of a gateway on this machine.
was_running=""
pidof kamailio >/dev/null 2>&1 && was_running=yes

echo "Installing$missing for the tests."
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # both are lists of words
if ! $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
    # A machine that has never fetched the package lists needs them first.
    $as_root apt-get update -qq || fail "apt-get update failed"
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || fail "apt-get install failed"
fi

if command -v systemctl >/dev/null 2>&1; then
    case "$missing" in
    *postgresql*) $as_root systemctl disable --now postgresql >/dev/null 2>&1 ||
        echo "PostgreSQL's own service may be running now; the tests start a server of their own." ;;
    esac
fi
if [ -z "$was_running" ] && command -v systemctl >/dev/null 2>&1; then
    case "$missing" in
    *kamailio*) $as_root systemctl disable --now kamailio >/dev/null 2>&1 ||
        echo "Kamailio's own service may be running now; stop it if the port 5060 is taken." ;;
    esac
fi
