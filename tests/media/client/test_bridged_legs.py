"""Bridging through the client, with real worker processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.media.client.media_worker import MediaError, MediaWorker, RtpLeg
from gateway.media.errors import LegGone
from gateway.media.leg import Dtmf, HungUp, LegEvent
from gateway.media.parameters import Codec, StreamParameters


@asynccontextmanager
async def running(first: int) -> AsyncIterator[MediaWorker]:
    worker = MediaWorker(port_min=first, port_max=first + 19)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def connected(worker: MediaWorker) -> RtpLeg:
    leg = await worker.allocate()
    await leg.connect(StreamParameters("127.0.0.1", 9, Codec.PCMA, 8, 101))
    return leg


async def next_event(leg: RtpLeg, kind: type[LegEvent]) -> LegEvent:
    async with asyncio.timeout(10):
        async for event in leg.events():
            if isinstance(event, kind):
                return event
    raise AssertionError("the leg is gone")


async def test_legs_of_one_worker_are_bridged_and_parted() -> None:
    async with running(28_560) as worker:
        caller, human = await connected(worker), await connected(worker)
        await caller.bridge(human)
        with pytest.raises(MediaError, match="bridged already"):
            await human.bridge(caller)
        with pytest.raises(MediaError, match="with itself"):
            await caller.bridge(caller)
        await caller.unbridge()
        await caller.unbridge()
        caller.press("5")
        assert (await next_event(caller, Dtmf)).digit == "5"
        await human.bridge(caller)


async def test_a_leg_that_is_gone_is_not_bridged() -> None:
    async with running(28_560) as worker:
        caller, human = await connected(worker), await connected(worker)
        await human.hang_up()
        for one, other in ((caller, human), (human, caller)):
            with pytest.raises(LegGone):
                await one.bridge(other)
        await human.unbridge()


async def test_legs_of_two_workers_are_not_bridged() -> None:
    async with running(28_560) as worker, running(28_580) as another:
        with pytest.raises(MediaError, match="two workers"):
            await (await connected(worker)).bridge(await connected(another))


async def test_a_worker_that_dies_takes_both_legs_of_a_bridge() -> None:
    async with running(28_560) as worker:
        caller, human = await connected(worker), await connected(worker)
        await caller.bridge(human)
        os.kill(worker.pid, signal.SIGKILL)
        for leg in (caller, human):
            assert (await next_event(leg, HungUp)).reason == "worker_lost"
        with pytest.raises(LegGone):
            await caller.bridge(human)
