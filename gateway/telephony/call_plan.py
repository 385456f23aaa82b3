"""Where a call that goes out is sent and as whom it is made, before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from gateway.telephony.errors import CallFailed
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.uri import SipUri, Uri, parse_uri
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.session_parameters import SessionParameters
from gateway.telephony.trunks.trunk_agent import TrunkAgent
from gateway.telephony.trunks.trunk_group import TrunkGroup
from gateway.telephony.trunks.trunk_identity import called_address, dialled_number, outgoing_identity


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call. ``hops`` are tried in this order; ``caller`` None is our address without a name."""

    target: NameAddress
    hops: tuple[Hop, ...]
    caller: NameAddress | None = None
    headers: tuple[tuple[str, str], ...] = ()
    parameters: SessionParameters | None = None
    trunk: str | None = None

    def as_caller(self, from_uri: str | None, display_name: str) -> CallPlan:
        """Return this plan with another From; raise ``CallFailed`` when ``from_uri`` is no URI."""
        if from_uri is not None:
            try:
                return replace(self, caller=NameAddress(parse_uri(from_uri), display_name))
            except ValueError as error:
                raise CallFailed(f"The caller's URI cannot be used: {error}") from error
        if display_name and self.caller is not None:
            return replace(self, caller=replace(self.caller, display_name=display_name))
        return self


async def plan_call(
    target: str,
    trunk: str | None,
    *,
    trunks: TrunkGroup,
    calls_of: Callable[[str], int],
    locate: Callable[[str], Awaitable[tuple[SipUri, Hop]]],
) -> CallPlan:
    """Return how ``target`` is called; raise ``CallFailed`` when it cannot be now.

    A number goes by ``trunk``, or where that is None by the first trunk that is up. A SIP URI goes by the trunk whose
    domain or server it names, or else where ``locate`` finds it. ``calls_of`` tells how many calls a trunk has.
    """
    agent = trunks.get(trunk) if trunk is not None else None
    if trunk is not None and agent is None:
        raise CallFailed(f"There is no trunk {trunk}")
    number, uri = parse_target(target)
    if number is not None:
        agent = agent or trunks.for_numbers()
        if agent is None:
            raise CallFailed("The number cannot be called: it names no host, and there is no trunk with servers")
        return plan_trunk_call(agent, number, None, calls_of(agent.trunk.id))
    if isinstance(uri, SipUri) and (belongs := trunks.for_target(uri)) is not None:
        return plan_trunk_call(belongs, None, uri, calls_of(belongs.trunk.id))
    located, hop = await locate(target)
    return CallPlan(NameAddress(located), (hop,))


def parse_target(target: str) -> tuple[str | None, Uri | None]:
    """Return the number that ``target`` stands for, or else its URI; raise ``CallFailed`` when it is neither."""
    number = dialled_number(target)
    if number is not None:
        return number, None
    try:
        uri = parse_uri(target)
    except ValueError as error:
        raise CallFailed(f"The target {target!r} cannot be called: {error}") from error
    number = dialled_number(uri)
    return (number, None) if number is not None else (None, uri)


def plan_trunk_call(agent: TrunkAgent, number: str | None, uri: SipUri | None, calls: int) -> CallPlan:
    """Return how ``number``, or else ``uri``, is called by a trunk that has ``calls``; raise ``CallFailed``."""
    trunk = agent.trunk
    if trunk.profile.max_calls is not None and calls >= trunk.profile.max_calls:
        raise CallFailed(
            f"Nothing can be called by the trunk {trunk.id}: all of its lines ({trunk.profile.max_calls}) are taken"
        )
    hops = agent.hops_for_call()
    if not hops:
        state = agent.state(0)
        why = state.error or ("its servers are not known yet" if trunk.servers else "it has no servers")
        raise CallFailed(f"Nothing can be called by the trunk {trunk.id}: {why}")
    if number is not None:
        target = called_address(trunk, number, hops[0].host)
    elif uri is not None:
        target = NameAddress(uri)
    else:
        raise ValueError("a call needs a number or a URI")
    identity = outgoing_identity(trunk, hops[0].host)
    routes = tuple(("Route", str(route)) for route in agent.routes_for_call())
    return CallPlan(target, hops, identity.caller, (*routes, *identity.headers), trunk.parameters, trunk.id)
