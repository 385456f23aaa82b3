"""Calls that go out, on a clock that the test moves."""

from sip_fixtures import SDP, accept, call_out, confirmed, end_of, invite, only, request, respond, statuses

from gateway.telephony.events import EndReason, Established, Ringing
from gateway.telephony.network.transport import Hop


def test_a_call_out_rings_and_is_answered(driver):
    session, sent = call_out(driver)
    assert b"m=audio 4000 RTP/AVP 9 8 0 13 101" in sent.body
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
    session.hang_up(driver.now, "nobody waits any more")
    (cancel,) = driver.sent()
    assert cancel.headers.get("Reason") == 'Q.850;cause=16;text="nobody waits any more"'
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
