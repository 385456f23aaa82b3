"""Named points in time that somebody waits for; a plain object without a clock of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Name = TypeVar("Name")


class Deadlines(Generic[Name]):
    """At most one time for each name, in seconds of any monotonic clock."""

    def __init__(self) -> None:
        self._times: dict[Name, float] = {}

    @property
    def next(self) -> float | None:
        """The earliest time, None when nothing is waited for."""
        return min(self._times.values(), default=None)

    def set(self, name: Name, at: float) -> None:
        """Wait for ``at`` under ``name``, in place of what was waited for under it."""
        self._times[name] = at

    def clear(self, *names: Name) -> None:
        """Wait for none of ``names`` any more."""
        for name in names:
            self._times.pop(name, None)

    def __contains__(self, name: Name) -> bool:
        return name in self._times

    def due(self, now: float) -> Iterable[Name]:
        """Take out and yield what has become due at ``now``, the earliest first."""
        while self._times:
            name = min(self._times, key=self._times.__getitem__)
            if self._times[name] > now:
                return
            del self._times[name]
            yield name
