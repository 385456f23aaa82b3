"""Provisional responses to our calls: PRACK, early media, forks."""

import pytest
from sip_fixtures import SDP, accept, call_out, end_of, from_called, only, respond, statuses

from gateway.telephony.events import EarlyMedia, Ended, EndReason, Established, Ringing
from gateway.telephony.sessions.session_parameters import ExtensionMode, SessionParameters

CONTACT = "Contact: <sip:called@192.0.2.9:5070>"
SDP_TYPE = "Content-Type: application/sdp"


def progress(sent, rseq=None, status=183, *, body=b"", to_tag="b", contact=CONTACT):
    headers = [contact]
    if rseq is not None:
        headers += ["Require: 100rel", f"RSeq: {rseq}"]
    if body:
        headers.append(SDP_TYPE)
    return respond(sent, status, to_tag=to_tag, headers=tuple(headers), body=body)


def test_a_reliable_response_is_acknowledged_once_within_its_early_dialog(driver):
    _, sent = call_out(driver)
    assert "100rel" in sent.headers.get_list("Supported")
    (prack,) = driver.receive(progress(sent, 77, 180))
    assert (prack.method, str(prack.uri), prack.to_address.tag) == ("PRACK", "sip:called@192.0.2.9:5070", "b")
    assert (prack.headers.get("RAck"), prack.cseq.number) == ("77 1 INVITE", 2)
    assert driver.receive(progress(sent, 77, 180)) == []
    assert len(only(driver.events(), Ringing)) == 1
    assert driver.receive(progress(sent, 79)) == []  # 78 was lost, and will come again
    assert statuses(driver.receive(progress(sent, 78))) == ["PRACK"]
    driver.receive(respond(prack, 200))
    (ack,) = driver.receive(accept(sent))
    assert ack.cseq.number == 1


def test_requests_after_the_answer_go_on_counting_after_the_pracks(driver):
    session, sent = call_out(driver)
    driver.receive(progress(sent, 1))
    driver.receive(progress(sent, 2))
    driver.receive(accept(sent))
    session.hang_up(driver.now)
    assert driver.sent()[0].cseq.number == 4


def test_a_prack_that_is_not_sent_in_time_or_refused_does_not_end_the_call(driver):
    _, sent = call_out(driver)
    (prack,) = driver.receive(progress(sent, 1))
    driver.receive(respond(prack, 481))
    driver.receive(progress(sent, 2))
    driver.advance(33)
    assert driver.core.calls == 1
    driver.receive(accept(sent))
    assert len(only(driver.events(), Established)) == 1


def test_reliable_early_media_is_the_answer(driver):
    session, sent = call_out(driver)
    driver.receive(progress(sent, 1, body=SDP))
    (early,) = only(driver.events(), EarlyMedia)
    assert early.stream.remote_port == 9000
    assert session.stream is None
    # A description in the 2xx means nothing any more (RFC 3261 section 13.2.1).
    driver.receive(accept(sent, body=SDP.replace(b"9000", b"9999")))
    (established,) = only(driver.events(), Established)
    assert established.stream.remote_port == 9000


def test_unreliable_early_media_is_a_foretaste_of_the_answer(driver):
    _, sent = call_out(driver)
    driver.receive(progress(sent, body=SDP))
    assert len(only(driver.events(), EarlyMedia)) == 1
    driver.receive(progress(sent, body=SDP))
    assert only(driver.events(), EarlyMedia) == []
    driver.receive(accept(sent, body=SDP.replace(b"9000", b"9999")))
    (established,) = only(driver.events(), Established)
    assert established.stream.remote_port == 9999


def test_an_answer_without_a_description_takes_the_early_one(driver):
    session, sent = call_out(driver)
    driver.receive(progress(sent, body=SDP))
    assert statuses(driver.receive(accept(sent, body=b""))) == ["ACK"]
    assert session.stream.remote_port == 9000


def test_early_media_that_cannot_be_used_is_passed_over(driver):
    _, sent = call_out(driver)
    assert statuses(driver.receive(progress(sent, 1, body=b"nonsense"))) == ["PRACK"]
    assert only(driver.events(), EarlyMedia) == []
    driver.receive(accept(sent))
    assert len(only(driver.events(), Established)) == 1


