"""Calls that come in, on a clock that the test moves."""

import pytest
from sip_fixtures import (
    SDP,
    answered,
    confirmed,
    end_of,
    invite,
    negotiation,
    only,
    request,
    respond,
    ring_in,
    statuses,
)

from gateway.media.parameters import Codec
from gateway.telephony.errors import CallEnded
from gateway.telephony.events import Ended, EndReason, Established, InviteReceived
from gateway.telephony.network.transport import Hop


def test_an_invite_gets_100_at_once_then_what_the_call_decides(driver):
    session = ring_in(driver)
    session.ring(driver.now)
    (ringing,) = driver.sent()
    assert (ringing.status, ringing.to_address.tag) == (180, session.local_tag)
    session.answer(negotiation(), driver.now)
    (ok,) = driver.sent()
    assert (ok.status, ok.to_address.tag) == (200, session.local_tag)
    assert ok.headers.get("Contact") == "<sip:192.0.2.1:5060>"
    assert b"m=audio 4000 RTP/AVP 8 101" in ok.body
    (event,) = driver.events()
    assert isinstance(event, Established)
    assert (event.stream.codec, event.stream.remote_port) == (Codec.PCMA, 9000)


def test_the_response_carries_every_via_and_record_route_in_order(driver):
    headers = (
        "Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKp",
        "Record-Route: <sip:192.0.2.60;lr>",
        "Record-Route: <sip:p2;lr>",
    )
    _, ok = answered(driver, invite(headers=headers))
    vias = ok.headers.get_list("Via")
    assert vias[0] == "SIP/2.0/UDP 192.0.2.9:5060;rport=5060;branch=z9hG4bK1;received=192.0.2.9"
    assert vias[1].startswith("SIP/2.0/UDP 192.0.2.77")
    assert ok.headers.get_list("Record-Route") == ["<sip:192.0.2.60;lr>", "<sip:p2;lr>"]


def test_a_response_goes_to_the_port_that_the_request_came_from(driver):
    driver.receive(invite(), Hop("192.0.2.9", 40123))
    assert driver.hops == [Hop("192.0.2.9", 40123)]


def test_a_retransmitted_invite_is_one_call(driver):
    session = ring_in(driver)
    assert statuses(driver.receive(invite())) == [100]
    session.ring(driver.now)
    driver.sent()
    assert statuses(driver.receive(invite())) == [180]
    session.answer(negotiation(), driver.now)
    driver.sent()
    assert driver.receive(invite()) == []
    assert not only(driver.events(), InviteReceived)
    assert driver.core.calls == 1


def test_the_answer_is_sent_again_until_it_is_acknowledged(driver):
    session, ok = answered(driver)
    assert statuses(driver.advance(3.6)) == [200, 200, 200]
    driver.receive(request("ACK", branch="ack", to_tag=session.local_tag))
    assert driver.advance(60) == []
    assert driver.core.calls == 1
    assert ok.status == 200


def test_an_answer_that_is_never_acknowledged_ends_with_bye(driver):
    answered(driver)
    sent = driver.advance(32.1)
    assert statuses(sent) == [200] * 10 + ["BYE"]
    assert end_of(driver) is EndReason.NO_ACK
    driver.receive(respond(sent[-1], 200))
    assert driver.core.is_idle


def test_a_peers_bye_ends_the_call(driver):
    _, tag = confirmed(driver)
    bye = request("BYE", branch="bye", cseq=2, to_tag=tag)
    assert statuses(driver.receive(bye)) == [200]
    assert end_of(driver) is EndReason.PEER
    assert statuses(driver.receive(bye)) == [200]
    assert driver.core.is_idle
    assert statuses(driver.receive(request("BYE", branch="bye2", cseq=3, to_tag=tag))) == [481]


def test_our_bye_follows_the_dialog_and_is_sent_again_until_it_is_answered(driver):
    session, tag = confirmed(driver, invite(headers=("Record-Route: <sip:192.0.2.60:5080;lr>",)))
    session.hang_up(driver.now, 'caller "done"')
    (bye,) = driver.sent()
    assert driver.hops == [Hop("192.0.2.60", 5080)]
    assert str(bye.uri) == "sip:caller@192.0.2.9:5070"
    assert (bye.from_address.tag, bye.to_address.tag, bye.call_id) == (tag, "a", "c1")
    assert bye.headers.get("Reason") == 'Q.850;cause=16;text="caller \\"done\\""'
    assert end_of(driver) is EndReason.GATEWAY
    assert statuses(driver.advance(1.6)) == ["BYE", "BYE"]
    driver.receive(respond(bye, 200))
    assert driver.advance(60) == []
    assert driver.core.is_idle
    session.hang_up(driver.now)
    assert driver.sent() == []


