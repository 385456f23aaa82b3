"""What the other side said, in words."""

from __future__ import annotations

from typing import Protocol

from gateway.audio import Pcm
from gateway.language import LANGUAGES
from gateway.speech.interface import Recogniser, RecognitionHints, SpeechError


class Ears(Protocol):
    """Finds out what the other side said."""

    async def words(self, pcm: Pcm) -> str | None:
        """Return the words of the utterance ``pcm``, which has just ended; None when they cannot be found out.

        It may be asked, and cancelled, before at a pause of the same utterance.
        """


class Hearing:
    """Recognises the other side's speech, and lives with a recogniser that does not answer."""

    def __init__(self, recogniser: Recogniser | None, *, deadline_ms: int = 8_000) -> None:
        self._recogniser = recogniser
        self._hints = RecognitionHints(languages=LANGUAGES, deadline_ms=deadline_ms)

    async def words(self, pcm: Pcm) -> str | None:
        """Return the words in ``pcm``, or None when they cannot be found out."""
        if self._recogniser is None:
            return None
        try:
            return (await self._recogniser.recognise(pcm, self._hints)).text
        except SpeechError:
            return None


def shown(words: str | None, seconds: float) -> str:
    """Return the words for a reader, or how long the speech was when there are none."""
    return words or f"({seconds:.1f} s of speech)"
