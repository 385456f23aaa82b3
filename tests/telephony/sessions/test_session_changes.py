"""Hold, resume and move, as this side asks for them: re-INVITE and its glare."""

import pytest
from sip_fixtures import (
    SDP,
    CoreDriver,
    accept,
    called,
    confirmed,
    end_of,
    from_called,
    invite,
    only,
    request,
    respond,
    statuses,
)

from gateway.telephony.events import Ended, EndReason, StreamChanged, StreamRequested
from gateway.telephony.sessions.negotiation import MediaChange

HOLD, RESUME = MediaChange(direction="sendonly"), MediaChange(direction="sendrecv")


def change(driver, session, wanted):
    """Ask for a change and return the re-INVITE."""
    session.changes.request(wanted, driver.now)
    (sent,) = driver.sent()
    assert sent.method == "INVITE"
    return sent


def outcome(driver):
    (event,) = only(driver.events(), StreamRequested)
    return event.status


def test_hold_and_resume(driver):
    session, tag = confirmed(driver)
    hold = change(driver, session, HOLD)
    assert b"a=sendonly" in hold.body
    assert (hold.from_address.tag, hold.to_address.tag, str(hold.uri)) == (tag, "a", "sip:caller@192.0.2.9:5070")
    assert hold.headers.get("Contact") == "<sip:192.0.2.1:5060>"
    # Provisional responses to a re-INVITE are of no use.
    assert hold.headers.get_list("Supported") == ["timer", "replaces"]
    (ack,) = driver.receive(accept(hold, body=SDP + b"a=recvonly\r\n"))
    assert (ack.method, ack.cseq.number) == ("ACK", hold.cseq.number)
    changed, done = driver.events()
    assert isinstance(changed, StreamChanged)
    assert (session.stream.send, session.stream.receive) == (True, False)
    assert isinstance(done, StreamRequested)
    assert driver.receive(accept(hold, body=SDP + b"a=recvonly\r\n")) == [ack]
    resume = change(driver, session, RESUME)
    assert b"a=sendrecv" in resume.body
    driver.receive(accept(resume))
    assert session.stream.receive
    assert outcome(driver) is None


def test_a_moved_address_and_a_new_target(driver):
    session, _ = confirmed(driver)
    moved = change(driver, session, MediaChange(address="192.0.2.5", port=6000))
    assert b"c=IN IP4 192.0.2.5" in moved.body
    assert b"m=audio 6000" in moved.body
    answer = accept(moved).replace(b"sip:called@192.0.2.9:5070", b"sip:elsewhere@192.0.2.9:5090")
    (ack,) = driver.receive(answer)
    assert str(ack.uri) == "sip:elsewhere@192.0.2.9:5090"
    session.hang_up(driver.now)
    assert str(driver.sent()[0].uri) == "sip:elsewhere@192.0.2.9:5090"


def test_changes_wait_for_each_other(driver):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    session.changes.request(RESUME, driver.now)
    assert driver.sent() == []
    ack, resume = driver.receive(accept(hold))
    assert (ack.method, resume.method) == ("ACK", "INVITE")
    assert b"a=sendrecv" in resume.body


def test_a_change_waits_until_the_answer_of_the_call_is_acknowledged(driver):
    from sip_fixtures import answered

    session, ok = answered(driver)
    session.changes.request(HOLD, driver.now)
    assert driver.sent() == []
    assert statuses(driver.receive(request("ACK", branch="ack", to_tag=ok.to_address.tag))) == ["INVITE"]


@pytest.mark.parametrize("status", [403, 488, 500, 503, 606])
def test_a_refused_change_leaves_the_call_as_it_was(driver, status):
    session, tag = confirmed(driver)
    before = session.stream
    hold = change(driver, session, HOLD)
    assert statuses(driver.receive(respond(hold, status))) == ["ACK"]
    assert outcome(driver) == status
    assert session.stream == before
    assert session.negotiation.direction == "sendrecv"
    (ok,) = driver.receive(invite(branch="re", cseq=2, to_tag=tag))
    assert b"a=sendrecv" in ok.body


@pytest.mark.parametrize("status", [408, 481])
def test_a_peer_that_has_lost_the_call_is_sent_bye(driver, status):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    assert statuses(driver.receive(respond(hold, status))) == ["ACK", "BYE"]
    assert end_of(driver) is EndReason.NO_RESPONSE


def test_a_peer_that_does_not_respond_ends_the_call(driver):
    session, _ = confirmed(driver)
    change(driver, session, HOLD)
    driver.advance(33)
    assert end_of(driver) is EndReason.NO_RESPONSE


def test_a_re_invite_that_rings_for_ever_is_cancelled(driver):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    driver.receive(respond(hold, 180))
    (cancel,) = driver.advance(32)
    assert cancel.method == "CANCEL"
    driver.receive(respond(cancel, 200))
    assert statuses(driver.receive(respond(hold, 487))) == ["ACK"]
    assert outcome(driver) == 487
    assert driver.core.calls == 1


