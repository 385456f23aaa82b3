import pytest
from sip_fixtures import invite, request, respond

from gateway.telephony.messages.message import parse_message
from gateway.telephony.messages.responses import create_response
from gateway.telephony.transactions.client_transaction import (
    InviteClientTransaction,
    NonInviteClientTransaction,
    create_cancel,
)
from gateway.telephony.transactions.server_transaction import InviteServerTransaction, NonInviteServerTransaction
from gateway.telephony.transactions.timers import DeadlineQueue, Timers
from gateway.telephony.transactions.transaction import Deliver, State, TimedOut, Transmit

INVITE = parse_message(invite())
OPTIONS = parse_message(request("OPTIONS"))
TIMERS = Timers()


def run(machine, until, now=0.0):
    """Poll a machine at each of its deadlines and return what came out, with times."""
    out = []
    while machine.deadline is not None and machine.deadline <= until:
        now = machine.deadline
        out += [(now, type(output)) for output in machine.poll(now)]
    return out


def response(status, to=INVITE):
    return parse_message(respond(to, status))


def test_an_invite_is_retransmitted_ever_more_slowly_and_times_out():
    machine = InviteClientTransaction(INVITE, TIMERS, reliable=False)
    assert machine.start(0.0) == [Transmit(INVITE.serialise())]
    out = run(machine, 100)
    assert [time for time, _ in out] == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 32.0]
    assert out[-1][1] is TimedOut
    assert machine.state is State.TERMINATED


def test_over_a_reliable_transport_nothing_is_retransmitted():
    for kind, message in ((InviteClientTransaction, INVITE), (NonInviteClientTransaction, OPTIONS)):
        machine = kind(message, TIMERS, reliable=True)
        machine.start(0.0)
        assert run(machine, 100) == [(32.0, TimedOut)]
        machine = kind(message, TIMERS, reliable=True)
        machine.start(0.0)
        machine.receive(response(486, message), 1.0)
        assert machine.state is State.TERMINATED


def test_a_provisional_response_ends_the_retransmissions_of_an_invite():
    machine = InviteClientTransaction(INVITE, TIMERS, reliable=False)
    machine.start(0.0)
    ringing = response(180)
    assert machine.receive(ringing, 0.1) == [Deliver(ringing)]
    assert machine.deadline is None


def test_a_refusal_is_acknowledged_each_time_but_told_once():
    machine = InviteClientTransaction(INVITE, TIMERS, reliable=False)
    machine.start(0.0)
    busy = response(486)
    ack, told = machine.receive(busy, 0.1)
    message = parse_message(ack.data)
    assert told == Deliver(busy)
    assert message.method == "ACK"
    assert message.top_via == INVITE.top_via
    assert message.to_address.tag == "b"
    assert (message.cseq.number, message.uri) == (1, INVITE.uri)
    assert machine.receive(busy, 0.6) == [ack]
    assert machine.receive(response(200), 0.7) == []
    assert run(machine, 100) == []
    assert machine.state is State.TERMINATED


def test_every_2xx_is_passed_up():
    # RFC 6026: the transaction lives on so that the answers of forks and retransmissions reach the dialog.
    machine = InviteClientTransaction(INVITE, TIMERS, reliable=False)
    machine.start(0.0)
    ok = response(200)
    assert machine.receive(ok, 0.1) == [Deliver(ok)]
    assert machine.receive(ok, 20.0) == [Deliver(ok)]
    assert machine.receive(response(486), 20.0) == []
    assert machine.deadline == pytest.approx(32.1)


def test_another_request_is_retransmitted_up_to_every_four_seconds():
    machine = NonInviteClientTransaction(OPTIONS, TIMERS, reliable=False)
    machine.start(0.0)
    out = run(machine, 100)
    assert [time for time, _ in out] == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 32.0]
    assert out[-1][1] is TimedOut


def test_another_request_goes_on_slowly_after_a_provisional_response_and_is_told_once():
    machine = NonInviteClientTransaction(OPTIONS, TIMERS, reliable=False)
    machine.start(0.0)
    machine.receive(response(100, OPTIONS), 0.1)
    assert [time for time, _ in run(machine, 9)] == [0.5, 4.5, 8.5]
    ok = response(200, OPTIONS)
    assert machine.receive(ok, 9.0) == [Deliver(ok)]
    assert machine.receive(ok, 9.1) == []
    assert run(machine, 100) == []
    assert machine.state is State.TERMINATED


def test_a_refused_invite_is_answered_again_until_it_is_acknowledged():
    machine = InviteServerTransaction(INVITE, TIMERS, reliable=False)
    assert machine.receive(INVITE, 0.0) == []
    machine.respond(create_response(INVITE, 100), 0.0)
    busy = Transmit(create_response(INVITE, 486).serialise())
    assert machine.respond(create_response(INVITE, 486), 1.0) == [busy]
    assert machine.receive(INVITE, 1.1) == [busy]
    assert [time for time, _ in run(machine, 5)] == [1.5, 2.5, 4.5]
    ack = parse_message(request("ACK"))
    assert machine.receive(ack, 5.0) == []
    assert machine.receive(ack, 5.1) == []
    assert run(machine, 100) == []
    assert machine.state is State.TERMINATED


def test_a_refusal_that_nobody_acknowledges_times_out():
    machine = InviteServerTransaction(INVITE, TIMERS, reliable=False)
    machine.respond(create_response(INVITE, 486), 0.0)
    out = run(machine, 100)
    assert [time for time, _ in out] == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 32.0]
    assert out[-1][1] is TimedOut


def test_an_answered_invite_absorbs_its_retransmissions():
    machine = InviteServerTransaction(INVITE, TIMERS, reliable=False)
    ok = create_response(INVITE, 200)
    assert machine.respond(ok, 0.0) == [Transmit(ok.serialise())]
    assert machine.receive(INVITE, 0.5) == []
    assert machine.respond(ok, 0.5) == [Transmit(ok.serialise())]
    assert machine.respond(create_response(INVITE, 486), 0.6) == []
    assert machine.deadline == 32.0


def test_another_request_is_answered_again_with_the_same_response():
    machine = NonInviteServerTransaction(OPTIONS, TIMERS, reliable=False)
    assert machine.receive(OPTIONS, 0.0) == []
    ok = Transmit(create_response(OPTIONS, 200).serialise())
    assert machine.respond(create_response(OPTIONS, 200), 0.0) == [ok]
    assert machine.receive(OPTIONS, 3.0) == [ok]
    assert machine.respond(create_response(OPTIONS, 500), 3.0) == []
    assert run(machine, 100) == []
    assert machine.state is State.TERMINATED


def test_a_cancel_is_its_invites():
    cancel = create_cancel(parse_message(invite(headers=("Route: <sip:p.example.com;lr>",))))
    assert cancel.top_via == INVITE.top_via
    assert str(cancel.cseq) == "1 CANCEL"
    assert cancel.uri == INVITE.uri
    assert cancel.headers.get("Route") == "<sip:p.example.com;lr>"


class Item:
    def __init__(self, deadline):
        self.deadline = deadline


def test_a_deadline_queue_knows_the_latest_deadline_of_each_item():
    queue = DeadlineQueue()
    first, second = Item(5.0), Item(3.0)
    for item in (first, second, first):
        queue.schedule(item)
    second.deadline = 9.0
    queue.schedule(second)
    assert queue.next_deadline() == 5.0
    assert list(queue.due(6.0)) == [first]
    second.deadline = None
    queue.schedule(second)
    assert queue.next_deadline() is None
