"""A practice's calendar for the dialogue's tests, and calls that ask it."""

from __future__ import annotations

import datetime as dt

from dialogue_helpers import NOW, PROFILE, Call

from gateway.actions.slots import Slot
from gateway.dialogue.calendar_steps import (
    BookingResult,
    BookingStatus,
    CalendarSilent,
    SlotBooking,
    SlotQuery,
    SlotsFound,
)
from gateway.dialogue.dialogue import Dialogue
from gateway.language import Language


def slot(day: str, time: str, practitioner: str | None = None, minutes: int = 60) -> Slot:
    """Return a slot of the test practice; its id tells when it is."""
    start = dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=PROFILE.zone)
    return Slot(f"{day} {time}", start, start + dt.timedelta(minutes=minutes), practitioner)


class CalendarCall(Call):
    """A scripted call with a calendar that answers by itself; ``busy`` leaves the answering to the test."""

    def __init__(self, language: Language, *slots: Slot, caller: str | None = "+41791234567", **options) -> None:
        super().__init__(language, caller=caller, **options)
        self.slots = list(slots)
        self.silent = False
        self.busy = False
        self.statuses: list[BookingStatus] = []
        self.queries: list[SlotQuery] = []
        self.booked: list[Slot] = []
        self.dialogue = Dialogue(
            PROFILE,
            clock=lambda: NOW,
            caller_number=caller,
            can_transfer=options.get("can_transfer", False),
            calendar_available=lambda: True,
        )
        self.decisions = [self.dialogue.open()]

    def say(self, *texts: str, language: Language | None = None):
        for text in texts:
            super().say(text, language=language)
            self.serve()
        return self.last

    def press(self, keys: str):
        super().press(keys)
        self.serve()
        return self.last

    def serve(self) -> None:
        """Let the calendar answer until the dialogue asks it nothing more."""
        while not self.busy and (step := self.last.calendar) is not None:
            self.answer(step)

    def answer(self, step) -> None:
        """Let the calendar answer one step."""
        if isinstance(step, SlotQuery):
            self.queries.append(step)
            answer = CalendarSilent(step) if self.silent else SlotsFound(step, tuple(self.slots))
        else:
            answer = self.book(step)
        self.decisions.append(self.dialogue.calendar_answered(answer))

    def book(self, step: SlotBooking) -> BookingResult:
        status = self.statuses.pop(0) if self.statuses else BookingStatus.BOOKED
        if status is BookingStatus.BOOKED:
            self.booked.append(step.slot)
        if status in {BookingStatus.BOOKED, BookingStatus.TAKEN}:
            self.slots = [other for other in self.slots if other != step.slot]
        return BookingResult(step, status)

    @property
    def said(self) -> list[str]:
        """Return the names of all acts since the caller spoke last."""
        names: list[str] = []
        for decision in reversed(self.decisions):
            names = [*(act.name for act in decision.acts), *names]
            if decision.calendar is None and decision is not self.last:
                break
        return names