def test_the_branch_that_spoke_last_is_heard_and_the_one_that_answers_is_taken(driver):
    session, sent = call_out(driver)
    driver.receive(progress(sent, body=SDP))
    driver.receive(progress(sent, body=SDP.replace(b"9000", b"9100"), to_tag="fork"))
    driver.receive(progress(sent, body=SDP))
    assert [event.stream.remote_port for event in only(driver.events(), EarlyMedia)] == [9000, 9100, 9000]
    driver.receive(accept(sent, body=SDP.replace(b"9000", b"9200"), to_tag="fork"))
    assert session.stream.remote_port == 9200
    session.hang_up(driver.now)
    assert driver.sent()[0].to_address.tag == "fork"


def test_each_branch_counts_its_reliable_responses_for_itself(driver):
    _, sent = call_out(driver)
    pracks = driver.receive(progress(sent, 5)) + driver.receive(progress(sent, 900, to_tag="fork"))
    assert [prack.to_address.tag for prack in pracks] == ["b", "fork"]


def test_a_flood_of_branches_is_bounded(driver):
    session, sent = call_out(driver)
    for number in range(40):
        driver.receive(progress(sent, 1, to_tag=f"t{number}"))
    assert len(session.dialog_ids) == 16
    driver.receive(accept(sent, to_tag="t39"))
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    driver.receive(respond(bye, 200))
    assert not driver.core._dialogs


def test_an_update_of_the_called_side_may_change_early_media(driver):
    session, sent = call_out(driver)
    driver.receive(progress(sent, 1, body=SDP))
    update = from_called(sent, "UPDATE", headers=(SDP_TYPE, CONTACT), body=SDP.replace(b"9000", b"9300"))
    (ok,) = driver.receive(update)
    assert ok.status == 200
    assert session.early_stream.remote_port == 9300
    driver.receive(accept(sent))
    assert session.stream.remote_port == 9300


def test_an_update_before_there_is_an_answer_gets_491(driver):
    _, sent = call_out(driver)
    driver.receive(progress(sent, 1, 180))
    assert statuses(driver.receive(from_called(sent, "UPDATE", headers=(SDP_TYPE, CONTACT), body=SDP))) == [491]


def test_a_branch_that_was_not_taken_has_no_call(driver):
    _, sent = call_out(driver)
    driver.receive(progress(sent, 1))
    driver.receive(progress(sent, 1, to_tag="fork"))
    driver.receive(accept(sent))
    assert statuses(driver.receive(from_called(sent, "BYE", from_tag="fork"))) == [481]
    assert driver.core.calls == 1


def test_a_bye_of_the_called_side_before_its_answer_ends_the_call_and_leaves_nothing(driver):
    _, sent = call_out(driver)
    driver.receive(progress(sent, status=180))
    assert statuses(driver.receive(from_called(sent, "BYE"))) == [200, "CANCEL"]
    assert end_of(driver) is EndReason.PEER
    driver.advance(70)
    assert driver.core.is_idle
    assert not driver.core._owners


def test_a_provisional_response_without_a_contact_still_rings(driver):
    _, sent = call_out(driver)
    driver.receive(respond(sent, 180))
    assert len(only(driver.events(), Ringing)) == 1


def test_what_is_demanded_of_the_called_side(driver):
    parameters = SessionParameters(reliable_provisional=ExtensionMode.REQUIRED, session_timer=ExtensionMode.REQUIRED)
    _, sent = call_out(driver, parameters)
    assert sorted(sent.headers.get_list("Require")) == ["100rel", "timer"]


def test_what_is_switched_off_is_not_announced(driver):
    _, sent = call_out(
        driver, SessionParameters(reliable_provisional=ExtensionMode.OFF, session_timer=ExtensionMode.OFF)
    )
    assert sent.headers.get("Supported") == "replaces"
    assert "PRACK" not in sent.headers.get_list("Allow")
    assert "Session-Expires" not in sent.headers


@pytest.mark.parametrize("status", [300, 302, 305, 380])
def test_a_redirection_is_a_refusal(driver, status):
    _, sent = call_out(driver)
    answers = driver.receive(respond(sent, status, headers=("Contact: <sip:premium@example.com>",)))
    assert statuses(answers) == ["ACK"]
    (end,) = only(driver.events(), Ended)
    assert (end.reason, end.status) == (EndReason.REJECTED, status)


def test_a_call_that_is_cancelled_while_it_has_early_media_ends(driver):
    session, sent = call_out(driver)
    (prack,) = driver.receive(progress(sent, 1, body=SDP))
    driver.receive(respond(prack, 200))
    session.hang_up(driver.now)
    (cancel,) = driver.sent()
    assert cancel.method == "CANCEL"
    driver.receive(respond(cancel, 200))
    driver.receive(respond(sent, 487))
    assert end_of(driver) is EndReason.GATEWAY
    driver.advance(70)
    assert driver.core.is_idle
    assert not driver.core._dialogs
