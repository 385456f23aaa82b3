"""Calls between two cores over a network that loses, delays, reorders and doubles datagrams."""

import pytest
from lossy_network import Network

from gateway.telephony.events import EndReason, Established, KeyPressed, KeysSent, StreamRequested
from gateway.telephony.messages.headers import parse_name_address
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.negotiation import MediaChange, Negotiation
from gateway.telephony.sessions.session_parameters import SessionParameters

ACCEPTED_LATE = (EndReason.NO_RESPONSE, EndReason.NO_ACK, EndReason.EXPIRED)


def begin(network, parameters=None):
    caller, called = network.add("192.0.2.1"), network.add("192.0.2.2")
    session = caller.invite(
        target=parse_name_address("<sip:praxis@192.0.2.2>"),
        caller=parse_name_address("<sip:test@192.0.2.1>"),
        hop=Hop("192.0.2.2", 5060),
        negotiation=Negotiation("192.0.2.1", 5000),
        now=0.0,
        parameters=parameters,
    )
    return session, caller, called


def answer(network, session):
    if session.end is None:
        session.answer(Negotiation("192.0.2.2", 4000), network.now)


def ring_then_answer(network, session):
    network.at(network.now + 0.3, lambda: session.ring(network.now))
    network.at(network.now + 1.0, lambda: answer(network, session))


def assert_nothing_left(*cores):
    for core in cores:
        assert core.calls == 0
        assert core.is_idle
        assert core.next_deadline() is None


@pytest.mark.parametrize("seed", range(60))
def test_a_call_comes_about_once_and_leaves_nothing_behind(seed):
    network = Network(seed, on_invite=ring_then_answer)
    session, caller, called = begin(network)
    # Some give up before the answer, some while it is on its way, most talk for a while.
    hang_up_at = [0.2, 1.2, 1.8, 20.0, 40.0, 40.0][seed % 6]
    network.at(hang_up_at, lambda: session.hang_up(network.now))
    network.run(until=300.0)
    assert network.invites_received <= 1
    if hang_up_at == 40.0:
        assert [type(event) for event in network.events].count(Established) == 2
    assert session.end is not None
    assert session.end.reason is EndReason.GATEWAY
    assert_nothing_left(caller, called)


class Quarrel:
    """Both sides change the call whenever they like: hold, resume, move, keys."""

    def __init__(self, network):
        self.network = network
        self.sessions = []
        self.asked = 0
        self.keys = 0

    def take(self, network, session):
        self.sessions.append(session)
        if network.random.random() < 0.5:
            network.at(network.now + 0.2, lambda: session.progress(Negotiation("192.0.2.2", 4000), network.now))
        else:
            network.at(network.now + 0.2, lambda: session.ring(network.now))
        network.at(network.now + 1.0, lambda: answer(network, session))

    def act(self, at, side):
        self.network.at(at, lambda: self._act(side))

    def _act(self, side):
        session = self.sessions[side] if side < len(self.sessions) else None
        if session is None or session.end is not None or session.stream is None:
            return
        choice, random = self.network.random.randrange(5), self.network.random
        change = {
            0: MediaChange(direction="sendonly"),
            1: MediaChange(direction="sendrecv"),
            2: MediaChange(port=random.randrange(4000, 9000, 2)),
        }.get(choice)
        if change is not None:
            self.asked += 1
            session.changes.request(change, self.network.now)
        else:
            self.keys += 1
            session.keys.send("5", self.network.now)


@pytest.mark.parametrize("seed", range(80))
def test_a_call_that_both_sides_change_all_the_time_ends_with_both_in_agreement(seed):
    network = Network(seed, loss=0.15)
    quarrel = Quarrel(network)
    network.on_invite = quarrel.take
    calling, caller, called = begin(network, SessionParameters(session_expires_s=90, min_se_s=90))
    quarrel.sessions.append(calling)
    for _ in range(12):
        quarrel.act(network.random.uniform(3, 25), network.random.randrange(2))
    network.run(until=160.0)
    ends = [session.end.reason for session in quarrel.sessions if session.end is not None]
    if not ends:
        (answered,) = (session for session in quarrel.sessions if session is not calling)
        ours, theirs = calling.stream, answered.stream
        assert (ours.send, ours.receive) == (theirs.receive, theirs.send)
        assert (ours.remote_port, theirs.remote_port) == (answered.negotiation.port, calling.negotiation.port)
        asked = [event for event in network.events if isinstance(event, StreamRequested)]
        assert len(asked) == quarrel.asked
        pressed = [event for event in network.events if isinstance(event, KeyPressed)]
        # An INFO that a re-INVITE has overtaken is out of order, and its sender is told.
        overtaken = any(isinstance(event, KeysSent) and event.status == 500 for event in network.events)
        assert len(pressed) == quarrel.keys or (overtaken and len(pressed) < quarrel.keys)
        # The 90 second timer has been refreshed at least twice by now.
        assert calling.timer.interval_s == 90
    else:
        assert set(ends) <= {*ACCEPTED_LATE, EndReason.PEER}
    calling.hang_up(network.now)
    network.run(until=600.0)
    assert_nothing_left(caller, called)


def test_most_calls_survive_their_quarrels():
    survived = 0
    for seed in range(40):
        network = Network(1000 + seed, loss=0.15)
        quarrel = Quarrel(network)
        network.on_invite = quarrel.take
        calling, _, _ = begin(network)
        quarrel.sessions.append(calling)
        for _ in range(12):
            quarrel.act(network.random.uniform(3, 25), network.random.randrange(2))
        network.run(until=160.0)
        survived += calling.end is None
    assert survived >= 36
