"""Whom the gateway may call: the transfer targets of the practice's profile, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.practice.profile import PracticeProfile, TransferTarget


class DialForbidden(Exception):
    """Somebody is not to be called; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Somebody who may be called: ``uri`` is a SIP or tel URI, ``trunk`` the id of the trunk that dials, if any."""

    target: TransferTarget
    uri: str
    trunk: str | None


class DialPolicy:
    """Asked before any call that the daemon places; there is no other way to a ``Destination``.

    It knows ids only: what callers say chooses among them at most, and never becomes part of what is dialled.
    """

    def __init__(self, profile: PracticeProfile) -> None:
        self._targets = {target.id: target for target in profile.transfer_targets}

    def destination(self, target_id: str, came_by: str | None) -> Destination:
        """Return how the target ``target_id`` is called; ``came_by`` is the trunk of the call that is put through.

        Raises:
            DialForbidden: the profile has no such target.

        """
        target = self._targets.get(target_id)
        if target is None:
            raise DialForbidden("the practice profile has no such transfer target")
        uri = target.uri if ":" in target.uri else f"tel:{target.uri}"
        return Destination(target, uri, target.trunk or came_by)
