"""Makes a planned call, by one server after the other until one takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from gateway.media.parameters import StreamParameters
from gateway.telephony.call import Driver, OutgoingCall
from gateway.telephony.call_plan import CallPlan
from gateway.telephony.core import UserAgentCore
from gateway.telephony.errors import CallRejected, ServerFailed
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.media_policy import MediaPolicy
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.outgoing_session import OutgoingSession
from gateway.telephony.sessions.session_parameters import SessionParameters

log = structlog.get_logger(__name__)

FAIL_OVER_S = 6.0
"""How long a server may say nothing at all to an INVITE before the next one is called."""


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Where the call's audio is received, and who is told what there is before the answer."""

    local_port: int
    local_address: str | None = None
    on_ringing: Callable[[int], None] | None = None
    on_early_media: Callable[[StreamParameters], None] | None = None
    media: MediaPolicy | None = None
    """Codecs and encryption in place of the trunk's."""


class CallPlacer:
    """Places calls of ``core`` on behalf of ``driver``; ``begun`` is told of each before anything is sent."""

    def __init__(
        self, core: UserAgentCore, driver: Driver, *, begun: Callable[[OutgoingSession, OutgoingCall], None]
    ) -> None:
        self._core = core
        self._driver = driver
        self._begun = begun

    async def place(self, plan: CallPlan, options: CallOptions) -> OutgoingCall:
        """Return the call once it is answered.

        Raises ``CallRejected``, or ``CallFailed`` when it comes to nothing. Cancelling the task cancels the call.
        """
        *others, last = plan.hops
        for hop in others:
            try:
                return await self._call(plan, hop, options, fail_over=True)
            except CallRejected as error:
                if error.status != 503:
                    raise
            except ServerFailed as error:
                log.warning("sip_server_failed", trunk=plan.trunk, problem=str(error))
        return await self._call(plan, last, options, fail_over=False)

    async def _call(self, plan: CallPlan, hop: Hop, options: CallOptions, *, fail_over: bool) -> OutgoingCall:
        address = options.local_address or self._driver.local_address_for(hop.host, hop.listener)
        parameters = plan.parameters or SessionParameters()
        if options.media is not None:
            parameters = replace(parameters, media=options.media)
        session = self._core.invite(
            target=plan.target,
            caller=plan.caller or NameAddress(SipUri(address)),
            hop=hop,
            negotiation=Negotiation(address, options.local_port, policy=parameters.media),
            now=self._driver.now(),
            parameters=parameters,
            trunk=plan.trunk,
            headers=plan.headers,
        )
        call = OutgoingCall(self._driver, session, (hop.host, hop.port))
        call.trunk = plan.trunk
        call.on_ringing, call.on_early_media = options.on_ringing, options.on_early_media
        self._begun(session, call)
        self._driver.flush()
        patience = asyncio.get_running_loop().call_later(FAIL_OVER_S, self._give_up, session) if fail_over else None
        try:
            await call.wait_answered()
        except asyncio.CancelledError:
            await call.hang_up()
            raise
        finally:
            if patience is not None:
                patience.cancel()
        return call

    def _give_up(self, session: OutgoingSession) -> None:
        session.give_up()
        self._driver.flush()
