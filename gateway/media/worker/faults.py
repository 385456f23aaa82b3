"""Faults in one leg's work, kept from the other legs."""

from __future__ import annotations

import traceback

from gateway.media.worker.carried_leg import CarriedLeg


class Faults:
    """Legs in whose work an exception was raised; each is given up at the next tick."""

    def __init__(self) -> None:
        self._failed: dict[int, str] = {}

    def note(self, leg: CarriedLeg) -> None:
        """Note that the exception being handled was raised in the work for ``leg``; the first one counts."""
        self._failed.setdefault(leg.leg_id, traceback.format_exc())

    def take(self) -> dict[int, str]:
        """Return the numbers of the legs to give up, with the traceback of each, and forget them."""
        failed, self._failed = self._failed, {}
        return failed
