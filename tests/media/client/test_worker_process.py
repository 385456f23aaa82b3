"""A worker process that is given up while it starts leaves nothing open."""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path

import pytest

from gateway.media.client import worker_process
from gateway.media.client.worker_process import WorkerOptions, WorkerProcess
from gateway.media.errors import MediaError
from gateway.media.playout.silence_fill import Silence
from gateway.media.wire import messages as m


@pytest.mark.parametrize("hangs", ["asyncio.create_subprocess_exec", "asyncio.open_connection"])
async def test_a_start_that_is_given_up_closes_its_sockets(monkeypatch: pytest.MonkeyPatch, hangs: str) -> None:
    pairs: list[socket.socket] = []
    real_pair = socket.socketpair

    def pair() -> tuple[socket.socket, socket.socket]:
        made = real_pair()
        pairs.extend(made)
        return made

    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    async def gone() -> None:
        return None

    monkeypatch.setattr("gateway.media.client.worker_process.socket.socketpair", pair)
    monkeypatch.setattr(hangs, hang)
    process = WorkerProcess(lambda _: None, gone)
    starting = asyncio.create_task(process.start(WorkerOptions("127.0.0.1", 28_560, 28_579)))
    async with asyncio.timeout(10):
        while not pairs:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    starting.cancel()
    await asyncio.wait([starting])
    assert [one.fileno() for one in pairs] == [-1, -1]


async def test_without_descriptors_for_it_a_worker_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def pair() -> tuple[socket.socket, socket.socket]:
        raise OSError(errno.EMFILE, "Too many open files")

    async def gone() -> None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr("gateway.media.client.worker_process.socket.socketpair", pair)
        with pytest.raises(MediaError, match="cannot be started: Too many open files"):
            await WorkerProcess(lambda _: None, gone).start(WorkerOptions("127.0.0.1", 28_560, 28_579))


async def test_a_worker_that_is_ready_too_late_was_not_ready_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch = WorkerProcess._dispatch

    async def gone() -> None:
        return None

    def given_up(process: WorkerProcess, message: m.FromWorker) -> None:
        process._ready.cancel()  # as by the deadline, in this very moment
        dispatch(process, message)

    async def wait_for(future: asyncio.Future[m.Ready], _: float) -> m.Ready:
        try:
            return await future
        except asyncio.CancelledError as error:
            raise TimeoutError from error

    with monkeypatch.context() as patched:
        patched.setattr(WorkerProcess, "_dispatch", given_up)
        patched.setattr(worker_process.asyncio, "wait_for", wait_for)
        with pytest.raises(MediaError, match="not ready in time"):
            await WorkerProcess(lambda _: None, gone).start(WorkerOptions("127.0.0.1", 28_560, 28_579))


def test_a_worker_is_told_its_options_as_its_command_takes_them() -> None:
    plain = WorkerOptions("::", 10_000, 10_099)
    ports = ["--host", "::", "--port-min", "10000", "--port-max", "10099"]
    assert plain.arguments() == [*ports, "--media-timeout", "20.0", "--vad", "silero", "--silence", "silence"]
    chosen = WorkerOptions("::", 1, 2, detector="webrtc", silence=Silence.COMFORT_NOISE, cpu=3)
    assert chosen.arguments()[-6:] == ["--vad", "webrtc", "--silence", "comfort_noise", "--cpu", "3"]


def variables(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


async def test_numpy_in_the_worker_starts_no_threads_that_its_clock_would_wait_for() -> None:
    async def gone() -> None:
        return None

    process = WorkerProcess(lambda _: None, gone)
    await process.start(WorkerOptions("127.0.0.1", 28_560, 28_579))
    try:
        environment = variables(process.pid)
        assert b"OPENBLAS_NUM_THREADS=1" in environment
        assert any(variable.startswith(b"PATH=") for variable in environment)
    finally:
        await process.stop()
