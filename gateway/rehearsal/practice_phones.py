"""The telephones of the practice's people: callers who are put through ring there, and find them busy.

A rehearsal is about the assistant. Somebody who is busy is the harder case for it: it has to come back to the caller.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from gateway.telephony.call import IncomingCall
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent

_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
_BUSY = 486
_MOST_CALLS = 50


@asynccontextmanager
async def busy_phones(targets: Iterable[str]) -> AsyncIterator[dict[str, str]]:
    """Give the SIP URI of each of the ``targets`` (their ids) while their telephone, which is busy, takes calls."""

    async def busy(call: IncomingCall) -> None:
        await call.reject(_BUSY)

    agent = UserAgent([Listener("127.0.0.1", 0)], allowed=_LOOPBACK, max_calls=_MOST_CALLS, on_invite=busy)
    await agent.start()
    try:
        port = agent.addresses[0].port
        yield {target: f"sip:{target}@127.0.0.1:{port}" for target in targets}
    finally:
        await agent.stop()
