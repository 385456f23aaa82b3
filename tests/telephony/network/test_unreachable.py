"""What ICMP errors do to requests over UDP."""

import asyncio
import socket

import pytest
from sip_fixtures import request
from transport_fixtures import UDP, transports

from gateway.telephony.network.listener import Listener
from gateway.telephony.network.transport import Hop, Outgoing
from gateway.telephony.network.unreachable import ERRORS_UNTIL_FAILED, SentDatagrams

OPTIONS = request("OPTIONS")


def sent(transaction="a", host="192.0.2.9", port=5060):
    return Outgoing(OPTIONS, Hop(host, port), transaction)


def test_only_repeated_errors_fail_a_request_and_only_once():
    datagrams = SentDatagrams()
    for _ in range(ERRORS_UNTIL_FAILED - 1):
        datagrams.add(sent())
        assert datagrams.unreachable("192.0.2.9", 5060) == []
    datagrams.add(sent())
    assert datagrams.unreachable("192.0.2.9", 5060) == [sent()]
    assert datagrams.unreachable("192.0.2.9", 5060) == []


def test_errors_of_other_places_count_not():
    datagrams = SentDatagrams()
    datagrams.add(sent())
    datagrams.add(sent(None))
    for _ in range(5):
        assert datagrams.unreachable("192.0.2.9", 5061) == []
        assert datagrams.unreachable("192.0.2.8", 5060) == []


def free_port(family, host):
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
async def test_a_port_that_nobody_listens_at_is_told(family, host):
    async with transports(Listener(host, 0)) as running:
        outgoing = Outgoing(OPTIONS, Hop(host, free_port(family, host)), "a")
        for _ in range(ERRORS_UNTIL_FAILED):
            assert running.gathering.failed.empty()
            running.send(outgoing)
            await asyncio.sleep(0.01)
        assert await running.gathering.next_failure() == (outgoing, None)


async def test_an_error_about_one_peer_does_not_keep_a_message_from_another():
    async with transports(UDP) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            there.bind(("127.0.0.1", 0))
            there.settimeout(5)
            nobody = free_port(socket.AF_INET, "127.0.0.1")
            for _ in range(10):
                running.send(Outgoing(OPTIONS, Hop("127.0.0.1", nobody)))
                running.send(Outgoing(OPTIONS, Hop(*there.getsockname())))
                assert there.recv(2_000) == OPTIONS
        assert running.gathering.failed.empty()


async def test_messages_are_read_while_errors_come():
    async with transports(UDP) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            nobody = free_port(socket.AF_INET, "127.0.0.1")
            for _ in range(10):
                running.send(Outgoing(OPTIONS, Hop("127.0.0.1", nobody)))
                sender.sendto(OPTIONS, running.address)
                assert (await running.gathering.next())[0] == OPTIONS
