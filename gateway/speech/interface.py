"""What the conversation asks of speech models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.audio import Pcm
from gateway.language import LANGUAGES, Language


class SpeechError(Exception):
    """Recognition or synthesis failed; the caller of it falls back."""


class SpeechUnavailable(SpeechError):
    """The engine cannot be reached, is still loading, or refused because it is overloaded.

    ``retry_after_s`` says when it may be asked again, where that is known.
    """

    def __init__(self, message: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SpeechOutOfMemory(SpeechUnavailable):
    """The engine had no memory left for this; it lives on, and something smaller or later may fit."""


class SpeechTimeout(SpeechError):
    """The engine did not answer before the deadline."""


class SpeechRejected(SpeechError):
    """The engine refused this input (a 4xx); trying again will not help."""


@dataclass(frozen=True, slots=True)
class RecognitionHints:
    """What is known before an utterance is recognised.

    ``languages`` are the ones that may be spoken; ``language`` fixes it when set. ``prompt`` holds words that are
    likely, such as names of the practice's people. ``deadline_ms`` bounds the whole request. A ``partial`` one, begun
    before the utterance is surely over, waits behind those that are not. ``word_times`` asks for each word's place.
    """

    languages: Sequence[Language] = LANGUAGES
    language: Language | None = None
    prompt: str | None = None
    deadline_ms: int = 9000
    partial: bool = False
    word_times: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a transcript with its punctuation; where it lies in the utterance, in milliseconds from its start."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said. ``text`` is empty when nothing was understood as speech.

    ``confidence`` is the geometric mean of the tokens' probabilities, ``no_speech`` the model's probability that
    nothing was said, ``languages`` the probability of each language that was allowed, ``words`` the times of the words
    where they were asked for.
    """

    text: str
    language: Language
    confidence: float
    no_speech: float = 0.0
    languages: dict[Language, float] = field(default_factory=dict)
    words: tuple[Word, ...] = ()


class Recogniser(Protocol):
    """Speech to text."""

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        """Return what ``pcm`` says; cancelling the task cancels the work. Raise ``SpeechError``."""


class Synthesiser(Protocol):
    """Text to speech."""

    def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text`` chunk by chunk; closing the iterator cancels. Raise ``SpeechError``."""
