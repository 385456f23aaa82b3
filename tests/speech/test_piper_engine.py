import json
import shutil
import stat
import threading

import numpy as np
import pytest
from tiny_piper_voice import PHONEMES, RATE, STEP, voice_description, write_voice

from gateway.speech.engines.piper import PiperEngine, PiperVoiceError
from gateway.speech.engines.piper.phonemes import EspeakPhonemes
from gateway.speech.engines.piper.voice import VoiceDescription, describe, load
from gateway.speech.interface import SpeechError, SpeechTimeout
from gateway.speech.loudness import SPEECH_DBOV, speech_level

PHONEMES_BY_PROGRAM = """#!/bin/sh
# What eSpeak NG does, as far as the engine relies on it: a line of phonemes for each clause of standard input.
tr '.,;:!?' '\\n\\n\\n\\n\\n\\n' | tr 'A-Z' 'a-z' | sed 's/^ *//' | grep -v '^$'
exit 0
"""


@pytest.fixture
def program(tmp_path):
    return script(tmp_path / "phonemes", PHONEMES_BY_PROGRAM)


@pytest.fixture
def voices(tmp_path):
    folder = tmp_path / "voices"
    write_voice(folder, "de_DE-tiny-low", "de")
    write_voice(folder, "fr_FR-tiny-low", "fr")
    write_voice(folder, "en_GB-many-low", "en-gb-x-rp", speakers=3, speaker_id_map={"anna": 0, "ben": 2})
    write_voice(folder, "nl_NL-tiny-low", "nl")
    return folder


@pytest.fixture
def engine(voices, program):
    return PiperEngine(voices, program=program)


def script(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def whole(parts):
    parts = list(parts)
    return np.concatenate([part.samples for part in parts])


def test_a_sentence_is_the_sound_of_its_phonemes_at_the_voices_own_rate(engine):
    (sound,) = engine.synthesise("abc.", "de")
    assert sound.rate == RATE
    # Three phonemes with a silent mark behind each, and the stop; BEFORE_MS and AFTER_MS at the ends.
    assert sound.seconds == pytest.approx(7 * STEP / RATE + 0.09, abs=0.02)


def test_each_sentence_comes_by_itself_and_equally_loud(engine):
    parts = list(engine.synthesise("Guten Tag, hier ist die Praxis. Was kann ich tun?", "de"))
    assert len(parts) == 2
    for part in parts:
        assert speech_level(part).dbov == pytest.approx(SPEECH_DBOV, abs=0.5)
        assert np.abs(part.samples.astype(int)).max() <= 29_205


def test_figures_reach_the_phonemes_in_words(voices, tmp_path):
    heard = tmp_path / "heard"
    engine = PiperEngine(voices, program=script(tmp_path / "spy", f"#!/bin/sh\ntee -a {heard} | head -c 5\n"))
    list(engine.synthesise("Um 14.30 Uhr", "de"))
    assert heard.read_text() == "Um vierzehn Uhr dreißig"


def test_the_voice_is_the_languages_first_or_the_one_that_is_named(engine):
    assert engine.languages == ("de", "fr", "en")
    plain = whole(engine.synthesise("guten tag", "de"))
    assert np.array_equal(whole(engine.synthesise("guten tag", None, "de_DE-tiny-low")), plain)
    assert np.array_equal(whole(engine.synthesise("guten tag", "fr", "de-DE")), plain)
    assert len(whole(engine.synthesise("good day", "en", "en_GB-many-low#ben")))


@pytest.mark.parametrize(
    ("language", "voice", "reason"),
    [
        ("it", None, "no voice speaks 'it'"),
        (None, None, "neither a voice nor a language"),
        ("de", "alloy", "unknown voice 'alloy'; there are de_DE-tiny-low"),
        ("de", "nl_NL-tiny-low", "unknown voice"),
        ("en", "en_GB-many-low#carl", "has no speaker 'carl'"),
        ("en", "en_GB-many-low#3", "has no speaker '3'"),
        ("de", "de-DE:pitch=9", "is neither"),
    ],
)
def test_a_voice_that_there_is_not_is_refused_before_anything_is_said(engine, language, voice, reason):
    with pytest.raises(ValueError, match=reason):
        engine.check_voice(language, voice)
    with pytest.raises(ValueError, match=reason):
        next(engine.synthesise("x", language, voice))


@pytest.mark.parametrize("text", ["", "…", "😀", "\x00"])
def test_a_text_without_words_is_silent(engine, text):
    assert list(engine.synthesise(text, "de")) == []


def test_closing_the_sound_ends_the_work(engine, monkeypatch):
    asked = []
    phonemes = engine._phonemes.of
    monkeypatch.setattr(engine._phonemes, "of", lambda *of: asked.append(of) or phonemes(*of))
    sound = engine.synthesise("Guten Tag. Was kann ich tun? Auf Wiederhören.", "de")
    next(sound)
    sound.close()
    assert len(asked) == 1


def test_threads_get_their_own_sound(engine):
    texts = ["guten tag", "auf wiederhören", "einen moment bitte", "ja gern"]
    alone = {text: whole(engine.synthesise(text, "de")) for text in texts}
    wrong = []

    def speak(text):
        for _ in range(3):
            if not np.array_equal(whole(engine.synthesise(text, "de")), alone[text]):
                wrong.append(text)

    threads = [threading.Thread(target=speak, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_network_is_fed_as_it_was_trained(voices):
    network = voices / "en_GB-many-low.onnx"
    voice = load(network, describe(network), "en", threads=1)
    feed = voice.feed("ab☃", speed=2.0, speaker=2)
    number = {phoneme: PHONEMES.index(phoneme) for phoneme in "^_$ab"}
    assert feed["input"].tolist() == [[number[sign] for sign in "^_a_b_$"]]
    assert feed["input_lengths"].tolist() == [7]
    assert feed["scales"].tolist() == pytest.approx([0.667, 0.5, 0.8])
    assert feed["sid"].tolist() == [2]
    assert voice.unknown == {"☃"}


def test_the_version_changes_with_the_voices(voices, program):
    before = PiperEngine(voices, program=program).version
    assert PiperEngine(voices, program=program).version == before
    write_voice(voices, "de_DE-tiny-low", "de", bias=0.001)
    assert PiperEngine(voices, program=program).version != before


def test_a_sound_that_is_no_speech_is_an_error(voices, program):
    write_voice(voices, "de_DE-tiny-low", "de", bias=float("nan"))
    with pytest.raises(SpeechError, match="no speech"):
        list(PiperEngine(voices, program=program).synthesise("guten tag", "de"))


def test_a_sound_beyond_full_scale_is_not_turned_round(voices, program):
    write_voice(voices, "de_DE-tiny-low", "de", bias=40.0)
    network = voices / "de_DE-tiny-low.onnx"
    samples = load(network, describe(network), "de", 1).speak("abc").samples
    assert 0 < samples.min() <= samples.max() < 32_767


def damage(voices, name, change):
    path = voices / f"{name}.onnx.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda v: (v / "de_DE-tiny-low.onnx").write_bytes(b"\x08\x08no"), "no network that onnxruntime can load"),
        (lambda v: (v / "de_DE-tiny-low.onnx.json").unlink(), "is missing"),
        (lambda v: (v / "de_DE-tiny-low.onnx.json").write_text("{"), "describes no Piper voice"),
        (lambda v: damage(v, "de_DE-tiny-low", lambda d: d | {"phoneme_type": "pinyin"}), "phoneme_type"),
        (lambda v: damage(v, "de_DE-tiny-low", lambda d: d | {"espeak": {"voice": "-x"}}), "espeak.voice"),
        (lambda v: damage(v, "de_DE-tiny-low", lambda d: d | {"phoneme_id_map": {"a": [1]}}), "lack"),
        (lambda v: damage(v, "de_DE-tiny-low", lambda d: d | {"num_speakers": 2}), "is no Piper voice: it takes"),
        (lambda v: [path.unlink() for path in v.glob("[!n]*")], "holds no Piper voice"),
    ],
)
def test_what_cannot_speak_is_refused_at_once_in_one_sentence(voices, program, break_it, reason):
    break_it(voices)
    with pytest.raises(PiperVoiceError, match=reason) as raised:
        PiperEngine(voices, program=program)
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


def test_a_machine_without_the_program_is_told_so(voices):
    with pytest.raises(PiperVoiceError, match="espeak-not-here is not installed"):
        PiperEngine(voices, program="espeak-not-here")


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("#!/bin/sh\nexec sleep 30\n", SpeechTimeout, "did not answer within 0.2 s"),
        ("#!/bin/sh\necho 'voice x does not exist' >&2; exit 1\n", SpeechError, "voice x does not exist"),
        ("#!/bin/sh\nexit 3\n", SpeechError, "status 3"),
    ],
)
def test_a_program_that_hangs_or_fails_is_a_speech_error_in_time(tmp_path, text, error, reason):
    phonemes = EspeakPhonemes(script(tmp_path / "bad", text), within_s=0.2)
    with pytest.raises(error, match=reason):
        phonemes.of("Guten Tag", "de")


