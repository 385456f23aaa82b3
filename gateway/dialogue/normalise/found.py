"""What the readers return: a value, and where in the caller's words it stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Found(Generic[T_co]):
    """A value that was read from ``text[start:end]``, which is ``words``. ``confidence`` runs from 0 to 1.

    0.9 and more: said outright. 0.6 to 0.8: the likeliest of two readings. Below 0.6: a guess, worth a question.
    """

    value: T_co
    start: int
    end: int
    words: str
    confidence: float


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Days from ``first`` to ``last``, both included; one day when they are the same."""

    first: dt.date
    last: dt.date

    @property
    def is_day(self) -> bool:
        """Whether this is one day."""
        return self.first == self.last


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time of day when ``last`` is None, else an interval from ``first`` to ``last``."""

    first: dt.time
    last: dt.time | None = None
