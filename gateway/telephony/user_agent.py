"""The SIP user agent: the asyncio shell around ``UserAgentCore``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from gateway.media.parameters import StreamParameters
from gateway.telephony.admission.admission import Admission, Network
from gateway.telephony.admission.call_gate import CallLimits
from gateway.telephony.admission.called_peers import CalledPeers
from gateway.telephony.admission.loop_load import LoopLoad
from gateway.telephony.admission.request_policy import RequestPolicy
from gateway.telephony.call import Call, IncomingCall, OutgoingCall
from gateway.telephony.call_placing import CallOptions, CallPlacer
from gateway.telephony.call_plan import plan_call
from gateway.telephony.core import DialogObserver, UserAgentCore
from gateway.telephony.diagnostics.signalling_statistics import Direction, SignallingStatistics
from gateway.telephony.diagnostics.trace import Tracer
from gateway.telephony.errors import CallEnded, CallFailed, NotAcceptableHere
from gateway.telephony.events import Ended, Event, InviteReceived, OfferRefused
from gateway.telephony.network.connections import Connections
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.transport import Hop, Outgoing
from gateway.telephony.network.transports import Transports
from gateway.telephony.sessions.incoming_session import IncomingSession
from gateway.telephony.sessions.media_policy import MediaPolicy
from gateway.telephony.sessions.outgoing_session import OutgoingSession
from gateway.telephony.sessions.session import Session
from gateway.telephony.signalling import Signalling
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.trunks.trunk import Trunk, server_authorities
from gateway.telephony.trunks.trunk_group import TrunkGroup
from gateway.telephony.trunks.trunk_policy import TrunkPolicy, limits_with_trunks
from gateway.telephony.trunks.trunk_state import TrunkState

log = structlog.get_logger(__name__)

OnInvite = Callable[[IncomingCall], Awaitable[None]]

STOP_GRACE_S = 2.0
"""How long ``stop`` waits for the answers to its BYEs."""


class UserAgent:
    """Takes and makes calls.

    Only sources in ``allowed`` and those of ``trunks`` are heard, and of their requests those that ``policy`` admits:
    by default the trunks', or any where there are no trunks. With ``max_calls``, incoming and outgoing together, no
    further call is let in, while one can still be made: a caller who has a line is put through. ``limits`` says how
    fast calls may come. ``tracer`` is told of every message, ``dialog_observer`` of every change of a call that has a
    dialog.
    ``on_invite`` is run as a task for each incoming call and must have answered or rejected it by the time it returns.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        allowed: Sequence[Network] = (),
        max_calls: int,
        limits: CallLimits | None = None,
        trunks: Sequence[Trunk] = (),
        user_agent: str = "practice-gateway",
        on_invite: OnInvite | None = None,
        timers: Timers | None = None,
        policy: RequestPolicy | None = None,
        tracer: Tracer | None = None,
        dialog_observer: DialogObserver | None = None,
    ) -> None:
        self.on_invite = on_invite
        self.statistics = SignallingStatistics()
        """What became of calls, and responses by their class."""
        trunk_policy = TrunkPolicy(trunks)
        self._transports = Transports(
            listeners,
            receive=self._receive,
            failed=self._sending_failed,
            tracer=tracer,
            hears=self._hears,
            admits=self._admits,
            disconnected=self._disconnected,
            server_authorities=server_authorities(trunks),
        )
        self._core = UserAgentCore(
            self._transports.contact_address,
            max_calls=max_calls,
            limits=limits_with_trunks(limits, trunks),
            user_agent=user_agent,
            timers=timers,
            policy=policy or (trunk_policy if trunks else None),
        )
        self._core.dialog_observer = dialog_observer
        self.gate = self._core.gate
        """Lines taken, load and drain."""
        self.counters = self._core.counters
        """What became of messages and calls that were not let in."""
        self._called = CalledPeers(linger_s=self._core.timers.timeout)
        self.admission = Admission(
            allowed,
            knows=trunk_policy.hears,
            calls=lambda host: self._called.includes(host, self.now()),
            guard=self._core.guard,
            counters=self.counters,
        )
        self._placer = CallPlacer(self._core, self, begun=self._begin_outgoing)
        self._trunks = TrunkGroup(
            trunks,
            self._core,
            trunk_policy,
            locate=self._transports.locator.locate,
            now=self.now,
            flush=self.flush,
            listeners=listeners,
        )
        self._load = LoopLoad(self.gate.overload.measured)
        self._started = False
        self._calls: dict[Session, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()

    @property
    def address(self) -> tuple[str, int]:
        """The address and port that the first listener is bound to."""
        return self._transports.address

    @property
    def addresses(self) -> tuple[Hop, ...]:
        """Address, port and transport that each listener is bound to, in their order."""
        return self._transports.addresses

    @property
    def connections(self) -> Connections:
        """The TCP and TLS connections."""
        return self._transports.connections

    @property
    def signalling(self) -> Signalling:
        """The core, for a sender of requests outside of calls (``RequestOwner``); ``flush`` after having used it."""
        return self._core

    @property
    def calls(self) -> int:
        """How many calls are under way."""
        return self._core.calls

    async def start(self) -> None:
        """Bind the listeners; raise ``TelephonyError`` that names host and port when that fails."""
        await self._transports.start()
        self._load.start()
        self._started = True
        self._trunks.start()
        self.flush()

    async def stop(self, grace_s: float = STOP_GRACE_S) -> None:
        """Refuse new calls, end every running one, give registrations back, and close.

        The answers are waited for up to ``grace_s`` seconds.
        """
        if not self._started:
            return
        self._core.draining = True
        await self._trunks.close()
        for session in list(self._calls):
            session.hang_up(self.now())
        self._idle.clear()
        self.flush()
        try:
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        except TimeoutError:
            log.warning("sip_stop_unanswered", handlers=len(self._tasks))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._timer is not None:
            self._timer.cancel()
        self._started = False
        self._load.stop()
        await self._transports.stop()

    def drain(self) -> None:
        """Refuse new calls with 503 from now on; running ones go on."""
        self._core.draining = True

    def trunk_states(self) -> tuple[TrunkState, ...]:
        """Return how each trunk is."""
        return self._trunks.states(self.gate.calls_of)

    async def invite(
        self,
        target: str,
        *,
        local_port: int,
        local_address: str | None = None,
        trunk: str | None = None,
        from_uri: str | None = None,
        display_name: str = "",
        timeout_s: float = 60.0,
        on_ringing: Callable[[int], None] | None = None,
        on_early_media: Callable[[StreamParameters], None] | None = None,
        media: MediaPolicy | None = None,
    ) -> OutgoingCall:
        """Call ``target`` with audio received at ``local_port``, and return the call once it is answered.

        A target that is a number (+41441234567, 0441234567, 144, a tel URI, a SIP URI with user=phone) goes by
        ``trunk``, or where that is None by the first trunk that is up. A SIP URI goes where it says, by the trunk whose
        domain or server it names if there is one. A trunk's next server is called when one fails (no response, nothing
        can be sent, 503); a redirection is not followed.

        Raises ``CallRejected``, or ``CallFailed`` when the target cannot be called or nobody answers within
        ``timeout_s`` seconds. Cancelling the task cancels the call. ``on_ringing`` is called with the status of each
        provisional response, ``on_early_media`` with each stream that there is before the answer. ``media`` stands in
        place of what the trunk says of codecs and encryption.
        """
        plan = await plan_call(
            target, trunk, trunks=self._trunks, calls_of=self.gate.calls_of, locate=self._transports.locate
        )
        plan = plan.as_caller(from_uri, display_name)
        options = CallOptions(local_port, local_address, on_ringing, on_early_media, media)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._placer.place(plan, options)
        except TimeoutError as error:
            raise CallFailed(f"Nobody answered within {timeout_s:g} seconds") from error

    # What calls use (the Driver protocol):

    def now(self) -> float:
        """Return the core's clock: the event loop's, in seconds."""
        return asyncio.get_running_loop().time()

    def flush(self) -> None:
        """Send what the core has to send, tell what happened, and set the timer."""
        while True:
            outgoing, events = self._core.take_outgoing(), self._core.take_events()
            if not outgoing and not events:
                break
            for item in outgoing:
                self.statistics.count_message(item.data, Direction.OUTGOING)
                self._transports.send(item)
            for event in events:
                self._tell(event)
        if self._core.draining and self._core.is_idle:
            self._idle.set()
        self._set_timer()

    def local_address_for(self, host: str, listener: int | None = None) -> str:
        """Return the address that ``host`` should send to: the advertised one, or the one that the route uses.

        ``listener`` is the index of the one that ``host`` is spoken to from, where that is known.
        """
        return self._transports.local_address_for(host, listener)

    # Below here: datagrams, time and events.

    def _hears(self, host: str, now: float) -> bool:
        return self.admission.hears(host, now)

    def _admits(self, host: str, now: float) -> bool:
        return self.admission.admits(host, now)

    def _disconnected(self, hop: Hop) -> None:
        self._trunks.connection_lost(hop)

    def _receive(self, data: bytes, source: Hop) -> None:
        now = self.now()
        self.statistics.count_message(data, Direction.INCOMING)
        try:
            self._core.receive(data, source, now)
        except Exception:  # one datagram must not stop the calls of all others
            log.exception("sip_datagram_failed")
        self.flush()

    def _poll(self) -> None:
        self._timer = None
        try:
            self._core.poll(self.now())
        except Exception:  # nor must one timer; what is due behind it is done at once
            log.exception("sip_timer_failed")
        self.flush()

    def _set_timer(self) -> None:
        deadline = self._core.next_deadline()
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None and self._started:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._poll)

    def _sending_failed(self, outgoing: Outgoing, error: str | None) -> None:
        if outgoing.transaction is not None:
            self._core.transport_failed(outgoing.transaction, error, self.now())
            asyncio.get_running_loop().call_soon(self.flush)

    def _tell(self, event: Event) -> None:
        if isinstance(event, InviteReceived):
            self._begin(event.session)
            return
        if isinstance(event, OfferRefused):
            log.info("sip_call_not_acceptable", sip_call_id=event.call_id, trunk=event.trunk, problem=event.problem)
            return
        known = self._calls.get(event.session)
        if known is None:
            return
        if isinstance(event, Ended):
            log.info("sip_call_ended", sip_call_id=known.sip_call_id, reason=str(event.reason), status=event.status)
            del self._calls[event.session]
            direction = Direction.INCOMING if isinstance(known, IncomingCall) else Direction.OUTGOING
            if direction is Direction.OUTGOING:
                self._called.end(known.source[0], self.now())
            self.statistics.count_call(known.trunk, direction, event, answered=known.was_answered)
        known.take_event(event)

    def _begin_outgoing(self, session: OutgoingSession, call: OutgoingCall) -> None:
        self._calls[session] = call
        self._called.begin(call.source[0])

    def _begin(self, session: IncomingSession) -> None:
        try:
            replaced = None if session.replaces is None else self._calls.get(session.replaces)
            call = IncomingCall(self, session, replaced)
        except Exception:  # whatever the INVITE holds, the caller gets an answer
            log.exception("sip_invite_failed", sip_call_id=session.call_id)
            session.reject(self.now(), 500)
            return
        self._calls[session] = call
        self._spawn(self._serve(call))

    async def _serve(self, call: IncomingCall) -> None:
        log.info("sip_call_received", sip_call_id=call.sip_call_id, source=call.source[0])
        try:
            if self.on_invite is None:
                await call.reject(480)
            else:
                await self.on_invite(call)
        except CallEnded:
            pass  # the caller gave up first
        except NotAcceptableHere as error:
            log.info("sip_call_not_acceptable", sip_call_id=call.sip_call_id, problem=str(error))
        except Exception:  # whatever went wrong, the caller gets an answer
            log.exception("sip_call_handler_failed", sip_call_id=call.sip_call_id)
            await self._fail(call)
        else:
            if not call.is_answered:
                log.error("sip_call_left_unanswered", sip_call_id=call.sip_call_id)
                await call.reject(500)

    async def _fail(self, call: IncomingCall) -> None:
        if call.is_answered:
            await call.hang_up("internal error")
        else:
            await call.reject(500)

    def _spawn(self, coroutine: Awaitable[None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
