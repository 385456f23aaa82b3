"""A user agent under hostile input: plays whole calls whose messages are mutated, dropped, doubled and put in disorder.

Nothing may raise, every request that can be read gets an answer, no message takes long, and when all timers have run
out nothing is left. The steps are data, so that hypothesis and a coverage-guided fuzzer drive the same harness.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field

from sip_fixtures import LOCAL, PEER, SDP, accept, invite, negotiation, request, respond

from gateway.telephony.core import UserAgentCore
from gateway.telephony.errors import CallEnded, MalformedMessage, NotAcceptableHere
from gateway.telephony.events import InviteReceived
from gateway.telephony.messages.headers import parse_name_address
from gateway.telephony.messages.message import Request, Response, parse_message
from gateway.telephony.sessions.negotiation import MediaChange
from gateway.telephony.sessions.session_parameters import Credentials, SessionParameters

LONGEST_S = 0.5
"""Processor time that one message may take, instrumentation and a slow machine included."""
LONG_ENOUGH_S = 4_000.0
"""After which every timer has run out, a session's of 1800 s included."""


class OwedAnswer(AssertionError):
    """A request that can be read got no answer."""


class Left(AssertionError):
    """Something is left of calls that are over."""


@dataclass(frozen=True)
class Edit:
    """Replaces ``cut`` octets at ``at`` (modulo the length) by ``put``."""

    at: int
    cut: int
    put: bytes

    def apply(self, data: bytes) -> bytes:
        at = self.at % (len(data) + 1)
        return data[:at] + self.put + data[at + self.cut :]


@dataclass(frozen=True)
class Step:
    """One thing that happens: the message of a kind comes in, edited, ``copies`` times; then time passes."""

    kind: int
    edits: tuple[Edit, ...] = ()
    copies: int = 1
    pause_s: float = 0.0
    action: int = 0


