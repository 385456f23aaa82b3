"""A leg without a line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from gateway.audio import Pcm, read_wav
from gateway.media.errors import MediaError
from gateway.media.leg import (
    HungUp,
    PlaybackEnded,
    PlaybackOutcome,
    PlaybackStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)
from gateway.media.wav_leg import REPLY_RATE, WavLeg


def tone(milliseconds: int, rate: int = 16_000, level: int = 4000) -> Pcm:
    samples = np.full(rate * milliseconds // 1000, level, np.int16)
    return Pcm(samples, rate)


async def sound(*parts: Pcm, error: Exception | None = None) -> AsyncIterator[Pcm]:
    for part in parts:
        yield part
    if error is not None:
        raise error


async def endless() -> AsyncIterator[Pcm]:
    while True:
        yield tone(20)
        await asyncio.sleep(0)


async def events_of(leg: WavLeg) -> list[object]:
    await leg.close("caller")
    return [event async for event in leg.events()]


async def test_an_utterance_is_one_turn_with_the_silence_behind_it_that_the_endpointing_asks_for() -> None:
    leg = WavLeg()
    end = await leg.hear(tone(1000))
    assert end == 8000
    started, paused, ended, hung_up = await events_of(leg)
    assert started == SpeechStarted(0)
    assert isinstance(paused, SpeechPaused)
    assert isinstance(ended, SpeechEnded)
    assert (ended.start, ended.end, ended.decided) == (0, 8000, 8000 + 4800)
    assert ended.pcm.rate == 16_000
    assert hung_up == HungUp("caller")


async def test_replies_are_collected_in_order_and_move_the_clock() -> None:
    leg = WavLeg()
    first = await leg.play(sound(tone(300), tone(200)))
    second = await leg.play(sound(tone(250, 8000, 1000)))
    assert (await second.finished()).start == 4000
    assert (await first.finished()).samples == 4000
    taken = leg.take_sound()
    assert (taken.rate, len(taken)) == (REPLY_RATE, 12_000)
    assert not len(leg.take_sound())
    assert leg.position == 6000
    kinds = [type(event) for event in await events_of(leg)]
    assert kinds == [PlaybackStarted, PlaybackEnded, PlaybackStarted, PlaybackEnded, HungUp]


async def test_a_stopped_playback_was_not_heard_and_its_sound_is_closed() -> None:
    leg = WavLeg()
    playback = await leg.play(endless())
    await asyncio.sleep(0)
    heard = await playback.stop()
    assert (heard.outcome, heard.samples) == (PlaybackOutcome.STOPPED, 0)
    assert not len(leg.take_sound())


async def test_a_sound_that_fails_is_told_to_whoever_waits_for_it() -> None:
    leg = WavLeg()
    playback = await leg.play(sound(tone(100), error=ValueError("no voice")))
    with pytest.raises(ValueError, match="no voice"):
        await playback.finished()


async def test_the_end_of_the_call_ends_what_is_played_and_no_utterance_follows() -> None:
    leg = WavLeg()
    playback = await leg.play(endless())
    await leg.hang_up()
    assert (await playback.finished()).outcome is PlaybackOutcome.LINE_LOST
    with pytest.raises(MediaError):
        await leg.hear(tone(100))


async def test_both_sides_are_recorded_where_they_were_said(tmp_path: Path) -> None:
    leg = WavLeg()
    await leg.record(tmp_path / "call.wav")
    await leg.hear(tone(500, level=2000))
    await (await leg.play(sound(tone(500, level=6000)))).finished()
    await leg.close("caller")
    mixed = read_wav((tmp_path / "call.wav").read_bytes()).samples
    assert len(mixed) == leg.position
    assert 900 < int(np.median(mixed[500:3500])) < 1100
    assert abs(int(np.median(mixed[4200:8600]))) < 10
    assert 2900 < int(np.median(mixed[9300:12000])) < 3100
