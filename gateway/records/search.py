"""Which words a call is found by, and finding it, as functions of a session."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, CompoundSelect, Select, false, literal_column, or_, text
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from gateway.records.folding import fold
from gateway.records.model import CallSummary
from gateway.records.queries import summaries
from gateway.records.tables import Call, Fact, SearchDocument, Turn

_MOST_WORDS = 8
_NUMBER = re.compile(r"\+?[\d\s./()'-]+")
_COUNTRY_CODE = "41"


def index_turn(session: Session, turn: Turn) -> None:
    """Make what the caller said in a turn searchable; what the gateway says is the same in every call."""
    if turn.speaker == "caller":
        session.add(SearchDocument(call_id=turn.call_id, turn_id=turn.id, words=fold(turn.text)))


def index_call(session: Session, call_id: str) -> None:
    """Make a call's caller, summary and facts searchable as they are now."""
    call = session.get_one(Call, call_id)
    values = session.exec(
        select(Fact.value).where(Fact.call_id == call_id, col(Fact.superseded_at).is_(None)).order_by(col(Fact.id))
    ).all()
    words = fold(" ".join(filter(None, (call.caller_number, call.caller_name, call.summary, *values))))
    document = session.exec(
        select(SearchDocument).where(SearchDocument.call_id == call_id, col(SearchDocument.turn_id).is_(None))
    ).one_or_none()
    if document is None:
        document = SearchDocument(call_id=call_id, words=words)
    document.words = words
    session.add(document)


def search_calls(session: Session, wanted: str, limit: int, before: str | None) -> list[CallSummary]:
    """Return the newest calls first that have all words of ``wanted``, each whole or by its beginning."""
    query = select(Call).where(has_words(session, wanted)).order_by(col(Call.id).desc())
    if before is not None:
        query = query.where(Call.id < before)
    return summaries(session, session.exec(query.limit(limit)).all())


def has_words(session: Session, wanted: str) -> ColumnElement[bool]:
    """Return the condition that a call has all words of ``wanted``; without a word in it, none has."""
    words = fold(wanted).split()[:_MOST_WORDS]
    if not words:
        return false()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    found: list[Select[str] | CompoundSelect[str]] = [_with_all(words, is_sqlite=is_sqlite)]
    if (number := _number(wanted)) is not None:
        found.append(_with_word(number, is_sqlite=is_sqlite))
    return or_(*(col(Call.id).in_(each) for each in found))


def _with_all(words: list[str], *, is_sqlite: bool) -> Select[str] | CompoundSelect[str]:
    """Return a query for the calls that have each of the words in one of their documents."""
    first, *others = (_with_word(word, is_sqlite=is_sqlite) for word in words)
    return first.intersect(*others) if others else first


def _with_word(word: str, *, is_sqlite: bool) -> Select[str]:
    """Return a query for the calls that have a word that begins like ``word``, which is letters and digits only."""
    query = sql_select(col(SearchDocument.call_id))
    if is_sqlite:
        matching = text("SELECT rowid FROM search_index WHERE search_index MATCH :wanted")
        index = matching.bindparams(wanted=f'"{word}"*').columns(literal_column("rowid"))
        return query.where(col(SearchDocument.id).in_(index.subquery().select()))
    matches = text("to_tsvector('simple'::regconfig, words) @@ to_tsquery('simple'::regconfig, :wanted)")
    return query.where(matches.bindparams(wanted=f"{word}:*"))


def _number(wanted: str) -> str | None:
    """Return ``wanted`` as the beginning of a number with its country code, where it is one in a Swiss spelling."""
    if not _NUMBER.fullmatch(wanted.strip()):
        return None
    digits = re.sub(r"\D", "", wanted)
    if wanted.strip().startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:] or None
    return _COUNTRY_CODE + digits[1:] if digits.startswith("0") and len(digits) > 1 else None
