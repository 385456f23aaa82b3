"""The engines of the speech server as it uses them: blocking, in threads of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.batching import ONE_BY_ONE, Batching
from gateway.speech.recognition_queue import Recognise
from gateway.speech.voices import ENGINE_VERSION, choose_voice


class SynthesisEngine(Protocol):
    """A blocking synthesiser."""

    def synthesise(self, text: str, language: Language | None, voice: str | None = None) -> Iterator[Pcm]:
        """Yield the sound of ``text``; closing the iterator ends the work.

        Raises:
            ValueError: the voice is unknown.
            SpeechError: it fails.

        """


@dataclass(frozen=True, slots=True)
class Engines:
    """The loaded engines and the names under which they are listed."""

    recognise: Recognise
    synthesis: SynthesisEngine
    recognition_model: str
    synthesis_model: str
    recognised_at_once: int = 1
    """In how many threads ``recognise`` may be called at the same time."""
    batching: Batching = ONE_BY_ONE
    """How utterances are gathered for ``recognise``."""
    largest_batch: Callable[[], int] | None = None
    """How many utterances ``recognise`` takes in a batch at the moment, where that changes."""
    synthesised_at_once: int = 1
    """In how many threads ``synthesis`` may be used at the same time."""
    check_voice: Callable[[Language | None, str | None], object] = choose_voice
    """Raises ``ValueError`` where no voice speaks that language or has that name."""
    synthesis_version: str = ENGINE_VERSION
    """Changes whenever the same text would sound otherwise; part of the key of what is cached."""
    out_of_memory: Callable[[], int] | None = None
    """How often recognition ran out of memory and went on with a smaller batch, where that can happen."""
