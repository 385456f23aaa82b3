"""Two cores on a network that loses, delays, reorders and doubles datagrams, on a clock of the test's own."""

import heapq
import itertools
import random

import pytest

from gateway.telephony.core import UserAgentCore
from gateway.telephony.events import EndReason, Established, InviteReceived
from gateway.telephony.headers import parse_name_address
from gateway.telephony.negotiation import Negotiation
from gateway.telephony.transport import Hop

LOSS = 0.3
DOUBLED = 0.1
LONGEST_DELAY_S = 0.7


class Network:
    """Moves datagrams between cores and time forward; things to do may be put at a time."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now = 0.0
        self.cores = {}
        self.events = []
        self.invites_received = 0
        self._agenda = []
        self._count = itertools.count()

    def add(self, host):
        hop = Hop(host, 5060)
        self.cores[hop] = UserAgentCore(lambda _: (host, 5060), max_calls=5, user_agent="test")
        return self.cores[hop]

    def at(self, time, action):
        heapq.heappush(self._agenda, (time, next(self._count), action))

    def run(self, until):
        while True:
            self._collect()
            deadlines = [core.next_deadline() for core in self.cores.values()]
            times = [time for time in (*deadlines, self._agenda[0][0] if self._agenda else None) if time is not None]
            if not times or min(times) > until:
                return
            self.now = max(self.now, min(times))
            for core in self.cores.values():
                core.poll(self.now)
            while self._agenda and self._agenda[0][0] <= self.now:
                heapq.heappop(self._agenda)[2]()

    def _collect(self):
        for source, core in self.cores.items():
            for item in core.take_outgoing():
                copies = 0 if self.random.random() < LOSS else 2 if self.random.random() < DOUBLED else 1
                for _ in range(copies):
                    delay = self.random.uniform(0, LONGEST_DELAY_S)
                    self.at(self.now + delay, self._delivery(item.data, source, self.cores[item.hop]))
            for event in core.take_events():
                self.events.append(event)
                if isinstance(event, InviteReceived):
                    self.invites_received += 1
                    session = event.session
                    self.at(self.now + 0.3, lambda session=session: session.ring(self.now))
                    self.at(self.now + 1.0, lambda session=session: self._answer(session))

    def _delivery(self, data, source, core):
        return lambda: core.receive(data, source, self.now)

    def _answer(self, session):
        if session.end is None:
            session.answer(Negotiation("192.0.2.2", 4000), self.now)


@pytest.mark.parametrize("seed", range(60))
def test_a_call_comes_about_once_and_leaves_nothing_behind(seed):
    network = Network(seed)
    caller, called = network.add("192.0.2.1"), network.add("192.0.2.2")
    session = caller.invite(
        target=parse_name_address("<sip:praxis@192.0.2.2>"),
        caller=parse_name_address("<sip:test@192.0.2.1>"),
        hop=Hop("192.0.2.2", 5060),
        negotiation=Negotiation("192.0.2.1", 5000),
        now=0.0,
    )
    # Some give up before the answer, some while it is on its way, most talk for a while.
    hang_up_at = [0.2, 1.2, 1.8, 20.0, 40.0, 40.0][seed % 6]
    network.at(hang_up_at, lambda: session.hang_up(network.now))
    network.run(until=300.0)
    assert network.invites_received <= 1
    if hang_up_at == 40.0:
        assert [type(event) for event in network.events].count(Established) == 2
    assert session.end is not None
    assert session.end.reason is EndReason.GATEWAY
    for core in (caller, called):
        assert core.calls == 0
        assert core.is_idle
        assert core.next_deadline() is None
