"""Peers that connect and misbehave in every order leave nothing behind and keep nobody else from calling."""

import asyncio
import random
import socket
import struct

import pytest
from sip_fixtures import request
from tls_fixtures import Authority
from transport_fixtures import TCP, connected, transports

from gateway.telephony.network.connections import ConnectionLimits
from gateway.telephony.network.stream_connection import StreamTimes
from gateway.telephony.network.transport import Outgoing

OPTIONS = request("OPTIONS")
RESPONSE = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
PIECES = (
    OPTIONS,
    OPTIONS[:50],
    OPTIONS[50:],
    b"\r\n",
    b"\r\n\r\n",
    b"\x16\x03\x01",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x00" * 500,
)


async def misbehave(chance, address):
    loop = asyncio.get_running_loop()
    with socket.socket() as peer:
        peer.setblocking(False)
        try:
            await loop.sock_connect(peer, address)
            for _ in range(chance.randrange(6)):
                await loop.sock_sendall(peer, chance.choice(PIECES))
                await asyncio.sleep(chance.choice((0, 0, 0.005)))
            if chance.random() < 0.3:
                await loop.sock_recv(peer, 100)
        except OSError:
            return
        if chance.random() < 0.5:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets


@pytest.mark.parametrize("kind", ["TCP", "TLS"])
async def test_a_storm_of_broken_peers_leaves_nothing_behind(tmp_path, kind):
    authority = Authority(tmp_path / "ours")
    listener = TCP if kind == "TCP" else authority.listener("praxis.example")
    times = StreamTimes(message_s=0.2, accepted_idle_s=0.3)
    limits = ConnectionLimits(total=40, per_source=40, handshake_s=0.2, times=times)
    chance = random.Random(4)
    async with transports(listener, limits=limits) as running:

        async def answer():
            while True:
                _, source = await running.gathering.received.get()
                running.send(Outgoing(RESPONSE, source))

        answering = asyncio.create_task(answer())
        async with asyncio.timeout(20):
            for _ in range(6):
                await asyncio.gather(*(misbehave(chance, running.address) for _ in range(50)))
            while len(running.connections):
                await asyncio.sleep(0.01)
        assert running.connections.counters.refused_full > 0
        secure = {"ssl": authority.client_context(), "server_hostname": "praxis.example"} if kind == "TLS" else {}
        for _ in range(limits.total + 5):
            async with connected(*running.address, **secure) as peer:
                peer.send(OPTIONS)
                assert await peer.read_message() == RESPONSE
            while len(running.connections):
                await asyncio.sleep(0)
        answering.cancel()
