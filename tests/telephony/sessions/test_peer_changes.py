"""UPDATE from the peer (RFC 3311), and re-INVITEs that come at the wrong time."""

from sip_fixtures import SDP, answered, confirmed, invite, only, request, ring_in, statuses

from gateway.telephony.events import StreamChanged
from gateway.telephony.messages.message import parse_message

SDP_TYPE = ("Content-Type: application/sdp",)


def update(tag, body=b"", cseq=2, headers=()):
    kind = SDP_TYPE if body else ()
    return request("UPDATE", branch=f"u{cseq}", cseq=cseq, to_tag=tag, headers=(*kind, *headers), body=body)


def test_an_update_moves_the_stream(driver):
    session, tag = confirmed(driver)
    (ok,) = driver.receive(update(tag, SDP.replace(b"9000", b"9400").replace(b"AVP 8", b"AVP 0")))
    assert ok.status == 200
    assert ok.headers.get("Contact") == "<sip:192.0.2.1:5060>"
    assert b"m=audio 4000 RTP/AVP 0 101" in ok.body
    assert session.stream.remote_port == 9400
    assert len(only(driver.events(), StreamChanged)) == 1


def test_an_update_without_an_offer_takes_the_new_target(driver):
    session, tag = confirmed(driver)
    (ok,) = driver.receive(update(tag, headers=("Contact: <sip:new@192.0.2.9:5071>",)))
    assert (ok.status, ok.body) == (200, b"")
    session.hang_up(driver.now)
    assert str(driver.sent()[0].uri) == "sip:new@192.0.2.9:5071"


def test_an_update_that_cannot_be_taken_changes_nothing(driver):
    session, tag = confirmed(driver)
    before = session.stream
    contact = ("Contact: <sip:new@192.0.2.9:5071>",)
    refused = driver.receive(update(tag, SDP.replace(b"AVP 8 101", b"AVP 18"), headers=contact))
    assert statuses(refused) == [488]
    assert (
        refused[0].headers.get("Warning")
        == '399 gateway "The offer holds none of the codecs that are taken: G722, opus, PCMA, PCMU"'
    )
    assert statuses(driver.receive(update(tag, b"x", cseq=3))) == [400]
    assert statuses(driver.receive(update(tag, cseq=4, headers=("Contact: <sip:",)))) == [400]
    assert session.stream == before
    session.hang_up(driver.now)
    assert str(driver.sent()[0].uri) == "sip:caller@192.0.2.9:5070"


def test_an_update_with_an_offer_before_the_call_is_answered_is_put_off(driver):
    session = ring_in(driver)
    (refusal,) = driver.receive(update(session.local_tag, SDP))
    assert refusal.status == 500
    assert refusal.headers.get("Retry-After") is not None
    assert statuses(driver.receive(update(session.local_tag, cseq=3))) == [200]


def test_an_update_while_our_offer_waits_for_its_answer_gets_491(driver):
    _, ok = answered(driver, invite(b""))
    assert statuses(driver.receive(update(ok.to_address.tag, SDP))) == [491]


def test_a_re_invite_before_the_call_is_answered_is_put_off(driver):
    session = ring_in(driver)
    (refusal,) = driver.receive(invite(branch="re", cseq=2, to_tag=session.local_tag))
    assert refusal.status == 500
    assert refusal.headers.get("Retry-After") is not None


def test_a_request_for_a_call_that_is_over_gets_481(driver):
    session, tag = confirmed(driver)
    session.hang_up(driver.now)
    driver.sent()
    assert statuses(driver.receive(update(tag))) == [481]
    assert statuses(driver.receive(invite(branch="re", cseq=3, to_tag=tag))) == [481]


def test_a_second_offer_of_a_hold_by_address_zero(driver):
    session, tag = confirmed(driver)
    (ok,) = driver.receive(update(tag, SDP.replace(b"IN IP4 192.0.2.9\r\nt", b"IN IP4 0.0.0.0\r\nt")))
    assert b"a=recvonly" in ok.body
    assert (session.stream.send, session.stream.receive) == (False, True)
    driver.receive(update(tag, SDP, cseq=3))
    assert session.stream.send


def test_a_re_invite_in_a_multipart_body_is_read(driver):
    _, tag = confirmed(driver)
    body = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--b--\r\n"
    data = invite(body, headers=("Content-Type: multipart/mixed;boundary=b",), branch="re", cseq=2, to_tag=tag)
    assert parse_message(data).body == body
    assert statuses(driver.receive(data)) == [200]


def test_a_notify_that_nobody_waits_for_gets_481_and_the_call_goes_on(driver):
    _, tag = confirmed(driver)
    headers = ("Event: refer", "Subscription-State: active")
    assert statuses(driver.receive(request("NOTIFY", branch="n", cseq=2, to_tag=tag, headers=headers))) == [481]
    assert driver.core.calls == 1


def test_a_refer_from_the_peer_is_refused(driver):
    _, tag = confirmed(driver)
    headers = ("Refer-To: <sip:premium@example.com>",)
    (refusal,) = driver.receive(request("REFER", branch="r", cseq=2, to_tag=tag, headers=headers))
    assert refusal.status == 405
    assert "REFER" not in refusal.headers.get_list("Allow")
