"""What one call asks of the practice's calendar and books in it."""

from __future__ import annotations

import time

import structlog

from gateway.actions.appointments import AppointmentStatus
from gateway.actions.calendar import Calendar
from gateway.actions.model import SLOT, SLOT_DETAILS, SLOT_NOT_BOOKED
from gateway.actions.waiting import Delivery
from gateway.conversation.call_journal import CallJournal
from gateway.dialogue.calendar_steps import (
    BookingResult,
    BookingStatus,
    CalendarSilent,
    SlotBooking,
    SlotQuery,
    SlotsFound,
)
from gateway.dialogue.model import ActionRequest
from gateway.dialogue.tasks import ACTION_OF_TASK
from gateway.language import Language
from gateway.practice.profile import PracticeProfile
from gateway.records.errors import RecordsError

_log = structlog.get_logger(__name__)

_STATUS = {
    AppointmentStatus.BOOKED: BookingStatus.BOOKED,
    AppointmentStatus.TAKEN: BookingStatus.TAKEN,
    AppointmentStatus.REQUESTED: BookingStatus.REQUESTED,
}


class CallCalendar:
    """The calendar in one call. Its methods never raise, and take no longer than their deadlines.

    Cancelling ``slots`` or ``book`` stops the waiting. A booking itself is not stopped by anything: once ``book`` was
    called, the practice gets it exactly once.
    """

    def __init__(
        self, calendar: Calendar | None, journal: CallJournal, profile: PracticeProfile, *, booking_deadline_s: float
    ) -> None:
        self._calendar = calendar
        self._journal = journal
        self._profile = profile
        self._booking_deadline_s = booking_deadline_s
        self._taken: tuple[SlotBooking, Language, int] | None = None
        """A booking that failed, and how many actions had been written by then."""

    @property
    def available(self) -> bool:
        """Whether it makes sense to ask for slots now."""
        return self._calendar is not None and self._calendar.available

    async def slots(self, query: SlotQuery, language: Language) -> SlotsFound | CalendarSilent:
        """Return the free slots that fit ``query``, or that the calendar did not say."""
        if self._calendar is None:
            return CalendarSilent(query)
        details = {"action": str(ACTION_OF_TASK[query.task]), "language": str(language)}
        question = self._journal.slots_question(query.facts, details, language)
        began = time.monotonic()
        slots = await self._calendar.slots(question, self._profile)
        seconds = round(time.monotonic() - began, 3)
        await self._journal.event(
            "calendar_asked", {"seconds": seconds, "slots": None if slots is None else len(slots)}
        )
        return CalendarSilent(query) if slots is None else SlotsFound(query, slots)

    async def book(self, booking: SlotBooking, language: Language, turn_id: int | None = None) -> BookingResult:
        """Write ``booking`` down, have it delivered at once, and return what became of it.

        Without an answer in time its delivery goes on, and the result is that the practice will confirm it.
        """
        began = time.monotonic()
        try:
            delivery = await self._journal.book(booking.action, language, turn_id, deadline_s=self._booking_deadline_s)
        except RecordsError as error:
            _log.error("booking_not_written", error=type(error).__name__, detail=str(error))
            return BookingResult(booking, BookingStatus.UNWRITTEN)
        result = _result(booking, delivery)
        if result.status is BookingStatus.TAKEN:
            self._taken = (booking, language, self._journal.actions_written)
        seconds = round(time.monotonic() - began, 3)
        await self._journal.event("calendar_booked", {"seconds": seconds, "status": str(result.status)})
        return result

    def abandon(self) -> None:
        """Take note that the caller does not want any more what could not be booked."""
        self._taken = None

    async def end(self, *, goodbye_said: bool) -> None:
        """Take note that the call is over.

        Where the caller has hung up on a booking that failed, the wish goes to the practice without its slot: it was
        confirmed, and nobody has told the caller that nothing was passed on (``goodbye_said``).
        """
        if self._taken is None or goodbye_said:
            return
        booking, language, written = self._taken
        self._taken = None
        if self._journal.actions_written > written:
            return
        action = booking.action
        details = {name: value for name, value in action.details.items() if name not in SLOT_DETAILS}
        details[SLOT_NOT_BOOKED] = action.details[SLOT]
        await self._journal.commit_action(ActionRequest(action.kind, action.facts, details), language)


def _result(booking: SlotBooking, delivery: Delivery | None) -> BookingResult:
    if delivery is None or delivery.appointment is None:
        return BookingResult(booking, BookingStatus.REQUESTED)
    return BookingResult(booking, _STATUS[delivery.appointment.status], delivery.appointment.start)
