"""How long an Opus packet lasts, read from its first octets without decoding it (RFC 6716 section 3)."""

from __future__ import annotations

CLOCK_RATE = 48_000
"""Ticks per second of Opus's RTP timestamp, whatever the sound's rate (RFC 7587 section 4.1)."""

_LONGEST = CLOCK_RATE * 120 // 1000

# Table 2: the frame's length by configuration number, in 1/48000 s; SILK, hybrid, CELT.
_FRAME_LENGTHS = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4


def packet_length(payload: bytes) -> int:
    """Return the length of the sound in ``payload`` in 1/48000 s; 0 when it is no Opus packet."""
    if not payload:
        return 0
    first = payload[0]
    frame = _FRAME_LENGTHS[first >> 3]
    match first & 3:
        case 0:
            frames = 1
        case 1 | 2:
            frames = 2
        case _:
            if len(payload) < 2:
                return 0
            frames = payload[1] & 0x3F
    length = frame * frames
    return length if length <= _LONGEST else 0
