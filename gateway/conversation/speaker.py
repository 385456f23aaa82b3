"""Says sentences on a leg, one playback each, and knows which words were heard.

The next sentence is synthesised while the one before it is played, so that there is no gap between them; not more than
one ahead, so that little is lost when the caller interrupts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.audio import Pcm
from gateway.language import Language
from gateway.media.leg import Heard, Leg, Playback, PlaybackOutcome
from gateway.speech.interface import SpeechError, Synthesiser

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of some sentences.

    ``start`` and ``end`` are positions on the leg, None when no sample was sent. ``unheard`` are the sentences from
    the one that was interrupted on; ``outcome`` tells how the last playback ended.
    """

    text: str
    heard_text: str
    start: int | None
    end: int | None
    unheard: tuple[str, ...]
    outcome: PlaybackOutcome

    @property
    def complete(self) -> bool:
        """Whether the caller heard everything."""
        return self.outcome is PlaybackOutcome.FINISHED


def words_heard(sentence: str, heard: Heard) -> str:
    """Return the words of ``sentence`` that had been sent, judged by the share of its sound."""
    if not heard.samples or not heard.of:
        return ""
    if heard.outcome is PlaybackOutcome.FINISHED:
        return sentence
    words = sentence.split()
    return " ".join(words[: round(len(words) * min(1.0, heard.samples / heard.of))])


class Utterance:
    """Some sentences being said on a leg."""

    def __init__(self, leg: Leg, synthesiser: Synthesiser, sentences: Sequence[str], language: Language) -> None:
        self._leg = leg
        self._synthesiser = synthesiser
        self._sentences = tuple(sentences)
        self._language = language
        self._playing: list[Playback] = []
        self._stopped = False

    async def say(self, *, protected: int = 0) -> Spoken:
        """Speak and wait until all has been heard, or was interrupted.

        The caller can't interrupt the first ``protected`` sentences. A sentence that cannot be synthesised is left
        out and logged.
        """
        heard: list[Heard] = []
        for index, sentence in enumerate(self._sentences):
            if self._stopped or any(one.outcome is not PlaybackOutcome.FINISHED for one in heard):
                break
            synthesised = asyncio.Event()
            sound = self._sound(sentence, synthesised)
            playback = await self._leg.play(sound, barge_in=index >= protected)
            self._playing.append(playback)
            await _first(synthesised.wait(), playback.finished())
            while len(self._playing) > 1:
                heard.append(await self._playing[0].finished())
                self._playing.pop(0)
        while self._playing:
            heard.append(await self._playing[0].finished())
            self._playing.pop(0)
        return self._summary(heard)

    async def stop(self) -> None:
        """Fall silent at once; ``say`` returns what was heard."""
        self._stopped = True
        for playback in list(self._playing):
            await playback.stop()

    async def _sound(self, sentence: str, synthesised: asyncio.Event) -> AsyncIterator[Pcm]:
        chunks = self._synthesiser.synthesise(sentence, self._language)
        try:
            async for chunk in chunks:
                yield chunk
        except SpeechError as error:
            _log.warning("sentence_not_spoken", error=type(error).__name__)
        finally:
            synthesised.set()
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()

    def _summary(self, heard: Sequence[Heard]) -> Spoken:
        placed = [one for one in heard if one.start is not None]
        outcome = PlaybackOutcome.FINISHED
        complete = 0
        for one in heard:
            if one.outcome is not PlaybackOutcome.FINISHED:
                outcome = one.outcome
                break
            complete += 1
        if self._stopped and outcome is PlaybackOutcome.FINISHED and complete < len(self._sentences):
            outcome = PlaybackOutcome.STOPPED
        words = (words_heard(sentence, one) for sentence, one in zip(self._sentences, heard, strict=False))
        return Spoken(
            text=" ".join(self._sentences),
            heard_text=" ".join(filter(None, words)),
            start=min((one.start or 0 for one in placed), default=None),
            end=max(((one.start or 0) + one.samples for one in placed), default=None),
            unheard=self._sentences[complete:],
            outcome=outcome,
        )


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of ``waits`` is done, and give the others up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
