"""A network between cores that loses, delays, reorders and doubles datagrams, on a clock of the test's own."""

import heapq
import itertools
import random

from gateway.telephony.core import UserAgentCore
from gateway.telephony.events import InviteReceived
from gateway.telephony.network.transport import Hop

LOSS = 0.3
DOUBLED = 0.1
LONGEST_DELAY_S = 0.7


class Network:
    """Moves datagrams between cores and time forward; things to do may be put at a time."""

    def __init__(self, seed, loss=LOSS, on_invite=lambda network, session: None):
        self.random = random.Random(seed)
        self.loss = loss
        self.on_invite = on_invite
        self.now = 0.0
        self.cores = {}
        self.events = []
        self.invites_received = 0
        self._agenda = []
        self._count = itertools.count()

    def add(self, host):
        hop = Hop(host, 5060)
        self.cores[hop] = UserAgentCore(
            lambda _: (host, 5060), max_calls=5, user_agent="test", uniform=self.random.uniform
        )
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
                copies = 0 if self.random.random() < self.loss else 2 if self.random.random() < DOUBLED else 1
                for _ in range(copies):
                    delay = self.random.uniform(0, LONGEST_DELAY_S)
                    self.at(self.now + delay, self._delivery(item.data, source, self.cores[item.hop]))
            for event in core.take_events():
                self.events.append(event)
                if isinstance(event, InviteReceived):
                    self.invites_received += 1
                    self.on_invite(self, event.session)

    def _delivery(self, data, source, core):
        return lambda: core.receive(data, source, self.now)
