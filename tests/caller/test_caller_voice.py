from collections.abc import AsyncIterator

import numpy as np
import pytest

from gateway.audio import Pcm, write_wav
from gateway.caller.errors import CallerInputError
from gateway.caller.hearing import shown
from gateway.caller.steps import Pause, PlayWav, Say, Turn
from gateway.caller.voice import DEFAULT_VOICES, FAREWELLS, make_sounds
from gateway.language import Language
from gateway.speech.interface import SpeechRejected


class FakeSynthesiser:
    """Speaks one sample per character, in two chunks."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Language, str | None]] = []

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        self.asked.append((text, language, voice))
        if text == "?":
            raise SpeechRejected("unknown voice")
        for length in (1, len(text) - 1):
            yield Pcm(np.ones(length, np.int16), 16000)


async def test_every_line_is_made_once_and_the_farewell_too():
    synthesiser = FakeSynthesiser()
    turns = [Turn((Say("abc"), Pause(5))), Turn((Say("abc"),)), Turn((Say("de"),))]
    sounds = await make_sounds(turns, synthesiser, "fr", None)
    assert [text for text, _language, _voice in synthesiser.asked] == ["abc", "de", "Au revoir."]
    assert {(language, voice) for _text, language, voice in synthesiser.asked} == {("fr", DEFAULT_VOICES["fr"])}
    assert len(sounds[Say("abc")]) == 3
    assert FAREWELLS["fr"] in sounds


async def test_a_chosen_voice_is_used():
    synthesiser = FakeSynthesiser()
    await make_sounds([Turn((Say("abc"),))], synthesiser, "de", "de-DE")
    assert {voice for _text, _language, voice in synthesiser.asked} == {"de-DE"}


async def test_a_wav_file_is_a_line(tmp_path):
    path = tmp_path / "line.wav"
    path.write_bytes(write_wav(Pcm(np.arange(80, dtype=np.int16), 8000)))
    sounds = await make_sounds([Turn((PlayWav(path),))], FakeSynthesiser(), "de", None)
    assert len(sounds[PlayWav(path)]) == 80


async def test_a_line_that_cannot_be_made_is_said(tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    for move, problem in [
        (Say("?"), "cannot be spoken with voice .*: unknown voice"),
        (PlayWav(tmp_path / "none.wav"), "none.wav cannot be read: No such file"),
        (PlayWav(broken), "broken.wav: not a WAV file"),
    ]:
        with pytest.raises(CallerInputError, match=problem):
            await make_sounds([Turn((move,))], FakeSynthesiser(), "de", None)


async def test_an_unknown_voice_is_said():
    with pytest.raises(CallerInputError, match="unknown voice 'klingon'"):
        await make_sounds([], FakeSynthesiser(), "de", "klingon")


def test_words_are_shown_or_their_length():
    assert shown("Hallo", 1.0) == "Hallo"
    assert shown("", 0.44) == "(0.4 s of speech)"
    assert shown(None, 3.2) == "(3.2 s of speech)"
