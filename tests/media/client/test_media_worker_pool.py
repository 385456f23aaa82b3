"""Several real workers: how calls are spread, and what becomes of them when one dies, stands still or has too much."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
import structlog

from gateway.media.client import media_worker, media_worker_pool, restart_back_off, worker_process
from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.client.media_worker_pool import MediaWorkers, load
from gateway.media.client.worker_process import WorkerOptions, WorkerProcess
from gateway.media.errors import LegGone, MediaError
from gateway.media.leg import HungUp, LegEvent
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.wire import messages as m

FIRST_PORT, SHARED_PORT = 27_400, 27_440
PATIENCE_S = 20
pytestmark = pytest.mark.asyncio(loop_scope="module")

NewPool = Callable[..., Awaitable[MediaWorkers]]


@pytest_asyncio.fixture(loop_scope="module")
async def new_pool() -> AsyncIterator[NewPool]:
    async with AsyncExitStack() as running:

        async def start(count: int = 2, ports: int = 40) -> MediaWorkers:
            pool = MediaWorkers(port_min=FIRST_PORT, port_max=FIRST_PORT + ports - 1, count=count)
            await pool.start()
            running.push_async_callback(pool.stop)
            return pool

        yield start


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared_pool() -> AsyncIterator[MediaWorkers]:
    pool = MediaWorkers(port_min=SHARED_PORT, port_max=SHARED_PORT + 39, count=2)
    await pool.start()
    yield pool
    await pool.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def pool(shared_pool: MediaWorkers) -> AsyncIterator[MediaWorkers]:
    """The one pool that the tests share, which begins and ends each of them with two idle workers."""
    await until(lambda: shared_pool.running == 2)
    yield shared_pool
    for worker in shared_pool._workers:
        worker._on_message(m.Load(0))
        await asyncio.gather(*(leg.hang_up() for leg in list(worker._legs.values())))
    shared_pool._doubted_until.clear()


def pids(pool: MediaWorkers) -> list[int]:
    return [status.pid for status in pool.status if status.pid is not None]


def carrier(pool: MediaWorkers, leg: RtpLeg) -> int:
    return next(number for number, worker in enumerate(pool._workers) if worker.carries(leg))


async def connected(pool: MediaWorkers, beside: RtpLeg | None = None) -> tuple[RtpLeg, RtpLeg]:
    """Two legs that send each other silence."""
    first = await pool.allocate(beside=beside)
    second = await pool.allocate(beside=first)
    for leg, peer in ((first, second), (second, first)):
        await leg.connect(StreamParameters("127.0.0.1", peer.local_port, Codec.PCMA, 8))
    return first, second


async def end_of(leg: RtpLeg) -> LegEvent:
    async with asyncio.timeout(PATIENCE_S):
        return [event async for event in leg.events()][-1]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


async def test_calls_are_spread_and_no_two_workers_share_a_port(pool: MediaWorkers) -> None:
    legs = [await pool.allocate() for _ in range(6)]
    assert [status.legs for status in pool.status] == [3, 3]
    low = {leg.local_port for leg in legs if carrier(pool, leg) == 0}
    high = {leg.local_port for leg in legs if carrier(pool, leg) == 1}
    assert max(low) < SHARED_PORT + 20 <= min(high)
    assert len({leg.leg_id for leg in legs}) == 6
    assert pool.running == 2
    assert pool.legs == 6


async def test_a_leg_beside_another_can_be_bridged_with_it(pool: MediaWorkers) -> None:
    first, _ = await connected(pool)
    for _ in range(4):
        await pool.allocate()
    other, _ = await connected(pool, beside=first)
    await first.bridge(other)
    assert carrier(pool, other) == carrier(pool, first)


async def test_a_leg_beside_one_that_is_gone_is_refused(pool: MediaWorkers) -> None:
    leg = await pool.allocate()
    await leg.hang_up()
    with pytest.raises(LegGone):
        await pool.allocate(beside=leg)


async def test_a_killed_worker_ends_only_its_own_calls_and_comes_back(
    pool: MediaWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart_back_off, "DELAYS_S", (0.5,))
    lost, _ = await connected(pool)
    kept, _ = await connected(pool)
    assert carrier(pool, lost) != carrier(pool, kept)
    counted = pool.status
    killed = counted[carrier(pool, lost)].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await end_of(lost) == HungUp("worker_lost")
    # While the other process starts, calls go where one runs.
    assert carrier(pool, await pool.allocate()) == carrier(pool, kept)
    with pytest.raises(LegGone):
        await pool.allocate(beside=lost)
    before = (await kept.statistics()).packets_sent
    await until(lambda: pool.running == 2)
    assert killed not in pids(pool)
    assert not kept.gone
    assert (await kept.statistics()).packets_sent > before
    assert [after.restarts - before.restarts for before, after in zip(counted, pool.status, strict=True)] == [
        int(number != carrier(pool, kept)) for number in range(2)
    ]
    fresh = await pool.allocate()
    assert carrier(pool, fresh) != carrier(pool, kept)


async def test_when_all_workers_died_a_call_waits_for_the_first_that_is_back(
    pool: MediaWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_worker_pool, "ALLOCATION_DEADLINE_S", PATIENCE_S)
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
    leg = await pool.allocate()
    assert leg.local_port


async def test_a_call_waits_once_for_a_worker_while_none_runs(
    pool: MediaWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def wait_for_any() -> None:
        waited.append(media_worker_pool.ALLOCATION_DEADLINE_S)

    monkeypatch.setattr(restart_back_off, "DELAYS_S", (0.5,))
    monkeypatch.setattr(pool, "_wait_for_any", wait_for_any)
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
    await until(lambda: pool.running == 0)
    with pytest.raises(MediaError, match="no media worker is running"):
        await pool.allocate()
    assert waited == [3.0]


async def test_a_worker_whose_ports_are_taken_leaves_the_call_to_another(new_pool: NewPool) -> None:
    pool = await new_pool(ports=8)
    first = await pool.allocate()
    await pool.allocate(beside=first)
    legs = [await pool.allocate() for _ in range(2)]
    assert {carrier(pool, leg) for leg in legs} == {1 - carrier(pool, first)}
    with pytest.raises(MediaError, match="no RTP port between"):
        await pool.allocate()


async def test_an_overloaded_worker_gets_no_new_call_but_the_other_half_of_a_bridge(pool: MediaWorkers) -> None:
    first = await pool.allocate()
    overloaded = pool._workers[carrier(pool, first)]
    overloaded._on_message(m.Load(3))
    others = [await pool.allocate() for _ in range(3)]
    assert {carrier(pool, leg) for leg in others} == {1 - carrier(pool, first)}
    assert carrier(pool, await pool.allocate(beside=first)) == carrier(pool, first)
    pool._workers[carrier(pool, others[0])]._on_message(m.Load(3))
    with pytest.raises(MediaError, match="too much to do"):
        await pool.allocate()
    overloaded._on_message(m.Load(2))
    assert carrier(pool, await pool.allocate()) == carrier(pool, first)
    assert sorted(status.shedding for status in pool.status) == [2, 3]


async def test_a_worker_that_stands_still_is_asked_last_and_replaced(
    pool: MediaWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "REQUEST_DEADLINE_S", 0.5)
    standing, running = pids(pool)
    os.kill(standing, signal.SIGSTOP)
    leg = await pool.allocate()
    assert pool.status[carrier(pool, leg)].pid == running
    # Were it asked again, or were its heartbeat what saves the call, this would take for ever.
    monkeypatch.setattr(worker_process, "REQUEST_DEADLINE_S", 600)
    async with asyncio.timeout(PATIENCE_S):
        assert pool.status[carrier(pool, await pool.allocate())].pid == running
    monkeypatch.setattr(worker_process, "REQUEST_DEADLINE_S", 0.5)
    await until(lambda: standing not in pids(pool) and pool.running == 2)


async def test_a_worker_that_cannot_be_started_stops_the_start_and_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[WorkerProcess] = []
    start = WorkerProcess.start

    async def second_fails(process: WorkerProcess, options: WorkerOptions) -> None:
        if options.port_min != FIRST_PORT:
            raise MediaError("the media worker cannot be started: no memory")
        started.append(process)
        await start(process, options)

    monkeypatch.setattr(WorkerProcess, "start", second_fails)
    pool = MediaWorkers(port_min=FIRST_PORT, port_max=FIRST_PORT + 39, count=2)
    with pytest.raises(MediaError, match="no memory"):
        await pool.start()
    assert [process.gone for process in started] == [True]
    with pytest.raises(MediaError):
        await pool.allocate()


async def test_a_stopped_pool_hangs_up_and_refuses(new_pool: NewPool) -> None:
    pool = await new_pool()
    legs = [await pool.allocate() for _ in range(2)]
    await pool.stop()
    assert [await end_of(leg) for leg in legs] == [HungUp("gateway")] * 2
    assert pool.running == pool.legs == 0


async def test_the_load_of_the_clock_is_known_after_a_heartbeat(
    new_pool: NewPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_worker, "_HEARTBEAT_S", 0.05)
    pool = await new_pool(count=1)
    await until(lambda: pool.status[0].telemetry is not None)
    assert load(pool.status[0]) < 1


async def test_a_worker_that_died_is_not_said_to_be_stuck(new_pool: NewPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_worker, "_HEARTBEAT_S", 0.05)
    monkeypatch.setattr(restart_back_off, "DELAYS_S", (60.0,))
    with structlog.testing.capture_logs() as logs:
        pool = await new_pool(count=1)
        (pid,) = pids(pool)
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: bool(pool._workers[0]._process and pool._workers[0]._process._answers))
        os.kill(pid, signal.SIGKILL)
        await until(lambda: any(line["event"] == "media_worker_ended" for line in logs))
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["media_worker_lost"]


async def test_a_worker_by_itself_refuses_a_leg_beside_one_of_another(pool: MediaWorkers) -> None:
    leg = await pool.allocate()
    other: MediaWorker = pool._workers[1 - carrier(pool, leg)]
    with pytest.raises(LegGone):
        await other.allocate(beside=leg)
