"""One worker that speaks to telephones of both IP versions, with a real process and real UDP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from gateway.audio import Pcm
from gateway.media.client.media_worker import MediaWorker
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp

PORTS = {"port_min": 28_600, "port_max": 28_699}


@pytest.fixture
async def worker() -> AsyncIterator[MediaWorker]:
    worker = MediaWorker(host="::", **PORTS)
    await worker.start()
    yield worker
    await worker.stop()


async def silence() -> AsyncIterator[Pcm]:
    yield Pcm.silence(200, 8000)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_telephone_of_either_ip_version_hears_and_is_heard(worker: MediaWorker, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.bind((address, 0))
        leg = await worker.allocate()
        port = phone.getsockname()[1]
        await leg.connect(StreamParameters(address, port, codec=Codec.PCMA, payload_type=8))
        await leg.play(silence())
        async with asyncio.timeout(5):
            data, source = await loop.sock_recvfrom(phone, 2048)
        assert isinstance(parse_rtp(data), RtpPacket)
        assert source[:2] == (address, leg.local_port)
        async with asyncio.timeout(5):
            while (await leg.statistics()).packets_received == 0:
                await loop.sock_sendto(phone, data, (address, leg.local_port))
                await asyncio.sleep(0.02)
        await leg.release()
