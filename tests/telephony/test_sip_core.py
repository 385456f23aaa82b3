"""The user agent's core against a peer made of datagrams, on a clock that the test moves."""

import pytest
from sip_fixtures import PEER, SDP, CoreDriver, accept, invite, request, respond, statuses

from gateway.media.parameters import Codec
from gateway.telephony.errors import CallEnded
from gateway.telephony.events import Ended, EndReason, Established, InviteReceived, Ringing, StreamChanged
from gateway.telephony.headers import parse_name_address
from gateway.telephony.negotiation import Negotiation
from gateway.telephony.transport import Hop


@pytest.fixture
def driver():
    return CoreDriver()


def negotiation():
    return Negotiation("192.0.2.1", 4000, 7)


def ring_in(driver, data=None):
    """Receive an INVITE and return its session."""
    assert statuses(driver.receive(data or invite())) == [100]
    (event,) = driver.events()
    assert isinstance(event, InviteReceived)
    return event.session


def answered(driver, data=None):
    """Receive an INVITE, answer it, and return the session and the 200."""
    session = ring_in(driver, data)
    session.answer(negotiation(), driver.now)
    (ok,) = driver.sent()
    return session, ok


def confirmed(driver, data=None):
    """Receive an INVITE, answer it, have it acknowledged, and return the session and our tag."""
    session, ok = answered(driver, data)
    assert driver.receive(request("ACK", branch="ack", to_tag=ok.to_address.tag)) == []
    driver.events()
    return session, ok.to_address.tag


def only(events, kind):
    return [event for event in events if isinstance(event, kind)]


def end_of(driver):
    (end,) = only(driver.events(), Ended)
    return end.reason


# --- calls that come in


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
    assert b"m=audio 4000 RTP/AVP 8 0 101" in ok.body
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


# --- requests that are refused


