"""SIPp, an independent SIP implementation, calls the user agent and is called by it."""

from __future__ import annotations

import asyncio

from gateway_line import LOOPBACK
from peer_process import free_port, run_to_end

from gateway.telephony.events import EndReason
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent


async def run_sipp(folder, *arguments):
    """Run SIPp and return its exit status and output."""
    common = ("-i", "127.0.0.1", "-nostdin", "-timeout", "20s", "-timeout_error")
    return await run_to_end(["sipp", *arguments, *common], folder)


async def called_scenario(folder):
    """Return SIPp's own scenario of a called telephone, but for its last four seconds, in which it only waits."""
    _, scenario = await run_to_end(["sipp", "-sd", "uas"], folder)
    path = folder / "uas.xml"
    shortened = scenario[scenario.index("<?xml") :].replace('<timewait milliseconds="4000"/>', "")
    assert "timewait" not in shortened
    path.write_text(shortened)
    return str(path)


async def test_sipp_calls_twenty_at_a_time(tmp_path):
    ends = []

    async def on_invite(call):
        await call.ring()
        await call.answer(local_port=4000)
        ends.append(await call.ended())

    agent = UserAgent([Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=50, on_invite=on_invite)
    await agent.start()
    scenario = ("-sn", "uac", f"127.0.0.1:{agent.address[1]}", "-s", "+41441234567")
    status, output = await run_sipp(tmp_path, *scenario, "-m", "60", "-r", "60", "-l", "20", "-d", "200")
    await agent.stop()
    assert status == 0, output
    assert ends == [EndReason.PEER] * 60


async def test_sipp_gets_busy_beyond_capacity(tmp_path):
    taken = 0

    async def on_invite(call):
        nonlocal taken
        taken += 1
        await call.answer(local_port=4000)
        await call.ended()

    agent = UserAgent([Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=1, on_invite=on_invite)
    await agent.start()
    status, output = await run_sipp(
        tmp_path, "-sn", "uac", f"127.0.0.1:{agent.address[1]}", "-m", "5", "-r", "50", "-l", "5", "-d", "500"
    )
    await agent.stop()
    assert status == 1, output  # SIPp counts an unexpected 486 as a failed call
    assert taken == 1


async def test_sipp_is_called(tmp_path):
    port = free_port()
    agent = UserAgent([Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=5)
    await agent.start()
    sipp = asyncio.create_task(run_sipp(tmp_path, "-sf", await called_scenario(tmp_path), "-p", str(port), "-m", "3"))
    for _ in range(3):
        # SIPp may still be starting: the retransmitted INVITE reaches it.
        call = await agent.invite(f"sip:service@127.0.0.1:{port}", local_port=5000, timeout_s=10)
        assert call.stream is not None
        await call.hang_up()
    status, output = await sipp
    await agent.stop()
    assert status == 0, output
