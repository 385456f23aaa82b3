"""Facts as the staff reads them."""

from __future__ import annotations

import re
from datetime import date

from gateway.dialogue.values import FORMATTERS, Telling
from gateway.practice.profile import PracticeProfile
from gateway.web.formats import day, phone
from gateway.web.wording import Wording

_PLAIN = frozenset(("name", "patient_name", "message"))
_SPANS = frozenset(("date_of_birth", "preferred_date", "existing_date", "preferred_time", "existing_time"))
"""Dates, times, spans of them parted by a slash, and alternatives parted by a bar."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def shown_value(name: str, value: str, words: Wording, profile: PracticeProfile) -> str:
    """Return a fact's canonical value in the page's words; what is in no canonical form stays as it was written."""
    if name in _PLAIN:
        return value
    if name == "phone":
        return phone(value)
    if name in _SPANS:
        return _DATE.sub(lambda found: written_date(found[0], words), value).replace("/", " – ").replace("|", ", ")
    if (worded := words.known("value", value)) is not None:
        return worded
    try:
        formatter = FORMATTERS.get(name)
        return value if formatter is None else str(formatter(value, Telling(words.language, profile))).rstrip(".")
    except (ValueError, KeyError, IndexError):
        # Written by hand, or a service that the profile no longer has.
        return value


def written_date(text: str, words: Wording) -> str:
    """Return ``Do 26.11.2026`` for ``2026-11-26``; what is no date as it is."""
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{words('day.weekdays').split()[wanted.weekday()]} {day(wanted)}"


def shown_name(name: str, words: Wording) -> str:
    """Return what a fact is called on the page."""
    return words.known("fact", name) or name


def kind_name(kind: str | None, words: Wording) -> str:
    """Return what a kind of action is called on the page; None is a call of which nothing came."""
    return words("kind.none") if kind is None else words.known("kind", kind) or kind
