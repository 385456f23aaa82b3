"""What a patient types when a question wants the telephone's keys pressed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from gateway.dialogue.model import FactName
from gateway.rehearsal.scenario import Scenario

_YES, _NO = "1", "2"
_WITHOUT_KEYS = frozenset(("name", "spelling", "message", "message_record", "reason", "help"))
"""Questions that no key answers."""
_DECLINED = frozenset(("emergency_repeat", "emergency_connect", "offer_booking", "anything_else"))


def national_number(number: str) -> str:
    """Return the digits of a Swiss number as they are dialled in Switzerland, those of another one as they are."""
    return f"0{number.removeprefix('+41')}" if number.startswith("+41") else number.removeprefix("+")


def has_shown_number(scenario: Scenario) -> bool:
    """Tell whether the patient is to be called on the number that the call comes from."""
    return scenario.knows.get(FactName.PHONE) in (None, scenario.from_number)


def _time(value: str) -> str:
    return value[: len("08:00")].replace(":", "")


def _day(value: str) -> str:
    return f"{dt.date.fromisoformat(value[: len('2026-01-01')]):%d%m}"


_OF_FACTS: Mapping[str, Callable[[str], str]] = {
    "phone": national_number,
    "preferred_time": _time,
    "existing_time": _time,
    "preferred_date": _day,
    "existing_date": _day,
    "date_of_birth": lambda value: f"{dt.date.fromisoformat(value):%d%m%Y}",
    "pain": {"yes": _YES, "no": _NO}.__getitem__,
    "patient_status": {"known": _YES, "new": _NO}.__getitem__,
}


def keys_for(question: str, scenario: Scenario) -> str | None:
    """Return the keys that answer a question: digits for what has some, 1 for yes and 2 for no; None for none."""
    if question in _WITHOUT_KEYS:
        return None
    if question in _OF_FACTS:
        value = scenario.knows.get(FactName(question))
        return None if value is None else _OF_FACTS[question](value)
    if question in _DECLINED or (question == "caller_number" and not has_shown_number(scenario)):
        return _NO
    return _YES
