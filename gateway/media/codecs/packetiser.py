"""Packets of another length than the 20 ms that a tick makes (the ``ptime`` of RFC 8866 section 6.4)."""

from __future__ import annotations

from gateway.media.frame import FRAME_MS, samples_in


class Packetiser:
    """Cuts a stream of octets, of which each lasts 1/8000 s (G.711 and G.722), into packets of one length.

    A length below 20 ms makes two packets a tick, which leave together: there is no other way where the peer's
    ``maxptime`` asks for that.
    """

    def __init__(self, ptime_ms: int) -> None:
        """Raise ``ValueError`` when no packet can be ``ptime_ms`` long."""
        if ptime_ms <= 0:
            raise ValueError(f"packets of {ptime_ms} ms are not possible")
        self._length = samples_in(ptime_ms)
        self._pending = b""
        self._position = 0

    def push(self, octets: bytes, position: int) -> list[tuple[bytes, int]]:
        """Take the octets of the tick at ``position``; return the payloads that are complete and their positions.

        A jump of the position means that nothing was sent in between: what was begun before it is dropped.
        """
        if not self._pending or position != self._position + len(self._pending):
            self._pending, self._position = b"", position
        pending = self._pending + octets
        length = self._length
        complete = len(pending) // length * length
        payloads = [(pending[at : at + length], self._position + at) for at in range(0, complete, length)]
        self._pending = pending[complete:]
        self._position += complete
        return payloads

    def clear(self) -> None:
        """Drop what is not complete yet, because something else is sent in its place."""
        self._pending = b""


def make_packetiser(ptime_ms: int, *, octet_codec: bool) -> Packetiser | None:
    """Return what makes packets of ``ptime_ms``, None where a tick's frame is a packet already.

    Opus packets cannot be cut or joined like octets (``octet_codec`` False): they stay 20 ms long. A packet tells its
    length itself, a decoder takes them all (RFC 6716 section 3), and ``ptime`` is no more than a wish.
    """
    return Packetiser(ptime_ms) if octet_codec and ptime_ms != FRAME_MS else None
