"""A UDP relay for a SIPp that knows MD5 only, as Debian's does: it strikes out the challenges of other algorithms."""

from __future__ import annotations

import re
import selectors
import socket
import threading

_OTHER_CHALLENGE = re.compile(rb"(?im)^(?:WWW|Proxy)-Authenticate:(?![^\r\n]*algorithm=MD5\b)[^\r\n]*\r\n")


class ChallengeRelay:
    """Takes datagrams at ``listen`` and passes them on to ``remote`` from the same host; answers go the other way.

    Runs in a thread of its own until ``close``.
    """

    def __init__(self, listen: tuple[str, int], remote: tuple[str, int]) -> None:
        self._near = _bound(listen)
        self._far = _bound((listen[0], 0))
        self._remote = remote
        self._client: tuple[str, int] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="challenge-relay")

    def open(self) -> None:
        """Begin to pass on."""
        self._thread.start()

    def close(self) -> None:
        """Stop and free both ports."""
        self._stopping.set()
        self._thread.join(5)
        self._near.close()
        self._far.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._near, selectors.EVENT_READ)
            selector.register(self._far, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in selector.select(0.1):
                    if key.fileobj is self._near:
                        data, self._client = self._near.recvfrom(65_535)
                        self._far.sendto(data, self._remote)
                    elif self._client is not None:
                        data = self._far.recv(65_535)
                        self._near.sendto(_OTHER_CHALLENGE.sub(b"", data), self._client)


def _bound(address: tuple[str, int]) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(address)
    return bound
