"""The Swiss ring-back tone: 425 Hz, one second on, four off, until it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from gateway.audio import Pcm
from gateway.media.leg import Heard, PlaybackOutcome
from gateway.transfer.ring_back import RingBack, ring_back_period, ringing


def test_a_period_is_one_second_of_425_hz_and_four_of_silence() -> None:
    period = ring_back_period()
    assert (period.rate, period.seconds) == (8000, 5.0)
    tone, pause = period.samples[:8000].astype(float), period.samples[8000:]
    spectrum = np.abs(np.fft.rfft(tone))
    assert int(np.argmax(spectrum)) == 425
    assert not pause.any()
    level_dbm0 = 20 * np.log10(np.sqrt(2 * np.mean(tone**2)) / 32767) + 3.14
    assert level_dbm0 == pytest.approx(-10, abs=0.1)


def test_it_begins_and_ends_without_a_click() -> None:
    samples = ring_back_period().samples.astype(int)
    inside = np.abs(np.diff(samples[1000:7000])).max()
    assert np.abs(np.diff(np.concatenate([[0], samples, [0]]))).max() <= inside


class Playing:
    playback_id = 1

    def __init__(self) -> None:
        self.heard: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()

    def end(self, outcome: PlaybackOutcome) -> None:
        if not self.heard.done():
            self.heard.set_result(Heard(outcome, 0, 1, 1))

    async def stop(self) -> Heard:
        self.end(PlaybackOutcome.STOPPED)
        return await self.heard

    async def finished(self) -> Heard:
        return await self.heard


class RingingLeg:
    """Plays until the test says that it is over."""

    def __init__(self) -> None:
        self.playing: list[Playing] = []
        self.ways: list[tuple[bool, bool]] = []

    async def play(self, sound: AsyncIterator[Pcm], *, barge_in: bool = True, repeat: bool = False) -> Playing:
        assert [chunk.seconds async for chunk in sound] == [5.0]
        self.ways.append((barge_in, repeat))
        self.playing.append(Playing())
        return self.playing[-1]

    async def ringing(self) -> None:
        async with asyncio.timeout(5):
            while not self.playing:
                await asyncio.sleep(0)


async def test_it_rings_period_after_period_until_it_is_stopped_and_speech_does_not_stop_it() -> None:
    leg = RingingLeg()
    tone = RingBack(leg)
    await leg.ringing()
    assert not leg.playing[0].heard.done()
    await tone.stop()
    await tone.stop()
    assert leg.playing[0].heard.result().outcome is PlaybackOutcome.STOPPED
    assert leg.ways == [(False, True)]


async def test_it_ends_with_the_line() -> None:
    leg = RingingLeg()
    async with ringing(leg):
        await leg.ringing()
        leg.playing[0].end(PlaybackOutcome.LINE_LOST)
        await asyncio.sleep(0)
    assert len(leg.playing) == 1


async def test_stopped_before_it_began_it_never_rings_on() -> None:
    leg = RingingLeg()
    tone = RingBack(leg)
    await tone.stop()
    assert all(playing.heard.done() for playing in leg.playing)
