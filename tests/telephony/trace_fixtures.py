"""Traced messages for the tests of diagnostics."""

from __future__ import annotations

from sip_fixtures import SDP, invite, request

from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.messages.message import parse_message
from gateway.telephony.messages.responses import create_response
from gateway.telephony.network.transport import Hop

BEGAN = 1_795_000_000.0
OURS = ("192.0.2.1", 5060)
PEER = Hop("192.0.2.9", 5060)


def traced(data: bytes, at: float = 0.0, *, sent: bool = False, remote: Hop = PEER, local=OURS) -> TracedMessage:
    """Return a message that was seen ``at`` seconds after the beginning."""
    return TracedMessage(BEGAN + at, sent, local, remote, data)


def answer(to: bytes, status: int, reason: str | None = None, body: bytes = b"") -> bytes:
    """Return our response to a request."""
    return create_response(parse_message(to), status, reason, to_tag="ours", body=body).serialise()


def whole_call(call_id: str = "call-1@192.0.2.9", remote: Hop = PEER, local=OURS) -> list[TracedMessage]:
    """Return a call from INVITE to the 200 of BYE, with a retransmission."""
    first = invite(call_id=call_id)
    ack = request("ACK", call_id=call_id, branch="ack", to_tag="ours")
    bye = request("BYE", call_id=call_id, branch="bye", cseq=2, to_tag="ours")
    both = {"remote": remote, "local": local}
    return [
        traced(first, 0, **both),
        traced(answer(first, 100), 0.002, sent=True, **both),
        traced(answer(first, 200, body=SDP.replace(b"192.0.2.9", b"192.0.2.1")), 0.051, sent=True, **both),
        traced(answer(first, 200, body=SDP.replace(b"192.0.2.9", b"192.0.2.1")), 0.551, sent=True, **both),
        traced(ack, 0.56, **both),
        traced(bye, 12.3, **both),
        traced(answer(bye, 200), 12.301, sent=True, **both),
    ]
