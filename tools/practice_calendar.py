"""A practice's calendar as small as can be: free times, and who has booked them. For tools/action_receiver.py.

It shows what the practice's application has to promise: a time is given once, and whoever asks again with the same
idempotency key gets the same answer.
"""

from __future__ import annotations

import json
import threading
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Zurich")
TIMES = ("08:00", "08:30", "09:00", "10:00", "10:30", "11:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00")
MINUTES = 30
DAYS = 90
MOST = 10
SATURDAY = 5

Slot = dict[str, str]


class PracticeCalendar:
    """Free times by their id, and the answers that were given, by idempotency key."""

    def __init__(self, slots: list[Slot], *, taken_first: int = 0) -> None:
        self._slots = {slot["id"]: slot for slot in slots}
        self._booked: dict[str, str] = {}
        self._lock = threading.Lock()
        self._taken_left = taken_first

    def find(self, facts: dict[str, str], now: datetime) -> list[Slot]:
        """Return up to ``MOST`` free times that fit the wish, else those that come closest to its day."""
        with self._lock:
            free = [slot for slot in self._slots.values() if slot["id"] not in self._booked and _start(slot) > now]
        person = facts.get("practitioner", "any")
        free = [slot for slot in free if person == "any" or slot.get("practitioner", person) == person]
        fitting = [slot for slot in free if _fits(slot, facts)]
        if not fitting:
            first = min(_days(facts), default=(now.date(), now.date()))[0]
            fitting = sorted(free, key=lambda slot: abs(_start(slot).date() - first))[:MOST]
        return sorted(fitting, key=lambda slot: slot["start"])[:MOST]

    def book(self, key: str, slot_id: str) -> dict[str, str]:
        """Give the time to ``key`` unless another has it; return the appointment as the answer tells it."""
        with self._lock:
            slot = self._slots.get(slot_id)
            if self._taken_left > 0 and slot is not None and slot_id not in self._booked:
                self._taken_left -= 1
                self._booked[slot_id] = "somebody at the desk"
            if slot is None or self._booked.setdefault(slot_id, key) != key:
                return {"status": "taken"}
            return {"status": "booked", "start": slot["start"], "end": slot["end"]}

    def restore(self, key: str, slot_id: str) -> None:
        """Take over a booking of an earlier run."""
        self._booked[slot_id] = key


def read_calendar(file: Path) -> list[Slot]:
    """Return the free times of a JSON file ``{"slots": [{"id", "start", "end", "practitioner"?}, …]}``."""
    slots: list[Slot] = json.loads(file.read_text("utf-8"))["slots"]
    return slots


def usual_calendar(today: date) -> list[Slot]:
    """Return free times on the working days of the next months, some of them each day."""
    slots = []
    for offset in range(1, DAYS + 1):
        day = today + timedelta(days=offset)
        if day.weekday() >= SATURDAY:
            continue
        for text in TIMES:
            start = datetime.combine(day, time.fromisoformat(text), ZONE)
            end = start + timedelta(minutes=MINUTES)
            slots.append({"id": f"{start:%Y%m%dT%H%M}", "start": start.isoformat(), "end": end.isoformat()})
    return slots


def _start(slot: Slot) -> datetime:
    return datetime.fromisoformat(slot["start"])


def _days(facts: dict[str, str]) -> list[tuple[date, date]]:
    """Return the first and last day of each interval of which any will do: ``2026-12-08/2026-12-11|2026-12-15``."""
    spans = []
    for part in filter(None, facts.get("preferred_date", "").split("|")):
        first, _, last = part.partition("/")
        spans.append((date.fromisoformat(first), date.fromisoformat(last or first)))
    return spans


def _fits(slot: Slot, facts: dict[str, str]) -> bool:
    start = _start(slot).astimezone(ZONE)
    on_day = any(first <= start.date() <= last for first, last in _days(facts))
    at = [part.partition("/") for part in facts.get("preferred_time", "").split("|") if part]
    clock = f"{start:%H:%M}"
    # A single time is a wish that others come close to: all of that day are named, and the gateway offers the nearest.
    return on_day and (not at or any(not last or first <= clock < last for first, _, last in at))
