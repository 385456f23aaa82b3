"""The voices of patients."""

from pathlib import Path

import numpy as np
import pytest
from rehearsal_helpers import scenario_of

from gateway.audio import Pcm
from gateway.caller.line.background import SPEECH_LEVEL
from gateway.caller.steps import Say
from gateway.language import LANGUAGES
from gateway.rehearsal.patient_voice import VOICES, babble_voices, cough, patient_sounds, voice_of, without_tail
from gateway.rehearsal.scenario import COUGH
from gateway.rehearsal.speaker import Speaker, parse_speaker
from gateway.speech.fallback import InProcessSynthesiser
from gateway.speech.interface import SpeechRejected

SPEAKER = Speaker(InProcessSynthesiser())


async def spoken(voice: str, text: str = "Guten Tag, ich möchte einen Termin.") -> Pcm:
    chunks = [chunk async for chunk in SPEAKER.synthesise(text, "de", voice)]
    return Pcm(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].rate)


def centre_hz(sound: Pcm) -> float:
    power = np.abs(np.fft.rfft(sound.samples.astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / sound.rate)
    return float((power * hertz).sum() / power.sum())


async def test_a_longer_vocal_tract_sounds_lower_and_takes_as_long():
    own, longer = await spoken("de-DE"), await spoken("de-DE;tract=1.2")
    assert longer.rate == own.rate
    assert longer.seconds == pytest.approx(own.seconds, rel=0.1)
    assert centre_hz(longer) < 0.93 * centre_hz(own)


@pytest.mark.parametrize("name", ["de-DE;tract=2", "de-DE;tract=x", "xx-XX", "de-DE:pitch=9"])
async def test_a_voice_that_there_is_not_is_refused(name: str):
    with pytest.raises(SpeechRejected):
        await spoken(name)


@pytest.mark.parametrize("voice", list(VOICES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_patient_has_a_voice_in_every_language_that_is_not_the_gateways(voice: str, language: str):
    engine, tract = parse_speaker(VOICES[voice][language])
    assert engine.language == language
    assert (engine.pitch, engine.speed, tract) != (1.0, 1.0, 1.0)


async def test_everything_that_a_patient_says_has_a_sound(tmp_path: Path):
    scenario = scenario_of(tmp_path, "language: de\nwants: x\nvoice: man\nexpect: {actions: []}\n")
    sayings = (Say("Guten Tag."), Say("Bonjour.", "fr"), Say("Guten Tag.", gain_db=-20), COUGH)
    sounds = await patient_sounds(scenario, sayings, SPEAKER)
    assert set(sayings) <= set(sounds)
    loud, quiet = (np.sqrt(np.mean(sounds[one].samples.astype(np.float64) ** 2)) for one in (sayings[0], sayings[2]))
    assert loud / quiet == pytest.approx(10, rel=0.05)
    assert voice_of(scenario, "fr") == VOICES["man"]["fr"]


@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_a_turn_ends_with_its_last_audible_sound(gain: float):
    speech = 6000 * gain * np.sin(np.arange(16_000) * 0.3)
    hum = 60 * gain * np.sin(np.arange(12_000) * 0.1)
    trimmed = without_tail(Pcm(np.concatenate([speech, hum]).astype(np.int16), 16_000))
    assert trimmed.seconds == pytest.approx(1.06, abs=0.021)


@pytest.mark.parametrize("samples", [0, 5, 16_000])
def test_silence_stays_what_it_is(samples: int):
    assert len(without_tail(Pcm(np.zeros(samples, np.int16), 16_000))) == samples


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_voice_hums_on(language: str, tmp_path: Path):
    scenario = scenario_of(tmp_path, f"language: {language}\nwants: x\nexpect: {{actions: []}}\n")
    saying = Say("Si, si.")
    sound = (await patient_sounds(scenario, (saying,), SPEAKER))[saying]
    frames = sound.samples[: len(sound) // 320 * 320].reshape(-1, 320).astype(np.float64)
    loud = np.flatnonzero(np.sqrt(np.mean(frames**2, axis=1)) > 200)
    assert sound.seconds - (loud[-1] + 1) * 0.02 < 0.2


def test_a_cough_is_short_and_loud():
    sound = cough()
    assert 0.15 < sound.seconds < 0.5
    assert np.abs(sound.samples).max() > SPEECH_LEVEL


async def test_a_babble_has_several_voices_of_the_telephones_rate():
    voices = await babble_voices(SPEAKER)
    assert len(voices) >= 4
    assert {voice.rate for voice in voices} == {8000}
