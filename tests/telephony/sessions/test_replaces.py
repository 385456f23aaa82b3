"""An INVITE that takes over a call of ours (RFC 3891)."""

import pytest
from sip_fixtures import (
    CoreDriver,
    call_out,
    called,
    confirmed,
    invite,
    negotiation,
    only,
    request,
    respond,
    ring_in,
    statuses,
)

from gateway.telephony.events import Ended, EndReason


def replacing(call_id, our_tag, their_tag, extra="", branch="r", **fields):
    header = f"Replaces: {call_id};to-tag={our_tag};from-tag={their_tag}{extra}"
    return invite(headers=(header,), branch=branch, call_id="new", from_tag="n", **fields)


def test_the_new_call_takes_over_when_it_is_answered(driver):
    old, tag = confirmed(driver)
    new = ring_in(driver, replacing("c1", tag, "a"))
    assert new.replaces is old
    assert old.end is None
    new.answer(negotiation(), driver.now)
    ok, bye = driver.sent()
    assert (ok.status, ok.call_id) == (200, "new")
    assert (bye.method, bye.call_id, bye.from_address.tag) == ("BYE", "c1", tag)
    (end,) = only(driver.events(), Ended)
    assert (end.session, end.reason) == (old, EndReason.REPLACED)


def test_a_new_call_that_is_refused_leaves_the_old_one(driver):
    old, tag = confirmed(driver)
    new = ring_in(driver, replacing("c1", tag, "a"))
    new.reject(driver.now, 486)
    assert old.end is None


def test_a_call_of_ours_that_still_rings_is_cancelled(driver):
    old, sent = call_out(driver)
    contact = ("Contact: <sip:called@192.0.2.9:5070>",)
    driver.receive(respond(sent, 180, headers=contact))
    driver.events()
    new = ring_in(driver, replacing(sent.call_id, sent.from_address.tag, "b", ";early-only"))
    assert new.replaces is old
    new.answer(negotiation(), driver.now)
    assert statuses(driver.sent()) == [200, "CANCEL"]
    assert only(driver.events(), Ended)[0].reason is EndReason.REPLACED


def test_a_call_that_we_made_and_that_is_answered_can_be_taken_over(driver):
    old, sent = called(driver)
    assert ring_in(driver, replacing(sent.call_id, sent.from_address.tag, "b")).replaces is old


def test_early_only_spares_an_answered_call(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(replacing("c1", tag, "a", ";early-only"))) == [486]


def test_what_matches_no_call_gets_481(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(replacing("c2", tag, "a"))) == [481]
    assert statuses(driver.receive(replacing("c1", "x", "a", branch="r2", cseq=2))) == [481]
    assert statuses(driver.receive(replacing("c1", "a", tag, branch="r3", cseq=3))) == [481]


def test_a_call_to_us_that_is_not_answered_cannot_be_taken_over(driver):
    session = ring_in(driver)
    assert statuses(driver.receive(replacing("c1", session.local_tag, "a"))) == [481]


def test_a_call_that_is_over_is_declined(driver):
    session, tag = confirmed(driver)
    session.hang_up(driver.now)
    driver.sent()
    assert statuses(driver.receive(replacing("c1", tag, "a"))) == [603]


def test_only_the_same_trunk_may_take_a_call_over():
    driver = CoreDriver()
    driver.admit(trunk="provider")
    _, tag = confirmed(driver)
    driver.admit(trunk="other")
    assert statuses(driver.receive(replacing("c1", tag, "a"))) == [403]
    driver.admit(trunk=None)
    assert statuses(driver.receive(replacing("c1", tag, "a", branch="r2", cseq=2))) == [403]
    driver.admit(trunk="provider")
    assert ring_in(driver, replacing("c1", tag, "a", branch="r3", cseq=3)).replaces is not None


@pytest.mark.parametrize(
    "headers",
    [
        ("Replaces: c1;to-tag=1;from-tag=2", "Replaces: c1;to-tag=1;from-tag=2"),
        ("Replaces: c1;to-tag=1;from-tag=2", "Join: c1;to-tag=1;from-tag=2"),
        ("Replaces: c1;to-tag=1",),
        ("Replaces: ;to-tag=1;from-tag=2",),
        ('Replaces: c1;to-tag="1;from-tag=2',),
    ],
)
def test_a_replaces_that_cannot_be_read_gets_400(driver, headers):
    assert statuses(driver.receive(invite(headers=headers))) == [400]


def test_replaces_may_be_demanded(driver):
    _, tag = confirmed(driver)
    data = replacing("c1", tag, "a").replace(b"Replaces:", b"Require: replaces\r\nReplaces:")
    assert ring_in(driver, data).replaces is not None
    assert statuses(driver.receive(request("BYE", branch="b", cseq=2, to_tag=tag))) == [200]


def test_taking_over_needs_no_line_and_goes_on_while_the_gateway_drains():
    driver = CoreDriver(max_calls=1)
    old, tag = confirmed(driver)
    driver.core.draining = True
    assert statuses(driver.receive(replacing("c1", "other", "a"))) == [503]
    new = ring_in(driver, replacing("c1", tag, "a", branch="r2", cseq=2))
    new.answer(negotiation(), driver.now)
    assert old.end is not None
    assert driver.core.calls == 1
