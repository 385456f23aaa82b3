"""Finds the messages in the octets of a TCP or TLS connection (RFC 3261 sections 7.5 and 18.3), sans I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from gateway.telephony.messages.message import MAX_MESSAGE

_END = b"\r\n\r\n"
_LINE_BREAKS = re.compile(rb"(?:\r\n)+")
_FOLD = re.compile(rb"\r\n[ \t]+")
_CONTENT_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:([^\r\n]*)", re.IGNORECASE)
_FIRST = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~\r]")
"""What a start line can begin with."""


@dataclass(frozen=True, slots=True)
class MessageFramed:
    """One whole message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class LineBreaks:
    """So many CRLFs stood between messages, as keep-alives do (RFC 5626 section 3.5.1)."""

    count: int


@dataclass(frozen=True, slots=True)
class StreamBroken:
    """The stream cannot be read any further; ``status`` and ``reason`` say why. ``head`` is the header section."""

    status: int
    reason: str
    head: bytes = b""


StreamEvent: TypeAlias = MessageFramed | LineBreaks | StreamBroken


class StreamFramer:
    """The receiving half of one connection. After ``StreamBroken`` everything is dropped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._needed: int | None = None
        self._broken = False

    @property
    def incomplete(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bool(self._buffer)

    def receive(self, data: bytes) -> list[StreamEvent]:
        """Take the next octets, however they were split."""
        if self._broken:
            return []
        self._buffer += data
        events: list[StreamEvent] = []
        while (event := self._next()) is not None:
            events.append(event)
            if isinstance(event, StreamBroken):
                self._broken = True
                self._buffer.clear()
                break
        return events

    def _next(self) -> StreamEvent | None:
        if self._needed is None:
            event = self._find_head()
            if event is not None or self._needed is None:
                return event
        if len(self._buffer) < self._needed:
            return None
        message = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._needed, self._searched = None, 0
        return MessageFramed(message)

    def _find_head(self) -> StreamEvent | None:
        """Set ``_needed`` to the length of the message at the buffer's beginning, once its header section is there."""
        breaks = _LINE_BREAKS.match(self._buffer)
        if breaks is not None:
            del self._buffer[: breaks.end()]
            return LineBreaks(breaks.end() // 2)
        if self._buffer and not _FIRST.match(self._buffer):
            return StreamBroken(400, "This is not SIP")
        end = self._buffer.find(_END, max(0, self._searched - len(_END) + 1))
        if end < 0:
            self._searched = len(self._buffer)
            return StreamBroken(513, "The message is too large") if self._searched > MAX_MESSAGE else None
        head = bytes(self._buffer[: end + len(_END)])
        try:
            needed = len(head) + content_length(head)
        except ValueError as error:
            return StreamBroken(400, str(error), head)
        if needed > MAX_MESSAGE:
            return StreamBroken(513, "The message is too large", head)
        self._needed = needed
        return None


def content_length(head: bytes) -> int:
    """Return the length of the body that follows ``head``; raise ValueError with a sentence when it does not say it."""
    values = {value.strip() for value in _CONTENT_LENGTH.findall(_FOLD.sub(b" ", head))}
    if not values:
        raise ValueError("The Content-Length header is missing")
    if len(values) > 1:
        raise ValueError("The Content-Length header is there more than once")
    value = values.pop()
    if not value.isdigit() or len(value) > 10:
        raise ValueError("The Content-Length header is not a number")
    return int(value)
