"""What a caller's requests may look like and how each odd one is answered, over the whole core."""

import pytest
from sip_fixtures import (
    SDP,
    answered,
    call_out,
    confirmed,
    end_of,
    invite,
    negotiation,
    only,
    request,
    ring_in,
    statuses,
)

from gateway.telephony.events import Ended, EndReason
from gateway.telephony.trunks.identity import identify_caller

MIXED = ("Content-Type: multipart/mixed;boundary=b",)


def part(content, media_type="application/sdp", *headers):
    lines = (f"Content-Type: {media_type}", *headers)
    return b"--b\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


END = b"--b--\r\n"


@pytest.mark.parametrize(
    "body",
    [
        part(SDP) + END,
        part(b"\x01\x02", "application/isup;version=itu-t92+", "Content-Disposition: signal;handling=optional")
        + part(SDP)
        + END,
        part(SDP)
        + part(b"<pidf/>", "application/pidf+xml", "Content-Disposition: by-reference; handling = OPTIONAL")
        + END,
        part(SDP) + part(b"hi", "text/plain", "Content-Disposition: render") + END,
        b"A preamble.\r\n" + part(SDP, "Application/SDP; charset=x") + END,
    ],
)
def test_an_offer_among_other_parts_is_taken(driver, body):
    assert ring_in(driver, invite(body, headers=MIXED)).offer is not None


@pytest.mark.parametrize(
    "body",
    [
        part(b"x", "application/secret", "Content-Disposition: signal;handling=required") + part(SDP) + END,
        part(b"x", "application/secret") + END,
        part(SDP, "application/sdp", "Content-Encoding: gzip") + END,
    ],
)
def test_a_part_that_must_be_understood_and_is_not_gets_415(driver, body):
    (refusal,) = driver.receive(invite(body, headers=MIXED))
    assert refusal.status == 415
    assert refusal.headers.get("Accept") == "application/sdp"


def test_a_body_that_may_be_ignored_is_ignored(driver):
    headers = ("Content-Type: text/plain", "Content-Disposition: render;handling=optional")
    assert ring_in(driver, invite(b"hello", headers=headers)).offer is None


@pytest.mark.parametrize(("header", "seconds"), [("Expires: 10", 10), ("Expires: 0", 0), ("Expires:  120 ", 120)])
def test_a_caller_that_waits_only_so_long_gets_487_then(driver, header, seconds):
    session = ring_in(driver, invite(headers=(header,)))
    session.ring(driver.now)
    driver.sent()
    assert [status for status in statuses(driver.advance(seconds)) if status != 180] == [487]
    assert end_of(driver) is EndReason.EXPIRED


def test_an_answer_in_time_stays(driver):
    session = ring_in(driver, invite(headers=("Expires: 10",)))
    session.answer(negotiation(), driver.now)
    (ok,) = driver.sent()
    driver.receive(request("ACK", branch="k", to_tag=ok.to_address.tag))
    driver.advance(60)
    assert only(driver.events(), Ended) == []


@pytest.mark.parametrize("header", ["Expires: soon", "Expires: -1", "Expires: 99999999999999999999", "Expires: "])
def test_an_expires_that_cannot_be_read_is_no_reason_to_refuse_a_patient(driver, header):
    ring_in(driver, invite(headers=(header,)))
    assert 487 not in statuses(driver.advance(30))


def test_compact_forms_folded_lines_and_lists_make_the_same_call(driver):
    data = (
        b"INVITE sip:+41441234567@192.0.2.1 SIP/2.0\r\n"
        b"v: SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z9hG4bK1,\r\n SIP / 2.0 / UDP 192.0.2.77;branch=z9hG4bKp\r\n"
        b'f: "Anna\r\n\t Meier" <sip:0791234567@192.0.2.9>;tag=a\r\nt:\r\n <sip:+41441234567@192.0.2.1>\r\n'
        b"i: c1\r\nCSEQ: 1\r\n  INVITE\r\nm: <sip:caller@192.0.2.9:5070>\r\n"
        b"record-route: <sip:192.0.2.60;lr>, <sip:192.0.2.61;lr>\r\nRecord-Route: <sip:192.0.2.62;lr>\r\n"
        b"k: 100rel,\r\n timer\r\nx: 600;refresher=uas\r\nc: application/sdp\r\nl: "
        + str(len(SDP)).encode()
        + b"\r\n\r\n"
        + SDP
    )
    session = ring_in(driver, data)
    assert identify_caller(session.request).display_name == "Anna Meier"
    session.answer(negotiation(), driver.now)
    (ok,) = driver.sent()
    assert len(ok.headers.get_list("Via")) == 2
    assert ok.headers.get_list("Record-Route") == ["<sip:192.0.2.60;lr>", "<sip:192.0.2.61;lr>", "<sip:192.0.2.62;lr>"]
    assert ok.headers.get("Session-Expires") == "600;refresher=uas"
    driver.receive(request("ACK", branch="k", to_tag=ok.to_address.tag))
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    assert bye.headers.get_list("Route") == ["<sip:192.0.2.60;lr>", "<sip:192.0.2.61;lr>", "<sip:192.0.2.62;lr>"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"Zoë Müller-Šimić"'.encode(), "Zoë Müller-Šimić"),
        ("Zoë Müller".encode(), "Zoë Müller"),
        (b'"Zo\xeb M\xfcller"', "Zo\N{REPLACEMENT CHARACTER} M\N{REPLACEMENT CHARACTER}ller"),
        ('"山田 太郎"'.encode(), "山田 太郎"),
        (b'"say \\"aah\\""', 'say "aah"'),
    ],
)
def test_display_names_of_all_kinds_are_read_and_come_back_as_they_were(driver, written, read):
    data = invite().replace(b"From: <", b"From: " + written + b" <")
    driver.core.receive(data, driver.peer, driver.now)
    (trying,) = driver.core.take_outgoing()
    assert b"From: " + written + b" <sip:0791234567@192.0.2.9>;tag=a\r\n" in trying.data
    (event,) = driver.events()
    assert identify_caller(event.session.request).display_name == read


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (
            invite().replace(b"Max-Forwards: 70", b"Max-Forwards: 999"),
            400,
            "The Max-Forwards header is not a number up to 255",
        ),
        (invite(b"v=0\r\n"), 400, "The session description needs one o= line"),
        (request("INVITE"), 400, "The Contact header is missing or is there more than once"),
        (
            invite(headers=("Supported: timer", "Session-Expires: x")),
            400,
            "Session-Expires is not seconds and a refresher",
        ),
        (request("MESSAGE"), 405, "Method Not Allowed"),
        (request("SUBSCRIBE"), 405, "Method Not Allowed"),
        (request("REGISTER"), 405, "Method Not Allowed"),
        (request("PUBLISH"), 405, "Method Not Allowed"),
        (request("PRACK"), 481, "Call/Transaction Does Not Exist"),
        (request("INFO"), 481, "Call/Transaction Does Not Exist"),
        (request("NOTIFY"), 481, "Call/Transaction Does Not Exist"),
        (invite(headers=("Require: privacy",)), 420, "Bad Extension"),
        (invite(headers=('Require: "',)), 400, "The Require header cannot be read"),
    ],
)
def test_a_refusal_says_what_is_wrong(driver, data, status, reason):
    (refusal,) = driver.receive(data)
    assert (refusal.status, refusal.reason) == (status, reason)
    assert driver.core.calls == 0


