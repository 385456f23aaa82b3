"""What a database has to do for the records, whichever it is; and who may do what there."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session


class Access(StrEnum):
    """What a database is opened for."""

    GATEWAY = "gateway"
    """To write as the gateway: makes and changes the tables, and is the only one under its name."""
    TOOL = "tool"
    """To write beside a gateway that may be running."""
    READER = "reader"
    """To read only."""


class Backend(Protocol):
    """One kind of database."""

    name: str
    """The database in messages; without secrets."""
    reading: Engine
    writing: Engine
    patience_s: float | None
    """How long a write is waited for before it counts as delayed; None where no server can go away."""

    def prepare(self) -> None:
        """Make everything ready for the access that was asked for; raise ``RecordsError`` or what SQLAlchemy does."""

    def mark(self, session: Session, mark: str) -> None:
        """Write, in the session's transaction, that it is the one with this mark."""

    def is_marked(self, session: Session, mark: str) -> bool:
        """Tell whether the last transaction that was committed is the one with this mark."""

    def one_at_a_time(self, session: Session) -> None:
        """Hold up other gateways' transactions that call this, until this one's is over."""

    def running_gateways(self, session: Session) -> Callable[[str | None], bool]:
        """Return what tells whether the gateway of a name runs; the own one counts."""

    def forget(self) -> None:
        """Take deleted rows out of the files as far as the database can do that while it is used."""

    def close(self) -> None:
        """Close files and connections."""
