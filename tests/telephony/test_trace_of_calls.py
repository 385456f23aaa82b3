"""What the trace holds of real calls over real sockets."""

import asyncio
import ipaddress

import pytest

from gateway.telephony.diagnostics.ladder import render_ladder
from gateway.telephony.diagnostics.message_outline import outline
from gateway.telephony.diagnostics.trace import MaskingTracer
from gateway.telephony.diagnostics.trace_store import TraceStore
from gateway.telephony.network.listener import Listener
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.user_agent import UserAgent

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
QUICK = Timers(t1=0.05, t2=0.2, t4=0.05)


@pytest.mark.parametrize(("host", "transport"), [("127.0.0.1", "UDP"), ("::1", "UDP"), ("127.0.0.1", "TCP")])
async def test_both_sides_see_the_same_messages_the_other_way_round(host, transport):
    async def answer(call):
        await call.answer(local_port=4000)
        await call.ended()

    stores, agents = [TraceStore(), TraceStore()], []
    for store, on_invite in zip(stores, (answer, None), strict=True):
        tracer = MaskingTracer([store])
        listener = Listener(host, 0, transport)
        agent = UserAgent([listener], allowed=LOOPBACK, max_calls=5, timers=QUICK, on_invite=on_invite, tracer=tracer)
        await agent.start()
        agents.append(agent)
    called, caller = agents
    shown = f"[{host}]" if ":" in host else host
    call = await caller.invite(f"sip:x@{shown}:{called.address[1]};transport={transport}", local_port=5000)
    await call.hang_up()
    async with asyncio.timeout(5):
        while called.calls or stores[1].find(call.sip_call_id)[0].messages[-1].sent:
            await asyncio.sleep(0.01)

    (received,), (sent,) = (store.find(call.sip_call_id) for store in stores)
    titles = [outline(message.data).title for message in received.messages]
    assert titles == ["INVITE", "100 Trying", "200 OK", "ACK", "BYE", "200 OK"]
    assert [outline(message.data).title for message in sent.messages] == titles
    assert [message.data for message in sent.messages] == [message.data for message in received.messages]
    assert [message.sent for message in sent.messages] == [not message.sent for message in received.messages]
    assert (received.outgoing, sent.outgoing) == (False, True)
    assert (sent.method, sent.final) == ("INVITE", (200, "OK"))
    assert {message.remote.transport for message in (*sent.messages, *received.messages)} == {transport}
    assert {message.local for message in received.messages} == {called.address}
    assert f"{transport}" in render_ladder(received)
    for agent in agents:
        await agent.stop()
