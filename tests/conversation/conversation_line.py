"""Whole conversations on a clock of their own: a leg that cuts sound and plays for as long as speech lasts.

``hold`` runs one in the time that computing takes, however long the call: the event loop's clock and
``time.monotonic`` jump to what is waited for next.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import selectors
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import numpy as np

from gateway.actions.slots import Slot
from gateway.audio import Pcm
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.latency import Latency
from gateway.conversation.replying import AnswerDesk
from gateway.conversation.spoken import Spoken
from gateway.conversation.transfer import TransferAttempt, TransferResult
from gateway.dialogue.assistance.question import ModelQuestion, ModelReading
from gateway.dialogue.calendar_steps import (
    BookingResult,
    BookingStatus,
    CalendarSilent,
    SlotBooking,
    SlotQuery,
    SlotsFound,
)
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import ActionRequest, Decision
from gateway.language import Language
from gateway.media.leg import (
    Dtmf,
    Endpointing,
    Heard,
    HungUp,
    LegEvent,
    PlaybackOutcome,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from gateway.practice.loader import load_profile
from gateway.speech.interface import RecognitionHints, SpeechError, SpeechTimeout, Transcript

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
RATE = 8000
_TICK_S = 0.02
_ONSET_S = 0.1
_WORD_S = 0.4


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of the caller's; recognition takes ``recognition_s`` seconds and fails where ``text`` is None."""

    at: float
    seconds: float
    text: str | None
    recognition_s: float = 0.3

    @property
    def end(self) -> float:
        return self.at + self.seconds


