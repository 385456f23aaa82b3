"""When the caller speaks and what: a plain object fed with what happens on the line.

Times are milliseconds on the leg's clock. The caller's turn comes when the other side has said something that ended
after the caller's own last sound; the leg's endpointing decides when the other side is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.caller.part import Act, Farewell
from gateway.caller.steps import HangUp, Move, Pause, Turn


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the line may be silent before the caller says goodbye, in milliseconds.

    ``after_last_ms`` holds once every line has been said, ``otherwise_ms`` while some are left.
    """

    after_last_ms: int = 8_000
    otherwise_ms: int = 25_000


@dataclass(slots=True)
class _Utterance:
    end: float
    text: str | None
    awaited: bool


class TurnTaking:
    """Decides what the caller does next.

    Report each event as it happens; after each, and again at ``due``, ask ``next_act``. What it returns is to be
    carried out and reported by ``carried_out``.
    """

    def __init__(self, turns: Sequence[Turn], patience: Patience) -> None:
        self._turns = tuple(turns)
        self._uses = [0] * len(self._turns)
        self._patience = patience
        self._moves: deque[Move] = deque()
        self._pause_until: float | None = None
        self._acting = False
        self._over = False
        self._own_end = 0.0
        self._other_end: float | None = None
        self._other_since: float | None = None
        self._heard: dict[int, _Utterance] = {}

    @property
    def unsaid(self) -> tuple[Turn, ...]:
        """The turns that were never taken."""
        return tuple(turn for turn, uses in zip(self._turns, self._uses, strict=True) if not uses)

    def answered(self, now: float) -> None:
        """Begin: the call was answered at ``now``."""
        self._own_end = now
        if self._turns and self._turns[0].opening:
            self._take(0)

    def other_started(self, now: float) -> None:
        """Note that the other side began to speak at ``now``."""
        self._other_since = now

    def other_ended(self, end: float, utterance: int) -> None:
        """Note that the other side is done; its last sound was at ``end``. Its words follow by ``understood``."""
        self._other_since = None
        self._other_end = end
        self._heard[utterance] = _Utterance(end, None, awaited=True)

    def understood(self, utterance: int, text: str | None) -> None:
        """Note what was said in ``utterance``; None when that could not be found out."""
        if utterance in self._heard:
            self._heard[utterance].text = text
            self._heard[utterance].awaited = False

    def carried_out(self, end: float) -> None:
        """Note that the last act is done; its last sound was at ``end``."""
        self._acting = False
        self._own_end = max(end, self._own_end)
        self._heard = {number: heard for number, heard in self._heard.items() if heard.end > self._own_end}
        self._begin_pause()

    def next_act(self, now: float) -> Act | None:
        """Return what the caller does now, or None to go on listening."""
        if self._acting or self._over:
            return None
        if not self._moves:
            chosen = self._choose(now)
            if chosen is not None:
                self._take(chosen)
        while self._moves:
            move = self._moves[0]
            if isinstance(move, Pause):
                if self._pause_until is not None and now < self._pause_until:
                    return None
                self._moves.popleft()
                self._own_end = max(self._own_end, self._pause_until or now)
                self._begin_pause()
                continue
            self._moves.popleft()
            self._acting = True
            self._over = isinstance(move, HangUp)
            return move
        if self._other_since is None and now >= self._patient_until():
            self._over = True
            return Farewell()
        return None

    def due(self) -> float | None:
        """Return when ``next_act`` is to be asked if nothing happens before, or None."""
        if self._acting or self._over:
            return None
        if self._moves:
            return self._pause_until
        if self._other_since is None:
            return self._patient_until()
        return self._barge_in_at()

    def _left(self) -> Iterator[int]:
        return (index for index, turn in enumerate(self._turns) if self._uses[index] < turn.times)

    def _barge_in_at(self) -> float | None:
        index = next(self._left(), None)
        if index is None or self._other_since is None:
            return None
        after = self._turns[index].barge_in_after_ms
        return None if after is None else self._other_since + after

    def _patient_until(self) -> float:
        quiet_since = max(self._own_end, self._other_end or 0.0)
        limit = self._patience.otherwise_ms if self.unsaid else self._patience.after_last_ms
        return quiet_since + limit

    def _choose(self, now: float) -> int | None:
        if self._other_since is not None:
            barge_in_at = self._barge_in_at()
            return next(self._left()) if barge_in_at is not None and now >= barge_in_at else None
        if self._other_end is None or self._other_end <= self._own_end:
            return None
        left = list(self._left())
        if any(self._turns[index].when is not None for index in left) and any(
            heard.awaited for heard in self._heard.values()
        ):
            return None
        said = " ".join(heard.text for heard in self._heard.values() if heard.text)
        for index in left:
            condition = self._turns[index].when
            if condition is None or condition.search(said):
                return index
        return None

    def _take(self, index: int) -> None:
        self._uses[index] += 1
        self._moves = deque(self._turns[index].moves)
        self._begin_pause()

    def _begin_pause(self) -> None:
        first = self._moves[0] if self._moves else None
        self._pause_until = self._own_end + first.milliseconds if isinstance(first, Pause) else None