@pytest.mark.parametrize(
    ("data", "status", "header"),
    [
        (request("REFER"), 405, ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS")),
        (request("UPDATE"), 405, ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS")),
        (request("FROBNICATE"), 501, ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS")),
        (invite(uri="name:john"), 416, None),
        (invite(headers=("Require: 100rel, x-y",)), 420, ("Unsupported", "100rel, x-y")),
        (request("BYE"), 481, None),
        (request("BYE", to_tag="nobody"), 481, None),
        (invite(to_tag="nobody"), 481, None),
        (request("OPTIONS", to_tag="nobody"), 481, None),
        (invite(b"x", headers=("Content-Type: text/plain",)), 415, ("Accept", "application/sdp")),
        (invite(headers=("Content-Encoding: gzip",)), 415, ("Accept-Encoding", "identity")),
        (invite(b"v=0\r\nx"), 400, None),
        (
            invite(SDP.replace(b"AVP 8 101", b"AVP 18")),
            488,
            ("Warning", '399 gateway "The offer holds neither PCMA nor PCMU"'),
        ),
        (invite(SDP[: SDP.index(b"m=")]), 488, None),
        (request("INVITE"), 400, None),
        (invite(headers=("Contact: <sip:",)), 400, None),
        (invite().replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE"), 400, None),
        (invite().replace(b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia"), 505, None),
    ],
)
def test_what_cannot_be_served_is_refused_and_makes_no_call(driver, data, status, header):
    (refusal,) = driver.receive(data)
    assert refusal.status == status
    if header is not None:
        assert refusal.headers.get(header[0]) == header[1]
    assert driver.events() == []
    assert driver.core.calls == 0


def test_a_malformed_request_is_told_what_is_wrong(driver):
    (refusal,) = driver.receive(invite().replace(b"Content-Length: ", b"Content-Length: 9"))
    assert (refusal.status, refusal.reason) == (400, "The body is shorter than its Content-Length")
    assert driver.hops == [PEER]
    assert driver.core.counters.malformed == 1


@pytest.mark.parametrize(
    "data",
    [b"\r\n\r\n", b"\x00" * 4, b"hello", b"SIP/2.0 200 OK\r\n\r\n", request("ACK", cseq_method="BYE"), request("ACK")],
)
def test_what_needs_no_answer_gets_none(driver, data):
    assert driver.receive(data) == []


def test_a_request_that_came_by_two_paths_is_served_once(driver):
    ring_in(driver)
    assert statuses(driver.receive(invite(branch="other"))) == [482]


def test_the_last_hop_is_still_a_hop(driver):
    # RFC 4475 section 3.3.11: an endpoint serves a request whose Max-Forwards is zero.
    ring_in(driver, invite().replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))


def test_a_call_too_many_is_busy():
    driver = CoreDriver(max_calls=1)
    session, _ = confirmed(driver)
    second = invite(branch="2", call_id="c2")
    assert statuses(driver.receive(second)) == [486]
    assert statuses(driver.receive(request("OPTIONS", branch="o", call_id="o"))) == [486]
    session.hang_up(driver.now)
    driver.sent()
    driver.events()
    ring_in(driver, invite(branch="3", call_id="c3"))


def test_a_gateway_that_goes_down_takes_no_call_but_ends_those_it_has(driver):
    _, tag = confirmed(driver)
    driver.core.draining = True
    (refusal,) = driver.receive(invite(branch="2", call_id="c2"))
    assert (refusal.status, refusal.headers.get("Retry-After")) == (503, "10")
    assert statuses(driver.receive(request("BYE", branch="b", cseq=2, to_tag=tag))) == [200]


def test_options_tells_what_we_can_do(driver):
    (ok,) = driver.receive(request("OPTIONS"))
    assert ok.status == 200
    assert ok.headers.get("Allow") == "INVITE, ACK, BYE, CANCEL, OPTIONS"
    assert ok.headers.get("Accept") == "application/sdp"
    assert ok.to_address.tag


def test_options_within_a_dialog_leaves_the_call_alone(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(request("OPTIONS", branch="o", cseq=2, to_tag=tag))) == [200]
    assert driver.core.calls == 1


def test_an_offer_in_a_multipart_body_is_found(driver):
    body = (
        b"--b1\r\nContent-Type: application/isup;version=x\r\nContent-Disposition: signal\r\n\r\n\x01\x02\r\n"
        b"--b1\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--b1--\r\n"
    )
    session = ring_in(driver, invite(body, headers=('Content-Type: multipart/mixed;boundary="b1"',)))
    assert session.offer is not None


# --- re-INVITE


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


# --- calls that go out


def call_out(driver):
    """Begin a call and return its session and the INVITE."""
    session = driver.core.invite(
        target=parse_name_address("<sip:praxis@192.0.2.9>"),
        caller=parse_name_address("<sip:test@192.0.2.1>"),
        hop=PEER,
        negotiation=negotiation(),
        now=driver.now,
    )
    (sent,) = driver.sent()
    assert sent.method == "INVITE"
    return session, sent


def test_a_call_out_rings_and_is_answered(driver):
    session, sent = call_out(driver)
    assert b"m=audio 4000 RTP/AVP 8 0 101" in sent.body
    driver.receive(respond(sent, 100))
    driver.receive(respond(sent, 180))
    (ack,) = driver.receive(accept(sent))
    assert (ack.method, str(ack.uri), str(ack.cseq)) == ("ACK", "sip:called@192.0.2.9:5070", "1 ACK")
    assert ack.top_via.branch != sent.top_via.branch
    assert driver.hops == [Hop("192.0.2.9", 5070)]
    ringing, established = driver.events()
    assert isinstance(ringing, Ringing)
    assert ringing.status == 180
    assert isinstance(established, Established)
    assert session.stream.remote_port == 9000


def test_a_repeated_answer_is_acknowledged_again(driver):
    _, sent = call_out(driver)
    (ack,) = driver.receive(accept(sent))
    assert driver.receive(accept(sent)) == [ack]
    assert len(only(driver.events(), Established)) == 1


def test_the_peer_may_end_a_call_that_we_made(driver):
    _, sent = call_out(driver)
    driver.receive(accept(sent))
    driver.events()
    bye = request("BYE", branch="b", cseq=77, call_id=sent.call_id, from_tag="b", to_tag=sent.from_address.tag)
    assert statuses(driver.receive(bye)) == [200]
    assert end_of(driver) is EndReason.PEER


def test_a_refusal_is_told_with_its_reason(driver):
    _, sent = call_out(driver)
    assert statuses(driver.receive(respond(sent, 486))) == ["ACK"]
    (end,) = driver.events()
    assert (end.reason, end.status) == (EndReason.REJECTED, 486)
    assert driver.core.calls == 0


def test_a_peer_that_is_not_there_is_given_up(driver):
    call_out(driver)
    assert statuses(driver.advance(33)) == ["INVITE"] * 6
    assert end_of(driver) is EndReason.NO_RESPONSE
    assert driver.core.is_idle


def test_a_send_error_ends_the_call_at_once(driver):
    session, sent = call_out(driver)
    driver.core.transport_failed(f"{sent.top_via.branch} INVITE", "Network is unreachable", driver.now)
    (end,) = driver.events()
    assert (end.reason, end.text) == (EndReason.TRANSPORT, "Network is unreachable")
    assert session.finished
    assert driver.core.is_idle


def test_giving_up_waits_for_a_provisional_response_and_sends_cancel(driver):
    session, sent = call_out(driver)
    session.hang_up(driver.now)
    assert driver.sent() == []
    assert end_of(driver) is EndReason.GATEWAY
    (cancel,) = driver.receive(respond(sent, 180))
    assert cancel.method == "CANCEL"
    assert cancel.top_via == sent.top_via
    assert driver.receive(respond(cancel, 200)) == []
    assert statuses(driver.receive(respond(sent, 487))) == ["ACK"]
    driver.advance(60)
    assert driver.core.is_idle
    assert driver.events() == []


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(driver):
    session, sent = call_out(driver)
    driver.receive(respond(sent, 180))
    session.hang_up(driver.now)
    (cancel,) = driver.sent()
    ack, bye = driver.receive(accept(sent))
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert bye.to_address.tag == "b"
    driver.receive(respond(cancel, 481))
    driver.receive(respond(bye, 200))
    driver.advance(60)
    assert driver.core.is_idle


def test_a_cancel_without_effect_is_given_up(driver):
    session, sent = call_out(driver)
    driver.receive(respond(sent, 180))
    session.hang_up(driver.now)
    driver.advance(70)
    assert driver.core.is_idle
    assert driver.core.next_deadline() is None


def test_a_second_answer_from_a_fork_is_acknowledged_and_ended(driver):
    session, sent = call_out(driver)
    driver.receive(accept(sent))
    ack, bye = driver.receive(accept(sent, to_tag="fork"))
    assert (ack.method, ack.to_address.tag) == ("ACK", "fork")
    assert (bye.method, bye.to_address.tag) == ("BYE", "fork")
    assert driver.receive(accept(sent, to_tag="fork")) == [ack]
    assert session.end is None


def test_an_answer_without_a_usable_stream_ends_the_call(driver):
    _, sent = call_out(driver)
    assert statuses(driver.receive(accept(sent, body=SDP.replace(b"AVP 8 101", b"AVP 18")))) == ["ACK", "BYE"]
    assert end_of(driver) is EndReason.MEDIA


def test_an_answer_without_a_contact_is_acknowledged_all_the_same(driver):
    _, sent = call_out(driver)
    (ack,) = driver.receive(respond(sent, 200, headers=("Content-Type: application/sdp",), body=SDP))
    assert ack.uri == sent.uri


def test_the_routes_of_the_answer_are_used_from_the_last_to_the_first(driver):
    session, sent = call_out(driver)
    routes = ("Record-Route: <sip:192.0.2.61;lr>", "Record-Route: <sip:192.0.2.62:5090;lr>")
    (ack,) = driver.receive(accept(sent, headers=routes))
    assert ack.headers.get_list("Route") == ["<sip:192.0.2.62:5090;lr>", "<sip:192.0.2.61;lr>"]
    assert driver.hops == [Hop("192.0.2.62", 5090)]
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    assert bye.headers.get_list("Route") == ack.headers.get_list("Route")


def test_a_response_that_is_not_ours_is_dropped(driver):
    _, sent = call_out(driver)
    foreign = accept(sent).replace(sent.top_via.branch.encode(), b"z9hG4bKforeign")
    assert driver.receive(foreign) == []
    assert driver.events() == []


def test_nothing_is_left_when_all_calls_are_over(driver):
    for number in range(20):
        session, tag = confirmed(driver, invite(branch=f"i{number}"))
        driver.receive(request("BYE", branch=f"b{number}", cseq=2, to_tag=tag))
        driver.advance(33)
        driver.events()
        assert session.finished
    core, transactions = driver.core, driver.core._transactions
    for table in (core._dialogs, core._invites, core._owners, core._running):
        assert not table
    for table in (transactions._servers, transactions._clients, transactions._origins):
        assert not table
    assert core.next_deadline() is None
