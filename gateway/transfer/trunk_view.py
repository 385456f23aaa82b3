"""What a transfer needs to know of the trunks."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.telephony.errors import CallFailed
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.uri import SipUri, parse_uri
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_identity import called_address, dialled_number
from gateway.transfer.dial_policy import Destination
from gateway.transfer.method import TransferMode


class TrunkView:
    """The trunks by their ids. A call without a trunk is transferred whichever way works."""

    def __init__(self, trunks: Iterable[Trunk] = ()) -> None:
        self._trunks = {trunk.id: trunk for trunk in trunks}

    def mode(self, trunk_id: str | None) -> TransferMode:
        """Return how calls of a trunk are transferred."""
        trunk = self._trunks.get(trunk_id) if trunk_id is not None else None
        return "auto" if trunk is None else trunk.profile.transfer

    def dialled_by(self, destination: Destination) -> str | None:
        """Return the trunk that dials ``destination``; None leaves the choice to the user agent.

        A trunk without servers brings calls and takes none, so it is passed over unless the target names it.
        """
        trunk = self._trunks.get(destination.trunk) if destination.trunk is not None else None
        if trunk is not None and not trunk.servers and destination.target.trunk is None:
            return None
        return destination.trunk

    def refer_to(self, destination: Destination, peer: str) -> NameAddress:
        """Return Refer-To for ``destination``, whose number is written as its trunk wants it.

        ``peer`` is the host that the REFER goes to, which stands behind a number where the trunk has no domain.

        Raises:
            CallFailed: the URI cannot be read.

        """
        try:
            uri = parse_uri(destination.uri)
        except ValueError as error:
            raise CallFailed("The transfer target's URI cannot be read") from error
        number = dialled_number(uri)
        trunk = self._trunks.get(destination.trunk) if destination.trunk is not None else None
        if number is not None and trunk is not None:
            return called_address(trunk, number, peer)
        if number is not None:
            return NameAddress(SipUri(peer, number))
        return NameAddress(uri)
