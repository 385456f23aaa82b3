import threading

import numpy as np
import pytest
import structlog

torch = pytest.importorskip("torch", reason="PyTorch is in an environment of its own: make xtts-test")

from gateway.audio import Pcm  # noqa: E402
from gateway.speech.engines.xtts.engine import CHUNK_TOKENS, RATE  # noqa: E402
from gateway.speech.engines.xtts.sampling import most_tokens  # noqa: E402
from gateway.speech.interface import SpeechError, SpeechOutOfMemory, SpeechUnavailable  # noqa: E402
from gateway.speech.loudness import speech_level  # noqa: E402

TOKEN_S = 1024 / 22_050
TEXTS = {"de": "Guten Tag.", "fr": "Bonjour, ça va ?", "it": "Buongiorno, più tardi.", "en": "Good morning."}


def said(engine, text, language, voice=None):
    return Pcm(np.concatenate([part.samples for part in engine.synthesise(text, language, voice)]), RATE)


def same(one, other):
    return np.array_equal(one.samples, other.samples)


@pytest.fixture
def steps(tiny_engine):
    """Count the steps of the language model."""
    counted = []
    handle = tiny_engine._model.gpt.mel_head.register_forward_hook(lambda *_: counted.append(1))
    yield counted
    handle.remove()


@pytest.fixture
def broken_decoder(tiny_engine, monkeypatch):
    """Let the decoder's n-th call go wrong; what is given is raised, or else put in place of the sound."""

    def breaking(what, at_call=1):
        decoder = tiny_engine._model.hifigan_decoder
        original, calls = decoder.forward, []

        def forward(latents, g=None):
            calls.append(1)
            if len(calls) != at_call:
                return original(latents, g=g)
            if isinstance(what, Exception):
                raise what
            return original(latents, g=g) * what

        monkeypatch.setattr(decoder, "forward", forward)

    return breaking


@pytest.mark.parametrize("language", TEXTS)
def test_each_language_is_spoken_at_the_level_of_all_voices(tiny_engine, language):
    sound = said(tiny_engine, TEXTS[language], language)
    assert sound.rate == 24_000
    assert speech_level(sound).dbov == pytest.approx(-20, abs=2)
    assert sound.seconds > 1


def test_the_first_sound_comes_after_a_few_steps_of_the_model(tiny_engine, steps):
    sound = tiny_engine.synthesise("Guten Tag, wie geht es?", "de")
    first = next(sound)
    assert len(steps) == CHUNK_TOKENS
    assert 0.2 < first.seconds < 0.4
    rest = list(sound)
    assert len(rest) > 3
    assert len(steps) > 40


def test_closing_ends_the_work_and_makes_room(load, monkeypatch):
    engine = load(at_once=1)
    engine._lanes._wait_s = 0.01
    steps = []
    engine._model.gpt.mel_head.register_forward_hook(lambda *_: steps.append(1))
    sound = engine.synthesise("Guten Tag. Wie geht es?", "de")
    next(sound)
    with pytest.raises(SpeechUnavailable, match="busy"):
        next(engine.synthesise("Hallo.", "de"))
    sound.close()
    assert len(steps) == CHUNK_TOKENS
    assert next(engine.synthesise("Hallo.", "de")).seconds > 0.1


def test_each_sentence_is_a_stream_of_its_own_with_a_pause_between(tiny_engine):
    one = said(tiny_engine, "Guten Tag zusammen.", "de")
    two = said(tiny_engine, "Guten Tag zusammen. Guten Tag zusammen.", "de")
    assert two.seconds == pytest.approx(2 * one.seconds, abs=0.3)


def test_a_model_that_never_stops_is_cut_off_and_reported_without_a_word(tiny_engine):
    with structlog.testing.capture_logs() as logs:
        sound = said(tiny_engine, "Ja.", "de")
    most = most_tokens(len("Ja."), 10_000)
    assert sound.seconds == pytest.approx((most + 1) * TOKEN_S, abs=0.2)
    assert logs == [{"event": "xtts_cut_off", "log_level": "warning", "characters": len("Ja."), "language": "de"}]


def test_the_models_own_limit_holds_for_long_texts(tiny_engine):
    sound = said(tiny_engine, "wie geht es denn nun allen hier so " * 4, "de")
    assert sound.seconds < (48 + 1) * TOKEN_S


