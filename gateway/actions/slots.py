"""Free times in the practice's calendar, as its application names them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError, model_validator

from gateway.actions.contract import FreeSlot
from gateway.practice.opening import is_open_at
from gateway.practice.profile import PracticeProfile

MOST_SLOTS = 20
"""Slots of one answer that are looked at, the earliest first; nobody listens to more on a telephone."""
_MOST_ENTRIES = 500
"""Entries of one answer that are read at all."""


class AnswerInvalid(Exception):
    """The application's answer cannot be used; the message says why, without the answer's words."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time. ``start`` and ``end`` are aware and in the practice's zone.

    ``id`` is the application's own; ``practitioner`` is a person's id from the profile, or None.
    """

    id: str
    start: dt.datetime
    end: dt.datetime
    practitioner: str | None = None


class _SlotEntry(FreeSlot):
    @model_validator(mode="after")
    def _starts_first(self) -> _SlotEntry:
        if self.start >= self.end:
            raise ValueError("a slot starts before it ends")
        return self


def parse_slots(body: bytes, profile: PracticeProfile, now: dt.datetime) -> tuple[Slot, ...]:
    """Return the usable slots of an answer ``{"slots": [...]}``, the earliest first, at most ``MOST_SLOTS``.

    Slots that are over, that start while the practice is closed, that cannot be read or stand there twice are left
    out. Raise ``AnswerInvalid`` for an answer that is no such answer, or in which not one entry can be read.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise AnswerInvalid("the answer is no JSON") from error
    entries = content.get("slots") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise AnswerInvalid("the answer has no list of slots")
    read = list(_readable(entries[:_MOST_ENTRIES], profile))
    if entries and not read:
        raise AnswerInvalid("none of the answer's slots can be read")
    usable = [slot for slot in read if slot.start > now and is_open_at(profile, slot.start)]
    unique = {slot.id: slot for slot in sorted(usable, key=lambda slot: slot.start, reverse=True)}
    return tuple(sorted(unique.values(), key=lambda slot: (slot.start, slot.id))[:MOST_SLOTS])


def _readable(entries: list[object], profile: PracticeProfile) -> Iterator[Slot]:
    people = {person.id for person in profile.people}
    for entry in entries:
        try:
            slot = _SlotEntry.model_validate(entry)
            start, end = slot.start.astimezone(profile.zone), slot.end.astimezone(profile.zone)
        except (ValidationError, OverflowError, ValueError):
            continue  # one odd entry must not hide the others; that none can be read is told
        yield Slot(slot.id, start, end, slot.practitioner if slot.practitioner in people else None)
