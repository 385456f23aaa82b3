"""Conversations without a telephone: utterances come as files over HTTP, and answers go back as sound.

The same conversation as on a telephone line, on a leg whose clock is virtual. Nobody is waited for: the caller is as
slow as they like, until a conversation that nobody goes on with is ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from gateway.audio import Pcm
from gateway.call_desk import Desk, FinishedCalls
from gateway.conversation.exchange import (
    AnswerLate,
    ConversationBusy,
    Exchange,
    NoSuchConversation,
    TooManyConversations,
    UnknownPractice,
)
from gateway.conversation.turn_times import TurnTakingTimes
from gateway.media.errors import MediaError
from gateway.media.wav_leg import WavLeg
from gateway.practice.profile import PracticeProfile
from gateway.records.journal import utc_now
from gateway.records.model import FactValue, NewCall, NewTurn

_log = structlog.get_logger(__name__)

MOST_CONVERSATIONS = 8
"""At a time: each one takes the recogniser from callers on the telephone."""
IDLE_S = 600.0
"""Time without an utterance after which a conversation is ended."""
ANSWERED_WITHIN_S = 45.0
"""Time in which an utterance is answered, however slow the engines and the practice's calendar are."""

_UNHURRIED_S = 24 * 3600.0
_UNHURRIED = TurnTakingTimes(silence_s=_UNHURRIED_S, granted_s=_UNHURRIED_S, hesitation_s=_UNHURRIED_S)
"""Files don't come in real time: their sender is never asked whether they are still there."""


@dataclass(slots=True)
class _Story:
    """A ``CallObserver`` that remembers."""

    turns: list[NewTurn] = field(default_factory=list)
    facts: tuple[FactValue, ...] = ()
    actions: list[str] = field(default_factory=list)

    def said(self, turn: NewTurn) -> None:
        self.turns.append(turn)

    def known(self, facts: Sequence[FactValue]) -> None:
        self.facts = tuple(facts)

    def acted(self, kind: str) -> None:
        self.actions.append(kind)


class HttpLine:
    """The conversations that are being held without a telephone. ``close`` ends them all."""

    def __init__(self, desk: Desk, *, most: int = MOST_CONVERSATIONS, idle_s: float = IDLE_S) -> None:
        self._desk = desk
        self._most = most
        self._idle_s = idle_s
        self._held: dict[str, _Held] = {}
        self._finished = FinishedCalls(desk)

    @property
    def calls(self) -> int:
        """How many conversations are being held."""
        return len(self._held)

    async def begin(self, practice_id: str | None = None, caller_number: str | None = None) -> Exchange:
        """Begin a conversation with the practice of this id, which may be left out where there is one only.

        Raises:
            UnknownPractice: there is no such practice, or several and none was named.
            TooManyConversations: there is no room.
            RecordsError: the conversation can't be written down.
            AnswerLate: the greeting took too long.

        """
        profile = self._profile(practice_id)
        if len(self._held) >= self._most:
            raise TooManyConversations(f"{self._most} conversations are being held already.")
        begun = NewCall(line="http", practice_id=profile.id, started_at=utc_now(), caller_number=caller_number)
        call_id = await self._desk.journal.begin_call(begun)
        held = _Held(call_id, self._desk, begun, profile, self._idle_s)
        self._held[call_id] = held
        held.begin(lambda: self._over(held))
        return await held.answer()

    async def hear(self, call_id: str, pcm: Pcm) -> Exchange:
        """Take an utterance of the caller, and return what came of it.

        Raises:
            NoSuchConversation: it is over, or there never was one.
            ConversationBusy: the last utterance has not been answered.
            AnswerLate: the answer took too long.

        """
        return await self._find(call_id).hear(pcm)

    async def end(self, call_id: str) -> None:
        """End a conversation as a caller who hangs up does; raise ``NoSuchConversation``."""
        await self._find(call_id).end("caller")

    async def close(self) -> None:
        """End every conversation and wait until all is written."""
        for held in list(self._held.values()):
            await held.end("gateway")
        await self._finished.done()

    def _profile(self, practice_id: str | None) -> PracticeProfile:
        profiles = self._desk.practices.profiles
        known = ", ".join(profile.id for profile in profiles)
        if practice_id is None and len(profiles) == 1:
            return profiles[0]
        found = next((profile for profile in profiles if profile.id == practice_id), None)
        if found is None:
            raise UnknownPractice(f"It must be one of {known}.")
        return found

    def _find(self, call_id: str) -> _Held:
        held = self._held.get(call_id)
        if held is None:
            raise NoSuchConversation("No conversation with this id is being held.")
        return held

    def _over(self, held: _Held) -> None:
        self._held.pop(held.call_id, None)
        self._finished.put(held.call_id, held.profile, held.journal)


