"""How a caller is put through: by the trunk, or by the gateway itself."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias

from gateway.conversation.transfer import TransferMethod
from gateway.transfer.dial_policy import Destination

TransferMode: TypeAlias = Literal["auto", "refer", "bridge"]
"""What the trunk's profile says of it."""


def choose_method(
    mode: TransferMode, destination: Destination, *, came_by: str | None, peer_methods: AbstractSet[str]
) -> TransferMethod:
    """Return how to put a caller through who came by the trunk ``came_by`` (None: without a trunk).

    ``peer_methods`` is what the caller's side allows. A trunk can connect only what it carries, so a destination that
    another trunk dials is always bridged. REFER comes before a bridge: it frees two lines and the gateway.
    """
    if mode == "bridge" or destination.trunk != came_by:
        return TransferMethod.BRIDGE
    if mode == "auto" and "REFER" not in peer_methods:
        return TransferMethod.BRIDGE
    return TransferMethod.ATTENDED if destination.target.announce else TransferMethod.REFER
