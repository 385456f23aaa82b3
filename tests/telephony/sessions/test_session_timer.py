"""Session timers (RFC 4028): the pure object, and calls that are held with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import accept, answered, call_out, end_of, invite, only, request, respond, ring_in, statuses

from gateway.telephony.events import Ended, EndReason
from gateway.telephony.messages.message import parse_message
from gateway.telephony.sessions.session_parameters import ExtensionMode, SessionParameters
from gateway.telephony.sessions.session_timer import Due, SessionTimer, parse_session_expires

OFF, SUPPORTED, REQUIRED = ExtensionMode.OFF, ExtensionMode.SUPPORTED, ExtensionMode.REQUIRED


def timer(mode=SUPPORTED, interval_s=1800, min_se_s=90):
    return SessionTimer(mode, interval_s, min_se_s)


def asked(*headers):
    return parse_message(invite(headers=headers))


def told(*headers):
    return parse_message(respond(asked(), 200, headers=headers))


@pytest.mark.parametrize(
    ("headers", "expected", "refreshes"),
    [
        # Who refreshes: table 2 of RFC 4028.
        (("Supported: timer", "Session-Expires: 600"), "600;refresher=uac", False),
        (("Supported: timer", "Session-Expires: 600;refresher=uac"), "600;refresher=uac", False),
        (("Supported: timer", "Session-Expires: 600;refresher=uas"), "600;refresher=uas", True),
        (("k: timer", "x: 600;refresher=UAS"), "600;refresher=uas", True),
        # A proxy wants the timer, the caller does not know of it.
        (("Session-Expires: 600",), "600;refresher=uas", True),
        # The caller could and did not ask.
        (("Supported: timer",), "1800;refresher=uac", False),
        (("Supported: timer", "Session-Expires: 7200"), "1800;refresher=uac", False),
        (("Supported: timer", "Session-Expires: 7200", "Min-SE: 3600"), "3600;refresher=uac", False),
    ],
)
def test_the_answer_says_how_long_and_who_refreshes(headers, expected, refreshes):
    session_timer = timer()
    answer = dict(session_timer.answer(asked(*headers), 0))
    assert answer["Session-Expires"] == expected
    assert session_timer.refreshes is refreshes
    # Only a caller that has to do something must understand the header.
    assert answer.get("Require") == (None if refreshes else "timer")


@pytest.mark.parametrize("mode", [SUPPORTED, OFF])
def test_no_timer_runs_with_a_peer_that_knows_none_or_without_our_wish(mode):
    session_timer = timer(mode)
    headers = () if mode is SUPPORTED else ("Supported: timer", "Session-Expires: 600")
    assert session_timer.answer(asked(*headers), 0) == ()
    assert session_timer.deadline is None


def test_the_refresher_refreshes_after_half_the_interval_and_gives_up_before_its_end():
    session_timer = timer()
    session_timer.take_response(told("Session-Expires: 600;refresher=uac"), 0)
    assert session_timer.deadline == 300
    assert session_timer.due(299) is None
    assert session_timer.due(300) is Due.REFRESH
    assert session_timer.deadline == 568
    assert session_timer.due(568) is Due.EXPIRED
    assert session_timer.deadline is None


def test_the_other_side_only_waits():
    session_timer = timer()
    session_timer.take_response(told("Session-Expires: 90;refresher=uas"), 0)
    assert not session_timer.refreshes
    assert session_timer.deadline == 60


def test_an_interval_that_no_rule_allows_makes_us_no_flood():
    session_timer = timer()
    session_timer.take_response(told("Session-Expires: 0;refresher=uac"), 0)
    assert session_timer.deadline == 45


def test_a_response_without_a_timer_stops_it():
    session_timer = timer()
    session_timer.take_response(told("Session-Expires: 90;refresher=uas"), 0)
    session_timer.take_response(told(), 1)
    assert session_timer.deadline is None


def test_a_refresh_keeps_the_roles():
    session_timer = timer()
    assert dict(session_timer.request_headers()) == {"Session-Expires": "1800", "Min-SE": "90"}
    session_timer.answer(asked("Supported: timer", "Session-Expires: 600;refresher=uas"), 0)
    assert dict(session_timer.request_headers())["Session-Expires"] == "600;refresher=uac"
    session_timer.answer(asked("Supported: timer", "Session-Expires: 600;refresher=uac"), 0)
    assert dict(session_timer.request_headers())["Session-Expires"] == "600;refresher=uas"
    assert dict(timer(REQUIRED).request_headers())["Require"] == "timer"
    assert timer(OFF).request_headers() == ()


def test_an_interval_too_small_is_refused_to_those_who_understand_that():
    session_timer = timer(min_se_s=300)
    refusal = session_timer.judge(asked("Supported: timer", "Session-Expires: 299"))
    assert (refusal.status, refusal.headers) == (422, (("Min-SE", "300"),))
    assert session_timer.judge(asked("Supported: timer", "Session-Expires: 300")) is None
    assert session_timer.judge(asked("Session-Expires: 100")) is None
    assert session_timer.judge(asked("Supported: timer", "Session-Expires: soon")).status == 400


@pytest.mark.parametrize(("min_se", "worth_it"), [("3600", True), ("90", False), ("x", False), ("", False)])
def test_a_refusal_with_a_longer_interval_is_followed(min_se, worth_it):
    session_timer = timer()
    assert session_timer.take_refusal(told(f"Min-SE: {min_se}")) is worth_it
    if worth_it:
        assert dict(session_timer.request_headers()) == {"Session-Expires": "3600", "Min-SE": "3600"}


@given(st.text(max_size=30))
def test_no_session_expires_makes_the_parser_fail_otherwise(text):
    try:
        expires = parse_session_expires(text)
    except ValueError:
        return
    assert expires.interval_s >= 0


@given(st.integers(0, 10**6), st.sampled_from(["", ";refresher=uac", ";refresher=uas"]), st.booleans())
def test_a_running_timer_always_ends_before_the_session_does(interval, refresher, supported):
    session_timer = timer()
    headers = ("Supported: timer",) if supported else ()
    session_timer.answer(asked(f"Session-Expires: {interval}{refresher}", *headers), 0)
    interval = session_timer.interval_s
    assert interval >= 90
    times = []
    while (deadline := session_timer.deadline) is not None:
        times.append((deadline, session_timer.due(deadline)))
    assert times[-1][1] is Due.EXPIRED
    assert times[-1][0] < interval


# In calls:


TIMER = ("Supported: timer", "Session-Expires: 600;refresher=uas")


def with_timer(driver, *headers):
    """Answer a call with these header fields; return its session and our tag."""
    session, ok = answered(driver, invite(headers=headers))
    driver.receive(request("ACK", branch="ack", to_tag=ok.to_address.tag))
    driver.events()
    return session, ok.to_address.tag


def test_as_refresher_we_send_update_to_a_peer_that_takes_it(driver):
    _, tag = with_timer(driver, *TIMER, "Allow: INVITE, UPDATE")
    (update,) = driver.advance(300)
    assert (update.method, update.body) == ("UPDATE", b"")
    assert update.headers.get("Session-Expires") == "600;refresher=uac"
    assert update.from_address.tag == tag
    driver.receive(respond(update, 200, headers=("Session-Expires: 600;refresher=uac",)))
    assert driver.advance(299) == []
    assert statuses(driver.advance(1)) == ["UPDATE"]


def test_as_refresher_we_send_re_invite_to_one_that_does_not(driver):
    with_timer(driver, *TIMER, "Allow: INVITE")
    (reinvite,) = driver.advance(300)
    assert reinvite.method == "INVITE"
    assert b"m=audio 4000" in reinvite.body
    assert statuses(driver.receive(accept(reinvite, headers=("Session-Expires: 600;refresher=uac",)))) == ["ACK"]
    assert only(driver.events(), Ended) == []


def test_a_peer_that_announced_update_and_refuses_it_gets_a_re_invite(driver):
    with_timer(driver, *TIMER, "Allow: INVITE, UPDATE")
    (update,) = driver.advance(300)
    assert statuses(driver.receive(respond(update, 405))) == ["INVITE"]


def test_a_refresh_that_nobody_answers_ends_the_call(driver):
    with_timer(driver, *TIMER)
    assert set(statuses(driver.advance(331.6))) == {"INVITE"}
    assert statuses(driver.advance(1)) == ["BYE", "BYE"]
    assert end_of(driver) is EndReason.NO_RESPONSE


def test_a_session_that_the_peer_does_not_refresh_is_ended_with_a_reason(driver):
    with_timer(driver, "Supported: timer", "Session-Expires: 600;refresher=uac")
    assert driver.advance(567) == []
    (bye,) = driver.advance(1.1)[:1]
    assert bye.method == "BYE"
    assert bye.headers.get("Reason") == 'SIP;cause=408;text="The session timer expired"'
    assert end_of(driver) is EndReason.EXPIRED


def test_a_refresh_by_the_peer_starts_the_timer_anew(driver):
    _, tag = with_timer(driver, "Supported: timer", "Session-Expires: 600;refresher=uac")
    driver.advance(300)
    headers = ("Supported: timer", "Session-Expires: 600;refresher=uac")
    (ok,) = driver.receive(request("UPDATE", branch="u", cseq=2, to_tag=tag, headers=headers))
    assert (ok.status, ok.headers.get("Session-Expires")) == (200, "600;refresher=uac")
    assert ok.headers.get("Require") == "timer"
    assert driver.advance(567) == []
    assert driver.core.calls == 1


def test_our_call_proposes_the_timer_and_follows_422(driver):
    _, sent = call_out(driver)
    assert "timer" in sent.headers.get_list("Supported")
    assert sent.headers.get("Session-Expires") == "1800"
    ack, again = driver.receive(respond(sent, 422, headers=("Min-SE: 3600",)))
    assert (ack.method, again.method) == ("ACK", "INVITE")
    assert (again.call_id, again.cseq.number, again.to_address.tag) == (sent.call_id, 2, "")
    assert again.from_address == sent.from_address
    assert again.headers.get("Session-Expires") == "3600"
    assert again.body == sent.body
    driver.receive(accept(again, headers=("Session-Expires: 3600;refresher=uac", "Allow: UPDATE")))
    assert statuses(driver.advance(1800)) == ["UPDATE"]


def test_a_422_that_cannot_be_followed_ends_the_call(driver):
    _, sent = call_out(driver)
    assert statuses(driver.receive(respond(sent, 422))) == ["ACK"]
    assert end_of(driver) is EndReason.REJECTED


def test_no_branch_that_rang_before_the_422_is_kept_when_the_call_is_over(driver):
    session, sent = call_out(driver)
    for tag in ("b1", "b2"):
        driver.receive(respond(sent, 180, to_tag=tag, headers=("Contact: <sip:called@192.0.2.9:5070>",)))
    _, again = driver.receive(respond(sent, 422, to_tag="b1", headers=("Min-SE: 3600",)))
    driver.receive(accept(again))
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    driver.receive(respond(bye, 200))
    assert not driver.core._dialogs
    assert driver.core.is_idle


def test_a_422_to_a_refresh_is_followed(driver):
    with_timer(driver, *TIMER, "Allow: UPDATE")
    (update,) = driver.advance(300)
    driver.receive(respond(update, 422, headers=("Min-SE: 1200",)))
    (again,) = driver.advance(0)
    assert again.headers.get("Session-Expires") == "1200;refresher=uac"


def test_an_invite_with_a_short_interval_gets_422(driver):
    (refusal,) = driver.receive(invite(headers=("Supported: timer", "Session-Expires: 60")))
    assert (refusal.status, refusal.headers.get("Min-SE")) == (422, "90")
    assert driver.core.calls == 0


@pytest.mark.parametrize(
    ("mode", "headers", "status"),
    [(REQUIRED, (), 421), (REQUIRED, ("Supported: timer",), 100), (OFF, ("Require: timer",), 420)],
)
def test_the_trunk_says_whether_timers_are_demanded_or_unknown(driver, mode, headers, status):
    driver.admit(SessionParameters(session_timer=mode))
    refusal = driver.receive(invite(headers=headers))[0]
    assert refusal.status == status
    if status == 421:
        assert refusal.headers.get("Require") == "timer"


def test_a_call_that_is_over_is_not_refreshed(driver):
    session, _ = with_timer(driver, *TIMER)
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    driver.receive(respond(bye, 200))
    assert driver.advance(1000) == []


def test_a_call_that_is_not_answered_has_no_timer(driver):
    ring_in(driver, invite(headers=TIMER))
    assert driver.advance(59) == []
