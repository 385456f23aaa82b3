"""DTMF as named telephone events (RFC 4733), in and out."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass

from gateway.audio import TELEPHONE_RATE
from gateway.media.frame import FRAME_MS, FRAME_SAMPLES, samples_in
from gateway.media.rtp.packet import RtpPacket, wrapped_difference

DIGITS = "0123456789*#ABCD"
"""Event codes 0 to 15 (RFC 4733 section 3.2)."""

_PAYLOAD = struct.Struct("!BBH")
_END = 0x80
_VOLUME = 10
_PRESS = samples_in(160)
_GAP = samples_in(100)
_END_PACKETS = 3
_MOST_WAITING = 64
"""Digits; they take 18 s to send."""
_OVERTAKEN_S = 5
"""A packet of an earlier press is older by no more than that; a timestamp further back is one that was set anew."""


class TelephoneEventReceiver:
    """Turns event packets into one digit per press, at the press's first packet that arrives.

    The timestamp names the press, so retransmitted ends fall away and a lost end does no harm. A press longer than the
    duration field goes on in segments whose timestamps follow each other (section 2.5.1.3); they count once.
    ``clock_rate`` is that of the events' timestamps and durations, the one of the codec (section 2.1).
    """

    def __init__(self, clock_rate: int = TELEPHONE_RATE) -> None:
        self.clock_rate = clock_rate
        """To be set when the codec changes."""
        self._ssrc: int | None = None
        self._timestamp: int | None = None
        self._event = -1
        self._duration = 0

    def receive(self, packet: RtpPacket) -> str | None:
        """Return the digit when ``packet`` begins a press, else None; other events and torn packets give None."""
        if len(packet.payload) < _PAYLOAD.size:
            return None
        event, _, duration = _PAYLOAD.unpack_from(packet.payload)
        if packet.ssrc != self._ssrc:
            self._ssrc, self._timestamp = packet.ssrc, None
        if self._timestamp is not None:
            step = wrapped_difference(packet.timestamp, self._timestamp, 32)
            if -_OVERTAKEN_S * self.clock_rate < step < 0:
                return None
            if step == 0:
                self._duration = max(self._duration, duration)
                return None
        continued = (
            self._timestamp is not None
            and event == self._event
            and self._duration >= 0xFFFF - 3 * self.clock_rate * FRAME_MS // 1000
            and 0 < step <= 0xFFFF
        )
        self._timestamp, self._event, self._duration = packet.timestamp, event, duration
        return DIGITS[event] if event < len(DIGITS) and not continued else None


@dataclass(frozen=True, slots=True)
class EventPayload:
    """One event packet to send: ``payload``, ``marker`` on the first.

    The timestamp is that of ``position``, the press's first sample at 8 kHz, in every packet of the press.
    """

    payload: bytes
    position: int
    marker: bool


class TelephoneEventSender:
    """Sends digits one after the other: 160 ms each, three end packets, then 100 ms of pause.

    ``clock_rate`` is that of the RTP timestamps, in whose units durations are sent (section 2.3.5).
    """

    def __init__(self, clock_rate: int = TELEPHONE_RATE) -> None:
        self.clock_rate = clock_rate
        """To be set when the codec changes."""
        self._digits: deque[str] = deque()
        self._start: int | None = None
        self._ends = 0
        self._quiet_until = 0

    def queue(self, digits: str) -> None:
        """Send ``digits`` after those that are waiting; raise ``ValueError`` on a character that is no DTMF digit.

        What comes while 64 are waiting is dropped: a peer that floods us with keys does not keep another's line busy.
        """
        for digit in digits:
            if digit not in DIGITS:
                raise ValueError(f"{digit!r} is not a DTMF digit")
        self._digits.extend(digits[: _MOST_WAITING - len(self._digits)])

    @property
    def busy(self) -> bool:
        """Whether a press is being sent or waits."""
        return bool(self._digits)

    def next(self, position: int) -> EventPayload | None:
        """Return the packet for the tick at ``position`` (samples at 8 kHz), or None when sound may be sent."""
        if not self._digits or (self._start is None and position < self._quiet_until):
            return None
        marker = self._start is None
        if self._start is None:
            self._start = position
        start = self._start
        duration = min(position + FRAME_SAMPLES - start, _PRESS)
        ended = position - start >= _PRESS - FRAME_SAMPLES
        event = DIGITS.index(self._digits[0])
        ticks = duration * self.clock_rate // TELEPHONE_RATE
        payload = _PAYLOAD.pack(event, (_END if ended else 0) | _VOLUME, ticks)
        if ended:
            self._ends += 1
        if self._ends == _END_PACKETS:
            self._digits.popleft()
            self._start, self._ends = None, 0
            self._quiet_until = position + _GAP
        return EventPayload(payload, start, marker)
