"""What of a dialog outlives the process, so that the next one can end the call."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import msgspec

from gateway.telephony.messages.headers import parse_name_address
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.dialog import Dialog

CSEQ_MARGIN = 1_000
"""How far above the number last written a restored dialog goes on counting: more than a call sends requests between two
writings (RFC 3261 section 12.2.1.1 wants numbers that rise, not ones without gaps)."""

_VERSION = 1
_LONGEST = 65_536
_HIGHEST_CSEQ = 2**31 - 2 * CSEQ_MARGIN


@dataclass(frozen=True, slots=True)
class DialogSnapshot:
    """A dialog in texts and numbers; ``began_at`` is in seconds since the epoch, ``trunk`` the id of its trunk."""

    call_id: str
    local: str
    remote: str
    remote_target: str
    route_set: tuple[str, ...]
    local_cseq: int
    origin: tuple[str, int, str]
    listener: int | None
    server_name: str | None
    trunk: str | None
    began_at: float

    @classmethod
    def of(cls, dialog: Dialog, *, trunk: str | None, began_at: float) -> DialogSnapshot:
        """Return a snapshot of ``dialog`` as it is now."""
        return cls(
            call_id=dialog.call_id,
            local=str(dialog.local),
            remote=str(dialog.remote),
            remote_target=str(dialog.remote_target),
            route_set=tuple(map(str, dialog.route_set)),
            local_cseq=dialog.local_cseq,
            origin=(dialog.origin.host, dialog.origin.port, dialog.origin.transport),
            listener=dialog.origin.listener,
            server_name=dialog.origin.server_name,
            trunk=trunk,
            began_at=began_at,
        )

    def restore(self, listeners: int) -> Dialog:
        """Return the dialog, whose next request has a number above all that were used; raise ValueError.

        ``listeners`` is how many there are now: one that is gone is not asked for.
        """
        host, port, transport = self.origin
        listener = self.listener if self.listener is not None and self.listener < listeners else None
        return Dialog(
            call_id=self.call_id,
            local=parse_name_address(self.local),
            remote=parse_name_address(self.remote),
            remote_target=parse_uri(self.remote_target),
            route_set=tuple(map(parse_name_address, self.route_set)),
            local_cseq=self.local_cseq + CSEQ_MARGIN,
            origin=Hop(host, port, transport, listener, self.server_name),
        )

    def serialise(self) -> bytes:
        """Return the snapshot as JSON."""
        return json.dumps({"version": _VERSION, **asdict(self)}).encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> DialogSnapshot:
        """Return the snapshot in ``data``; raise ValueError when it is none, or not whole."""
        if len(data) > _LONGEST:
            raise ValueError("it is too long")
        value = json.loads(data)
        if not isinstance(value, dict) or value.pop("version", None) != _VERSION:
            raise ValueError("it is of no version that is known")
        try:
            snapshot = msgspec.convert(value, cls)
        except msgspec.ValidationError as error:
            raise ValueError(f"a field is not what it should be: {error}") from error
        if not 0 <= snapshot.local_cseq < _HIGHEST_CSEQ:
            raise ValueError("the CSeq is out of range")
        snapshot.restore(0)
        return snapshot
