"""A leg without sound, engines without models: what the conversation is driven with, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np

from gateway.audio import Pcm
from gateway.media.leg import (
    Endpointing,
    Heard,
    HungUp,
    LegEvent,
    LegStatistics,
    PlaybackOutcome,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)
from gateway.speech.interface import Language, RecognitionHints, SpeechError, Transcript

RATE = 8000


class FakePlayback:
    """Plays in no time unless ``hold`` is set on the leg; then it waits for ``end``."""

    def __init__(self, playback_id: int, leg: FakeLeg, *, barge_in: bool) -> None:
        self.playback_id = playback_id
        self.barge_in = barge_in
        self.samples = 0
        self.start = leg.position
        self._leg = leg
        self._heard: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()

    def end(self, outcome: PlaybackOutcome = PlaybackOutcome.FINISHED, share: float = 1.0) -> None:
        if not self._heard.done():
            heard = int(self.samples * share)
            self._leg.position = self.start + heard
            self._heard.set_result(Heard(outcome, self.start, heard, self.samples))

    async def stop(self) -> Heard:
        self.end(PlaybackOutcome.STOPPED, 0.5)
        return await self.finished()

    async def finished(self) -> Heard:
        return await asyncio.shield(self._heard)


class FakeLeg:
    """Implements ``gateway.media.leg.Leg``; the test says what the caller does."""

    rate = RATE

    def __init__(self) -> None:
        self.position = 0
        self.hold = False
        self.playbacks: list[FakePlayback] = []
        self.recordings: list[Path | None] = []
        self.endpointing: list[Endpointing] = []
        self.hung_up = False
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()

    def happen(self, *events: LegEvent) -> None:
        for event in events:
            self._events.put_nowait(event)

    def speak(self, seconds: float = 1.0) -> None:
        """Let the caller say something that lasts ``seconds`` and fall silent."""
        start, end = self.position, self.position + int(seconds * RATE)
        pcm = Pcm(np.zeros(end - start, np.int16), RATE)
        self.position = end + RATE // 2
        self.happen(SpeechStarted(start), SpeechPaused(start, end, pcm), SpeechEnded(start, end, self.position, pcm))

    def say_and_hang_up(self, seconds: float = 1.0) -> None:
        """Let the caller say something and hang up after a short pause."""
        start, end = self.position, self.position + int(seconds * RATE)
        pcm = Pcm(np.zeros(end - start, np.int16), RATE)
        self.happen(SpeechStarted(start), SpeechPaused(start, end, pcm), HungUp("caller"))

    async def speak_slowly(self, seconds: float = 1.0, *, until_recognised: Callable[[], bool]) -> None:
        """Let the caller say something and pause until it is recognised; only then is the utterance over."""
        start, end = self.position, self.position + int(seconds * RATE)
        pcm = Pcm(np.zeros(end - start, np.int16), RATE)
        self.position = end + RATE // 2
        self.happen(SpeechStarted(start), SpeechPaused(start, end, pcm))
        await until(until_recognised)
        self.happen(SpeechEnded(start, end, self.position, pcm))

    async def barge_in(self, seconds: float = 1.0, share: float = 0.1) -> None:
        """Let the caller interrupt what is playing after a ``share`` of it, and fall silent after ``seconds``."""
        start = self.position
        self.happen(SpeechStarted(start))
        for _ in range(10):
            await asyncio.sleep(0)
        self.hold = False
        for playback in self.playbacks:
            playback.end(PlaybackOutcome.BARGE_IN, share)
        for _ in range(50):
            await asyncio.sleep(0)
        end = start + int(seconds * RATE)
        pcm = Pcm(np.zeros(end - start, np.int16), RATE)
        self.position = end + RATE // 2
        self.happen(SpeechPaused(start, end, pcm), SpeechEnded(start, end, self.position, pcm))

    async def events(self) -> AsyncIterator[LegEvent]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def play(self, sound: AsyncIterator[Pcm], *, barge_in: bool = True, repeat: bool = False) -> FakePlayback:
        playback = FakePlayback(len(self.playbacks) + 1, self, barge_in=barge_in)
        self.playbacks.append(playback)
        async for chunk in sound:
            playback.samples += len(chunk)
        if not self.hold:
            playback.end()
        return playback

    async def set_endpointing(self, endpointing: Endpointing) -> None:
        self.endpointing.append(endpointing)

    async def record(self, path: Path | None) -> None:
        self.recordings.append(path)

    async def statistics(self) -> LegStatistics:
        return LegStatistics(0, 0, 0, 0, 0, 0.0, self.position)

    async def hang_up(self) -> None:
        if not self.hung_up:
            self.hung_up = True
            self.happen(HungUp("gateway"))


class FakeSynthesiser:
    """A tenth of a second of sound for every word; remembers what it was asked for."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fails = False

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        if self.fails:
            raise SpeechError("no voice")
        self.said.append(text)
        for _ in text.split():
            yield Pcm(np.ones(RATE // 10, np.int16), RATE)


class FakeRecogniser:
    """Answers with the texts it was given, one after the other; an exception in their place is raised."""

    def __init__(self, *answers: str | Exception, language: Language = "de") -> None:
        self.answers = list(answers)
        self.language: Language = language
        self.hints: list[RecognitionHints] = []

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        self.hints.append(hints)
        answer = self.answers[0] if self.answers else ""
        if isinstance(answer, Exception) and hints.partial:
            raise answer
        del self.answers[:1]
        if isinstance(answer, Exception):
            raise answer
        return Transcript(answer, hints.language or self.language, 0.9)


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop run until ``condition`` holds; fail after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)
