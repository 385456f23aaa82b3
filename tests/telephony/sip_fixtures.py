"""Messages and a driver with a clock of its own for the tests of signalling."""

from __future__ import annotations

from gateway.telephony.admission.request_policy import Admitted
from gateway.telephony.core import UserAgentCore
from gateway.telephony.events import Ended, InviteReceived
from gateway.telephony.messages.headers import parse_name_address
from gateway.telephony.messages.message import Message, Request, Response, parse_message
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.session_parameters import SessionParameters
from gateway.telephony.transactions.timers import Timers

PEER = Hop("192.0.2.9", 5060)
LOCAL = ("192.0.2.1", 5060)

SDP = b"""v=0\r
o=- 1 1 IN IP4 192.0.2.9\r
s=-\r
c=IN IP4 192.0.2.9\r
t=0 0\r
m=audio 9000 RTP/AVP 8 101\r
a=rtpmap:101 telephone-event/8000\r
"""


def request(
    method: str = "INVITE",
    *,
    uri: str = "sip:+41441234567@192.0.2.1",
    branch: str = "1",
    cseq: int = 1,
    cseq_method: str | None = None,
    call_id: str = "c1",
    from_tag: str = "a",
    to_tag: str | None = None,
    headers: tuple[str, ...] = (),
    body: bytes = b"",
    via: str = "192.0.2.9:5060",
) -> bytes:
    """Return a request from the peer as octets."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP {via};rport;branch=z9hG4bK{branch}",
        f"From: <sip:0791234567@192.0.2.9>;tag={from_tag}",
        f"To: <sip:+41441234567@192.0.2.1>{f';tag={to_tag}' if to_tag else ''}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {cseq_method or method}",
        "Max-Forwards: 70",
        *headers,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def invite(body: bytes = SDP, headers: tuple[str, ...] = (), **fields) -> bytes:
    """Return an INVITE with an offer."""
    contact = (
        () if any(header.startswith("Contact") for header in headers) else ("Contact: <sip:caller@192.0.2.9:5070>",)
    )
    kind = (
        ()
        if not body or any(header.startswith("Content-Type") for header in headers)
        else ("Content-Type: application/sdp",)
    )
    return request("INVITE", headers=(*headers, *contact, *kind), body=body, **fields)


def respond(to: Request, status: int, *, to_tag: str = "b", headers: tuple[str, ...] = (), body: bytes = b"") -> bytes:
    """Return the peer's response to a request of ours as octets."""
    lines = [f"SIP/2.0 {status} Text"]
    lines += [f"Via: {value}" for value in to.headers.get_all("Via")]
    to_value = to.headers.get("To")
    if status > 100 and not to.to_address.tag:
        to_value = f"{to_value};tag={to_tag}"
    lines += [f"From: {to.headers.get('From')}", f"To: {to_value}", f"Call-ID: {to.call_id}", f"CSeq: {to.cseq}"]
    lines += [*headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def accept(to: Request, *, to_tag: str = "b", headers: tuple[str, ...] = (), body: bytes = SDP) -> bytes:
    """Return the peer's 200 to our INVITE as octets."""
    return respond(
        to,
        200,
        to_tag=to_tag,
        headers=("Contact: <sip:called@192.0.2.9:5070>", "Content-Type: application/sdp", *headers),
        body=body,
    )


class OneTrunk:
    """A policy that admits everything in the same manner."""

    def __init__(self) -> None:
        self.admitted = Admitted()

    def trusts(self, host: str) -> bool:
        return True

    def judge(self, request: Request, source: Hop, now: float) -> Admitted:
        return self.admitted


class CoreDriver:
    """A core with a clock that stands still until it is moved."""

    def __init__(self, **options) -> None:
        self.now = 1000.0
        self.policy = OneTrunk()
        defaults = {
            "max_calls": 10,
            "user_agent": "test",
            "timers": Timers(),
            "policy": self.policy,
            "uniform": lambda least, most: least,
        }
        self.core = UserAgentCore(lambda hop: LOCAL, **{**defaults, **options})
        self.peer = PEER
        self.hops: list[Hop] = []

    def admit(self, parameters: SessionParameters | None = None, trunk: str | None = None) -> None:
        """Admit what comes from now on with these parameters, as from this trunk."""
        self.policy.admitted = Admitted(trunk, parameters or SessionParameters())

    def receive(self, data: bytes, source: Hop = PEER) -> list[Message]:
        """Take a datagram and return what was sent."""
        self.core.receive(data, source, self.now)
        return self.sent()

    def advance(self, seconds: float) -> list[Message]:
        """Let time pass, deadline by deadline, and return what was sent."""
        end = self.now + seconds
        sent: list[Message] = []
        while (deadline := self.core.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.core.poll(self.now)
            sent += self.sent()
        self.now = end
        return sent

    def sent(self) -> list[Message]:
        """Return what was sent since the last look."""
        outgoing = self.core.take_outgoing()
        self.hops = [item.hop for item in outgoing]
        return [parse_message(item.data) for item in outgoing]

    def events(self) -> list:
        """Return what happened since the last look."""
        return self.core.take_events()


def statuses(messages: list[Message]) -> list[int | str]:
    """Return statuses of responses and methods of requests."""
    return [message.status if isinstance(message, Response) else message.method for message in messages]


def negotiation():
    return Negotiation("192.0.2.1", 4000, 7)


def ring_in(driver, data=None):
    """Receive an INVITE and return its session."""
    assert statuses(driver.receive(data or invite())) == [100]
    (event,) = driver.events()
    assert isinstance(event, InviteReceived)
    return event.session


def answered(driver, data=None):
    """Receive an INVITE, answer it, and return the session and the 200."""
    session = ring_in(driver, data)
    session.answer(negotiation(), driver.now)
    (ok,) = driver.sent()
    return session, ok


def confirmed(driver, data=None):
    """Receive an INVITE, answer it, have it acknowledged, and return the session and our tag."""
    session, ok = answered(driver, data)
    assert driver.receive(request("ACK", branch="ack", to_tag=ok.to_address.tag)) == []
    driver.events()
    return session, ok.to_address.tag


def call_out(driver, parameters=None, trunk=None, hop=PEER):
    """Begin a call and return its session and the INVITE."""
    session = driver.core.invite(
        target=parse_name_address("<sip:praxis@192.0.2.9>"),
        caller=parse_name_address("<sip:test@192.0.2.1>"),
        hop=hop,
        negotiation=negotiation(),
        now=driver.now,
        parameters=parameters,
        trunk=trunk,
    )
    (sent,) = driver.sent()
    assert sent.method == "INVITE"
    return session, sent


def called(driver, parameters=None, headers=()):
    """Begin a call, have it answered, and return the session and its INVITE."""
    session, sent = call_out(driver, parameters)
    driver.receive(accept(sent, headers=headers))
    driver.events()
    return session, sent


def from_called(sent, method, cseq=1, branch="p", **fields):
    """Return a request of the side that our INVITE called, within the dialog."""
    ids = {"call_id": sent.call_id, "from_tag": "b", "to_tag": sent.from_address.tag}
    return request(method, cseq=cseq, branch=f"{branch}{cseq}", **{**ids, **fields})


def only(events, kind):
    return [event for event in events if isinstance(event, kind)]


def end_of(driver):
    (end,) = only(driver.events(), Ended)
    return end.reason
