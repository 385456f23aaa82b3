"""A dialog and its snapshot for the tests of what outlives the process."""

from __future__ import annotations

from gateway.telephony.messages.headers import parse_name_address
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.transport import Hop
from gateway.telephony.recovery.dialog_snapshot import DialogSnapshot
from gateway.telephony.sessions.dialog import Dialog

NOW = 1_795_000_000.0


def dialog(**fields) -> Dialog:
    return Dialog(
        **{
            "call_id": "c1",
            "local": parse_name_address('"Praxis \\"Süd\\"" <sip:+41441234567@192.0.2.1>;tag=ours'),
            "remote": parse_name_address("<sip:0791234567@192.0.2.9>;tag=a"),
            "remote_target": parse_uri("sip:caller@192.0.2.9:5070;transport=udp"),
            "route_set": (parse_name_address("<sip:192.0.2.7;lr>"), parse_name_address("<sip:192.0.2.8;lr;x=1>")),
            "local_cseq": 3,
            "origin": Hop("192.0.2.9", 5060, "UDP", 0),
            **fields,
        }
    )


def snapshot(call_id: str = "c1", began_at: float = NOW) -> DialogSnapshot:
    return DialogSnapshot.of(dialog(call_id=call_id), trunk="provider", began_at=began_at)
