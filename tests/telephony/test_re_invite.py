"""Changes of a call under way."""

import pytest
from sip_fixtures import (
    SDP,
    answered,
    confirmed,
    end_of,
    invite,
    only,
    request,
    statuses,
)

from gateway.media.parameters import Codec
from gateway.telephony.events import EndReason, StreamChanged


def reinvite(tag, body=SDP, cseq=2, **fields):
    return invite(body, branch=f"re{cseq}", cseq=cseq, to_tag=tag, **fields)


def test_a_re_invite_moves_the_stream(driver):
    session, tag = confirmed(driver)
    moved = SDP.replace(b"192.0.2.9", b"192.0.2.44").replace(b"audio 9000 RTP/AVP 8", b"audio 9100 RTP/AVP 0")
    (ok,) = driver.receive(reinvite(tag, moved))
    assert ok.status == 200
    assert b"m=audio 4000 RTP/AVP 0 101" in ok.body
    assert b"o=- 7 2 IN" in ok.body
    (event,) = driver.events()
    assert isinstance(event, StreamChanged)
    assert (event.stream.remote_address, event.stream.remote_port) == ("192.0.2.44", 9100)
    assert event.stream.codec is Codec.PCMU
    assert statuses(driver.advance(0.6)) == [200]
    driver.receive(request("ACK", branch="k2", cseq=2, to_tag=tag))
    assert driver.advance(60) == []
    assert session.stream == event.stream


@pytest.mark.parametrize(
    ("direction", "answer", "send", "receive"),
    [(b"sendonly", b"a=recvonly", False, True), (b"inactive", b"a=inactive", False, False)],
)
def test_a_re_invite_puts_on_hold_and_takes_back(driver, direction, answer, send, receive):
    session, tag = confirmed(driver)
    (ok,) = driver.receive(reinvite(tag, SDP + b"a=" + direction + b"\r\n"))
    assert answer in ok.body
    assert (session.stream.send, session.stream.receive) == (send, receive)
    driver.receive(request("ACK", branch="k2", cseq=2, to_tag=tag))
    driver.receive(reinvite(tag, SDP, cseq=3))
    assert (session.stream.send, session.stream.receive) == (True, True)
    assert len(only(driver.events(), StreamChanged)) == 2


def test_a_re_invite_that_changes_nothing_tells_nothing(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(reinvite(tag))) == [200]
    assert driver.events() == []


def test_a_re_invite_without_an_offer_gets_ours(driver):
    session, tag = confirmed(driver)
    (ok,) = driver.receive(reinvite(tag, b""))
    assert b"m=audio 4000" in ok.body
    answer = SDP.replace(b"9000", b"9200")
    driver.receive(
        request("ACK", branch="k2", cseq=2, to_tag=tag, headers=("Content-Type: application/sdp",), body=answer)
    )
    assert session.stream.remote_port == 9200


def test_a_re_invite_that_cannot_be_taken_leaves_the_call_as_it_was(driver):
    session, tag = confirmed(driver)
    before = session.stream
    assert statuses(driver.receive(reinvite(tag, SDP.replace(b"AVP 8 101", b"AVP 18")))) == [488]
    driver.receive(request("ACK", branch="re2", cseq=2, to_tag=tag))
    assert session.stream == before
    assert driver.events() == []
    assert statuses(driver.receive(request("BYE", branch="b", cseq=3, to_tag=tag))) == [200]


def test_a_re_invite_before_the_ack_is_put_off(driver):
    _, ok = answered(driver)
    (refusal,) = driver.receive(reinvite(ok.to_address.tag))
    assert refusal.status == 500
    assert refusal.headers.get("Retry-After")


def test_a_re_invite_whose_answer_is_never_acknowledged_ends_the_call(driver):
    _, tag = confirmed(driver)
    driver.receive(reinvite(tag))
    assert statuses(driver.advance(33))[-1] == "BYE"
    assert end_of(driver) is EndReason.NO_ACK


def test_a_request_out_of_order_is_refused(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(reinvite(tag, cseq=9))) == [200]
    driver.receive(request("ACK", branch="k", cseq=9, to_tag=tag))
    assert statuses(driver.receive(request("BYE", branch="old", cseq=8, to_tag=tag))) == [500]
    assert driver.core.calls == 1


def test_a_bye_with_wrong_tags_does_not_end_the_call(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(request("BYE", branch="x", cseq=2, to_tag=tag, from_tag="other"))) == [481]
    assert driver.core.calls == 1
