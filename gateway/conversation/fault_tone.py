"""What a caller hears where no voice can be made at all: the three rising tones of a call that cannot go on.

Every telephone user knows them, in every language, and no engine is needed for them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm

FREQUENCIES_HZ = (950, 1400, 1800)
"""The special information tone (ITU-T E.180/Q.35, section 9)."""
TONE_S = 0.33
PAUSE_S = 1.0
TIMES = 2
AMPLITUDE = 4000
"""About -18 dBm0 each."""


def special_information_tone() -> Pcm:
    """Return the tones, ``TIMES`` times, at 8 kHz."""
    time = np.arange(round(TONE_S * TELEPHONE_RATE)) / TELEPHONE_RATE
    tones = [AMPLITUDE * np.sin(2 * np.pi * frequency * time) for frequency in FREQUENCIES_HZ]
    once = np.concatenate([*tones, np.zeros(round(PAUSE_S * TELEPHONE_RATE))])
    return Pcm(np.tile(once, TIMES).astype(np.int16), TELEPHONE_RATE)


async def fault_tone() -> AsyncIterator[Pcm]:
    """Yield the tone, as a leg plays it."""
    yield special_information_tone()
