"""The gateway's own voice, come back: taken away, and the caller's left."""

from __future__ import annotations

import numpy as np
import pytest
from media_speech import telephone_speech

from gateway.media.codecs.g711 import decode, encode
from gateway.media.leg import SpeechStarted
from gateway.media.listening.echo_guard import EchoGuard
from gateway.media.listening.listening import Listening
from gateway.media.listening.silero import SileroDetector
from gateway.media.parameters import Codec

PLAYED = ("de-DE", "fr-FR", "it-IT", "en-GB")


def line(sound: np.ndarray) -> np.ndarray:
    """What comes out of an A-law line."""
    return decode(Codec.PCMA, encode(Codec.PCMA, sound.clip(-32768, 32767).astype(np.int16)[None]))[0]


def prompt() -> np.ndarray:
    sound = np.concatenate([np.zeros(1600), *[telephone_speech(voice).samples for voice in PLAYED]])
    return line(sound[: len(sound) // 160 * 160])


def echo(sent: np.ndarray, loss_db: float, delay_ms: int, *, hybrid: bool = False) -> np.ndarray:
    delayed = np.concatenate([np.zeros(8 * delay_ms), sent])[: len(sent)] * 10 ** (-loss_db / 20)
    if hybrid:
        response = np.random.default_rng(2).normal(size=24) * np.exp(-np.arange(24) / 6)
        delayed = np.convolve(delayed, response / np.sqrt((response**2).sum()))[: len(sent)]
    return delayed


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return SileroDetector(8)


def interruptions(
    detector: SileroDetector, heard: list[np.ndarray], sent: np.ndarray, *, told: list | None = None
) -> list[list[int]]:
    """Return by leg the ends of the frames, in samples, that interrupted the prompt."""
    listening = Listening(8, detector)
    slots = np.arange(len(heard))
    sounds = np.stack([line(sound) for sound in heard])
    found: list[list[int]] = [[] for _ in heard]
    for begin in range(0, len(sent) - 159, 160):
        hearing = listening.hear(
            slots,
            sounds[:, begin : begin + 160],
            np.full(len(heard), begin),
            np.tile(sent[begin : begin + 160], (len(heard), 1)),
            np.ones(len(heard), bool),
            {},
        )
        for slot in hearing.interrupted:
            found[slot].append(begin + 160)
        if told is not None:
            told += hearing.events
    return found


def test_an_echo_interrupts_nothing_however_loud_and_late_it_is(detector: SileroDetector) -> None:
    sent = prompt()
    heard = [echo(sent, loss, delay) for loss, delay in ((12, 20), (20, 100), (12, 300), (30, 150), (20, 480))]
    heard += [echo(sent, 20, 100, hybrid=True), echo(sent, 12, 200, hybrid=True)]
    told: list = []
    assert interruptions(detector, heard, sent, told=told) == [[]] * 7
    assert told == []


def test_without_the_guard_that_echo_would_interrupt(detector: SileroDetector) -> None:
    sent = prompt()
    other = np.concatenate([np.zeros(160), sent[:-160]])[::-1].copy()
    # The same sound against a prompt that it is no echo of.
    assert interruptions(detector, [echo(sent, 20, 100)], other)[0]


@pytest.mark.parametrize(
    ("gain", "loss_db", "latest_ms"),
    [
        pytest.param(1.0, 20, 400, id="loud"),
        pytest.param(0.3, 20, 500, id="quiet"),
        pytest.param(0.1, 12, 700, id="8 dB below the echo"),
    ],
)
def test_a_caller_who_speaks_over_the_echo_interrupts(
    detector: SileroDetector, gain: float, loss_db: float, latest_ms: int
) -> None:
    sent = prompt()
    spoken = telephone_speech("de-DE").samples * gain
    first = int(np.flatnonzero(np.abs(spoken) > np.abs(spoken).max() / 20)[0])
    heard = []
    begins = [20_000, 40_000, 60_000]
    for begin in begins:
        sound = echo(sent, loss_db, 100)
        sound[begin : begin + len(spoken)] += spoken[: len(sound) - begin]
        heard.append(sound)
    for begin, found in zip(begins, interruptions(detector, heard, sent), strict=True):
        assert found
        assert 0 < (found[0] - begin - first) / 8 < latest_ms


def test_an_echo_after_the_end_of_the_prompt_is_none_of_the_callers_words(detector: SileroDetector) -> None:
    sent = prompt()
    listening = Listening(8, detector)
    heard = line(echo(np.concatenate([sent, np.zeros(4800)]), 15, 400))
    sent = np.concatenate([sent, np.zeros(4800, np.int16)])
    playing_until = len(sent) - 4800
    events = []
    for begin in range(0, len(sent) - 159, 160):
        events += listening.hear(
            np.array([2]),
            heard[None, begin : begin + 160],
            np.array([begin]),
            sent[None, begin : begin + 160],
            np.array([begin < playing_until]),
            {},
        ).events
    assert not any(isinstance(event, SpeechStarted) for _, event in events)


def test_a_leg_that_is_not_played_to_is_left_as_it_is() -> None:
    guard = EchoGuard(4)
    slots = np.array([1, 3])
    silent = np.zeros((2, 160), np.int16)
    for _ in range(10):
        assert not guard.follow(slots, silent, np.array([False, False])).any()
    assert guard.follow(slots, silent, np.array([False, True])).tolist() == [False, True]
    for _ in range(20):
        assert guard.follow(slots, silent, np.array([False, False])).tolist() == [False, True]
    for _ in range(30):
        exposed = guard.follow(slots, silent, np.array([False, False]))
    assert not exposed.any()
    windows = np.random.default_rng(0).normal(0, 1000, (2, 256)).astype(np.float32)
    before = windows.copy()
    assert not guard.clean(slots, windows, np.zeros(2, np.int64)).any()
    assert np.array_equal(windows, before)


def test_a_known_echo_is_taken_away_and_only_of_the_leg_that_has_it() -> None:
    guard = EchoGuard(4)
    rng = np.random.default_rng(0)
    slots = np.array([0, 2])
    sent = rng.normal(0, 3000, 160 * 40).astype(np.int16)
    heard = echo(sent.astype(float), 20, 60)
    found = False
    for tick in range(40):
        piece = sent[tick * 160 : tick * 160 + 160]
        guard.follow(slots, np.stack([piece, piece]), np.array([True, True]))
        end = (tick + 1) * 160
        if tick == 20:
            found = guard.find(0, heard[end - 1536 : end].astype(np.int16), 0)
        if found and tick > 20:
            other = rng.normal(0, 300, 256).astype(np.float32)
            windows = np.stack([heard[end - 256 : end].astype(np.float32), other])
            only_echo = guard.clean(slots, windows, np.zeros(2, np.int64))
            assert np.abs(windows[0]).max() < np.abs(heard[end - 256 : end]).max() / 20
            assert np.array_equal(windows[1], other)
    assert found
    assert only_echo.tolist() == [True, False]
    guard.reset(0)
    assert not guard.clean(slots, windows, np.zeros(2, np.int64)).any()


def test_sound_of_its_own_is_no_echo() -> None:
    guard = EchoGuard(1)
    slots = np.array([0])
    rng = np.random.default_rng(0)
    for _ in range(40):
        guard.follow(slots, rng.normal(0, 3000, (1, 160)).astype(np.int16), np.array([True]))
    assert not guard.find(0, rng.normal(0, 1000, 1536).astype(np.int16), 0)
    assert not guard.find(0, np.zeros(1536, np.int16), 0)
