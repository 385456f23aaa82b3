"""Requests that are too large for UDP."""

import asyncio
import socket

import pytest
from sip_fixtures import request
from transport_fixtures import TCP, UDP, listening, transports

from gateway.telephony.messages.message import parse_message
from gateway.telephony.network.large_requests import LARGEST_DATAGRAM, REFUSED_S, LargeRequests
from gateway.telephony.network.transport import Hop, Outgoing

PEER = Hop("192.0.2.9", 5060)
BODY = b"v" * LARGEST_DATAGRAM
SMALL, LARGE = request("OPTIONS"), request("INVITE", body=BODY)


def outgoing(data=LARGE, transaction="z INVITE", hop=PEER):
    return Outgoing(data, hop, transaction)


def moved(large, message):
    return large.move(message, message.hop._replace(transport="TCP"), ("192.0.2.1", 5090))


def test_only_large_requests_in_a_transaction_over_udp_are_moved():
    large = LargeRequests()
    assert large.wants_stream(outgoing(), 0)
    assert not large.wants_stream(outgoing(SMALL), 0)
    assert not large.wants_stream(outgoing(transaction=None), 0)
    assert not large.wants_stream(outgoing(hop=PEER._replace(transport="TLS")), 0)


def test_a_moved_request_names_tcp_and_our_address_there_in_via_and_is_otherwise_the_same():
    message = outgoing()
    over_tcp = moved(LargeRequests(), message)
    before, after = parse_message(message.data), parse_message(over_tcp.data)
    assert (after.top_via.transport, after.top_via.host, after.top_via.port) == ("TCP", "192.0.2.1", 5090)
    assert after.top_via.branch == before.top_via.branch
    after.headers.set("Via", before.headers.get("Via"))
    assert after == before


def test_the_cancel_and_the_ack_of_a_moved_invite_go_the_same_way():
    large = LargeRequests()
    moved(large, outgoing())
    assert large.wants_stream(outgoing(SMALL, "z CANCEL"), 0)
    assert not large.wants_stream(outgoing(SMALL, "y CANCEL"), 0)


def test_a_peer_that_takes_no_tcp_is_left_in_peace_for_a_while():
    large = LargeRequests()
    message = outgoing()
    over_tcp = moved(large, message)
    assert large.back(over_tcp, 0.0) == message
    assert large.back(over_tcp, 0.0) is None
    assert not large.wants_stream(outgoing(), 0.0)
    assert not large.wants_stream(outgoing(SMALL, "z CANCEL"), REFUSED_S)
    assert large.wants_stream(outgoing(), REFUSED_S)


async def test_a_large_request_goes_over_tcp_once_and_a_small_one_over_udp():
    async with transports(UDP, TCP) as running, listening() as (port, peers):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", port))
            udp.setblocking(False)
            hop = Hop("127.0.0.1", port)
            for _ in range(3):
                running.send(outgoing(hop=hop))
            peer = await peers.get()
            received = parse_message(await peer.read_message())
            assert (received.top_via.transport, received.top_via.port) == ("TCP", running.addresses[1].port)
            assert received.body == BODY
            running.send(outgoing(hop=hop))
            running.send(outgoing(SMALL, "y OPTIONS", hop=hop))
            assert await asyncio.get_running_loop().sock_recv(udp, 65_535) == SMALL
            peer.send(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")
            assert (await running.gathering.next())[1].transport == "TCP"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.reader.read(1), 0.05)


async def test_a_large_request_to_a_peer_without_tcp_goes_over_udp_after_all():
    async with transports(UDP, TCP) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            udp.setblocking(False)
            for _ in range(2):
                running.send(outgoing(hop=Hop(*udp.getsockname())))
                assert await asyncio.get_running_loop().sock_recv(udp, 65_535) == LARGE
        assert running.connections.counters.failed_to_open == 1
        assert running.gathering.failed.empty()


async def test_without_a_tcp_listener_everything_goes_over_udp():
    async with transports(UDP) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            running.send(outgoing(hop=Hop(*udp.getsockname())))
            assert udp.recv(65_535) == LARGE