class _Jumping(selectors.DefaultSelector):
    """Waits in no time: the clock is set to when the wait would have ended."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for ever"
            self.now += max(0.0, timeout) + 1e-6
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _Jumping()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class _Playback:
    def __init__(self, number: int, *, barge_in: bool) -> None:
        self.playback_id, self.barge_in = number, barge_in
        self.queued, self.played, self.read = 0, 0, False
        self.start: int | None = None
        self._heard: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self.reading: asyncio.Task[None] | None = None

    async def take_in(self, sound: AsyncIterator[Pcm]) -> None:
        try:
            async for chunk in sound:
                self.queued += len(chunk)
        finally:
            self.read = True

    def end(self, outcome: PlaybackOutcome) -> None:
        if not self._heard.done():
            self._heard.set_result(Heard(outcome, self.start, self.played, self.queued))
        if self.reading is not None:
            self.reading.cancel()

    @property
    def over(self) -> bool:
        return self._heard.done()

    async def stop(self) -> Heard:
        self.end(PlaybackOutcome.STOPPED)
        return await self.finished()

    async def finished(self) -> Heard:
        return await asyncio.shield(self._heard)


class LineLeg:
    """A ``gateway.media.leg.Leg`` for the ``sounds`` and ``keys`` of a caller, who hangs up at ``hangs_up``."""

    rate = RATE

    def __init__(self, sounds: list[Sound], keys: list[tuple[float, str]], hangs_up: float | None) -> None:
        self._sounds, self._keys, self._hangs_up = sounds, sorted(keys), hangs_up
        self._endpointing = Endpointing()
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._playbacks: list[_Playback] = []
        self._count = 0
        self._state = "silence"
        self._start = self._end = 0.0
        self.utterance: list[Sound] = []
        self.gone = False
        self.last_sound = 0.0
        """When the caller last heard or said anything."""
        self.longest_silence = 0.0

    async def live(self) -> None:
        """Let time pass until the call is over."""
        while not self.gone:
            self._play()
            self._listen()
            now = time.monotonic()
            while self._keys and self._keys[0][0] <= now:
                self._events.put_nowait(Dtmf(self._keys.pop(0)[1], self._position(now)))
                self._sounded(now)
            if self._hangs_up is not None and now >= self._hangs_up:
                self._hang_up("caller")
            await asyncio.sleep(_TICK_S)

    def _sounded(self, now: float) -> None:
        self.longest_silence = max(self.longest_silence, now - self.last_sound)
        self.last_sound = now

    def _position(self, seconds: float) -> int:
        return int(seconds * RATE)

    def _play(self) -> None:
        while self._playbacks and self._playbacks[0].over:
            self._playbacks.pop(0)
        if not self._playbacks:
            return
        first, now = self._playbacks[0], time.monotonic()
        if first.played < first.queued:
            if first.start is None:
                first.start = self._position(now)
            first.played = min(first.queued, first.played + int(_TICK_S * RATE))
            self._sounded(now)
        if first.read and first.played >= first.queued:
            first.end(PlaybackOutcome.FINISHED)

    def _listen(self) -> None:
        now = time.monotonic()
        sound = next((sound for sound in self._sounds if sound.at <= now < sound.end), None)
        if sound is not None:
            self._sounded(now)
            self._hear(sound, now)
        silent_ms = 1000 * (now - self._end)
        if self._state == "speech" and silent_ms >= self._endpointing.pause_ms:
            self._state = "pause"
            self._happen_with_sound(SpeechPaused)
        if self._state == "pause" and silent_ms >= self._endpointing.end_ms:
            self._state = "silence"
            self._happen_with_sound(SpeechEnded, decided=self._position(now))

    def _hear(self, sound: Sound, now: float) -> None:
        lasted = now + _TICK_S - sound.at
        exposed = any(playback.barge_in and playback.played for playback in self._playbacks[:1])
        if self._state == "silence":
            if lasted < max(_ONSET_S, self._endpointing.barge_in_ms / 1000 if exposed else 0):
                return
            self._state, self._start, self.utterance = "speech", max(sound.at, self._end), []
            if self._playbacks and self._playbacks[0].barge_in:
                for playback in self._playbacks:
                    playback.end(PlaybackOutcome.BARGE_IN)
            self._events.put_nowait(SpeechStarted(self._position(self._start)))
        elif self._state == "pause":
            self._state = "speech"
            self._events.put_nowait(SpeechResumed(self._position(sound.at)))
        if sound not in self.utterance:
            self.utterance.append(sound)
        self._end = now + _TICK_S

    def _happen_with_sound(self, kind: type, **more: int) -> None:
        start, end = self._position(self._start), self._position(self._end)
        pcm = Pcm(np.zeros(max(1, end - start), np.int16), RATE)
        self._events.put_nowait(kind(start=start, end=end, pcm=pcm, **more))

    def _hang_up(self, reason: str) -> None:
        if not self.gone:
            self.gone = True
            for playback in self._playbacks:
                playback.end(PlaybackOutcome.LINE_LOST)
            self._events.put_nowait(HungUp(reason))

    async def events(self) -> AsyncIterator[LegEvent]:
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def play(self, sound: AsyncIterator[Pcm], *, barge_in: bool = True, repeat: bool = False) -> _Playback:
        self._count += 1
        playback = _Playback(self._count, barge_in=barge_in)
        if self.gone:
            playback.end(PlaybackOutcome.LINE_LOST)
        else:
            self._playbacks.append(playback)
            playback.reading = asyncio.create_task(playback.take_in(sound), name="playback")
        return playback

    async def set_endpointing(self, endpointing: Endpointing) -> None:
        self._endpointing = endpointing

    async def record(self, path: Path | None) -> None:
        pass

    async def hang_up(self) -> None:
        self._hang_up("gateway")


class Voice:
    """Every word takes the same time; what was asked for is remembered."""

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        await asyncio.sleep(0.03)
        for _ in text.split():
            yield Pcm(np.ones(int(_WORD_S * RATE), np.int16), RATE)


class Ears:
    """Recognises what the leg's utterance holds, in the time that its slowest sound takes."""

    def __init__(self, leg: LineLeg) -> None:
        self._leg = leg

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        sounds = list(self._leg.utterance)
        seconds = max((sound.recognition_s for sound in sounds), default=0.1)
        await asyncio.sleep(min(seconds, hints.deadline_ms / 1000))
        if seconds > hints.deadline_ms / 1000:
            raise SpeechTimeout("late")
        texts = [sound.text for sound in sounds]
        if None in texts:
            raise SpeechError("a fault")
        return Transcript(" ".join(text for text in texts if text), hints.language or "de", 0.9)


@dataclass(slots=True)
class Story:
    """What a ``CallJournal`` was told."""

    recording: Path | None = None
    outcome: str | None = None
    actions_written: int = 0
    said: list[Spoken] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    actions: list[ActionRequest] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def caller_turn(self, text: str, language: Language, confidence: float, span: object) -> asyncio.Task[int | None]:
        self.heard.append(text)
        return asyncio.create_task(self._write(len(self.heard)), name="write-turn")

    async def _write(self, number: int) -> int | None:
        await asyncio.sleep(0.002)
        return number

    async def gateway_turn(self, spoken: Spoken, language: Language, latency: Latency | None) -> None:
        self.said.append(spoken)

    async def facts(self, *_: object) -> None:
        await asyncio.sleep(0.001)

    async def commit_action(self, request: ActionRequest, language: Language, turn_id: int | None = None) -> bool:
        await asyncio.sleep(0.005)
        self.actions.append(request)
        self.actions_written += 1
        return True

    def interrupted(self, *_: object) -> None:
        pass

    async def refuse_recording(self) -> None:
        pass

    async def event(self, name: str, data: dict[str, object] | None = None) -> None:
        self.events.append(name)

    async def transfer_ended(self, story: Mapping[str, object]) -> None:
        self.events.append("transfer_ended")


