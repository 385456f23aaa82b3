"""What becomes of the recordings of a real worker whose disk is full, or whose gateway dies."""

from __future__ import annotations

import asyncio
import subprocess
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.leg import LegEvent, RecordingFailed
from gateway.media.parameters import Codec, StreamParameters

PATIENCE_S = 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(mounted)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield mounted
    subprocess.run(["umount", "-l", str(mounted)], check=True)


@pytest.fixture
async def worker() -> AsyncIterator[MediaWorker]:
    worker = MediaWorker(port_min=27_500, port_max=27_519)
    await worker.start()
    yield worker
    await worker.stop()


async def first(leg: RtpLeg, kind: type) -> LegEvent:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(event async for event in leg.events() if isinstance(event, kind))


async def connected(worker: MediaWorker) -> list[RtpLeg]:
    legs = [await worker.allocate(), await worker.allocate()]
    for leg, peer in zip(legs, reversed(legs), strict=True):
        await leg.connect(StreamParameters("127.0.0.1", peer.local_port, Codec.PCMA, 8))
    return legs


async def test_a_full_disk_ends_one_recording_and_no_call(
    worker: MediaWorker, small_disk: Path, tmp_path: Path
) -> None:
    legs = await connected(worker)
    full, whole = small_disk / "call.wav", tmp_path / "call.wav"
    await legs[0].record(full)
    await legs[1].record(whole)
    failed = await first(legs[0], RecordingFailed)
    assert failed == RecordingFailed("the recording ended early: No space left on device")
    before = await legs[0].statistics()
    async with asyncio.timeout(PATIENCE_S):
        while (await legs[0].statistics()).packets_sent <= before.packets_sent:
            pass
    await asyncio.gather(*(leg.hang_up() for leg in legs))
    for path, least in ((full, 8000), (whole, before.position)):
        with wave.open(str(path), "rb") as reader:
            assert reader.getnframes() >= least


async def test_a_worker_whose_gateway_is_gone_finishes_its_recordings(worker: MediaWorker, tmp_path: Path) -> None:
    leg, _ = await connected(worker)
    await leg.record(tmp_path / "call.wav")
    async with asyncio.timeout(PATIENCE_S):
        while (position := (await leg.statistics()).position) < 5000:
            pass
    # The socket is closed as the kernel does it for a gateway that was killed: without a word, and nobody restarts it.
    worker._stopping = True
    assert worker._process is not None
    await worker._process.stop()
    with wave.open(str(tmp_path / "call.wav"), "rb") as reader:
        assert position <= reader.getnframes() < position + 8000
