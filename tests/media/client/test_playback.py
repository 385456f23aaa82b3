"""What a playback says to the worker, without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from gateway.audio import Pcm
from gateway.media.client.playback import RtpPlayback
from gateway.media.errors import MediaError
from gateway.media.leg import Heard, PlaybackOutcome
from gateway.media.wire import messages as m


class Worker:
    """Takes note of what it is told."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.ended = asyncio.Event()

    def post(self, message: Any) -> None:
        self.messages.append(message)
        if isinstance(message, m.EndSound):
            self.ended.set()

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def samples(self) -> np.ndarray:
        return np.frombuffer(b"".join(one.pcm for one in self.messages if isinstance(one, m.SoundChunk)), "<i2")


def tone(seconds: float, rate: int, hertz: float = 440) -> Pcm:
    times = np.arange(round(seconds * rate)) / rate
    return Pcm((8000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16), rate)


async def sound(*chunks: Pcm) -> AsyncIterator[Pcm]:
    for chunk in chunks:
        yield chunk


async def played(rate: int, *chunks: Pcm, repeat: bool = False) -> tuple[RtpPlayback, Worker]:
    worker = Worker()
    playback = RtpPlayback(worker, 3, 5, sound(*chunks), rate)
    playback.open(barge_in=False, repeat=repeat)
    async with asyncio.timeout(10):
        await worker.ended.wait()
    return playback, worker


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("source", [8000, 16_000, 22_050, 24_000])
async def test_sound_of_any_rate_goes_out_at_that_of_the_leg(rate: int, source: int) -> None:
    _, worker = await played(rate, tone(0.5, source), tone(0.5, source))
    assert worker.messages[0] == m.OpenSound(3, 5, False, rate, False)
    assert worker.messages[-1] == m.EndSound(3, 5)
    samples = worker.samples()
    assert abs(len(samples) - rate) <= 2
    middle = samples[rate // 4 : 3 * rate // 4].astype(float)
    assert np.argmax(np.abs(np.fft.rfft(middle))) == 220


async def test_sound_that_has_the_rate_of_the_leg_goes_out_sample_by_sample() -> None:
    voice = tone(1, 16_000, 5000)
    _, worker = await played(16_000, voice)
    assert np.array_equal(worker.samples(), voice.samples)


async def test_a_sound_that_changes_its_rate_goes_on_at_that_of_the_leg() -> None:
    _, worker = await played(16_000, tone(0.5, 16_000), tone(0.5, 8000), tone(0.5, 24_000))
    assert abs(len(worker.samples()) - 24_000) <= 4


async def test_a_repeated_sound_says_so() -> None:
    _, worker = await played(8000, tone(0.1, 8000), repeat=True)
    assert worker.messages[0] == m.OpenSound(3, 5, False, 8000, True)


@pytest.mark.parametrize("rate", [8000, 16_000])
async def test_ten_minutes_are_the_end_at_any_rate(rate: int) -> None:
    minutes = [tone(60, rate) for _ in range(11)]
    playback, worker = await played(rate, *minutes)
    assert len(worker.samples()) == 600 * rate
    playback.ended(Heard(PlaybackOutcome.FINISHED, 0, 4_800_000, 4_800_000))
    with pytest.raises(MediaError, match="longer than ten minutes"):
        await playback.finished()


@pytest.mark.parametrize("rate", [8000, 16_000])
async def test_what_was_queued_when_the_line_was_lost_is_counted_at_the_rate_of_positions(rate: int) -> None:
    playback, _ = await played(rate, tone(1, rate))
    assert playback.line_lost() == Heard(PlaybackOutcome.LINE_LOST, None, 0, 8000)