class _Held:
    """One conversation that is being held, in a task of its own."""

    def __init__(self, call_id: str, desk: Desk, begun: NewCall, profile: PracticeProfile, idle_s: float) -> None:
        self.call_id = call_id
        self.profile = profile
        self._story = _Story()
        self.journal = desk.journal_of(call_id, begun, profile, self._story)
        self._leg = WavLeg()
        self._stepped = asyncio.Event()
        self._conversation = desk.conversation_on(
            self._leg, profile, self.journal, begun.caller_number, times=_UNHURRIED, on_step=self._stepped.set
        )
        self._answering = asyncio.Lock()
        self._told = 0
        self._end_reason: str | None = None
        self._idle_s = idle_s
        self._idle: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    def begin(self, over: Callable[[], None]) -> None:
        """Begin to hold the conversation; ``over`` is called at its end."""
        with structlog.contextvars.bound_contextvars(call_id=self.call_id):
            self._task = asyncio.create_task(self._hold(), name=f"http-conversation-{self.call_id}")
        self._task.add_done_callback(lambda _: self._finish(over))
        self._rest()

    async def hear(self, pcm: Pcm) -> Exchange:
        """Take an utterance; see ``HttpLine.hear``."""
        if self._answering.locked():
            raise ConversationBusy("The last utterance has not been answered yet.")
        async with self._answering:
            self._rest()
            self._stepped.clear()
            try:
                until = await self._leg.hear(pcm)
            except MediaError as error:
                raise NoSuchConversation("The conversation is over.") from error
            return await self._exchange(until)

    async def answer(self) -> Exchange:
        """Return what is said to begin with."""
        async with self._answering:
            return await self._exchange(0)

    async def end(self, reason: str) -> None:
        """End it for ``reason`` and wait until that is written."""
        await self._leg.close(reason)
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _exchange(self, until: int) -> Exchange:
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                await self._answered(until)
        except TimeoutError as error:
            raise AnswerLate(f"The answer took longer than {ANSWERED_WITHIN_S:g} s.") from error
        said, self._told = tuple(self._story.turns[self._told :]), len(self._story.turns)
        return Exchange(
            call_id=self.call_id,
            said=said,
            sound=self._leg.take_sound(),
            facts=self._story.facts,
            actions=tuple(self._story.actions),
            expects=self._conversation.expectation,
            end_reason=self._end_reason,
        )

    async def _answered(self, until: int) -> None:
        """Wait until what was said before the position ``until`` is answered, or the conversation is over."""
        task = self._task
        while task is not None and not task.done():
            await self._stepped.wait()
            self._stepped.clear()
            # Whoever has hung up awaits nobody: the end of the conversation is part of the answer.
            if self._conversation.heard_until >= until and self._conversation.awaits_caller and not self._leg.is_over:
                return

    async def _hold(self) -> None:
        reason = "error"
        try:
            if self.journal.recording is not None:
                await self._leg.record(self.journal.recording)
            await self.journal.answered()
            _log.info("http_conversation_begun", recorded=self.journal.recording is not None)
            reason = await self._conversation.run()
        except asyncio.CancelledError:
            reason = "gateway_stopped"
            raise
        except Exception:  # noqa: BLE001 - told with its traceback; the conversation ends, and is written down
            _log.exception("http_conversation_failed")
        finally:
            self._end_reason = reason
            await asyncio.shield(self.journal.ended(reason))
            await self._leg.close(reason)
            _log.info("http_conversation_ended", reason=reason, outcome=self.journal.outcome)

    def _finish(self, over: Callable[[], None]) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._stepped.set()
        over()

    def _rest(self) -> None:
        """Count the time without an utterance from now on."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._abandon)

    def _abandon(self) -> None:
        self._ending = asyncio.create_task(self._leg.close("idle"), name="end-idle-conversation")
