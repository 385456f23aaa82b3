"""All trunks while the gateway runs: looks up their servers again and again, and tells who needs to know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import structlog

from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.transport import Hop
from gateway.telephony.signalling import Signalling
from gateway.telephony.trunks.key_exposure import key_exposure
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_agent import TrunkAgent
from gateway.telephony.trunks.trunk_policy import TrunkPolicy
from gateway.telephony.trunks.trunk_state import TrunkState

log = structlog.get_logger(__name__)

Locate: TypeAlias = Callable[[SipUri], Awaitable[tuple[Hop, ...]]]
"""Finds the servers of a URI; raises ``TelephonyError``."""

LOCATE_EVERY_S = 60.0
"""How often servers are looked up; the name server's answers are kept for as long as they are valid."""
LOCATE_AGAIN_S = 5.0
"""How soon after it failed."""
ADDRESS_KEPT_S = 3600.0
"""How long an address that the name server no longer gives still counts as a server's: its calls may be going on."""


class TrunkGroup:
    """The trunks of one user agent, which listens on ``listeners``.

    ``now`` is the core's clock; ``flush`` sends what the core has to send.
    """

    def __init__(
        self,
        trunks: Sequence[Trunk],
        signalling: Signalling,
        policy: TrunkPolicy,
        *,
        locate: Locate,
        now: Callable[[], float],
        flush: Callable[[], None],
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._policy = policy
        self._locate = locate
        self._now = now
        self._flush = flush
        self._agents = {
            trunk.id: TrunkAgent(trunk, signalling, changed=_log_change, warning=key_exposure(trunk, listeners))
            for trunk in trunks
        }
        self._addresses: dict[str, dict[str, float]] = {trunk.id: {} for trunk in trunks}
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return len(self._agents)

    def get(self, trunk_id: str) -> TrunkAgent | None:
        """Return the trunk with that id."""
        return self._agents.get(trunk_id)

    def for_target(self, uri: SipUri) -> TrunkAgent | None:
        """Return the trunk that ``uri`` belongs to: whose domain or server it names."""
        return next((agent for agent in self._agents.values() if agent.trunk.has(uri)), None)

    def for_numbers(self) -> TrunkAgent | None:
        """Return the trunk that numbers are called by when nobody says which: the first that is up, or the first."""
        able = [agent for agent in self._agents.values() if agent.trunk.servers]
        return next((agent for agent in able if agent.is_up), next(iter(able), None))

    def start(self) -> None:
        """Begin to look up servers, to register and to ping."""
        for agent in self._agents.values():
            if agent.warning is not None:
                log.warning("srtp_keys_not_encrypted", trunk=agent.trunk.id, problem=agent.warning)
            agent.start(self._now())
            if agent.trunk.servers:
                self._tasks.append(asyncio.create_task(self._keep_located(agent), name=f"trunk-{agent.trunk.id}"))

    async def close(self) -> None:
        """Give registrations back and end all tasks; what the core has to send is sent by the next ``flush``."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for agent in self._agents.values():
            agent.stop(self._now())

    def connection_lost(self, hop: Hop) -> None:
        """Register again the trunks whose registrar ``hop`` is: the connection to it, which we opened, is gone."""
        for agent in self._agents.values():
            if agent.registration is not None:
                agent.registration.connection_lost(hop, self._now())
        self._flush()

    def states(self, calls_of: Callable[[str], int]) -> tuple[TrunkState, ...]:
        """Return how each trunk is."""
        return tuple(agent.state(calls_of(trunk_id)) for trunk_id, agent in self._agents.items())

    async def _keep_located(self, agent: TrunkAgent) -> None:
        while True:
            try:
                found = await self._find(agent.trunk)
            except TelephonyError as error:
                agent.location_failed(str(error))
                await asyncio.sleep(LOCATE_AGAIN_S)
                continue
            except Exception:  # whatever the name server sent, the trunk is looked up again
                log.exception("trunk_not_located", trunk=agent.trunk.id)
                await asyncio.sleep(LOCATE_AGAIN_S)
                continue
            self._remember(agent.trunk.id, found)
            agent.set_hops(found, self._now())
            self._flush()
            await asyncio.sleep(LOCATE_EVERY_S)

    async def _find(self, trunk: Trunk) -> tuple[Hop, ...]:
        """Return the hops of all servers that can be found; raise ``TelephonyError`` when there is none."""
        answers = await asyncio.gather(*(self._locate(server) for server in trunk.servers), return_exceptions=True)
        hops: list[Hop] = []
        problem: TelephonyError | None = None
        for answer in answers:
            if isinstance(answer, TelephonyError):
                problem = answer
            elif isinstance(answer, BaseException):
                raise answer
            else:
                hops += answer
        if not hops and problem is not None:
            raise problem
        return tuple(dict.fromkeys(hops))

    def _remember(self, trunk_id: str, hops: Sequence[Hop]) -> None:
        now = self._now()
        known = self._addresses[trunk_id]
        known.update((hop.host, now) for hop in hops)
        for host in [host for host, seen in known.items() if now - seen > ADDRESS_KEPT_S]:
            del known[host]
        self._policy.set_servers(trunk_id, known)


def _log_change(agent: TrunkAgent) -> None:
    state = agent.state(0)
    write = log.info if state.up else log.warning
    write(
        "trunk_changed",
        trunk=state.id,
        up=state.up,
        registration=state.registration and str(state.registration),
        reachability=str(state.reachability),
        server=state.server,
        problem=state.error,
    )
