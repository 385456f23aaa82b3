"""Calls, page by page, as a function of a session."""

from __future__ import annotations

from sqlmodel import Session, col, select

from gateway.records.call_filter import CallFilter, conditions
from gateway.records.model import CallSummary
from gateway.records.queries import summaries
from gateway.records.tables import Call


def list_calls(session: Session, limit: int, before: str | None, wanted: CallFilter) -> list[CallSummary]:
    """Return the newest of the ``wanted`` calls first; ``before`` is the id of the last call of the page before."""
    query = select(Call).where(*conditions(session, wanted)).order_by(col(Call.id).desc()).limit(limit)
    if before is not None:
        query = query.where(Call.id < before)
    return summaries(session, session.exec(query).all())
