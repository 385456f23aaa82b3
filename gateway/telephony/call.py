"""Calls as the rest of the gateway sees them: asyncio handles on sessions of the core."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from gateway.media.parameters import StreamParameters
from gateway.telephony.errors import (
    CallEnded,
    CallFailed,
    CallRejected,
    NotAcceptableHere,
    RequestRefused,
    ServerFailed,
)
from gateway.telephony.events import (
    EarlyMedia,
    Ended,
    EndReason,
    Established,
    Event,
    KeyPressed,
    KeysSent,
    Ringing,
    StreamChanged,
    StreamRequested,
)
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.sessions.dialog import Dialog
from gateway.telephony.sessions.incoming_session import IncomingSession
from gateway.telephony.sessions.negotiation import MediaChange, Negotiation
from gateway.telephony.sessions.outgoing_session import OutgoingSession
from gateway.telephony.sessions.referral import Referral, ReferralOutcome, ReferralTimes, referrer, replacing
from gateway.telephony.sessions.session import Session
from gateway.telephony.trunks.identity import CallerIdentity, called_numbers, identify_caller

_T = TypeVar("_T")


class Driver(Protocol):
    """What a call needs of the user agent that it belongs to."""

    def now(self) -> float:
        """Return the core's clock."""

    def flush(self) -> None:
        """Send what the core has to send and tell what happened."""

    def local_address_for(self, host: str, listener: int | None = None) -> str:
        """Return the address that ``host``, spoken to from that listener, should send to."""