@dataclass
class Harness:
    """One core, one incoming call, one outgoing call, and what was sent so far."""

    core: UserAgentCore = field(
        default_factory=lambda: UserAgentCore(
            lambda hop: LOCAL, max_calls=50, user_agent="fuzzed", uniform=lambda least, most: least
        )
    )
    now: float = 1000.0
    number: int = 1

    def __post_init__(self) -> None:
        self.sessions = []
        self.tag = "none"
        self.ours: dict[str, Request] = {}

    def play(self, steps: tuple[Step, ...]) -> None:
        """Play the steps, end all calls, let all time pass, and look whether anything is left."""
        for step in steps:
            data = self.message(step.kind)
            for edit in step.edits:
                data = edit.apply(data)
            for _ in range(step.copies):
                self.receive(data)
            self.act(step.action)
            self.advance(step.pause_s)
        self.finish()

    def message(self, kind: int) -> bytes:
        """Return a message that fits the call as it stands."""
        self.number += 1
        within = {"to_tag": self.tag, "cseq": self.number, "branch": f"r{self.number}"}
        makers = (
            invite,
            lambda: request("ACK", branch=f"k{self.number}", to_tag=self.tag),
            lambda: request("BYE", **within),
            lambda: request("CANCEL"),
            lambda: invite(headers=("Supported: 100rel, timer", "Session-Expires: 90;refresher=uac"), **within),
            lambda: request("OPTIONS", branch=f"o{self.number}", call_id=f"o{self.number}"),
            lambda: request("UPDATE", headers=("Session-Expires: 120;refresher=uas",), **within),
            lambda: request("PRACK", headers=("RAck: 1 1 INVITE",), **within),
            lambda: request("INFO", headers=("Content-Type: application/dtmf-relay",), body=b"Signal=5\r\n", **within),
            lambda: request("NOTIFY", headers=("Event: refer", "Subscription-State: active"), **within),
            lambda: invite(b"", branch=f"i{self.number}", call_id=f"i{self.number}"),
            lambda: invite(
                headers=("Require: 100rel", "Session-Expires: 1800"),
                branch=f"n{self.number}",
                call_id=f"n{self.number}",
            ),
            lambda: invite(
                headers=(f"Replaces: c1;to-tag={self.tag};from-tag=a",),
                branch=f"p{self.number}",
                call_id=f"p{self.number}",
            ),
            lambda: self.response(180),
            lambda: self.response(200),
            lambda: self.response(401),
            lambda: self.response(486),
            lambda: self.response(183),
        )
        return makers[kind % len(makers)]()

    def response(self, status: int) -> bytes:
        """Return a response to the request that we sent last, or to nothing."""
        last = next(reversed(self.ours.values()), None)
        if last is None:
            return b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nContent-Length: 0\r\n\r\n"
        if status == 401:
            challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
            return respond(last, 401, headers=(challenge,))
        if last.method == "INVITE" and status in (183, 200):
            reliable = ("Require: 100rel", "RSeq: 7") if status == 183 else ()
            body = respond(last, status, headers=("Contact: <sip:b@192.0.2.9>", *reliable), body=SDP)
            return accept(last) if status == 200 else body
        return respond(last, status)

    def receive(self, data: bytes) -> None:
        """Take a message, and look that it is answered in time."""
        owed = self.is_owed(data)
        # The garbage of ten thousand tests before this one is no part of its time.
        gc.disable()
        try:
            began = time.thread_time()
            self.core.receive(data, PEER, self.now)
            took = time.thread_time() - began
        finally:
            gc.enable()
        if took > LONGEST_S:
            raise TimeoutError(f"a message of {len(data)} octets took {took:.2f} s")
        answers = self.collect()
        if owed and not answers:
            raise OwedAnswer(data.split(b"\r\n", 1)[0])

    def is_owed(self, data: bytes) -> bool:
        """Return whether ``data`` is a request whose sender must hear of it at once."""
        try:
            message = parse_message(data)
        except MalformedMessage as error:
            message = error.request
            return message is not None and message.method != "ACK" and "Via" in message.headers
        if not isinstance(message, Request) or message.method == "ACK":
            return False
        # A retransmission may find its transaction waiting for the ACK, or its call for somebody to answer it.
        message.stamp_source(PEER.host, PEER.port)
        return not self.core._transactions.knows(message)

    def act(self, action: int) -> None:
        """Do something as the gateway would."""
        session = self.sessions[action % len(self.sessions)] if self.sessions else None
        incoming = session is not None and hasattr(session, "answer")
        kind = action // 7 % 8
        try:
            if kind == 0 and incoming:
                session.ring(self.now)
            elif kind == 1 and incoming and not session.answered and session._answer is None:
                session.answer(negotiation(), self.now)
            elif kind == 2 and incoming and not session.answered:
                session.reject(self.now, 486)
            elif kind == 3 and session is not None:
                session.hang_up(self.now)
            elif kind == 4:
                self.call()
            elif kind == 5 and incoming and not session.answered and session.negotiation is None:
                session.progress(negotiation(), self.now)
            elif kind == 6 and session is not None and session.stream is not None:
                session.changes.request(MediaChange(direction="sendonly"), self.now)
            elif kind == 7 and session is not None:
                session.keys.send("5", self.now)
        except (CallEnded, NotAcceptableHere):
            pass  # what a caller of these methods has to expect
        self.collect()

    def call(self) -> None:
        """Begin a call of our own."""
        self.sessions.append(
            self.core.invite(
                target=parse_name_address("<sip:praxis@192.0.2.9>"),
                caller=parse_name_address("<sip:test@192.0.2.1>"),
                hop=PEER,
                negotiation=negotiation(),
                now=self.now,
                parameters=SessionParameters(credentials=Credentials("user", "password")),
            )
        )

    def collect(self) -> list[Response]:
        """Take what was sent and what happened; return the responses."""
        answers = []
        for item in self.core.take_outgoing():
            head = item.data.partition(b"\r\n")[0]
            if head.startswith(b"SIP/2.0 "):
                answers.append(item)
            elif not head.startswith(b"ACK "):
                sent = parse_message(item.data)
                self.ours[sent.top_via.branch] = sent
        for event in self.core.take_events():
            if isinstance(event, InviteReceived):
                self.sessions.append(event.session)
                self.tag = event.session.local_tag
        return answers

    def advance(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        end = self.now + seconds
        polls = 0
        while (deadline := self.core.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.core.poll(self.now)
            self.collect()
            polls += 1
            if polls > 20_000:
                raise TimeoutError("timers run in circles")
        self.now = end

    def finish(self) -> None:
        """End all calls, let all time pass, and look whether anything is left."""
        for session in self.sessions:
            session.hang_up(self.now)
        self.collect()
        self.advance(LONG_ENOUGH_S)
        core, transactions = self.core, self.core._transactions
        tables = {
            "dialogs": core._dialogs,
            "invites": core._invites,
            "owners": core._owners,
            "authentications": core._authentications,
            "running": core._running,
            "deadlines": core._queue._scheduled,
            "client transactions": transactions._clients,
            "server transactions": transactions._servers,
            "origins": transactions._origins,
            "transactions' deadlines": transactions._queue._scheduled,
            "lines": core.gate._calls,
        }
        left = {name: len(table) for name, table in tables.items() if table}
        if left or core.next_deadline() is not None or not core.is_idle:
            raise Left(f"{left or 'a deadline'} left")
