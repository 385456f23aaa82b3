"""Reliable provisional responses (RFC 3262), as the side that answers."""

import pytest
from sip_fixtures import SDP, CoreDriver, end_of, invite, negotiation, only, request, ring_in, statuses

from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.events import EarlyMedia, Ended, EndReason, Established
from gateway.telephony.messages.message import parse_message
from gateway.telephony.sessions.reliable_provisional import ReliableReceiver
from gateway.telephony.sessions.session_parameters import ExtensionMode, SessionParameters
from gateway.telephony.transactions.timers import Timers

RELIABLE = ("Supported: 100rel",)
SDP_TYPE = ("Content-Type: application/sdp",)


def prack(session, response, cseq=2, *, rack=None, body=b"", headers=()):
    rack = rack or f"{response.headers.get('RSeq')} {response.cseq}"
    headers = (f"RAck: {rack}", *headers, *(SDP_TYPE if body else ()))
    tag = session.local_tag
    return request("PRACK", branch=f"p{cseq}", cseq=cseq, to_tag=tag, headers=headers, body=body)


def ringing(driver, headers=RELIABLE, body=SDP):
    session = ring_in(driver, invite(body, headers=headers))
    session.ring(driver.now)
    (response,) = driver.sent()
    assert response.status == 180
    return session, response


def test_ringing_that_is_due_again_waits_for_the_prack_of_the_first():
    driver = CoreDriver(timers=Timers(t1=1.0))
    session, _ = ringing(driver)
    driver.now += 60
    driver.core.poll(driver.now)
    driver.sent()
    assert driver.core.next_deadline() > driver.now
    driver.advance(4)
    assert session.end.reason is EndReason.NO_ACK


@pytest.mark.parametrize("headers", [RELIABLE, ("Require: 100rel",), ("k: timer, 100REL",)])
def test_ringing_is_sent_again_until_prack_comes(driver, headers):
    session, first = ringing(driver, headers)
    assert first.headers.get("Require") == "100rel"
    assert first.to_address.tag == session.local_tag
    assert first.headers.get("Contact")
    # The interval doubles without a bound: after 0.5, 1.5, 3.5 and 7.5 seconds.
    assert driver.advance(7.6) == [first] * 4
    assert statuses(driver.receive(prack(session, first))) == [200]
    assert driver.advance(50) == []
    assert driver.core.calls == 1


def test_ringing_is_plain_for_a_peer_without_the_extension(driver):
    _, response = ringing(driver, headers=())
    assert response.headers.get("RSeq") is None
    assert driver.advance(50) == []


def test_a_provisional_response_is_repeated_each_minute_lest_a_proxy_gives_up(driver):
    ringing(driver, headers=())
    assert statuses(driver.advance(125)) == [180, 180]


@pytest.mark.parametrize("rack", ["1 1 INVITE", "{rseq} 2 INVITE", "{rseq} 1 UPDATE"])
def test_a_prack_for_nothing_gets_481(driver, rack):
    session, response = ringing(driver)
    rseq = int(response.headers.get("RSeq")) + (rack == "1 1 INVITE")
    rack = rack.format(rseq=rseq) if "{" in rack else f"{rseq} 1 INVITE"
    assert statuses(driver.receive(prack(session, response, rack=rack))) == [481]
    assert statuses(driver.receive(prack(session, response, cseq=3))) == [200]
    assert statuses(driver.receive(prack(session, response, cseq=4))) == [481]


@pytest.mark.parametrize("rack", ["", "x", "1 INVITE", "-1 1 INVITE", "99999999999 1 INVITE"])
def test_a_prack_that_cannot_be_read_gets_400(driver, rack):
    session, response = ringing(driver)
    assert statuses(driver.receive(prack(session, response, rack=rack or " "))) == [400]


def test_the_second_response_waits_for_the_prack_of_the_first(driver):
    session, first = ringing(driver)
    session.progress(negotiation(), driver.now)
    assert driver.sent() == []
    ok, second = driver.receive(prack(session, first))
    assert (ok.status, second.status) == (200, 183)
    assert int(second.headers.get("RSeq")) == int(first.headers.get("RSeq")) + 1


def test_a_call_whose_ringing_is_never_acknowledged_is_refused_with_504(driver):
    ringing(driver)
    sent = driver.advance(32.1)
    assert statuses(sent) == [180] * 6 + [504]
    assert end_of(driver) is EndReason.NO_ACK


def test_the_answer_does_not_wait_for_the_prack_of_ringing_alone(driver):
    session, first = ringing(driver)
    session.answer(negotiation(), driver.now)
    assert statuses(driver.sent()) == [200]
    assert statuses(driver.receive(prack(session, first))) == [200]
    driver.receive(request("ACK", branch="k", to_tag=session.local_tag))
    assert driver.advance(40) == []


def test_early_media_is_settled_before_the_answer(driver):
    session = ring_in(driver, invite(headers=RELIABLE))
    session.progress(negotiation(), driver.now)
    (progress,) = driver.sent()
    assert (progress.status, progress.headers.get("Require")) == (183, "100rel")
    assert b"m=audio 4000" in progress.body
    (event,) = driver.events()
    assert isinstance(event, EarlyMedia)
    assert event.stream.remote_port == 9000
    session.answer(negotiation(), driver.now)
    assert driver.sent() == []  # the 200 waits for the PRACK of a description
    assert driver.events() == []
    acknowledged, ok = driver.receive(prack(session, progress))
    assert (acknowledged.cseq.method, ok.cseq.method) == ("PRACK", "INVITE")
    assert (ok.status, ok.body) == (200, b"")
    (event,) = driver.events()
    assert isinstance(event, Established)
    assert session.stream.remote_port == 9000