def test_a_re_invite_that_cannot_even_be_cancelled_ends_the_call(driver):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    driver.receive(respond(hold, 180))
    driver.advance(65)
    assert end_of(driver) is EndReason.NO_RESPONSE


@pytest.mark.parametrize("body", [b"", b"nonsense", SDP.replace(b"AVP 8 101", b"AVP 18")])
def test_an_answer_that_cannot_be_used_is_acknowledged_and_ends_the_call(driver, body):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    assert statuses(driver.receive(accept(hold, body=body))) == ["ACK", "BYE"]
    assert end_of(driver) is EndReason.MEDIA


@pytest.mark.parametrize("retry_after", ["1", "1 (busy)", "1;duration=9"])
def test_a_change_that_the_peer_puts_off_is_tried_again(driver, retry_after):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    driver.receive(respond(hold, 500, headers=(f"Retry-After: {retry_after}",)))
    assert driver.advance(0.9) == []
    (again,) = driver.advance(0.2)
    assert (again.method, again.cseq.number) == ("INVITE", hold.cseq.number + 1)
    assert b"a=sendonly" in again.body
    driver.receive(accept(again))
    assert outcome(driver) is None


def test_a_change_is_not_tried_for_ever(driver):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    for _ in range(6):
        driver.receive(respond(hold, 500, headers=("Retry-After: 0",)))
        sent = driver.advance(0)
        if sent:
            (hold,) = sent
    assert sent == []
    assert outcome(driver) == 500


# Glare (RFC 3261 section 14.1):


def test_a_re_invite_of_the_peer_that_crosses_ours_gets_491(driver):
    session, tag = confirmed(driver)
    change(driver, session, HOLD)
    assert statuses(driver.receive(invite(branch="re", cseq=2, to_tag=tag))) == [491]
    assert statuses(driver.receive(request("ACK", branch="re", cseq=2, to_tag=tag))) == []


def test_an_update_with_an_offer_that_crosses_our_re_invite_gets_491(driver):
    session, tag = confirmed(driver)
    change(driver, session, HOLD)
    update = request("UPDATE", branch="u", cseq=2, to_tag=tag, headers=("Content-Type: application/sdp",), body=SDP)
    assert statuses(driver.receive(update)) == [491]
    assert statuses(driver.receive(request("UPDATE", branch="u3", cseq=3, to_tag=tag))) == [200]


@pytest.mark.parametrize(("ours", "least", "most"), [(False, 0.0, 2.0), (True, 2.1, 4.0)])
def test_after_a_glare_the_side_that_made_the_call_id_waits_longer(ours, least, most):
    waits = []

    def uniform(low, high):
        waits.append((low, high))
        return high

    driver = CoreDriver(uniform=uniform)
    session = (called(driver) if ours else confirmed(driver))[0]
    hold = change(driver, session, HOLD)
    waits.clear()
    driver.receive(respond(hold, 491))
    assert waits == [(pytest.approx(least), pytest.approx(most))]
    assert driver.advance(most - 0.01) == []
    (again,) = driver.advance(0.02)
    driver.receive(accept(again))
    assert outcome(driver) is None


def test_while_we_wait_after_a_glare_the_peers_re_invite_is_served(driver):
    session, sent = called(driver)
    hold = change(driver, session, HOLD)
    driver.receive(respond(hold, 491))
    headers = ("Contact: <sip:called@192.0.2.9:5070>", "Content-Type: application/sdp")
    (ok,) = driver.receive(from_called(sent, "INVITE", headers=headers, body=SDP.replace(b"9000", b"9300")))
    assert ok.status == 200
    assert session.stream.remote_port == 9300
    assert driver.advance(2.2)[-1].status == 200  # ours waits until the ACK
    (again,) = driver.receive(from_called(sent, "ACK", branch="k"))
    assert again.method == "INVITE"
    assert b"a=sendonly" in again.body


def test_hanging_up_during_a_re_invite_leaves_nothing_behind(driver):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    driver.receive(respond(bye, 200))
    assert statuses(driver.receive(accept(hold))) == ["ACK"]
    assert len(only(driver.events(), Ended)) == 1
    driver.advance(70)
    assert driver.core.is_idle
    assert driver.core.next_deadline() is None


def test_a_re_invite_that_is_never_answered_is_forgotten_some_time_after_the_call(driver):
    session, _ = confirmed(driver)
    hold = change(driver, session, HOLD)
    driver.receive(respond(hold, 180))
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    driver.receive(respond(bye, 200))
    assert driver.advance(70) == []
    assert driver.core.is_idle
    assert not driver.core._owners


def test_a_peer_that_hangs_up_during_a_re_invite_is_left_alone(driver):
    session, tag = confirmed(driver)
    hold = change(driver, session, HOLD)
    assert statuses(driver.receive(request("BYE", branch="b", cseq=2, to_tag=tag))) == [200]
    assert statuses(driver.receive(respond(hold, 487))) == ["ACK"]
    assert end_of(driver) is EndReason.PEER
    assert driver.advance(70) == []
    assert session.finished
