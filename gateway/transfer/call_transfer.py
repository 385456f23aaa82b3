"""Puts the caller of one call through: by REFER, by REFER after a consultation, or by a bridge."""

from __future__ import annotations

import asyncio

import structlog

from gateway.conversation.transfer import TransferAttempt, TransferMethod, TransferResult
from gateway.dialogue.phrase import fallback
from gateway.media.errors import MediaError
from gateway.practice.profile import PracticeProfile
from gateway.sip_line import SipLine
from gateway.speech.interface import Synthesiser
from gateway.telephony.errors import CallFailed, TelephonyError
from gateway.telephony.sessions.referral import ReferralResult, ReferralTimes
from gateway.transfer.announcement import announce
from gateway.transfer.dial_policy import Destination, DialForbidden, DialPolicy
from gateway.transfer.dialler import DialFailed, Dialler, result_of_status
from gateway.transfer.method import choose_method
from gateway.transfer.person_line import PersonLine
from gateway.transfer.ring_back import RingBack, ringing
from gateway.transfer.trunk_view import TrunkView

_log = structlog.get_logger(__name__)

TELL_WITHIN_S = 10.0
"""How much longer than the ringing the trunk may take to tell how a REFER ended."""
REPLACED_WITHIN_S = 10.0
"""How long the trunk may take to connect two calls that are there already."""
RELEASED_WITHIN_S = 3.0
"""How long the trunk may take to end our call to the person once it has taken both over."""

_TAKEN_OVER = (ReferralResult.SUCCEEDED, ReferralResult.UNWATCHED)
_RESULTS = {ReferralResult.PEER_LEFT: TransferResult.CALLER_LEFT, ReferralResult.SILENT: TransferResult.NO_ANSWER}


class CallTransfer:
    """The ``Transferrer`` of the caller on ``line``, for the practice that was called."""

    def __init__(
        self,
        line: SipLine,
        *,
        profile: PracticeProfile,
        dialler: Dialler,
        synthesiser: Synthesiser,
        trunks: TrunkView,
    ) -> None:
        self._line = line
        self._profile = profile
        self._policy = DialPolicy(profile)
        self._dialler = dialler
        self._synthesiser = synthesiser
        self._trunks = trunks

    async def transfer(self, attempt: TransferAttempt) -> TransferResult:
        """Put the caller through, who hears it ring meanwhile; see ``Transferrer``."""
        try:
            destination = self._policy.destination(attempt.target_id, self._line.call.trunk)
        except DialForbidden as error:
            _log.error("transfer_forbidden", target=attempt.target_id, cause=str(error))
            return TransferResult.FAILED
        attempt.method = choose_method(
            self._trunks.mode(self._line.call.trunk),
            destination,
            came_by=self._line.call.trunk,
            peer_methods=self._line.call.peer_methods,
        )
        async with ringing(self._line.leg) as ring_back:
            if attempt.method is TransferMethod.REFER:
                result = await self._refer(destination, attempt)
                if result is not None:
                    return result
                attempt.method = TransferMethod.BRIDGE
            try:
                return await self._consult(destination, attempt, ring_back)
            except DialFailed as failure:
                return failure.result
            except (MediaError, TelephonyError) as error:
                _log.warning("transfer_failed", target=attempt.target_id, cause=str(error))
                return TransferResult.FAILED

    async def _refer(self, destination: Destination, attempt: TransferAttempt) -> TransferResult | None:
        """Let the trunk call the person; return None when it does not do that."""
        call = self._line.call
        try:
            outcome = await call.refer(
                self._trunks.refer_to(destination, call.source[0]),
                times=ReferralTimes(progress_s=destination.target.ring_s + TELL_WITHIN_S),
            )
        except CallFailed as error:
            _log.warning("transfer_refer_impossible", cause=str(error))
            return None
        except TelephonyError:
            return TransferResult.CALLER_LEFT
        if outcome.result is ReferralResult.REFUSED:
            _log.warning("transfer_refer_refused", status=outcome.status)
            return None
        if outcome.result in _TAKEN_OVER:
            await attempt.connect()
            return TransferResult.COMPLETED
        return _RESULTS.get(outcome.result) or result_of_status(outcome.status)

    async def _consult(self, destination: Destination, attempt: TransferAttempt, ring_back: RingBack) -> TransferResult:
        """Call the person, tell them of the caller if that is wanted, and connect both."""
        line = await self._dialler.dial(destination, self._trunks.dialled_by(destination), beside=self._line.leg)
        try:
            if destination.target.announce and not await self._announce(line, confirm=destination.target.confirm):
                return TransferResult.REFUSED
            await ring_back.stop()
            await attempt.connect()
            if attempt.method is TransferMethod.ATTENDED:
                if await self._replace(line):
                    return TransferResult.COMPLETED
                attempt.method = TransferMethod.BRIDGE
            await self._line.leg.bridge(line.leg)
            await line.gone()
        finally:
            await line.close()
            attempt.sound = await line.leg.statistics()
        return TransferResult.COMPLETED

    async def _announce(self, line: PersonLine, *, confirm: bool) -> bool:
        language = self._profile.languages[0]
        return await announce(
            line,
            self._synthesiser,
            language,
            fallback("transfer_announcement", language, self._profile),
            fallback("transfer_confirmation", language, self._profile) if confirm else (),
        )

    async def _replace(self, line: PersonLine) -> bool:
        """Let the trunk put the caller in our place toward the person; return whether it has."""
        try:
            outcome = await self._line.call.refer(
                line.call.replacing, times=ReferralTimes(progress_s=REPLACED_WITHIN_S)
            )
        except TelephonyError as error:
            _log.warning("transfer_refer_impossible", cause=str(error))
            return False
        # A trunk may end the caller's call before it has told that both are connected.
        if outcome.result in (*_TAKEN_OVER, ReferralResult.PEER_LEFT):
            try:
                async with asyncio.timeout(RELEASED_WITHIN_S):
                    await line.gone()
            except TimeoutError:
                _log.info("transfer_line_not_released")
            return True
        _log.warning("transfer_refer_refused", status=outcome.status, result=str(outcome.result))
        return False
