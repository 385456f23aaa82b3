"""Which legs of a worker hear each other instead of the assistant."""

from __future__ import annotations

from gateway.media.errors import MediaError
from gateway.media.worker.worker_leg import WorkerLeg


class Bridges:
    """Pairs of legs. Each leg's processor is told when its bridge begins and ends."""

    def __init__(self) -> None:
        self._partners: dict[WorkerLeg, WorkerLeg] = {}

    def join(self, leg: WorkerLeg, other: WorkerLeg) -> None:
        """Let two legs hear each other: what was being said to either stops, and nobody listens in any more.

        Raises:
            MediaError: it is one and the same leg, or one of them is bridged already.

        """
        if leg is other:
            raise MediaError("a leg cannot be bridged with itself")
        if leg in self._partners or other in self._partners:
            raise MediaError("the leg is bridged already")
        self._partners[leg] = other
        self._partners[other] = leg
        for one in (leg, other):
            one.events += one.processor.begin_bridge()

    def part(self, leg: WorkerLeg) -> None:
        """Give both legs back to the assistant; harmless when ``leg`` is not bridged."""
        partner = self._partners.pop(leg, None)
        if partner is not None:
            del self._partners[partner]
            for one in (leg, partner):
                one.processor.end_bridge()

    def partner(self, leg: WorkerLeg) -> WorkerLeg | None:
        """Return the leg that ``leg`` hears, None when it is the assistant."""
        return self._partners.get(leg)
