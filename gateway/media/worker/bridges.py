"""Which legs of a worker hear each other instead of the assistant."""

from __future__ import annotations

from gateway.media.errors import MediaError
from gateway.media.worker.carried_leg import CarriedLeg


class Bridges:
    """Pairs of legs."""

    def __init__(self) -> None:
        self._partners: dict[CarriedLeg, CarriedLeg] = {}

    def join(self, leg: CarriedLeg, other: CarriedLeg) -> None:
        """Let two legs hear each other.

        Raises:
            MediaError: it is one and the same leg, or one of them is bridged already.

        """
        if leg is other:
            raise MediaError("a leg cannot be bridged with itself")
        if leg in self._partners or other in self._partners:
            raise MediaError("the leg is bridged already")
        self._partners[leg] = other
        self._partners[other] = leg

    def part(self, leg: CarriedLeg) -> list[CarriedLeg]:
        """End the bridge that ``leg`` is in; return the legs that the assistant has again, none when there was none."""
        partner = self._partners.pop(leg, None)
        if partner is None:
            return []
        del self._partners[partner]
        return [leg, partner]

    def partner(self, leg: CarriedLeg) -> CarriedLeg | None:
        """Return the leg that ``leg`` hears, None when it is the assistant."""
        return self._partners.get(leg)
