"""Pings, and what answers to them make of a server, on a clock that stands still until it is moved."""

import random

import pytest
from sip_fixtures import CoreDriver, respond

from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import parse_message
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.transport import Hop
from gateway.telephony.trunks.trunk_monitor import Reachability, ServerMonitor, TrunkMonitor

FIRST, SECOND = Hop("192.0.2.9", 5060), Hop("192.0.2.10", 5060)
US = NameAddress(SipUri("provider.example", "line"))


class Pinged:
    """A monitor and its server, which answers while ``answers`` holds a status."""

    def __init__(self, interval_s=60.0):
        self.driver = CoreDriver()
        self.answers = 200
        self.changes = []
        self.monitor = ServerMonitor(
            self.driver.core, FIRST, US, interval_s, changed=self._note, chance=random.Random(1)
        )
        self.pings = []
        self.answered = set()
        self.monitor.start(self.driver.now)

    def _note(self):
        self.changes.append((self.driver.now, self.monitor.reachability))

    def run(self, seconds):
        end = self.driver.now + seconds
        while True:
            for item in self.driver.core.take_outgoing():
                ping = parse_message(item.data)
                if not self.pings or ping.cseq != self.pings[-1][1].cseq:
                    self.pings.append((self.driver.now, ping))
                if self.answers:
                    self.answered.add(ping.cseq.number)
                    self.driver.core.receive(respond(ping, self.answers), FIRST, self.driver.now)
            deadline = self.driver.core.next_deadline()
            if deadline is None or deadline > end:
                break
            self.driver.now = max(self.driver.now, deadline)
            self.driver.core.poll(self.driver.now)
        self.driver.now = end


def test_a_ping_is_a_proper_request_of_ours():
    pinged = Pinged()
    pinged.run(0)
    ((_, ping),) = pinged.pings
    assert (ping.method, str(ping.uri)) == ("OPTIONS", "sip:provider.example")
    assert str(ping.from_address.uri) == "sip:line@provider.example"
    assert ping.headers.get("Accept") == "application/sdp"


@pytest.mark.parametrize(
    ("status", "reachability"),
    [
        (200, Reachability.UP),
        (404, Reachability.UP),
        (405, Reachability.UP),
        (401, Reachability.UP),
        (500, Reachability.UP),
        (503, Reachability.DOWN),
        (408, Reachability.DOWN),
        (None, Reachability.DOWN),
    ],
)
def test_any_answer_but_that_nobody_is_there_counts(status, reachability):
    pinged = Pinged()
    pinged.answers = status
    pinged.run(60)
    assert pinged.monitor.reachability is reachability
    assert (pinged.monitor.error is None) == (reachability is Reachability.UP)


def test_a_server_is_asked_at_the_interval_and_known_to_be_up_at_once():
    pinged = Pinged(interval_s=60)
    pinged.run(600)
    assert pinged.changes == [(1000.0, Reachability.UP)]
    assert 10 <= len(pinged.pings) <= 12


def test_one_lost_ping_is_no_fault_and_three_in_a_row_are_within_half_a_minute():
    pinged = Pinged(interval_s=60)
    pinged.run(10)
    pinged.answers = None
    pinged.run(56)
    pinged.answers = 200
    pinged.run(60)
    assert [state for _, state in pinged.changes] == [Reachability.UP]
    pinged.answers = None
    pinged.run(60 + 30)
    assert [state for _, state in pinged.changes] == [Reachability.UP, Reachability.DOWN]


def test_a_server_comes_back_with_its_second_answer_not_its_first():
    pinged = Pinged(interval_s=10)
    pinged.answers = None
    pinged.run(60)
    assert pinged.monitor.reachability is Reachability.DOWN
    pinged.answers = 200
    while len(pinged.answered) < 2:
        assert pinged.monitor.reachability is Reachability.DOWN
        pinged.run(0.5)
    assert pinged.monitor.reachability is Reachability.UP


def test_a_stopped_monitor_asks_nobody_and_leaves_nothing_behind():
    pinged = Pinged()
    pinged.answers = None
    pinged.run(2)
    pinged.monitor.stop()
    count = len(pinged.pings)
    pinged.run(600)
    assert len(pinged.pings) == count
    assert pinged.driver.core.is_idle


def test_a_trunk_is_up_while_one_of_its_servers_is():
    driver = CoreDriver()
    monitor = TrunkMonitor(driver.core, US, 30)
    assert monitor.reachability is Reachability.UNKNOWN
    monitor.set_hops([FIRST, SECOND], driver.now)
    for ping, hop in [(message, hop) for message, hop in zip(driver.sent(), driver.hops, strict=True)]:
        if hop == SECOND:
            driver.receive(respond(ping, 200), SECOND)
    driver.advance(29)
    assert monitor.reachability is Reachability.UP
    assert (monitor.is_down(FIRST), monitor.is_down(SECOND)) == (True, False)
    assert monitor.error == "The server does not respond"
    monitor.set_hops([FIRST], driver.now)
    assert monitor.reachability is Reachability.DOWN
    monitor.stop()


@pytest.mark.parametrize(
    ("hop", "uri"),
    [
        (Hop("192.0.2.9", 5080), "sip:192.0.2.9:5080"),
        (Hop("192.0.2.10", 5090), "sip:second.provider.example:5090"),
        (Hop("192.0.2.11", 5060), "sip:provider.example"),
    ],
)
def test_a_server_that_was_given_with_its_port_is_asked_by_it(hop, uri):
    driver = CoreDriver()
    servers = [SipUri("192.0.2.9", port=5080), SipUri("second.provider.example", port=5090), SipUri("provider.example")]
    monitor = TrunkMonitor(driver.core, US, 30, servers=servers)
    monitor.set_hops([hop], driver.now)
    (ping,) = driver.sent()
    assert (str(ping.uri), str(ping.to_address.uri)) == (uri, uri)
    monitor.stop()


def test_without_an_interval_nobody_is_asked():
    driver = CoreDriver()
    monitor = TrunkMonitor(driver.core, US, 0)
    monitor.set_hops([FIRST], driver.now)
    assert driver.sent() == []
    assert monitor.reachability is Reachability.UNKNOWN