def test_unreliable_early_media_is_said_again_in_the_answer(driver):
    session = ring_in(driver)
    session.progress(negotiation(), driver.now)
    (progress,) = driver.sent()
    session.answer(negotiation(), driver.now)
    (ok,) = driver.sent()
    assert ok.body == progress.body
    assert [type(event) for event in driver.events()] == [EarlyMedia, Established]


def test_our_offer_in_a_provisional_response_is_answered_in_prack(driver):
    session = ring_in(driver, invite(b"", headers=RELIABLE))
    session.progress(negotiation(), driver.now)
    (progress,) = driver.sent()
    assert b"m=audio 4000" in progress.body
    assert driver.events() == []
    session.answer(negotiation(), driver.now)
    acknowledged, ok = driver.receive(prack(session, progress, body=SDP))
    assert (acknowledged.status, ok.status, ok.body) == (200, 200, b"")
    assert [type(event) for event in driver.events()] == [EarlyMedia, Established]
    assert driver.receive(request("ACK", branch="k", to_tag=session.local_tag)) == []
    assert session.stream.remote_port == 9000


def test_a_prack_without_the_answer_to_our_offer_ends_the_call(driver):
    session = ring_in(driver, invite(b"", headers=RELIABLE))
    session.progress(negotiation(), driver.now)
    (progress,) = driver.sent()
    refused, ended = driver.receive(prack(session, progress))
    assert (refused.status, ended.status, ended.cseq.method) == (488, 488, "INVITE")
    assert end_of(driver) is EndReason.MEDIA


def test_without_an_offer_and_reliability_there_is_no_early_media(driver):
    session = ring_in(driver, invite(b""))
    with pytest.raises(NotAcceptableHere):
        session.progress(negotiation(), driver.now)
    session.answer(negotiation(), driver.now)
    assert statuses(driver.sent()) == [200]


def test_a_prack_may_make_a_new_offer(driver):
    session = ring_in(driver, invite(headers=RELIABLE))
    session.progress(negotiation(), driver.now)
    (progress,) = driver.sent()
    (ok,) = driver.receive(prack(session, progress, body=SDP.replace(b"9000", b"9500")))
    assert ok.status == 200
    assert b"m=audio 4000" in ok.body
    assert session.early_stream.remote_port == 9500
    session.answer(negotiation(), driver.now)
    assert session.stream.remote_port == 9500


def test_an_offer_in_the_prack_of_ringing_alone_is_refused(driver):
    session, response = ringing(driver)
    assert statuses(driver.receive(prack(session, response, body=SDP))) == [488]


def test_an_update_may_change_early_media(driver):
    session = ring_in(driver, invite(headers=RELIABLE))
    session.progress(negotiation(), driver.now)
    (progress,) = driver.sent()
    driver.receive(prack(session, progress))
    update = request(
        "UPDATE", branch="u", cseq=3, to_tag=session.local_tag, headers=SDP_TYPE, body=SDP.replace(b"9000", b"9600")
    )
    assert statuses(driver.receive(update)) == [200]
    assert [event.stream.remote_port for event in only(driver.events(), EarlyMedia)] == [9000, 9600]


@pytest.mark.parametrize("ending", ["cancel", "reject", "bye"])
def test_a_call_that_ends_first_sends_no_provisional_response_any_more(driver, ending):
    session, response = ringing(driver)
    session.progress(negotiation(), driver.now)
    if ending == "cancel":
        driver.receive(request("CANCEL"))
    elif ending == "reject":
        session.reject(driver.now, 486)
    else:
        driver.receive(request("BYE", branch="b", cseq=2, to_tag=session.local_tag))
    driver.sent()
    driver.receive(request("ACK", to_tag=session.local_tag))
    assert len(only(driver.events(), Ended)) == 1
    assert driver.advance(100) == []
    assert driver.core.is_idle
    assert response.status == 180


@pytest.mark.parametrize(
    ("mode", "headers", "status"),
    [
        (ExtensionMode.OFF, ("Require: 100rel",), 420),
        (ExtensionMode.OFF, RELIABLE, 100),
        (ExtensionMode.REQUIRED, (), 421),
        (ExtensionMode.REQUIRED, RELIABLE, 100),
    ],
)
def test_the_trunk_says_whether_reliability_is_demanded_or_unknown(mode, headers, status):
    driver = CoreDriver()
    driver.admit(SessionParameters(reliable_provisional=mode))
    answers = driver.receive(invite(headers=headers))
    assert answers[0].status == status
    if mode is ExtensionMode.OFF and status == 100:
        (event,) = driver.events()
        event.session.ring(driver.now)
        (response,) = driver.sent()
        assert response.headers.get("RSeq") is None
        assert "PRACK" not in response.headers.get_list("Allow")


def reliable(rseq):
    return parse_message(
        b"SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n"
        b"Call-ID: 1\r\nCSeq: 7 INVITE\r\nRequire: 100rel\r\nRSeq: " + rseq + b"\r\n\r\n"
    )


def test_the_calling_side_acknowledges_each_once_and_in_order():
    receiver = ReliableReceiver()
    assert receiver.take(reliable(b"10")) == "10 7 INVITE"
    assert receiver.take(reliable(b"10")) is None
    assert receiver.take(reliable(b"12")) is None
    assert receiver.take(reliable(b"11")) == "11 7 INVITE"
    assert receiver.take(reliable(b"12")) == "12 7 INVITE"
    with pytest.raises(ValueError, match="RSeq"):
        receiver.take(reliable(b"x"))
