"""What SIGTERM does to a running gateway."""

import asyncio
import gc
import os
import signal

import pytest

from gateway.cli.run import _serve


@pytest.fixture(autouse=True)
def _unfrozen():
    yield
    gc.unfreeze()


class Daemon:
    """Notes what is asked of it; ``calls_ended`` lets its drain come to an end."""

    def __init__(self):
        self.done = []
        self.calls_ended = asyncio.Event()
        self.started = asyncio.Event()
        self.draining = asyncio.Event()

    async def start(self):
        self.started.set()

    def welcome(self):
        return "ready"

    async def drain(self):
        self.draining.set()
        await self.calls_ended.wait()
        self.done.append("drained")

    async def stop(self):
        self.done.append("stopped")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_running_calls_end_before_it_stops(number):
    daemon = Daemon()
    serving = asyncio.create_task(_serve(daemon))
    await daemon.started.wait()
    await asyncio.sleep(0)
    os.kill(os.getpid(), number)
    await daemon.draining.wait()
    assert daemon.done == []
    daemon.calls_ended.set()
    await asyncio.wait_for(serving, 5)
    assert daemon.done == ["drained", "stopped"]


async def test_a_second_signal_ends_it_at_once():
    daemon = Daemon()
    serving = asyncio.create_task(_serve(daemon))
    await daemon.started.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await daemon.draining.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 5)
    assert daemon.done == ["stopped"]
