"""Says sentences on a leg, one playback each, and knows which words were heard.

The next sentence is synthesised while the one before it is played, so that there is no gap between them; not more than
one ahead, so that little is lost when the caller interrupts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from gateway.audio import Pcm
from gateway.conversation.fault_tone import fault_tone
from gateway.conversation.sentences import Sentences
from gateway.conversation.spoken import Spoken, words_heard
from gateway.language import Language
from gateway.media.leg import Heard, Leg, Playback, PlaybackOutcome
from gateway.speech.interface import SpeechError, Synthesiser
from gateway.speech.streams import closed_after

_log = structlog.get_logger(__name__)

SENTENCE_WITHIN_S = 5.0
"""Silence after which no further sentence is waited for; who makes them has deadlines of their own."""


@dataclass(slots=True, eq=False)
class _Take:
    """One playback of the sentence at ``index``.

    ``sounded`` tells that there was any sound of it, ``failed`` that its synthesis failed, perhaps in the middle.
    """

    index: int
    synthesised: asyncio.Event = field(default_factory=asyncio.Event)
    sounded: bool = False
    failed: bool = False
    heard: Heard | None = None

    @property
    def is_interrupted(self) -> bool:
        return self.heard is not None and self.heard.outcome is not PlaybackOutcome.FINISHED

    @property
    def is_mute(self) -> bool:
        return self.failed and not self.sounded


class Utterance:
    """Some sentences being said on a leg, all known or as they come.

    An ``AsyncIterator`` of them is read ahead and closed at the end. When it brings nothing for ``SENTENCE_WITHIN_S``
    while the caller hears nothing, the speech ends with what there is. One that raises ends the speech: ``say`` raises
    the error once all that came before it has been heard.
    """

    def __init__(
        self,
        leg: Leg,
        synthesiser: Synthesiser,
        sentences: Sequence[str] | AsyncIterator[str],
        language: Language,
    ) -> None:
        self._leg = leg
        self._synthesiser = synthesiser
        self._sentences = Sentences(sentences)
        self._language = language
        self._takes: list[_Take] = []
        self._playing: list[tuple[_Take, Playback]] = []
        self._stopped = asyncio.Event()

    async def say(self, *, protected: int = 0) -> Spoken:
        """Speak and wait until all has been heard, or was interrupted.

        The caller can't interrupt the first ``protected`` sentences. A sentence whose synthesis fails in the middle is
        said once more; one that cannot be synthesised is left out and logged. Where that is true of all of them, the
        caller hears a tone.
        """
        try:
            await self._say_all(protected)
        finally:
            await self._sentences.close()
        voiceless = bool(self._takes) and not self._interrupted and all(take.is_mute for take in self._takes)
        if voiceless:
            _log.error("nothing_could_be_spoken")
            tone = await self._leg.play(fault_tone(), barge_in=False)
            await tone.finished()
        return self._summary(voiceless=voiceless)

    async def stop(self) -> None:
        """Fall silent at once; ``say`` returns what was heard."""
        self._stopped.set()
        for _, playback in list(self._playing):
            await playback.stop()

    async def _say_all(self, protected: int) -> None:
        index, repeated = 0, False
        try:
            while (sentence := await self._sentence(index)) is not None:
                take = await self._begin(index, sentence, barge_in=index >= protected)
                await self._hear(all_but=1)
                repeated = take.failed and take.sounded and not repeated
                index += not repeated
        except Exception:
            await self._hear(all_but=0)
            raise
        if self._interrupted:
            await self.stop()
        await self._hear(all_but=0)

    @property
    def _interrupted(self) -> bool:
        return self._stopped.is_set() or any(take.is_interrupted for take in self._takes)

    async def _sentence(self, index: int) -> str | None:
        """Return the sentence to say next; None when there is none, or nobody would hear it."""
        if not self._interrupted and index < len(self._sentences.known):
            return self._sentences.known[index]
        coming = asyncio.ensure_future(self._sentences.at(index))
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            while not self._interrupted:
                heard = asyncio.ensure_future(self._hear(all_but=0))
                patience = None if self._playing else SENTENCE_WITHIN_S
                waits = [coming, stopped, *([heard] if self._playing else [])]
                done, _ = await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                await _given_up(heard)
                if coming in done:
                    return coming.result()
                if not done:
                    _log.warning("sentences_ended_early")
                    return None
            return None
        finally:
            await _given_up(coming, stopped)

    async def _begin(self, index: int, sentence: str, *, barge_in: bool) -> _Take:
        """Begin to say ``sentence``, and return once its sound is made or was interrupted."""
        take = _Take(index)
        playback = await self._leg.play(self._sound(sentence, take), barge_in=barge_in)
        self._takes.append(take)
        self._playing.append((take, playback))
        if self._stopped.is_set():
            await playback.stop()
        waits = [asyncio.ensure_future(take.synthesised.wait()), asyncio.ensure_future(playback.finished())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _given_up(*waits)
        return take

    async def _hear(self, *, all_but: int) -> None:
        """Wait until all but so many playbacks are over, and note what was heard of them. May be cancelled."""
        while len(self._playing) > all_but:
            take, playback = self._playing[0]
            take.heard = await playback.finished()
            self._playing.pop(0)

    async def _sound(self, sentence: str, take: _Take) -> AsyncIterator[Pcm]:
        try:
            async with closed_after(self._synthesiser.synthesise(sentence, self._language)) as chunks:
                async for chunk in chunks:
                    take.sounded = True
                    yield chunk
        except SpeechError as error:
            take.failed = True
            _log.warning("sentence_not_spoken", error=type(error).__name__, begun=take.sounded)
        finally:
            take.synthesised.set()

    def _summary(self, *, voiceless: bool) -> Spoken:
        sentences = self._sentences.known
        last = {take.index: take for take in self._takes}
        complete = next((index for index in range(len(sentences)) if not _is_whole(last.get(index))), len(sentences))
        words = [self._words(sentence, last.get(index)) for index, sentence in enumerate(sentences)]
        placed = [take.heard for take in self._takes if take.heard is not None and take.heard.start is not None]
        outcome = next((take.heard.outcome for take in self._takes if take.heard and take.is_interrupted), None)
        if outcome is None and self._stopped.is_set() and complete < len(sentences):
            outcome = PlaybackOutcome.STOPPED
        return Spoken(
            text=" ".join(sentences),
            heard_text=" ".join(filter(None, words)),
            start=min((one.start or 0 for one in placed), default=None),
            end=max(((one.start or 0) + one.samples for one in placed), default=None),
            unheard=sentences[complete:],
            outcome=outcome or PlaybackOutcome.FINISHED,
            sentences_heard=complete,
            words_of_unheard=len(words[complete].split()) if complete < len(words) else 0,
            voiceless=voiceless,
        )

    def _words(self, sentence: str, take: _Take | None) -> str:
        if take is None or take.heard is None:
            return ""
        return words_heard(sentence, take.heard, cut_short=take.failed, rate=self._leg.rate)


def _is_whole(take: _Take | None) -> bool:
    """Tell whether a sentence was heard to its end."""
    return (
        take is not None
        and not take.failed
        and take.heard is not None
        and take.heard.outcome is PlaybackOutcome.FINISHED
    )


async def _given_up(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what is still waited for, and wait until that is done."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
