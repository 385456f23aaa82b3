"""SIPp over TCP: one connection for all calls, one a call, and called itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from gateway_line import LOOPBACK
from peer_process import free_port
from test_sipp_calls import called_scenario, run_sipp

from gateway.telephony.events import EndReason
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent


@pytest.mark.parametrize("mode", ["t1", "tn"])
async def test_sipp_calls_over_tcp(mode, tmp_path):
    ends = []

    async def on_invite(call):
        await call.ring()
        await call.answer(local_port=4000)
        ends.append(await call.ended())

    listeners = [Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, "TCP")]
    agent = UserAgent(listeners, allowed=LOOPBACK, max_calls=50, on_invite=on_invite)
    await agent.start()
    place = f"127.0.0.1:{agent.addresses[1].port}"
    pace = ("-m", "60", "-r", "60", "-l", "20", "-d", "200", "-max_socket", "100")
    status, output = await run_sipp(tmp_path, "-sn", "uac", place, "-s", "+41441234567", "-t", mode, *pace)
    await agent.stop()
    assert status == 0, output
    assert ends == [EndReason.PEER] * 60


async def test_sipp_is_called_over_tcp(tmp_path):
    port = free_port()
    agent = UserAgent([Listener("127.0.0.1", 0, "TCP")], allowed=LOOPBACK, max_calls=5)
    await agent.start()
    sipp = asyncio.create_task(
        run_sipp(tmp_path, "-sf", await called_scenario(tmp_path), "-p", str(port), "-m", "3", "-t", "t1")
    )
    await listened_at(port)
    for _ in range(3):
        call = await agent.invite(f"sip:service@127.0.0.1:{port};transport=tcp", local_port=5000, timeout_s=10)
        assert call.stream is not None
        await call.hang_up()
    status, output = await sipp
    await agent.stop()
    assert status == 0, output


async def listened_at(port):
    """Wait until somebody listens at a TCP port."""
    async with asyncio.timeout(10):
        while not is_listened_at(port):
            await asyncio.sleep(0.01)


def is_listened_at(port):
    """Return whether the system's table of sockets holds one that listens at ``port`` of any or every address."""
    return f":{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()