class Call:
    """One call, incoming or outgoing."""

    def __init__(self, driver: Driver, session: Session, source: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        self.source = source
        """Transport address of the peer that signals."""
        self.trunk: str | None = None
        """Id of the trunk that the call came or goes by; None where there is none."""
        self.on_stream_changed: Callable[[StreamParameters], None] | None = None
        """Called when the stream of the answered call moved, was put on hold or taken back, by either side."""
        self.on_early_media: Callable[[StreamParameters], None] | None = None
        """Called with the stream that there is before the answer, and with each one that takes its place."""
        self.on_dtmf: Callable[[str], None] | None = None
        """Called with each key (0 to 9, *, #, A to D) that the peer sends in INFO; those in RTP come from the leg."""
        self.on_replaced: Callable[[IncomingCall], Awaitable[None]] | None = None
        """Awaited with a call that takes this one over (RFC 3891), which it answers; None where nobody can do that."""
        self._changing = asyncio.Lock()
        self._requested: tuple[MediaChange | None, asyncio.Future[StreamRequested | KeysSent]] | None = None
        self._driver = driver
        self._session = session
        self._early: asyncio.Future[StreamParameters] = loop.create_future()
        self._established: asyncio.Future[StreamParameters] = loop.create_future()
        self._ended: asyncio.Future[Ended] = loop.create_future()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.sip_call_id}>"

    @property
    def sip_call_id(self) -> str:
        """The Call-ID."""
        return self._session.call_id

    @property
    def local_address(self) -> str:
        """The address that stands in SDP toward this peer."""
        return self._driver.local_address_for(self.source[0])

    @property
    def stream(self) -> StreamParameters | None:
        """The negotiated stream as it is now; None until the call is answered."""
        return self._session.stream

    @property
    def was_answered(self) -> bool:
        """Whether the call has been answered, also after it has ended."""
        return self._established.done()

    @property
    def peer_methods(self) -> frozenset[str]:
        """What the peer understands, as its last Allow says; empty when it says nothing (RFC 3261 section 20.5)."""
        return self._session.peer_methods

    @property
    def early_stream(self) -> StreamParameters | None:
        """The stream before the answer; None while there is none."""
        return self._session.early_stream

    @property
    def is_on_hold(self) -> bool:
        """Whether this side has put the peer on hold."""
        negotiation = self._session.negotiation
        return negotiation is not None and negotiation.direction == "sendonly"

    @property
    def is_held_by_peer(self) -> bool:
        """Whether the peer has put this side on hold: it takes no sound."""
        return self.stream is not None and not self.stream.send

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return self._session.end is not None

    async def hang_up(self, reason: str | None = None) -> None:
        """End the call with BYE, CANCEL or a rejection, as its state demands; harmless when it is over.

        ``reason`` goes to the peer in a Reason header.
        """
        self._session.hang_up(self._driver.now(), reason)
        self._driver.flush()

    async def refer(self, target: NameAddress, *, times: ReferralTimes | None = None) -> ReferralOutcome:
        """Ask the peer to call ``target`` instead of us (REFER), and return what came of it; this call goes on.

        Raises ``CallEnded`` when the call is not answered yet or over.
        """
        outcome: asyncio.Future[ReferralOutcome] = asyncio.get_running_loop().create_future()

        def tell(referral: Referral) -> None:
            if referral.outcome is not None and not outcome.done():
                outcome.set_result(referral.outcome)

        referred_by = referrer(self._answered_dialog())
        referral = Referral(self._session, target, tell=tell, referred_by=referred_by, times=times)
        referral.start(self._driver.now())
        self._driver.flush()
        await asyncio.wait((outcome, self._ended), return_when=asyncio.FIRST_COMPLETED)
        referral.call_ended()
        return await outcome

    @property
    def replacing(self) -> NameAddress:
        """What another call's ``refer`` takes so that its peer takes this call's peer over (RFC 3891).

        Raises ``CallEnded`` when this call is not answered or over, ``CallFailed`` when its peer cannot be called so.
        """
        return replacing(self._answered_dialog())

    def _answered_dialog(self) -> Dialog:
        session = self._session
        if session.dialog is None or session.stream is None or session.end is not None:
            raise CallEnded("not_answered" if session.end is None else session.end.reason)
        return session.dialog

    @property
    def end(self) -> Ended | None:
        """How the call ended, with the peer's Reason headers; None while it is not over."""
        return self._session.end

    async def ended(self) -> EndReason:
        """Wait until the call is over and return why."""
        return (await asyncio.shield(self._ended)).reason

    async def hold(self) -> StreamParameters:
        """Put the peer on hold: it is sent sound and asked to send none. Returns the stream as it is then.

        Raises ``RequestRefused`` when the peer does not want to, ``CallEnded`` when the call is not answered or over.
        """
        return await self._change(MediaChange(direction="sendonly"))

    async def resume(self) -> StreamParameters:
        """Take the peer back from hold; returns and raises as ``hold`` does."""
        return await self._change(MediaChange(direction="sendrecv"))

    async def move(self, *, local_port: int, local_address: str | None = None) -> StreamParameters:
        """Have the peer send its sound to ``local_port`` (of ``local_address``, or else the same address as before).

        Until this returns, sound may come to either. Returns and raises as ``hold`` does.
        """
        return await self._change(MediaChange(address=local_address, port=local_port))

    async def send_dtmf_info(self, keys: str) -> None:
        """Send ``keys`` (0 to 9, *, #, A to D) in INFO requests, for a peer without RFC 4733; wait until all are out.

        Raises ValueError for keys that no telephone has, ``RequestRefused`` and ``CallEnded`` as ``hold`` does.
        """
        async with self._changing:
            await self._requesting(None, lambda: self._session.keys.send(keys, self._driver.now()))

    async def _change(self, change: MediaChange) -> StreamParameters:
        async with self._changing:
            self._answered_dialog()
            await self._requesting(change, lambda: self._session.changes.request(change, self._driver.now()))
        if self._session.stream is None:
            raise CallEnded("not_answered")
        return self._session.stream

    async def _requesting(self, change: MediaChange | None, start: Callable[[], None]) -> None:
        """Start a ``change``, or None for keys, and wait for the event that tells its end; one at a time."""
        done: asyncio.Future[StreamRequested | KeysSent] = asyncio.get_running_loop().create_future()
        self._requested = change, done
        try:
            start()
            self._driver.flush()
            await asyncio.wait((done, self._ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._requested = None
        if not done.done():
            raise CallEnded(self._ended.result().reason)
        if (status := done.result().status) is not None:
            raise RequestRefused(status, done.result().reason)

    def _mark_requested(self, event: StreamRequested | KeysSent) -> None:
        # What nobody waits for any more, because the waiting was cancelled, must not pass for the next one's end.
        change = event.change if isinstance(event, StreamRequested) else None
        if self._requested is not None and self._requested[0] is change and not self._requested[1].done():
            self._requested[1].set_result(event)

    # What the user agent tells:

    def take_event(self, event: Event) -> None:
        """Note what happened to this call."""
        if isinstance(event, Established):
            self.mark_established(event.stream)
        elif isinstance(event, StreamChanged):
            self._call_soon(self.on_stream_changed, event.stream)
        elif isinstance(event, EarlyMedia):
            self.mark_early_media(event.stream)
        elif isinstance(event, KeyPressed):
            self._call_soon(self.on_dtmf, event.key)
        elif isinstance(event, StreamRequested | KeysSent):
            self._mark_requested(event)
        elif isinstance(event, Ended):
            self.mark_ended(event)

    def mark_early_media(self, stream: StreamParameters) -> None:
        """Note that there is a stream before the answer."""
        if not self._early.done():
            self._early.set_result(stream)
        self._call_soon(self.on_early_media, stream)

    def mark_established(self, stream: StreamParameters) -> None:
        """Note that the call is answered and its stream known."""
        if not self._established.done():
            self._established.set_result(stream)

    def mark_ended(self, end: Ended) -> None:
        """Note that the call is over."""
        if not self._ended.done():
            self._ended.set_result(end)

    async def wait_established(self) -> StreamParameters:
        """Wait until the stream is known; raise ``CallEnded`` when the call is over before."""
        await asyncio.wait((self._established, self._ended), return_when=asyncio.FIRST_COMPLETED)
        if self._established.done():
            return self._established.result()
        raise CallEnded(self._ended.result().reason)

    def _call_soon(self, callback: Callable[[_T], None] | None, value: _T) -> None:
        if callback is not None:
            # Its own turn of the loop: an error in it is reported there and does not reach signalling.
            asyncio.get_running_loop().call_soon(callback, value)

    def _negotiation(self, local_port: int, local_address: str | None) -> Negotiation:
        return Negotiation(local_address or self.local_address, local_port, policy=self._session.parameters.media)


class IncomingCall(Call):
    """A call that came in. Its ``on_invite`` answers or rejects it."""

    def __init__(self, driver: Driver, session: IncomingSession, replaces: Call | None = None) -> None:
        super().__init__(driver, session, (session.source.host, session.source.port))
        self._incoming = session
        self.replaces = replaces
        """The call that this one takes over as soon as it is answered, which ends that one (RFC 3891); usually None."""
        self.trunk = session.trunk
        self.caller: CallerIdentity = identify_caller(session.request, trusted=session.trusts_identity)
        """Who calls."""
        self.called_numbers: tuple[str, ...] = called_numbers(session.request)
        """The numbers that may have been dialled, as E.164, the most likely first."""
        self.called_number: str | None = next(iter(self.called_numbers), None)
        """The called number as E.164; None when the INVITE holds none."""

    @property
    def local_address(self) -> str:
        """The address that stands in SDP toward this peer: that of the listener which the call came by."""
        return self._driver.local_address_for(self.source[0], self._incoming.source.listener)

    @property
    def is_answered(self) -> bool:
        """Whether a final response was sent, by us or because the caller gave up."""
        return self._incoming.answered

    async def ring(self) -> None:
        """Send 180 Ringing; harmless once the call is answered or over."""
        self._incoming.ring(self._driver.now())
        self._driver.flush()

    async def progress(self, *, local_port: int, local_address: str | None = None) -> StreamParameters:
        """Send 183 with a description, for sound before the answer, and return the stream; ``answer`` then keeps it.

        Reliable where the peer takes that (RFC 3262). Raises ``CallEnded`` when the call is over, and
        ``NotAcceptableHere`` when the offer cannot be taken or the caller, having made none, does not take ours so
        early; the call can still be answered or rejected then.
        """
        try:
            self._incoming.progress(self._negotiation(local_port, local_address), self._driver.now())
        finally:
            self._driver.flush()
        await asyncio.wait((self._early, self._ended), return_when=asyncio.FIRST_COMPLETED)
        if self._early.done():
            return self._early.result()
        raise CallEnded(self._ended.result().reason)

    async def answer(self, *, local_port: int, local_address: str | None = None) -> StreamParameters:
        """Answer the call with audio received at ``local_port`` (of ``local_address``) and return the stream.

        Returns at once when the caller made an offer; else with the ACK that holds the caller's answer. After
        ``progress`` the stream stays the one of that, whatever is given here. Raises
        ``CallEnded`` when the call is over, and ``NotAcceptableHere``, after a 488, when the offer cannot be taken.
        """
        negotiation = self._negotiation(local_port, local_address)
        try:
            self._incoming.answer(negotiation, self._driver.now())
        except NotAcceptableHere as error:
            self._incoming.refuse(error, self._driver.now())
            raise
        finally:
            self._driver.flush()
        return await self.wait_established()

    async def reject(self, status: int, reason: str | None = None) -> None:
        """Refuse the call with a status of 300 to 699; harmless when it is over."""
        self._incoming.reject(self._driver.now(), status, reason)
        self._driver.flush()


class OutgoingCall(Call):
    """A call that this side made."""

    def __init__(self, driver: Driver, session: OutgoingSession, source: tuple[str, int]) -> None:
        super().__init__(driver, session, source)
        self.on_ringing: Callable[[int], None] | None = None
        """Called with the status of each provisional response above 100."""

    async def wait_answered(self) -> StreamParameters:
        """Wait for the answer; raise ``CallRejected`` or ``CallFailed``."""
        try:
            return await self.wait_established()
        except CallEnded as error:
            raise self._failure(self._ended.result()) from error

    def take_event(self, event: Event) -> None:
        """Note what happened to this call."""
        if isinstance(event, Ringing):
            self._call_soon(self.on_ringing, event.status)
        else:
            super().take_event(event)

    def _failure(self, end: Ended) -> CallRejected | CallFailed:
        if end.reason is EndReason.REJECTED and end.status is not None:
            return CallRejected(end.status, end.text)
        if end.reason is EndReason.NO_RESPONSE:
            return ServerFailed(f"Nobody responds at {self.source[0]} port {self.source[1]}")
        if end.reason is EndReason.TRANSPORT:
            return ServerFailed(f"Nothing can be sent to {self.source[0]} port {self.source[1]}: {end.text}")
        return CallFailed(end.text or f"The call ended before it was answered: {end.reason}")
