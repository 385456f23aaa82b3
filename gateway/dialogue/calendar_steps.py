"""What the dialogue wants of the practice's calendar, what it is answered, and what it remembers of both."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from gateway.actions.slots import Slot

if TYPE_CHECKING:
    from gateway.dialogue.model import ActionRequest, Fact, SpeechAct, Task


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """A question for the free slots that fit a wish; asking it has no effect."""

    task: Task
    facts: tuple[Fact, ...]

    def same_wish(self, other: SlotQuery | None) -> bool:
        """Tell whether ``other`` asks for the same, in whatever words."""
        return other is not None and self.task is other.task and self._wish() == other._wish()

    def _wish(self) -> frozenset[tuple[str, str]]:
        return frozenset((fact.name, fact.value) for fact in self.facts)


@dataclass(frozen=True, slots=True)
class SlotBooking:
    """A slot that the caller heard read back and said yes to; ``action`` books it."""

    slot: Slot
    task: Task
    action: ActionRequest


CalendarStep: TypeAlias = SlotQuery | SlotBooking


class BookingStatus(StrEnum):
    """What is known of a booking when the caller is told."""

    BOOKED = "booked"
    """The calendar has it."""
    TAKEN = "taken"
    """Somebody else was faster; nothing was booked."""
    REQUESTED = "requested"
    """The practice gets the wish and confirms it: there was no answer in time, or it was no booking."""
    UNWRITTEN = "unwritten"
    """It could not be written down, so nothing may be promised."""


@dataclass(frozen=True, slots=True)
class SlotsFound:
    """The calendar's free slots for ``query``, usable and the earliest first; none when it has none."""

    query: SlotQuery
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class BookingResult:
    """What became of ``booking``; ``start`` is what the calendar says, where it says so."""

    booking: SlotBooking
    status: BookingStatus
    start: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CalendarSilent:
    """The calendar did not answer ``query`` in time, or not usably."""

    query: SlotQuery


class SlotChoice(StrEnum):
    """A choice between the times that are offered."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"


CalendarAnswer: TypeAlias = SlotsFound | BookingResult | CalendarSilent


@dataclass(frozen=True, slots=True)
class CalendarState:
    """What the dialogue remembers of the calendar during one task."""

    asked: SlotQuery | None = None
    """The last question."""
    pending: CalendarStep | None = None
    """What has not been answered yet."""
    found: tuple[Slot, ...] = ()
    """Slots that the caller may still choose from, the best first; two of them are offered at a time."""
    chosen: Slot | None = None
    wished: tuple[Fact, ...] = ()
    """Day, time and practitioner as they were wished for before a slot was chosen."""
    taken: tuple[str, ...] = ()
    """Ids of slots that somebody else was faster at."""
    questions: int = 0
    """How often the calendar was asked."""
    off: bool = False
    """Whether the task goes on without the calendar."""
    news: tuple[SpeechAct, ...] = ()
    """What became of a booking while something else was talked about; said with what is said next."""

    @property
    def offered(self) -> tuple[Slot, ...]:
        """The slots that are offered now, the earlier one first."""
        return tuple(sorted(self.found[:OFFERED], key=lambda slot: slot.start))

    def at_next_task(self) -> CalendarState:
        """Return what is remembered when another task begins: only what is being booked, and what there is to tell."""
        pending = self.pending if isinstance(self.pending, SlotBooking) else None
        return CalendarState(pending=pending, news=self.news)


NOT_ASKED = CalendarState()
"""At the start of a task."""
OFFERED = 2
"""Slots that are offered at a time: more are not remembered on a telephone."""
