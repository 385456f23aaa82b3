"""Whole calls whose messages are mutated, dropped, doubled and put in disorder."""

import pytest
from fuzz_harness import Edit, Harness, Left, OwedAnswer, Step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sip_fixtures import PEER, invite, request
from torture_messages import RFC4475, RFC5118

PIECES = (
    b"",
    b"\r\n",
    b"\r\n\r\n",
    b" ",
    b",",
    b";",
    b'"',
    b"<",
    b">",
    b"\x00",
    b"\xff",
    b"%",
    b"0",
    b"9999999999",
    b";tag=x",
    b"Via: SIP/2.0/UDP h\r\n",
    b"Route: <sip:x;lr>\r\n",
    b"Require: 100rel\r\n",
    b"a=sendonly\r\n",
)

edits = st.builds(
    Edit, st.integers(0, 900), st.integers(0, 6), st.one_of(st.sampled_from(PIECES), st.binary(max_size=5))
)
steps = st.builds(
    Step,
    kind=st.integers(0, 17),
    edits=st.one_of(st.just(()), st.lists(edits, max_size=3).map(tuple)),
    copies=st.sampled_from((1, 1, 1, 0, 2, 3)),
    pause_s=st.sampled_from((0.0, 0.0, 0.0, 0.6, 5.0, 40.0)),
    action=st.integers(0, 200),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=1, max_size=14).map(tuple))
def test_no_call_however_broken_fails_stays_or_goes_unanswered(played):
    Harness().play(played)


@pytest.mark.quiet
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted({**RFC4475, **RFC5118}.items())), st.lists(edits, max_size=4), st.integers(1, 3))
def test_no_mutation_of_a_torture_message_fails_or_stays(named, changes, copies):
    _, data = named
    for edit in changes:
        data = edit.apply(data)
    harness = Harness()
    for _ in range(copies):
        harness.receive(data)
    harness.finish()


@pytest.mark.parametrize(
    "data",
    [
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nTo: " + b'"' * 60_000 + b"\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\n" + b"Via: SIP/2.0/UDP h;a=b,\r\n " * 2_000 + b"\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nContact: " + b"<" * 60_000 + b"\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\n" + b"a:b\r\n" * 12_000 + b"\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h" + b" " * 60_000 + b"x\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nX:" + b"\r\n \r\n " * 10_000 + b"\r\n\r\n",
        b"INVITE " + b"sip:" * 15_000 + b" SIP/2.0\r\n\r\n",
        b"SIP/2.0 200 " + b"x" * 60_000 + b"\r\n\r\n",
        request("INVITE", headers=tuple(f"Route: <sip:h{n};lr>;a=b;c" for n in range(250)), body=b"v=0\r\n" * 5_000),
        invite(b"v=0\r\n" + b"m=audio 1 RTP/AVP 0\r\n" * 2_500),
        invite(b"v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 1 RTP/AVP" + b" 8" * 20_000 + b"\r\n"),
        invite(b"--b\r\n" * 8_000, headers=('Content-Type: multipart/mixed;boundary="b"',)),
        invite(
            b"".join(b"--%d\r\nContent-Type: multipart/mixed;boundary=%d\r\n\r\n" % (n, n + 1) for n in range(1_200)),
            headers=("Content-Type: multipart/mixed;boundary=0",),
        ),
        invite(
            b"--b\r\n\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 1_900,
            headers=("Content-Type: multipart/digest;boundary=b",),
        ),
        invite(
            b'--b\r\nContent-Type: multipart/mixed;a="' + b"\r\n ;;;;" * 8_000 + b"\r\n\r\nx\r\n--b--",
            headers=("Content-Type: multipart/mixed;boundary=b",),
        ),
        request("INVITE", headers=("Supported: " + "a," * 4_000, "Allow: " + "b, " * 2_500)),
        request("INVITE", headers=("Authorization: Digest " + 'a="b", ' * 1_100,)),
    ],
)
def test_no_message_of_the_largest_size_takes_long(data):
    assert len(data) < 65_536
    harness = Harness()
    harness.receive(data)
    harness.finish()


@pytest.mark.parametrize("line", ['Via: SIP/2.0/UDP "h', "Via: SIP/2.0/UDP <h", 'Route: "x', "Record-Route: <x"])
def test_a_path_that_cannot_be_read_is_refused(line):
    harness = Harness()
    harness.core.receive(invite(headers=(line,)), PEER, harness.now)
    (item,) = harness.core.take_outgoing()
    assert item.data.startswith(b"SIP/2.0 400 The ")


def test_the_harness_sees_an_answer_that_is_missing_and_a_call_that_stays(monkeypatch):
    harness = Harness()
    monkeypatch.setattr(harness.core._screen, "_refuse", lambda *_: None)
    with pytest.raises(OwedAnswer):
        harness.receive(request("BYE", to_tag="nobody"))
    harness = Harness()
    harness.receive(invite())
    monkeypatch.setattr(type(harness.sessions[0]), "finished", False)
    with pytest.raises(Left):
        harness.finish()
