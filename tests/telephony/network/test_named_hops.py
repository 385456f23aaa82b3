"""Messages to hops that are names."""

import asyncio
import random

import pytest
from dns_server import DnsServer

from gateway.telephony.network.named_hops import MOST_WAITING, NamedHops
from gateway.telephony.network.server_location import Reach, ServerLocator
from gateway.telephony.network.transport import Hop, Outgoing

RECORDS = (
    "_sip._udp.provider.example 60 IN SRV 1 1 5060 one.provider.example.",
    "_sip._udp.provider.example 60 IN SRV 1 1 5060 two.provider.example.",
    "one.provider.example 60 IN A 192.0.2.1",
    "two.provider.example 60 IN A 192.0.2.2",
)
NAMED = Hop("provider.example", 0, listener=1)


class Sender:
    def __init__(self, server):
        self.sent, self.failed = [], []
        locator = ServerLocator([Reach("UDP", 4)], resolver=server.resolver(), chance=random.Random(3))
        self.hops = NamedHops(
            locator,
            choose=lambda hops, named: hops[0],
            send=self.sent.append,
            failed=lambda outgoing, error: self.failed.append(error),
        )

    def send(self, transaction, hop=NAMED):
        self.hops.send(Outgoing(transaction.encode(), hop, transaction))

    async def until(self, count):
        async with asyncio.timeout(5):
            while len(self.sent) + len(self.failed) < count:
                await asyncio.sleep(0.001)


@pytest.fixture
async def sender():
    async with DnsServer(*RECORDS) as server:
        made = Sender(server)
        made.server = server
        yield made
        await made.hops.stop()


async def test_messages_that_wait_for_one_name_are_sent_in_order_after_one_search(sender):
    for number in range(20):
        sender.send(f"{number} OPTIONS")
    await sender.until(20)
    assert [outgoing.data for outgoing in sender.sent] == [b"%d OPTIONS" % number for number in range(20)]
    assert len({outgoing.hop for outgoing in sender.sent}) == 1
    assert sender.sent[0].hop.listener == 1
    assert sender.server.asked.count("_sip._udp.provider.example. SRV") == 1


async def test_retransmissions_and_the_cancel_go_to_the_server_of_their_invite(sender):
    servers = set()
    for number in range(20):
        sender.send(f"{number} INVITE")
        await sender.until(3 * number + 1)
        sender.send(f"{number} INVITE")
        sender.send(f"{number} CANCEL")
        assert len({outgoing.hop for outgoing in sender.sent[-3:]}) == 1
        servers.add(sender.sent[-1].hop.host)
    assert servers == {"192.0.2.1", "192.0.2.2"}


async def test_a_name_without_an_address_fails_all_that_waits_for_it(sender):
    for number in range(MOST_WAITING + 1):
        sender.send(f"{number} OPTIONS", Hop("nowhere.example", 5060))
    assert sender.failed == ["Too many messages wait for the address of nowhere.example"]
    await sender.until(MOST_WAITING + 1)
    assert sender.failed[1:] == ["The host nowhere.example cannot be found: there is no such name"] * MOST_WAITING


async def test_stopping_forgets_what_waits(sender):
    sender.send("a OPTIONS")
    await sender.hops.stop()
    assert sender.sent == sender.failed == []
