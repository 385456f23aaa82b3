"""Asks the practice's application for free slots while a caller waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import structlog

from gateway.actions.client import Accepted, ActionClient, Refused
from gateway.actions.model import SlotsQuestion
from gateway.actions.slots import AnswerInvalid, Slot, parse_slots
from gateway.practice.profile import PracticeProfile
from gateway.records.journal import utc_now

UNSUPPORTED_S = 300.0
"""Seconds for which an application that has no calendar is not asked again."""
UNREACHABLE_S = 30.0
"""Seconds for which a calendar that failed ``FAULTS`` times in a row is not asked: no caller waits for it in vain."""
FAULTS = 2

_NO_CALENDAR = 501

_log = structlog.get_logger(__name__)


class Calendar:
    """The practice's calendar as far as it can be asked: one for all calls.

    ``deadline_s`` bounds one question as a whole. ``monotonic`` counts the seconds for which it is left alone after a
    refusal or repeated faults.
    """

    def __init__(
        self,
        endpoint: str,
        secret: str,
        *,
        deadline_s: float,
        previous_secret: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = ActionClient(
            endpoint, secret, previous_secret=previous_secret, clock=clock, deadline_s=deadline_s
        )
        self._client.prepare()
        self._clock = clock
        self._monotonic = monotonic
        self._closed_until = 0.0
        self._faults = 0

    @property
    def available(self) -> bool:
        """Whether it makes sense to ask now."""
        return self._monotonic() >= self._closed_until

    async def slots(self, question: SlotsQuestion, profile: PracticeProfile) -> tuple[Slot, ...] | None:
        """Return the free slots that answer ``question``; None when there is no usable answer. Never raises."""
        result = await self._client.send(question.model_dump_json().encode(), question.id, wants_answer=True)
        if isinstance(result, Accepted):
            try:
                slots = parse_slots(result.answer, profile, self._clock())
            except AnswerInvalid as error:
                self._leave_alone(UNSUPPORTED_S, status=result.status, cause=str(error))
                return None
            self._faults = 0
            return slots
        if isinstance(result, Refused) or result.status == _NO_CALENDAR:
            self._leave_alone(UNSUPPORTED_S, status=result.status, cause="the application refuses the question")
            return None
        self._faults += 1
        if self._faults >= FAULTS:
            self._leave_alone(UNREACHABLE_S, status=result.status, cause="no usable answer several times in a row")
        else:
            _log.warning("calendar_silent", status=result.status)
        return None

    def _leave_alone(self, seconds: float, *, status: int | None, cause: str) -> None:
        self._closed_until = self._monotonic() + seconds
        self._faults = 0
        _log.warning("calendar_left_alone", seconds=seconds, status=status, cause=cause)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
