"""The relay between a caller's telephone and the other side, over real sockets."""

import asyncio
import socket
from dataclasses import dataclass

import numpy as np
import pytest

from gateway.caller.line.background import NoiseKind, make_noise
from gateway.caller.line.impairment import NetworkFaults
from gateway.caller.line.relay import LineFaults, Relay, open_relay
from gateway.media.errors import MediaError
from gateway.media.parameters import Codec, StreamParameters


@dataclass
class LegAt:
    local_address: str
    local_port: int


class Peer:
    """A UDP socket that is read without blocking."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]

    async def receive(self) -> tuple[bytes, int]:
        loop = asyncio.get_running_loop()
        data, address = await asyncio.wait_for(loop.sock_recvfrom(self.socket, 2048), 5)
        return data, address[1]


@pytest.fixture
def telephone():
    peer = Peer()
    yield peer
    peer.socket.close()


@pytest.fixture
def other_side():
    peer = Peer()
    yield peer
    peer.socket.close()


def stream_to(peer: Peer) -> StreamParameters:
    return StreamParameters("127.0.0.1", peer.port, Codec.PCMA, 8)


def rtp(number: int) -> bytes:
    return bytes([0x80, 8]) + number.to_bytes(2, "big") + bytes(8) + bytes([0xD5]) * 160


async def test_both_sides_speak_through_it_and_see_only_it(telephone: Peer, other_side: Peer):
    faults = LineFaults(noise=make_noise(NoiseKind.WHITE, 1), snr_db=10)
    async with open_relay(faults, LegAt("127.0.0.1", telephone.port)) as relay:
        assert isinstance(relay, Relay)
        stream = relay.between(stream_to(other_side))
        telephone.socket.sendto(rtp(1), ("127.0.0.1", stream.remote_port))
        data, source = await other_side.receive()
        assert source == relay.outer_port
        assert data[:12] == rtp(1)[:12]
        assert data[12:] != rtp(1)[12:], "there is noise under it"
        other_side.socket.sendto(rtp(7), ("127.0.0.1", source))
        data, source = await telephone.receive()
        assert (data, source) == (rtp(7), stream.remote_port)


async def test_packets_are_lost_and_rtcp_is_not(telephone: Peer, other_side: Peer):
    async with open_relay(LineFaults(NetworkFaults(loss=0.5), seed=2), LegAt("127.0.0.1", telephone.port)) as relay:
        stream = relay.between(stream_to(other_side))
        rtcp = bytes([0x80, 200]) + bytes(26)
        for number in range(100):
            telephone.socket.sendto(rtp(number), ("127.0.0.1", stream.remote_port))
        telephone.socket.sendto(rtcp, ("127.0.0.1", stream.remote_port))
        received = []
        while not received or received[-1] != rtcp:
            received.append((await other_side.receive())[0])
    assert 20 < len(received) < 80


async def test_a_good_line_needs_no_relay(telephone: Peer):
    async with open_relay(LineFaults(), LegAt("127.0.0.1", telephone.port)) as relay:
        assert relay is None


async def test_an_address_that_is_not_here_is_told():
    with pytest.raises(MediaError, match="no port for a bad line"):
        async with open_relay(LineFaults(NetworkFaults(loss=0.1)), LegAt("192.0.2.1", 4)):
            raise AssertionError("not expected")


def test_noise_counts_as_a_fault():
    assert LineFaults(noise=np.zeros(3, np.int16)).any
    assert LineFaults(NetworkFaults(jitter_ms=5)).any
    assert not LineFaults().any
