"""Places the second call of a transfer; the one place in the daemon from which calls go out."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from gateway.conversation.transfer import TransferResult
from gateway.media.client.leg_source import LegSource
from gateway.media.client.rtp_leg import RtpLeg
from gateway.media.errors import MediaError
from gateway.telephony.call import OutgoingCall
from gateway.telephony.errors import CallRejected, TelephonyError
from gateway.transfer.dial_policy import Destination
from gateway.transfer.person_line import PersonLine

_log = structlog.get_logger(__name__)

_BUSY = frozenset((486, 600))
_UNANSWERED = frozenset((408, 480, 487))
_GIVE_UP_S = 5.0
"""How much longer than the ringing the user agent itself waits, so that the ringing time decides."""


class Telephone(Protocol):
    """What calls are placed with (``gateway.telephony.user_agent.UserAgent``)."""

    async def invite(
        self, target: str, *, local_port: int, trunk: str | None = None, timeout_s: float = 60.0
    ) -> OutgoingCall:
        """Call ``target`` by ``trunk`` and return the call once it is answered; redirections are not followed."""


class DialFailed(Exception):
    """Nobody was reached; ``result`` says why."""

    def __init__(self, result: TransferResult) -> None:
        super().__init__(str(result))
        self.result = result


def result_of_status(status: int | None) -> TransferResult:
    """Return what the last status of a call that was not answered means to the caller.

    A redirection (3xx) is a refusal; a provisional status, or none, means that it rang until it was given up.
    """
    if status in _BUSY:
        return TransferResult.BUSY
    unanswered = status is None or status < 200 or status in _UNANSWERED
    return TransferResult.NO_ANSWER if unanswered else TransferResult.REFUSED


class Dialler:
    """Calls destinations that the policy has given, with sound by ``worker``."""

    def __init__(self, telephone: Telephone, worker: LegSource) -> None:
        self._telephone = telephone
        self._worker = worker

    async def dial(self, destination: Destination, trunk: str | None, *, beside: RtpLeg) -> PersonLine:
        """Call ``destination`` by ``trunk`` and return the line once somebody has answered.

        Its leg can be bridged with ``beside``.

        Raises:
            DialFailed: nobody answered within the target's ringing time, or the call could not be placed.

        """
        leg = await self._allocate(beside)
        try:
            call = await self._invite(destination, trunk, leg.local_port)
        except BaseException:
            await leg.release()
            raise
        line = PersonLine(call, leg)
        try:
            await line.open()
        except (MediaError, TelephonyError) as error:
            await line.close()
            raise _not_placed(error) from error
        except BaseException:
            await line.close()
            raise
        return line

    async def _allocate(self, beside: RtpLeg) -> RtpLeg:
        try:
            return await self._worker.allocate(beside=beside)
        except MediaError as error:
            raise _not_placed(error) from error

    async def _invite(self, destination: Destination, trunk: str | None, local_port: int) -> OutgoingCall:
        ring_s = destination.target.ring_s
        try:
            async with asyncio.timeout(ring_s):
                return await self._telephone.invite(
                    destination.uri, local_port=local_port, trunk=trunk, timeout_s=ring_s + _GIVE_UP_S
                )
        except TimeoutError as error:
            raise DialFailed(TransferResult.NO_ANSWER) from error
        except CallRejected as error:
            raise DialFailed(result_of_status(error.status)) from error
        except TelephonyError as error:
            raise _not_placed(error) from error


def _not_placed(error: MediaError | TelephonyError) -> DialFailed:
    # The message of a telephony error may name the address that was called, which is the practice's own.
    _log.error("transfer_not_placed", cause=str(error))
    return DialFailed(TransferResult.FAILED)
