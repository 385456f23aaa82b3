"""Names that this machine gives addresses itself (hosts(5)): DNS knows nothing of them."""

from __future__ import annotations

from pathlib import Path

from gateway.telephony.network.network_address import is_ip_address

HOSTS_FILE = Path("/etc/hosts")


def parse_hosts(text: str) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each name, in lower case, in the file's order."""
    addresses: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if is_ip_address(address):
            for name in names:
                addresses[name.lower()] = (*addresses.get(name.lower(), ()), address)
    return addresses


class HostsFile:
    """The file's names, read again when the file has changed."""

    def __init__(self, path: Path = HOSTS_FILE) -> None:
        self._path = path
        self._changed: int | None = None
        self._addresses: dict[str, tuple[str, ...]] = {}

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of ``name``; none when the file does not name it or is not there."""
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._changed:
                self._addresses = parse_hosts(self._path.read_text(encoding="utf-8", errors="replace"))
                self._changed = changed
        except OSError:
            return ()
        return self._addresses.get(name.lower().removesuffix("."), ())
