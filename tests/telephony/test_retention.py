"""What is kept of calls that are over: transactions stay for 64*T1, so they must be small."""

from sip_fixtures import answered, confirmed, request, statuses

from gateway.telephony.transactions.timers import DeadlineQueue


def test_what_is_left_of_a_call_that_is_over_are_its_last_responses(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(request("BYE", branch="b", cseq=2, to_tag=tag))) == [200]
    driver.events()
    kept = list(driver.core._transactions._servers.values())
    assert len(kept) == 2
    assert [transaction.machine.request for transaction in kept] == [None, None]
    assert not driver.core._invites
    assert statuses(driver.receive(request("BYE", branch="b", cseq=2, to_tag=tag))) == [200]
    assert statuses(driver.receive(request("CANCEL"))) == [200]
    driver.advance(40)
    assert not driver.core._transactions._servers


def test_an_invite_is_kept_while_its_call_goes_on(driver):
    session, _ = answered(driver)
    assert session.request.method == "INVITE"
    (transaction,) = driver.core._transactions._servers.values()
    assert transaction.request is session.request


class Item:
    deadline = None


def test_a_deadline_that_was_taken_back_is_not_held_until_it_would_have_come():
    queue = DeadlineQueue()
    for number in range(1000):
        item = Item()
        item.deadline = 1e6 + number
        queue.schedule(item)
        item.deadline = None
        queue.schedule(item)
    assert len(queue._heap) <= 65
    kept = Item()
    kept.deadline = 5.0
    queue.schedule(kept)
    assert list(queue.due(10.0)) == [kept]
    assert queue.next_deadline() is None
