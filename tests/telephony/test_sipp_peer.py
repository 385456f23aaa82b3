"""SIPp, an independent SIP implementation, calls the user agent and is called by it."""

import asyncio
import ipaddress
import socket

import pytest

from gateway.telephony.events import EndReason
from gateway.telephony.listener import Listener
from gateway.telephony.user_agent import UserAgent

pytestmark = pytest.mark.e2e

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


async def run_sipp(*arguments):
    """Run SIPp and return its exit status and output; a machine without SIPp fails the test."""
    process = await asyncio.create_subprocess_exec(
        "sipp",
        *arguments,
        *("-i", "127.0.0.1", "-nostdin", "-timeout", "20s", "-timeout_error"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode(errors="replace")


@pytest.fixture
async def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_sipp_calls_twenty_at_a_time():
    ends = []

    async def on_invite(call):
        await call.ring()
        await call.answer(local_port=4000)
        ends.append(await call.ended())

    agent = UserAgent([Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=50, on_invite=on_invite)
    await agent.start()
    scenario = ("-sn", "uac", f"127.0.0.1:{agent.address[1]}", "-s", "+41441234567")
    status, output = await run_sipp(*scenario, "-m", "60", "-r", "60", "-l", "20", "-d", "200")
    await agent.stop()
    assert status == 0, output
    assert ends == [EndReason.PEER] * 60


async def test_sipp_gets_busy_beyond_capacity():
    taken = 0

    async def on_invite(call):
        nonlocal taken
        taken += 1
        await call.answer(local_port=4000)
        await call.ended()

    agent = UserAgent([Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=1, on_invite=on_invite)
    await agent.start()
    status, output = await run_sipp(
        "-sn", "uac", f"127.0.0.1:{agent.address[1]}", "-m", "5", "-r", "50", "-l", "5", "-d", "500"
    )
    await agent.stop()
    assert status == 1, output  # SIPp counts an unexpected 486 as a failed call
    assert taken == 1


async def test_sipp_is_called(free_port):
    agent = UserAgent([Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=5)
    await agent.start()
    sipp = asyncio.create_task(run_sipp("-sn", "uas", "-p", str(free_port), "-m", "3"))
    for _ in range(3):
        # SIPp may still be starting: the retransmitted INVITE reaches it.
        call = await agent.invite(f"sip:service@127.0.0.1:{free_port}", local_port=5000, timeout_s=10)
        assert call.stream is not None
        await call.hang_up()
    status, output = await sipp
    await agent.stop()
    assert status == 0, output