def test_a_message_within_a_call_gets_405_and_the_call_goes_on(driver):
    _, tag = confirmed(driver)
    (refusal,) = driver.receive(request("MESSAGE", branch="m", cseq=2, to_tag=tag))
    assert (refusal.status, "UPDATE" in refusal.headers.get_list("Allow")) == (405, True)
    assert driver.core.calls == 1


def test_a_request_within_a_call_that_demands_too_much_gets_420(driver):
    _, tag = confirmed(driver)
    (refusal,) = driver.receive(invite(branch="re", cseq=2, to_tag=tag, headers=("Require: 199",)))
    assert (refusal.status, refusal.headers.get("Unsupported")) == (420, "199")


def test_a_cancel_that_crosses_the_answer_leaves_the_call(driver):
    session, ok = answered(driver)
    (cancelled,) = driver.receive(request("CANCEL"))
    assert cancelled.status == 200
    driver.receive(request("ACK", branch="k", to_tag=ok.to_address.tag))
    assert session.end is None
    # The caller that gave up hangs up after its ACK.
    assert statuses(driver.receive(request("BYE", branch="b", cseq=2, to_tag=ok.to_address.tag))) == [200]
    assert end_of(driver) is EndReason.PEER


def test_a_cancel_of_a_re_invite_is_answered_and_changes_nothing(driver):
    _, tag = confirmed(driver)
    driver.receive(invite(branch="re", cseq=2, to_tag=tag))
    assert statuses(driver.receive(request("CANCEL", branch="re", cseq=2, to_tag=tag))) == [200]
    assert driver.core.calls == 1


def test_two_branches_of_one_call_make_one_call_and_the_second_is_told(driver):
    ring_in(driver)
    (merged,) = driver.receive(invite(branch="two"))
    assert (merged.status, merged.reason) == (482, "Loop Detected")
    assert driver.core.calls == 1


def test_a_call_of_ours_that_a_proxy_leads_back_to_us_is_a_loop(driver):
    """Or the assistant would talk to itself, and call itself once more."""
    _, sent = call_out(driver)
    proxied = sent.serialise().replace(b"\r\n", b"\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKproxy\r\n", 1)
    (refused,) = driver.receive(proxied)
    assert (refused.status, refused.reason) == (482, "Loop Detected")
    assert driver.core.calls == 1


def test_a_call_by_way_of_many_proxies_is_no_loop(driver):
    call_out(driver)
    vias = b"\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKa\r\nVia: SIP/2.0/UDP 192.0.2.78, SIP/2.0/UDP x;branch=y\r\n"
    ring_in(driver, invite().replace(b"\r\n", vias, 1))


@pytest.mark.parametrize("hops", [b"0", b"1", b"255"])
def test_the_last_hop_serves_whatever_hops_are_left(driver, hops):
    # Max-Forwards 0 forbids to forward; an endpoint serves the request (RFC 4475 section 3.3.11).
    ring_in(driver, invite().replace(b"Max-Forwards: 70", b"Max-Forwards: " + hops))


def test_options_within_a_call_counts_its_cseq(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(request("OPTIONS", branch="o", cseq=5, to_tag=tag))) == [200]
    assert statuses(driver.receive(request("OPTIONS", branch="o2", cseq=4, to_tag=tag))) == [500]


def test_what_is_announced_in_the_answer_is_what_is_understood(driver):
    _, ok = answered(driver)
    assert ok.headers.get("Allow") == "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, NOTIFY"
    assert ok.headers.get("Supported") == "100rel, timer, replaces"
