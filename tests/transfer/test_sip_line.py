"""A line whose call is replaced by another one (RFC 3891), and whose keys come by INFO."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from transfer_fixtures import LOOPBACK, QUICK, Trunk, until_idle

from gateway.media.client.media_worker import MediaWorker
from gateway.media.leg import Dtmf, HungUp, LegEvent
from gateway.reception import take_over
from gateway.sip_line import SipLine
from gateway.telephony.call import IncomingCall
from gateway.telephony.messages.message import Response
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def worker() -> AsyncIterator[MediaWorker]:
    worker = MediaWorker(port_min=28_700, port_max=28_799)
    await worker.start()
    yield worker
    await worker.stop()


class Desk:
    """Answers a call, lets another one take it over, and keeps what happens on the leg."""

    def __init__(self, worker: MediaWorker) -> None:
        self.worker = worker
        self.line: SipLine | None = None
        self.events: list[LegEvent] = []
        self.agent = UserAgent(
            [Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=10, timers=QUICK, on_invite=self._take
        )

    async def _take(self, call: IncomingCall) -> None:
        if call.replaces is not None:
            await take_over(call, call.replaces)
            return
        leg = await self.worker.allocate()
        line = self.line = SipLine(call, leg)
        await call.answer(local_port=leg.local_port)
        await line.open()
        try:
            async for event in leg.events():
                self.events.append(event)
        finally:
            await line.close()

    async def event(self, kind: type) -> LegEvent:
        async with asyncio.timeout(10):
            while True:
                for event in self.events:
                    if isinstance(event, kind):
                        return event
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture(loop_scope="module")
async def desk(worker: MediaWorker) -> AsyncIterator[Desk]:
    desk = Desk(worker)
    await desk.agent.start()
    yield desk
    await desk.agent.stop(grace_s=0.1)
    await until_idle(desk.agent, worker)


async def test_a_call_that_replaces_another_goes_on_with_its_leg(desk: Desk) -> None:
    first, second = Trunk(desk.agent.address), Trunk(desk.agent.address)
    await first.call()
    replaces = f"{first.call_id};to-tag={first.our_tag};from-tag=caller"
    await second.call(f"Replaces: {replaces}", "Require: replaces")
    await first.receive("BYE")
    assert desk.line.call.sip_call_id == second.call_id
    second.sound.press("7")
    assert (await desk.event(Dtmf)).digit == "7"
    assert not any(isinstance(event, HungUp) for event in desk.events)
    second.send("BYE")
    assert (await desk.event(HungUp)).reason == "caller"
    await first.close()
    await second.close()


async def test_a_call_that_replaces_nothing_is_refused(desk: Desk) -> None:
    first, second = Trunk(desk.agent.address), Trunk(desk.agent.address)
    await first.call()
    headers = ("Replaces: nobody;to-tag=1;from-tag=2", "Content-Type: application/sdp")
    second.send("INVITE", headers, second.sdp())
    refusal = await second.receive(481)
    assert isinstance(refusal, Response)
    assert not desk.line.call.is_over
    await first.close()
    await second.close()


async def test_a_key_by_info_is_a_key(desk: Desk) -> None:
    trunk = Trunk(desk.agent.address)
    await trunk.call()
    trunk.send("INFO", ("Content-Type: application/dtmf-relay",), b"Signal=4\r\nDuration=160\r\n")
    await trunk.receive(200)
    assert (await desk.event(Dtmf)).digit == "4"
    await trunk.close()
