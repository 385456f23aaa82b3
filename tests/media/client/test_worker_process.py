"""A worker process that is given up while it starts leaves nothing open."""

from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.media.client.worker_process import WorkerProcess


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
    starting = asyncio.create_task(process.start("127.0.0.1", 28_560, 28_579, 20))
    async with asyncio.timeout(10):
        while not pairs:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    starting.cancel()
    await asyncio.wait([starting])
    assert [one.fileno() for one in pairs] == [-1, -1]
