"""Callers who wait for what becomes of their action."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from gateway.actions.appointments import Appointment

_REMEMBERED = 256
"""Outcomes that are kept for somebody who asks the same once more."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an action while somebody waited: ``appointment`` is the application's answer.

    None: the application refused the action for good.
    """

    action_id: str
    appointment: Appointment | None


class WaitingRoom:
    """Hands each outcome to the one who waits for it, by the action's id."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[Delivery]] = {}
        self._told: OrderedDict[str, Delivery] = OrderedDict()

    def enter(self, action_id: str) -> None:
        """Begin to wait for the action; to be called before it can be delivered."""
        self._waiting.setdefault(action_id, asyncio.get_running_loop().create_future())

    async def wait(self, action_id: str, deadline_s: float) -> Delivery | None:
        """Return what becomes of the action, None when that is not known within ``deadline_s``."""
        if (known := self._told.get(action_id)) is not None:
            return known
        self.enter(action_id)
        outcome = self._waiting[action_id]
        await asyncio.wait({outcome}, timeout=deadline_s)
        if not outcome.done():
            return None
        self._remember(outcome.result())
        return outcome.result()

    def leave(self, action_id: str) -> Delivery | None:
        """Stop to wait; return the outcome if it came and ``wait`` did not get to return it."""
        outcome = self._waiting.pop(action_id, None)
        if outcome is None or not outcome.done() or action_id in self._told:
            return None
        return outcome.result()

    def expects(self, action_id: str) -> bool:
        """Tell whether somebody waits for the action, or was told already."""
        return action_id in self._waiting or action_id in self._told

    def tell(self, delivery: Delivery) -> None:
        """Hand the outcome over, if somebody waits for it."""
        outcome = self._waiting.get(delivery.action_id)
        if outcome is not None and not outcome.done():
            outcome.set_result(delivery)

    def _remember(self, delivery: Delivery) -> None:
        self._told[delivery.action_id] = delivery
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
