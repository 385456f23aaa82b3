"""Calls a SIPp that waits to be called, with the gateway's own user agent."""

from __future__ import annotations

import asyncio
import ipaddress

from gateway.telephony.errors import CallFailed, CallRejected
from gateway.telephony.events import EndReason
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent

ANSWERED_WITHIN_S = 8.0


def call_sipp(target: str, host: str, port: int, hold_s: float) -> str:
    """Call ``target`` from ``host``:``port``, hang up after ``hold_s`` seconds, and return how it went.

    That is ``answered``, ``rejected`` with the status, ``ended`` with who ended it before the time was over, or
    ``failed``.
    """
    return asyncio.run(_call(target, host, port, hold_s))


async def _call(target: str, host: str, port: int, hold_s: float) -> str:
    agent = UserAgent([Listener(host, port)], allowed=[ipaddress.ip_network("127.0.0.0/8")], max_calls=2)
    await agent.start()
    try:
        call = await agent.invite(target, local_port=port + 2, timeout_s=ANSWERED_WITHIN_S)
        try:
            async with asyncio.timeout(hold_s):
                reason = await call.ended()
        except TimeoutError:
            await call.hang_up()
            return "answered"
        return f"ended {EndReason(reason)}"
    except CallRejected as error:
        return f"rejected {error.status}"
    except CallFailed:
        return "failed"
    finally:
        await agent.stop()