def test_a_model_that_stops_is_not_reported(load, tmp_path):
    import xtts_tiny

    engine = load(xtts_tiny.write_checkpoint(tmp_path / "ends", ends=True))
    with structlog.testing.capture_logs() as logs:
        sound = said(engine, "wie geht es denn nun allen hier so " * 4, "de")
    assert logs == []
    assert sound.seconds < 40 * TOKEN_S


def test_the_same_text_sounds_the_same_whatever_else_is_spoken(tiny_engine):
    alone = {language: said(tiny_engine, text, language) for language, text in TEXTS.items()}
    torch.manual_seed(99)
    wrong = []

    def speak(language):
        if not same(said(tiny_engine, TEXTS[language], language), alone[language]):
            wrong.append(language)

    threads = [threading.Thread(target=speak, args=(language,)) for language in ("de", "fr")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert not same(alone["de"], alone["en"])


def test_lanes_take_turns_chunk_by_chunk_without_mixing(tiny_engine):
    alone = {language: said(tiny_engine, TEXTS[language], language) for language in ("it", "en")}
    streams = {language: tiny_engine.synthesise(TEXTS[language], language) for language in alone}
    heard = {language: [] for language in alone}
    while streams:
        for language in list(streams):
            chunk = next(streams[language], None)
            if chunk is None:
                del streams[language]
            else:
                heard[language].append(chunk.samples)
    for language, chunks in heard.items():
        assert same(Pcm(np.concatenate(chunks), RATE), alone[language])


def test_a_speaker_of_the_checkpoint_may_be_asked_for(tiny_engine):
    assert tiny_engine.speakers == ("Ana Florence", "Bruno")
    own = said(tiny_engine, "Hallo.", "de")
    assert same(said(tiny_engine, "Hallo.", "de", "Ana Florence"), own)
    assert not same(said(tiny_engine, "Hallo.", "de", "Bruno"), own)


def test_a_locale_is_a_language_and_no_voice(tiny_engine):
    own = said(tiny_engine, "Hallo.", "fr")
    assert same(said(tiny_engine, "Hallo.", None, "fr-FR"), own)
    assert same(said(tiny_engine, "Hallo.", "fr", "de-DE:pitch=1.2"), own)


@pytest.mark.parametrize(
    ("language", "voice", "message"),
    [("de", "Carla", "no speaker 'Carla'; there are Ana Florence, Bruno"), (None, None, "neither a language")],
)
def test_an_unknown_voice_is_refused_before_anything_is_said(tiny_engine, language, voice, message):
    with pytest.raises(ValueError, match=message):
        next(tiny_engine.synthesise("Hallo.", language, voice))


@pytest.mark.parametrize("text", ["…", "", "😀", "(" * 50])
def test_a_text_without_words_has_no_sound(tiny_engine, text):
    assert list(tiny_engine.synthesise(text, "de")) == []


def test_memory_that_runs_out_is_one_clear_error_and_the_engine_lives_on(tiny_engine, broken_decoder):
    broken_decoder(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), at_call=2)
    sound = tiny_engine.synthesise("Guten Tag.", "de")
    next(sound)
    with pytest.raises(SpeechOutOfMemory, match="no memory left"):
        list(sound)
    assert said(tiny_engine, "Guten Tag.", "de").seconds > 1


@pytest.mark.parametrize(
    "fault", [RuntimeError("CUDA error: an illegal memory access"), AssertionError("Guten Tag"), float("nan")]
)
def test_a_fault_of_the_model_is_a_speech_error_without_what_was_said(tiny_engine, broken_decoder, fault):
    broken_decoder(fault)
    with pytest.raises(SpeechError, match="synthesis engine failed") as caught:
        list(tiny_engine.synthesise("Guten Tag.", "de"))
    assert "Guten" not in str(caught.value)
    assert said(tiny_engine, "Guten Tag.", "de").seconds > 1


def test_no_piece_is_longer_than_the_model_takes(tiny_engine, caplog):
    long = "Sehr geehrte Damen und Herren, " * 40 + "1" * 200 + " " + "ä" * 300
    parts = tiny_engine._pieces(long, "de")
    assert all(len(part) <= 200 for part in parts)
    tokens = [len(tiny_engine._model.tokenizer.encode(part, "de")) for part in parts]
    assert max(tokens) < 402
    assert caplog.records == []