def test_clauses_keep_their_stops(program):
    assert EspeakPhonemes(program).of("Guten Tag, hier ist die Praxis.", "de") == "guten tag, hier ist die praxis."


def test_clauses_that_the_program_cuts_elsewhere_keep_the_last_stop(tmp_path):
    phonemes = EspeakPhonemes(script(tmp_path / "cuts", "#!/bin/sh\nprintf 'a\\nb (en)c(de)\\nd\\n'; cat >/dev/null\n"))
    assert phonemes.of("Ja, gern!", "de") == "a b c d!"


def test_the_text_is_no_argument_that_others_could_see(tmp_path):
    seen = tmp_path / "arguments"
    phonemes = EspeakPhonemes(script(tmp_path / "spy", f'#!/bin/sh\necho "$@" > {seen}; cat\n'))
    phonemes.of("Frau Meier", "de")
    assert "Meier" not in seen.read_text()


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize(
    ("voice", "text", "phonemes"),
    [
        ("de", "Guten Tag, wie geht es?", "ɡˈuːtən tˈɑːk, viː ɡˈeːt ɛs?"),
        ("fr", "Bonjour, ça va: très bien!", None),
        ("it", "Buongiorno. Prego!", None),
        ("en-gb-x-rp", "Good morning, one moment; thank you.", None),
    ],
)
def test_the_real_program_speaks_as_the_voices_were_trained(voice, text, phonemes):
    said = EspeakPhonemes().of(text, voice)
    assert [sign for sign in said if sign in ".,;:!?"] == [sign for sign in text if sign in ".,;:!?"]
    assert set(said) <= set(PHONEMES)
    assert phonemes in (None, said)


def test_a_description_of_a_real_voice_is_read():
    described = VoiceDescription.model_validate(voice_description("en-gb-x-rp", dataset="alba", piper_version="1.0.0"))
    assert described.language == "en"
    assert VoiceDescription.model_validate(voice_description("nl")).language is None
