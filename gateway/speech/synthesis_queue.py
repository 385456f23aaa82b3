"""The one queue in front of the synthesis engine, shared by the sentences of all calls.

``SynthesisSchedule`` decides who is next and who is refused; ``SynthesisQueue`` drives the engine with it, in as many
threads as sentences may be spoken at once. A thread makes a whole sentence as fast as it can, whether or not its
listener keeps up: a slow network must not hold the engine. It ends after the chunk at which nobody listens any more.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.engine_failure import engine_failure
from gateway.speech.engine_watch import EngineWatch
from gateway.speech.interface import SpeechTimeout, SpeechUnavailable
from gateway.speech.loaded_engines import SynthesisEngine
from gateway.speech.stages import Observe, unobserved
from gateway.speech.synthesis_schedule import Sentence, SynthesisOverloaded, SynthesisSchedule

LONGEST_QUEUE = 64
CHUNK_WITHIN_S = 30.0
"""An engine that makes no sound for longer than that, and does not end, hangs."""

_Piece: TypeAlias = Pcm | Exception | None
"""A part of the sound, what ended it early, or None at its end."""


@dataclass(frozen=True, slots=True)
class Utterable:
    """What is to be spoken: as a text in a language and by a voice, either of which may be left to the other."""

    text: str
    language: Language | None
    voice: str | None = None


@dataclass(eq=False, slots=True)
class _Request:
    what: Utterable
    pieces: asyncio.Queue[_Piece] = field(default_factory=asyncio.Queue)
    given_up: threading.Event = field(default_factory=threading.Event)


_Entry: TypeAlias = Sentence[_Request]


class SynthesisQueue:
    """Feeds the engine, which is used in ``at_once`` threads. Create and use it inside one event loop."""

    def __init__(
        self,
        engine: SynthesisEngine,
        *,
        at_once: int = 1,
        longest: int = LONGEST_QUEUE,
        clock: Callable[[], float] = time.monotonic,
        watch: EngineWatch | None = None,
        observe: Observe = unobserved,
    ) -> None:
        """``watch`` is told when the engine works; ``observe`` hears how long the stages took."""
        self._engine = engine
        self._clock = clock
        self._watch = watch or EngineWatch()
        self._observe = observe
        self._schedule: SynthesisSchedule[_Request] = SynthesisSchedule(longest, at_once)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="synthesis")
        self._loop = asyncio.get_running_loop()
        self._speaking: set[asyncio.Future[None]] = set()
        self._closing = False

    def __len__(self) -> int:
        """Return how many sentences wait."""
        return len(self._schedule)

    @property
    def running(self) -> int:
        """How many sentences are being spoken."""
        return self._schedule.running

    async def speak(
        self, what: Utterable, *, deadline_s: float, call: str | None = None, first: bool = True
    ) -> AsyncGenerator[Pcm]:
        """Yield the sound of ``what`` as it is made; closing the iterator gives it up.

        ``deadline_s`` bounds the time until the first sound. For ``call`` and ``first`` see ``Sentence``.

        Raises:
            ValueError: the voice is unknown.
            SpeechUnavailable: its sound could not begin in time, the queue is full, or is being closed.
            SpeechTimeout: its sound did not begin in time.
            SpeechError: the engine failed.

        """
        if self._closing:
            raise SpeechUnavailable("Synthesis is being stopped.")
        now = self._clock()
        request = _Request(what)
        entry = Sentence(request, now, now + deadline_s, len(what.text), call, first)
        try:
            self._schedule.add(entry)
        except SynthesisOverloaded as error:
            raise SpeechUnavailable("Synthesis is overloaded.", retry_after_s=error.retry_after_s) from error
        try:
            self._begin_what_may()
            try:
                async with asyncio.timeout(deadline_s):
                    piece = await request.pieces.get()
            except TimeoutError as error:
                raise SpeechTimeout("Synthesis did not begin before the deadline.") from error
            while piece is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
                piece = await request.pieces.get()
        finally:
            request.given_up.set()
            self._schedule.discard(entry)

    async def close(self) -> None:
        """Refuse what waits, and return when the engine has ended what it is doing."""
        self._closing = True
        for entry in self._schedule.clear():
            entry.item.pieces.put_nowait(SpeechUnavailable("Synthesis is being stopped."))
        if self._speaking:
            await asyncio.wait(self._speaking)
        await asyncio.to_thread(self._threads.shutdown)

    def _begin_what_may(self) -> None:
        while True:
            entry, late = self._schedule.take(self._clock())
            for sentence in late:
                sentence.item.pieces.put_nowait(SpeechTimeout("Synthesis could not begin before the deadline."))
            if entry is None:
                return
            self._observe("waiting", self._clock() - entry.came)
            speaking = self._loop.run_in_executor(self._threads, self._speak, entry)
            self._speaking.add(speaking)
            speaking.add_done_callback(lambda done, entry=entry: self._ended(entry, done))  # type: ignore[misc]

    def _ended(self, entry: _Entry, speaking: asyncio.Future[None]) -> None:
        self._speaking.discard(speaking)
        self._schedule.done(entry)
        error = speaking.exception()
        if isinstance(error, Exception):
            entry.item.pieces.put_nowait(engine_failure(error))
        else:
            entry.item.pieces.put_nowait(None)
        self._begin_what_may()

    def _speak(self, entry: _Entry) -> None:
        """Make the sound of ``entry``, in a thread of the engine."""
        request, what = entry.item, entry.item.what
        began = self._clock()
        begun = False
        with self._watch.working("synthesis", CHUNK_WITHIN_S) as still_working:
            sound = self._engine.synthesise(what.text, what.language, what.voice)
            try:
                for chunk in sound:
                    if request.given_up.is_set():
                        return
                    still_working()
                    if not begun:
                        begun = True
                        self._told(self._first_sound, self._clock() - began)
                    self._told(request.pieces.put_nowait, chunk)
            finally:
                if isinstance(sound, Generator):
                    sound.close()
        self._told(self._whole, entry.characters, self._clock() - began)

    def _told(self, what: Callable[..., None], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(what, *arguments)

    def _first_sound(self, took_s: float) -> None:
        self._schedule.pace.began(took_s)
        self._observe("first_audio", took_s)

    def _whole(self, characters: int, took_s: float) -> None:
        self._schedule.pace.finished(characters, took_s)
        self._observe("generate", took_s)
