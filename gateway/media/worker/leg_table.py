"""Which legs a worker carries, in which rows of its arrays."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

import numpy as np

from gateway.media.errors import MediaError
from gateway.media.frame import FRAME_SAMPLES, Positions, Slots
from gateway.media.worker.bridges import Bridges
from gateway.media.worker.carried_leg import CarriedLeg
from gateway.media.worker.layout import Layout, lay_out


class LegTable:
    """Legs by number and by slot, the bridges between them, and the position of each leg's next tick."""

    def __init__(self, capacity: int) -> None:
        self.bridges = Bridges()
        self.positions: Positions = np.zeros(capacity, np.int64)
        """Positions by slot; those of legs that are connected move on with each tick."""
        self._legs: dict[int, CarriedLeg] = {}
        self._by_slot: list[CarriedLeg | None] = [None] * capacity
        self._free = list(range(capacity))
        self._layout: Layout | None = None
        self._parts: tuple[Layout, Layout] | None = None

    def __len__(self) -> int:
        """Return the number of legs."""
        return len(self._legs)

    def __iter__(self) -> Iterator[CarriedLeg]:
        """Yield all legs."""
        return iter(self._legs.values())

    def add(self, leg_id: int, make: Callable[[int], CarriedLeg]) -> CarriedLeg:
        """Take in the leg that ``make`` returns for the slot that it gets, the lowest that is free.

        Raises:
            MediaError: all slots are taken.

        """
        if not self._free:
            raise MediaError("the media worker carries as many calls as it can")
        leg = make(heapq.heappop(self._free))
        self._legs[leg_id] = self._by_slot[leg.slot] = leg
        self.positions[leg.slot] = 0
        return leg

    def remove(self, leg: CarriedLeg) -> None:
        """Forget a leg, which is in no bridge any more."""
        del self._legs[leg.leg_id]
        self._by_slot[leg.slot] = None
        heapq.heappush(self._free, leg.slot)
        self.changed()

    def get(self, leg_id: int) -> CarriedLeg | None:
        """Return the leg of a number, None when it is gone."""
        return self._legs.get(leg_id)

    def at(self, slot: int) -> CarriedLeg | None:
        """Return the leg in a slot, None when it is gone."""
        return self._by_slot[slot]

    def changed(self) -> None:
        """Take note that a leg was connected, bridged, or sends in another way."""
        self._layout = self._parts = None

    @property
    def layout(self) -> Layout:
        """The groups of the legs that are connected."""
        if self._layout is None:
            self._layout = lay_out([leg for leg in self if leg.connected], self.bridges.partner)
        return self._layout

    @property
    def parts(self) -> tuple[Layout, Layout]:
        """The same legs in two layouts: those that the assistant speaks to, and those that are bridged."""
        if self._parts is None:
            layout, partner_of = self.layout, self.bridges.partner
            bridged = [leg for leg in layout.legs if partner_of(leg) is not None]
            alone = (
                layout if not bridged else lay_out([leg for leg in layout.legs if partner_of(leg) is None], partner_of)
            )
            self._parts = alone, lay_out(bridged, partner_of)
        return self._parts

    def advance(self, slots: Slots) -> None:
        """Move these legs on by a tick."""
        self.positions[slots] += FRAME_SAMPLES