class SlowCalendar:
    """A ``CallCalendar`` with two free times that answers after ``seconds``, and counts what it was told to book."""

    available = True

    def __init__(self, seconds: float, *, silent: bool = False) -> None:
        self._seconds, self._silent = seconds, silent
        self.booked: list[SlotBooking] = []
        self.ended = False

    async def slots(self, query: SlotQuery, language: Language) -> SlotsFound | CalendarSilent:
        await asyncio.sleep(self._seconds)
        if self._silent:
            return CalendarSilent(query)
        starts = [dt.datetime(2026, 12, 8, hour, 0, tzinfo=PROFILE.zone) for hour in (9, 10)]
        return SlotsFound(query, tuple(Slot(str(s.hour), s, s + dt.timedelta(minutes=30)) for s in starts))

    async def book(self, booking: SlotBooking, language: Language, turn_id: int | None = None) -> BookingResult:
        self.booked.append(booking)
        await asyncio.sleep(self._seconds)
        return BookingResult(booking, BookingStatus.REQUESTED if self._silent else BookingStatus.BOOKED)

    async def end(self, *, goodbye_said: bool) -> None:
        self.ended = True


class SlowReader:
    """A model that finds nothing, after ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def read(self, question: ModelQuestion) -> ModelReading | None:
        await asyncio.sleep(self._seconds)
        return None


class NobodyAnswers:
    """Rings for ``seconds`` in vain."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def transfer(self, attempt: TransferAttempt) -> TransferResult:
        await asyncio.sleep(self._seconds)
        return TransferResult.NO_ANSWER


@dataclass(slots=True)
class Held:
    """How a call went."""

    reason: str
    seconds: float
    leg: LineLeg
    story: Story
    dialogue: Dialogue
    taken: list[tuple[str, str]]
    """Words and keys that the dialogue took."""
    calendar: SlowCalendar | None
    tasks_left: list[str]


def hold(
    *sounds: Sound,
    keys: list[tuple[float, str]] | None = None,
    hangs_up: float | None = None,
    model_s: float | None = None,
    calendar: SlowCalendar | None = None,
    rings_s: float | None = None,
    longest_s: float = 600.0,
    told: list[int] | None = None,
) -> Held:
    """Hold one call to its end; a call that has not ended after ``longest_s`` is ended by ``TimeoutError``."""
    loop = _Loop()
    with patch.object(time, "monotonic", loop.time):
        try:
            return loop.run_until_complete(
                _hold(
                    list(sounds),
                    keys or [],
                    hangs_up,
                    model_s=model_s,
                    calendar=calendar,
                    rings_s=rings_s,
                    longest_s=longest_s,
                    told=told,
                )
            )
        finally:
            loop.close()


async def _hold(
    sounds: list[Sound],
    keys: list[tuple[float, str]],
    hangs_up: float | None,
    *,
    model_s: float | None,
    calendar: SlowCalendar | None,
    rings_s: float | None,
    longest_s: float,
    told: list[int] | None,
) -> Held:
    leg, story = LineLeg(sounds, keys, hangs_up), Story()
    dialogue = Dialogue(
        PROFILE,
        clock=lambda: NOW,
        can_transfer=rings_s is not None,
        recording=False,
        calendar_available=lambda: calendar is not None,
    )
    taken = _listen_in(dialogue, told)
    reader = None if model_s is None else SlowReader(model_s)
    desk = AnswerDesk(dialogue, PROFILE, reader, calendar)
    transferrer = None if rings_s is None else NobodyAnswers(rings_s)
    conversation = Conversation(leg, Engines(Ears(leg), Voice()), desk, story, transferrer=transferrer)
    line = asyncio.create_task(leg.live(), name="line")
    try:
        async with asyncio.timeout(longest_s):
            reason = await conversation.run()
        seconds = time.monotonic()
    finally:
        leg.gone = True
        await line
    for _ in range(3):
        await asyncio.sleep(0)
    left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    return Held(reason, seconds, leg, story, dialogue, taken, calendar, left)


def _listen_in(dialogue: Dialogue, told: list[int] | None) -> list[tuple[str, str]]:
    taken: list[tuple[str, str]] = []
    take, heard = dialogue.take, dialogue.heard

    def telling(sentences: int) -> None:
        if told is not None:
            told.append(sentences)
        heard(sentences)

    def listening(turn: object, reading: ModelReading | None = None) -> Decision:
        taken.append((turn.text, turn.keys))
        return take(turn, reading)

    dialogue.take, dialogue.heard = listening, telling
    return taken
