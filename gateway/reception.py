"""Takes a call: joins signalling, media and conversation, and writes down how it went."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.conversation import Conversation, Engines
from gateway.dialogue.dialogue import Dialogue
from gateway.media.client import MediaWorker, RtpLeg
from gateway.media.errors import MediaError
from gateway.media.parameters import StreamParameters
from gateway.practice.profile import PracticeProfile
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.model import NewCall
from gateway.telephony.call import IncomingCall
from gateway.telephony.errors import TelephonyError
from gateway.telephony.events import EndReason

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a call needs when it is taken. ``recordings`` is None where calls are not recorded."""

    profile: PracticeProfile
    worker: MediaWorker
    engines: Engines
    journal: Journal
    outbox: Outbox
    recordings: Path | None
    clock: Callable[[], datetime]


class Reception:
    """Answers calls; each one runs in the task of its INVITE."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running: set[str] = set()
        self._moves: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def calls(self) -> int:
        """How many calls are being held."""
        return len(self._running)

    async def take(self, call: IncomingCall) -> None:
        """Answer ``call`` and hold the conversation until one side hangs up.

        A call that can't be given sound or a record is refused with 503 Service Unavailable.
        """
        try:
            leg = await self._desk.worker.allocate()
        except MediaError as error:
            _log.error("call_refused", cause=str(error))
            await call.reject(503)
            return
        begun = self._new_call(call)
        try:
            call_id = await self._desk.journal.begin_call(begun)
        except RecordsError as error:
            _log.error("call_refused", cause=str(error))
            await leg.release()
            await call.reject(503)
            return
        with structlog.contextvars.bound_contextvars(call_id=call_id):
            self._running.add(call_id)
            self._idle.clear()
            try:
                await self._hold(call, leg, self._call_journal(call_id, begun))
            finally:
                await leg.release()
                self._running.discard(call_id)
                if not self._running:
                    self._idle.set()

    async def drain(self, seconds: float) -> None:
        """Wait until every call has written its last words, for ``seconds`` at most."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def _new_call(self, call: IncomingCall) -> NewCall:
        return NewCall(
            line="sip",
            practice_id=self._desk.profile.id,
            started_at=utc_now(),
            sip_call_id=call.sip_call_id,
            caller_number=call.caller.number,
            caller_name=call.caller.display_name,
            called_number=call.called_number,
        )

    async def _hold(self, call: IncomingCall, leg: RtpLeg, journal: CallJournal) -> None:
        reason = "error"
        try:
            stream = await call.answer(local_port=leg.local_port)
            call.on_stream_changed = partial(self._move, leg)
            await leg.connect(stream)
            if journal.recording is not None:
                await leg.record(journal.recording)
            await journal.answered()
            _log.info("call_answered", codec=str(stream.codec), recorded=journal.recording is not None)
            reason = await self._converse(call, leg, journal)
        except (TelephonyError, MediaError) as error:
            reason = "not_answered"
            _log.warning("call_failed", cause=str(error))
        except asyncio.CancelledError:
            reason = "gateway_stopped"
            raise
        finally:
            await asyncio.shield(journal.ended(reason))
            _log.info("call_ended", reason=reason, outcome=journal.outcome)
            await call.hang_up()

    def _move(self, leg: RtpLeg, stream: StreamParameters) -> None:
        """Follow a re-INVITE: another address, another codec, hold."""

        async def connect() -> None:
            try:
                await leg.connect(stream)
            except MediaError as error:
                _log.warning("stream_not_changed", cause=str(error))

        task = asyncio.create_task(connect(), name="move-stream")
        self._moves.add(task)
        task.add_done_callback(self._moves.discard)

    async def _converse(self, call: IncomingCall, leg: RtpLeg, journal: CallJournal) -> str:
        dialogue = Dialogue(
            self._desk.profile,
            clock=self._desk.clock,
            caller_number=call.caller.number,
            can_transfer=False,
            recording=self._desk.recordings is not None,
        )
        conversation = Conversation(leg, self._desk.engines, dialogue, journal, self._desk.profile)
        watch = asyncio.create_task(_end_leg_with_call(call, leg), name="watch-call")
        try:
            return await conversation.run()
        finally:
            watch.cancel()

    def _call_journal(self, call_id: str, begun: NewCall) -> CallJournal:
        profile, recordings = self._desk.profile, self._desk.recordings
        story = ActionCall(
            id=call_id,
            caller_number=begun.caller_number,
            language=profile.languages[0],
            started_at=begun.started_at,
        )
        recording = recordings / f"{begun.started_at:%Y-%m-%d}" / f"{call_id}.wav" if recordings else None
        return CallJournal(self._desk.journal, self._desk.outbox, story, profile.id, recording)


async def _end_leg_with_call(call: IncomingCall, leg: RtpLeg) -> None:
    reason = await call.ended()
    await leg.remote_hung_up("caller" if reason is EndReason.PEER else str(reason))
