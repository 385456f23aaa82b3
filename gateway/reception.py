"""Takes a call: joins signalling, media and conversation, and writes down how it went."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from gateway.call_desk import Desk, FinishedCalls
from gateway.conversation.call_journal import CallJournal
from gateway.media.client.rtp_leg import RtpLeg
from gateway.media.errors import MediaError
from gateway.practice.profile import PracticeProfile
from gateway.records.errors import RecordsError
from gateway.records.journal import utc_now
from gateway.records.model import NewCall
from gateway.sip_line import SipLine
from gateway.telephony.call import Call, IncomingCall
from gateway.telephony.errors import TelephonyError
from gateway.transfer.switchboard import Switchboard

_log = structlog.get_logger(__name__)


class Reception:
    """Answers calls; each one runs in the task of its INVITE."""

    def __init__(self, desk: Desk) -> None:
        self.switchboard: Switchboard | None = None
        """What puts callers through to people; without one a callback is offered instead."""
        self._desk = desk
        self._running: set[str] = set()
        self._finished = FinishedCalls(desk)
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def calls(self) -> int:
        """How many calls are being held."""
        return len(self._running)

    async def take(self, call: IncomingCall) -> None:
        """Answer ``call`` and hold the conversation until one side hangs up.

        A call that replaces another one (RFC 3891) goes on with that one's conversation, or is refused with 481.
        A call to a number that no practice has is refused with 404 Not Found, one that can't be given sound or a
        record with 503 Service Unavailable.
        """
        if call.replaces is not None:
            await take_over(call, call.replaces)
            return
        profile = self._desk.practices.profile_for(call.called_numbers, call.trunk)
        if profile is None:
            _log.warning("call_refused", cause="no practice has the called number", trunk=call.trunk)
            await call.reject(404)
            return
        try:
            leg = await self._desk.worker.allocate()
        except MediaError as error:
            _log.error("call_refused", cause=str(error))
            await call.reject(503)
            return
        begun = self._new_call(call, profile)
        try:
            call_id = await self._desk.journal.begin_call(begun)
        except RecordsError as error:
            _log.error("call_refused", cause=str(error))
            await leg.release()
            await call.reject(503)
            return
        except BaseException:
            await leg.release()
            raise
        with structlog.contextvars.bound_contextvars(call_id=call_id):
            self._running.add(call_id)
            self._idle.clear()
            journal = self._desk.journal_of(call_id, begun, profile)
            try:
                await self._hold(call, leg, profile, journal)
            finally:
                await leg.release()
                self._finished.put(call_id, profile, journal)
                self._running.discard(call_id)
                if not self._running:
                    self._idle.set()

    async def drain(self, seconds: float) -> None:
        """Wait until every call has written its last words, for ``seconds`` at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
                await self._finished.done()

    def _new_call(self, call: IncomingCall, profile: PracticeProfile) -> NewCall:
        return NewCall(
            line="sip",
            practice_id=profile.id,
            started_at=utc_now(),
            sip_call_id=call.sip_call_id,
            caller_number=call.caller.number,
            caller_name=call.caller.display_name,
            called_number=call.called_number,
        )

    async def _hold(self, call: IncomingCall, leg: RtpLeg, profile: PracticeProfile, journal: CallJournal) -> None:
        reason = "error"
        line = SipLine(call, leg)
        try:
            stream = await call.answer(local_port=leg.local_port)
            await line.open()
            if journal.recording is not None:
                await leg.record(journal.recording)
            await journal.answered()
            _log.info("call_answered", codec=str(stream.codec), recorded=journal.recording is not None)
            reason = await self._converse(line, call.caller.number, profile, journal)
        except (TelephonyError, MediaError) as error:
            reason = "not_answered"
            _log.warning("call_failed", cause=str(error))
        except asyncio.CancelledError:
            reason = "gateway_stopped"
            raise
        finally:
            await asyncio.shield(journal.ended(reason))
            _log.info("call_ended", reason=reason, outcome=journal.outcome)
            await line.close()
            await asyncio.shield(journal.leg_ended("caller", await leg.statistics()))

    async def _converse(
        self, line: SipLine, caller_number: str | None, profile: PracticeProfile, journal: CallJournal
    ) -> str:
        switchboard = self.switchboard
        transferrer = switchboard.transferrer(line, profile) if switchboard is not None else None
        conversation = self._desk.conversation_on(line.leg, profile, journal, caller_number, transferrer=transferrer)
        return await conversation.run()


async def take_over(call: IncomingCall, replaced: Call) -> None:
    """Let ``call`` go on with what is said on the call that it replaces; refuse it where nobody talks there."""
    if replaced.on_replaced is None:
        await call.reject(481)
    else:
        await replaced.on_replaced(call)