def test_a_bye_that_crosses_ours_is_answered(driver):
    session, tag = confirmed(driver)
    session.hang_up(driver.now)
    driver.sent()
    assert statuses(driver.receive(request("BYE", branch="x", cseq=2, to_tag=tag))) == [200]
    assert end_of(driver) is EndReason.GATEWAY


def test_a_bye_that_is_never_answered_is_given_up(driver):
    session, _ = confirmed(driver)
    session.hang_up(driver.now)
    driver.advance(33)
    assert driver.core.is_idle


def test_hanging_up_before_the_ack_waits_for_it(driver):
    session, ok = answered(driver)
    session.hang_up(driver.now)
    assert driver.sent() == []
    assert end_of(driver) is EndReason.GATEWAY
    assert not driver.core.is_idle
    assert statuses(driver.receive(request("ACK", branch="ack", to_tag=ok.to_address.tag))) == ["BYE"]


def test_a_cancel_ends_the_call_with_487(driver):
    session = ring_in(driver)
    session.ring(driver.now)
    driver.sent()
    ok, terminated = driver.receive(request("CANCEL"))
    assert (ok.status, str(ok.cseq)) == (200, "1 CANCEL")
    assert (terminated.status, str(terminated.cseq)) == (487, "1 INVITE")
    assert ok.to_address.tag == terminated.to_address.tag == session.local_tag
    assert end_of(driver) is EndReason.CANCELLED
    assert driver.receive(request("ACK", to_tag=session.local_tag)) == []
    with pytest.raises(CallEnded, match="cancelled"):
        session.answer(negotiation(), driver.now)
    session.ring(driver.now)
    session.reject(driver.now, 486)
    session.hang_up(driver.now)
    assert driver.sent() == []
    assert driver.core.is_idle


def test_a_cancel_that_comes_after_the_answer_changes_nothing(driver):
    _, ok = answered(driver)
    assert statuses(driver.receive(request("CANCEL"))) == [200]
    assert not only(driver.events(), Ended)
    driver.receive(request("ACK", branch="ack", to_tag=ok.to_address.tag))
    assert driver.core.calls == 1


def test_a_cancel_of_nothing_gets_481(driver):
    assert statuses(driver.receive(request("CANCEL"))) == [481]


def test_a_bye_before_the_answer_ends_both(driver):
    session = ring_in(driver)
    session.ring(driver.now)
    driver.sent()
    sent = driver.receive(request("BYE", branch="b", cseq=2, to_tag=session.local_tag))
    assert statuses(sent) == [200, 487]
    assert end_of(driver) is EndReason.PEER


def test_a_bye_before_the_ack_ends_the_call(driver):
    _, ok = answered(driver)
    assert statuses(driver.receive(request("BYE", branch="b", cseq=2, to_tag=ok.to_address.tag))) == [200]
    assert driver.advance(60) == []
    assert driver.core.is_idle


def test_a_rejection_is_sent_again_until_it_is_acknowledged(driver):
    session = ring_in(driver)
    session.reject(driver.now, 603, "Not now")
    (declined,) = driver.sent()
    assert (declined.status, declined.reason) == (603, "Not now")
    assert statuses(driver.advance(0.6)) == [603]
    driver.receive(request("ACK", to_tag=session.local_tag))
    assert driver.advance(60) == []
    with pytest.raises(ValueError, match="300 to 699"):
        session.reject(driver.now, 200)


def test_without_an_offer_ours_is_sent_and_the_answer_read_from_the_ack(driver):
    session, ok = answered(driver, invite(b""))
    assert b"m=audio 4000 RTP/AVP 9 8 0 13 101" in ok.body
    assert session.stream is None
    driver.receive(
        request("ACK", branch="k", to_tag=session.local_tag, headers=("Content-Type: application/sdp",), body=SDP)
    )
    (event,) = driver.events()
    assert isinstance(event, Established)
    assert session.stream.remote_port == 9000


@pytest.mark.parametrize("body", [b"", b"nonsense", SDP.replace(b"AVP 8 101", b"AVP 18")])
def test_without_an_offer_an_ack_without_a_usable_answer_ends_the_call(driver, body):
    session, _ = answered(driver, invite(b""))
    sent = driver.receive(
        request("ACK", branch="k", to_tag=session.local_tag, headers=("Content-Type: application/sdp",), body=body)
    )
    assert statuses(sent) == ["BYE"]
    assert end_of(driver) is EndReason.MEDIA
