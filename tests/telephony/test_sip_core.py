"""What the core refuses, and what it says about itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import (
    PEER,
    SDP,
    CoreDriver,
    confirmed,
    invite,
    request,
    ring_in,
    statuses,
)

from gateway.telephony.events import EndReason, OfferRefused

ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, NOTIFY"


@pytest.mark.parametrize(
    ("data", "status", "header"),
    [
        (request("REFER"), 405, ("Allow", ALLOW)),
        (request("UPDATE"), 481, None),
        (request("FROBNICATE"), 501, ("Allow", ALLOW)),
        (invite(uri="name:john"), 416, None),
        (invite(headers=("Require: 100rel, x-y",)), 420, ("Unsupported", "x-y")),
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
            ("Warning", '399 gateway "The offer holds none of the codecs that are taken: G722, opus, PCMA, PCMU"'),
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
    # An offer that cannot be taken is told to the operator: the trunk is set up wrongly.
    assert [type(event) for event in driver.events()] == ([OfferRefused] if status == 488 else [])
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
    assert ok.headers.get("Allow") == ALLOW
    assert ok.headers.get("Accept") == "application/sdp, application/dtmf-relay, application/dtmf"
    assert ok.headers.get("Supported") == "100rel, timer, replaces"
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


@given(
    st.integers(0, 3), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 3), st.binary(max_size=6)), max_size=4)
)
def test_no_datagram_makes_the_core_fail(kind, edits):
    driver = CoreDriver()
    session, tag = confirmed(driver, invite(call_id="c9", branch="9"))
    data = [
        invite(),
        invite(branch="re", cseq=2, to_tag=tag, call_id="c9"),
        request("BYE", branch="b", cseq=3, to_tag=tag, call_id="c9"),
        request("CANCEL", branch="9", call_id="c9"),
    ][kind]
    for at, cut, put in edits:
        data = data[:at] + put + data[at + cut :]
    driver.core.receive(data, PEER, driver.now)
    driver.core.take_outgoing()  # a refusal repeats what could not be read
    driver.advance(100)
    if not session.finished:
        session.hang_up(driver.now)
    driver.advance(100)
    driver.events()


@pytest.mark.parametrize("branch", [b";branch=old", b""])
def test_a_peer_without_unique_branches_may_cancel_and_repeat_itself_from_behind_nat(branch):
    def old(data):
        return data.replace(b";branch=z9hG4bK1", branch)

    driver = CoreDriver(max_calls=1)
    session = ring_in(driver, old(invite(via="10.0.0.5:5060")))
    assert statuses(driver.receive(old(invite(via="10.0.0.5:5060")))) == [100]
    assert statuses(driver.receive(old(request("CANCEL", via="10.0.0.5:5060")))) == [200, 487]
    assert session.end.reason is EndReason.CANCELLED


def test_a_request_whose_serving_fails_is_answered_and_keeps_nothing(driver):
    def fail(*_):
        raise RuntimeError("of our own making")

    session, tag = confirmed(driver)
    session.handlers["INFO"] = fail
    with pytest.raises(RuntimeError):
        driver.receive(request("INFO", branch="i", cseq=2, to_tag=tag))
    assert statuses(driver.sent()) == [500]
    driver.core.dialog_observer = fail
    with pytest.raises(RuntimeError):
        driver.receive(invite(branch="2", call_id="c2"))
    assert statuses(driver.sent()) == [100, 500]
    assert driver.core.calls == 1
    driver.advance(40)
    assert not driver.core._transactions._servers
