"""The tone that a caller hears while somebody's telephone rings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.media.leg import Leg, Playback

FREQUENCY_HZ = 425
TONE_S = 1.0
PAUSE_S = 4.0
"""Swiss ring-back: 425 Hz, one second on, four seconds off (ITU-T E.180 supplement 2)."""

_LEVEL_DBM0 = -10.0
_FULL_SCALE_DBM0 = 3.14
_RAMP_S = 0.005


def ring_back_period() -> Pcm:
    """Return one tone and the pause after it, 5 s at 8 kHz; it begins and ends softly, so that it does not click."""
    times = np.arange(round(TONE_S * TELEPHONE_RATE)) / TELEPHONE_RATE
    amplitude = 32767 * 10 ** ((_LEVEL_DBM0 - _FULL_SCALE_DBM0) / 20)
    envelope = np.clip(np.minimum(times, TONE_S - times) / _RAMP_S, 0, 1)
    tone = amplitude * envelope * np.sin(2 * np.pi * FREQUENCY_HZ * times)
    pause = np.zeros(round(PAUSE_S * TELEPHONE_RATE))
    return Pcm(np.concatenate([tone, pause]).astype(np.int16), TELEPHONE_RATE)


class RingBack:
    """Rings on a leg until it is stopped or the leg is gone; speech does not interrupt it."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._playback: Playback | None = None
        self._stopped = False
        self._ringing = asyncio.create_task(self._ring(), name="ring-back")

    async def stop(self) -> None:
        """Fall silent at once; harmless when it is silent already."""
        self._stopped = True
        if self._playback is not None:
            await self._playback.stop()
        await asyncio.wait([self._ringing])

    async def _ring(self) -> None:
        self._playback = await self._leg.play(_once(ring_back_period()), barge_in=False, repeat=True)
        if self._stopped:
            await self._playback.stop()
        await self._playback.finished()


@asynccontextmanager
async def ringing(leg: Leg) -> AsyncIterator[RingBack]:
    """Ring on ``leg`` within the block, unless the tone is stopped before."""
    ring_back = RingBack(leg)
    try:
        yield ring_back
    finally:
        await ring_back.stop()


async def _once(pcm: Pcm) -> AsyncIterator[Pcm]:
    yield pcm
