"""Which answer may be prepared while the caller pauses; at most one at a time."""

from __future__ import annotations

from dataclasses import replace

from gateway.conversation.turn_acts import Act, DropSpeculation, Speculate, TakeTurn


class Speculations:
    """Numbers them, and knows whether the turn that is taken is the one that was prepared for."""

    def __init__(self) -> None:
        self._under_way: Speculate | None = None
        self._count = 0

    def begin(self, turn: TakeTurn) -> list[Act]:
        """Return the acts that prepare the answer to ``turn`` in the place of what was prepared before."""
        under_way = self._under_way
        if not turn.text or (under_way is not None and under_way.turn.transcripts == turn.transcripts):
            return []
        dropped = self.drop()
        self._count += 1
        self._under_way = Speculate(self._count, turn)
        return [*dropped, self._under_way]

    def drop(self) -> list[Act]:
        """Return the act that gives up what was prepared, if anything was."""
        dropped, self._under_way = self._under_way, None
        return [] if dropped is None else [DropSpeculation(dropped.number)]

    def settle(self, act: Act | None) -> list[Act]:
        """Return ``act``, the end of the turn, with what was prepared for it, or after giving that up."""
        under_way = self._under_way
        if isinstance(act, TakeTurn) and under_way is not None and under_way.turn.transcripts == act.transcripts:
            self._under_way = None
            return [replace(act, speculation=under_way.number)]
        return [*self.drop(), *([] if act is None else [act])]
