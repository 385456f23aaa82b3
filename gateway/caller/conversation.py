"""The caller's side of one call that has been answered: listens, takes its turns, writes down what was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Protocol

from gateway.audio import Pcm
from gateway.caller.conversation_log import ConversationLog, Speaker
from gateway.caller.hearing import Ears, shown
from gateway.caller.options import Ending, OwnSound
from gateway.caller.part import Act, CallerPart, Farewell
from gateway.caller.steps import HangUp, PlaySound, PlayWav, PressKeys, Say
from gateway.caller.voice import Sounds
from gateway.media.leg import Dtmf, HungUp, Leg, LegEvent, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted


class KeyLeg(Leg, Protocol):
    """A leg that can press keys as well."""

    async def send_dtmf(self, digits: str) -> None:
        """Begin to press the keys (RFC 4733), one after the other."""


_KEY_S = 0.3
"""How long one key takes, with the pause behind it."""


class CallerConversation:
    """Runs one call on ``leg``, which is connected already."""

    def __init__(
        self,
        leg: KeyLeg,
        *,
        taking: CallerPart,
        sounds: Sounds,
        farewell: Say,
        hearing: Ears,
        log: ConversationLog,
    ) -> None:
        self._leg = leg
        self._taking = taking
        self._sounds = sounds
        self._farewell = farewell
        self._hearing = hearing
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.ended_ms = 0.0
        """When the call ended, in milliseconds since it was answered; words may come in after that."""
        self.own_sounds: list[OwnSound] = []
        """What the caller's side was heard to say, in order."""
        self._wake = asyncio.Event()
        self._ending: Ending | None = None
        self._acting: asyncio.Task[None] | None = None
        self._understanding: set[asyncio.Task[None]] = set()
        self._utterance = 0
        self._entry: int | None = None
        self._words: asyncio.Task[str | None] | None = None

    @property
    def now_ms(self) -> float:
        """Milliseconds since the call was answered."""
        return (self._loop.time() - self._began) * 1000

    async def run(self, longest_s: float) -> Ending:
        """Talk until one side hangs up, the line is lost or ``longest_s`` seconds have passed."""
        reader = asyncio.create_task(self._listen())
        self._taking.answered(self.now_ms)
        try:
            while self._ending is None and self.now_ms < longest_s * 1000:
                act = self._taking.next_act(self.now_ms)
                if act is not None:
                    self._acting = self._spawn(self._carry_out(act))
                await self._sleep(longest_s * 1000)
                self._raise_failures(reader)
            self.ended_ms = self.now_ms
            await self._finish_understanding()
            return self._ending or Ending.TOO_LONG
        finally:
            tasks = (reader, self._acting, self._words, *self._understanding)
            await self._cancel(*(task for task in tasks if task is not None))

    async def _sleep(self, limit_ms: float) -> None:
        due = self._taking.due()
        wake_ms = limit_ms if due is None else min(due, limit_ms)
        try:
            async with asyncio.timeout(max(wake_ms - self.now_ms, 0) / 1000):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _done: self._wake.set())
        return task

    def _raise_failures(self, reader: asyncio.Task[None]) -> None:
        for task in (reader, self._acting, *self._understanding):
            if task is not None and task.done() and not task.cancelled():
                task.result()
        self._understanding = {task for task in self._understanding if not task.done()}

    async def _finish_understanding(self) -> None:
        """Let the words of the last utterances come in, so that all that was heard is printed."""
        if self._understanding:
            await asyncio.wait(self._understanding)
        if self._entry is not None:
            words = await self._words if self._words is not None else None
            self._log.close(self._entry, words or "(cut off)")

    @staticmethod
    async def _cancel(*tasks: asyncio.Task[None] | asyncio.Task[str | None]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        async for event in self._leg.events():
            self._note(event)
            self._wake.set()
        if self._ending is None:
            self._ending = Ending.LINE_LOST

    def _note(self, event: LegEvent) -> None:
        match event:
            case SpeechStarted():
                started = self._ms(event.position)
                self._taking.other_started(started)
                self._entry = self._log.open(round(started), Speaker.OTHER_SIDE)
            case SpeechPaused():
                self._words = asyncio.create_task(self._hearing.words(event.pcm))
            case SpeechResumed():
                if self._words is not None:
                    self._words.cancel()
                    self._words = None
            case SpeechEnded():
                self._utterance_ended(event)
            case Dtmf():
                self._log.add(round(self._ms(event.position)), Speaker.LINE, f"(key {event.digit})")
            case HungUp():
                self._hung_up(event.reason)
            case _:
                pass

    def _utterance_ended(self, event: SpeechEnded) -> None:
        self._utterance += 1
        if not event.forced:
            self._taking.other_ended(self._ms(event.end), self._utterance)
        words = self._words or asyncio.create_task(self._hearing.words(event.pcm))
        duration_ms = self._ms(event.end - event.start)
        self._understanding.add(self._spawn(self._understand(self._utterance, self._entry, words, duration_ms)))
        self._words = self._entry = None

    async def _understand(
        self, utterance: int, entry: int | None, words: asyncio.Task[str | None], duration_ms: float
    ) -> None:
        text = await words
        self._taking.understood(utterance, text)
        if entry is not None:
            self._log.close(entry, shown(text, duration_ms / 1000))

    def _hung_up(self, reason: str) -> None:
        endings = {"caller": Ending.OTHER_SIDE, "gateway": Ending.CALLER}
        self._ending = self._ending or endings.get(reason, Ending.LINE_LOST)
        self._log.add(round(self.now_ms), Speaker.LINE, f"({self._ending})")

    async def _carry_out(self, act: Act) -> None:
        match act:
            case Say() | PlayWav() | PlaySound():
                end = await self._speak(act, _label(act))
            case PressKeys():
                self._log.add(round(self.now_ms), Speaker.CALLER, f"(presses {act.keys})")
                await self._leg.send_dtmf(act.keys)
                await asyncio.sleep(_KEY_S * len(act.keys))
                end = self.now_ms
            case Farewell():
                end = await self._speak(self._farewell, self._farewell.text)
                await self._leg.hang_up()
            case HangUp():
                end = self.now_ms
                await self._leg.hang_up()
        self._taking.carried_out(end)

    async def _speak(self, move: Say | PlayWav | PlaySound, text: str) -> float:
        playback = await self._leg.play(_once(self._sounds[move]), barge_in=False)
        self._log.add(round(self.now_ms), Speaker.CALLER, text)
        heard = await playback.finished()
        if heard.start is None:
            return self.now_ms
        start, end = self._ms(heard.start), self._ms(heard.start + heard.samples)
        self.own_sounds.append(OwnSound(start, end, move))
        return end

    def _ms(self, position: int) -> float:
        return position * 1000 / self._leg.rate


def _label(move: Say | PlayWav | PlaySound) -> str:
    match move:
        case Say():
            return move.text
        case PlayWav():
            return f"({move.path.name})"
        case PlaySound():
            return f"({move.name})"


async def _once(sound: Pcm) -> AsyncIterator[Pcm]:
    yield sound
