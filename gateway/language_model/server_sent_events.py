"""The lines of a stream of server-sent events (WHATWG HTML, 9.2.6), as far as chat completions use them: data only."""

from __future__ import annotations

from gateway.language_model.errors import ModelRubbish

LARGEST_LINE = 1 << 16
"""Octets; a chunk of a chat completion has some hundred."""


class EventStream:
    """Turns octets, cut anywhere, into the data of events."""

    def __init__(self) -> None:
        self._pending = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, octets: bytes) -> list[str]:
        """Return the data of the events that are complete now, in order.

        Raises:
            ModelRubbish: a line has no end, or is no UTF-8.

        """
        lines = (self._pending + octets).split(b"\n")
        self._pending = lines.pop()
        if len(self._pending) > LARGEST_LINE:
            raise ModelRubbish("The model's stream has a line without an end.")
        return [data for line in lines for data in self._take(line.removesuffix(b"\r"))]

    def _take(self, line: bytes) -> list[str]:
        if line:
            if line.startswith(b"data:"):
                self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
                self._size += len(line)
            if self._size > LARGEST_LINE:
                raise ModelRubbish("The model's stream has an event without an end.")
            return []
        data, self._data, self._size = self._data, [], 0
        if not data:
            return []
        try:
            return [b"\n".join(data).decode()]
        except UnicodeDecodeError:
            # The decoder's own error would carry the text along.
            raise ModelRubbish("The model's stream is no UTF-8.") from None
