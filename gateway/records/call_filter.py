"""Which calls a list shows, as a condition of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from gateway.language import Language
from gateway.records.search import has_words
from gateway.records.tables import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """What calls have to have; None is no matter.

    A call began at ``since`` or later and before ``until``. ``outcome`` is the kind of its last action, the empty word
    for a call of which nothing came. ``live`` calls go on. ``caller_number`` is the whole number in E.164, ``text`` is
    words that were said or noted in it, see ``Journal.search``.
    """

    since: datetime | None = None
    until: datetime | None = None
    practice_id: str | None = None
    line: str | None = None
    outcome: str | None = None
    language: Language | None = None
    live: bool | None = None
    caller_number: str | None = None
    text: str | None = None


ALL_CALLS = CallFilter()


def conditions(session: Session, wanted: CallFilter) -> list[ColumnElement[bool]]:
    """Return what a query for ``wanted`` calls has to hold, all of it."""
    return [*_times(wanted), *_equalities(wanted), *_words(session, wanted)]


def _times(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield col(Call.started_at) >= wanted.since
    if wanted.until is not None:
        yield col(Call.started_at) < wanted.until
    if wanted.live is not None:
        yield col(Call.ended_at).is_(None) if wanted.live else col(Call.ended_at).is_not(None)


def _equalities(wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.practice_id is not None:
        yield col(Call.practice_id) == wanted.practice_id
    if wanted.line is not None:
        yield col(Call.line) == wanted.line
    if wanted.outcome is not None:
        yield col(Call.outcome) == wanted.outcome if wanted.outcome else col(Call.outcome).is_(None)
    if wanted.language is not None:
        yield col(Call.language) == wanted.language
    if wanted.caller_number is not None:
        yield col(Call.caller_number) == wanted.caller_number


def _words(session: Session, wanted: CallFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.text is not None:
        yield has_words(session, wanted.text)
