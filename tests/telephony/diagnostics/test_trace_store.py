"""The trace keeps what an operator looks for, within bounds, and never disturbs a call."""

import dataclasses
import tracemalloc

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import invite, request
from trace_fixtures import BEGAN, PEER, answer, traced, whole_call

from gateway.telephony.diagnostics.message_outline import call_id_of, outline
from gateway.telephony.diagnostics.trace import MaskingTracer
from gateway.telephony.diagnostics.trace_store import MESSAGE_OVERHEAD, TraceStore


def stored(*messages, **options) -> TraceStore:
    store = TraceStore(**{"clock": lambda: BEGAN + 60, **options})
    for message in messages:
        store(message)
    return store


def test_a_call_is_found_by_its_call_id_or_its_beginning():
    store = stored(*whole_call("aaa-1"), *whole_call("aaa-2"), *whole_call("aaa-22"))
    assert [call.call_id for call in store.find("aaa-1")] == ["aaa-1"]
    assert [call.call_id for call in store.find("aaa-2")] == ["aaa-2"], "the whole one is meant"
    assert {call.call_id for call in store.find("aaa")} == {"aaa-1", "aaa-2", "aaa-22"}
    assert store.find("bbb") == []
    assert list(store.find("aaa-1")[0].messages) == whole_call("aaa-1")


def test_a_call_is_summed_up():
    (call,) = stored(*whole_call()).calls()
    assert (call.method, call.final, call.outgoing, call.peer) == ("INVITE", (200, "OK"), False, PEER)
    assert call.began_at == BEGAN
    assert call.ended_at == BEGAN + 12.301


def test_the_response_after_a_challenge_counts():
    first, second = invite(branch="1"), invite(branch="2", cseq=2)
    store = stored(
        traced(first, sent=True),
        traced(answer(first, 401)),
        traced(second, sent=True),
        traced(answer(second, 486)),
    )
    (call,) = store.calls()
    assert (call.outgoing, call.final) == (True, (486, "Busy Here"))


def test_the_call_that_was_heard_of_last_comes_first():
    late_bye = request("BYE", call_id="one", cseq=2, to_tag="ours")
    store = stored(*whole_call("one"), *whole_call("two"), traced(late_bye, 30))
    assert [call.call_id for call in store.calls()] == ["one", "two"]
    assert [call.call_id for call in store.calls(1)] == ["one"]


def test_a_long_dialog_keeps_its_first_and_its_last_messages():
    options = [traced(request("OPTIONS", cseq=number), number) for number in range(1, 101)]
    (call,) = stored(*options, first_messages=3, last_messages=5).calls()
    assert [outline(message.data).cseq[0] for message in call.messages] == [1, 2, 3, 96, 97, 98, 99, 100]
    assert (call.omitted, call.omitted_after) == (92, 3)


def test_what_was_silent_for_long_is_dropped():
    store = stored(*whole_call("old"), max_age_s=20)
    assert store.calls() == [], "at 60 s"
    store = stored(*whole_call("old"), traced(invite(call_id="new"), 59), max_age_s=30)
    assert [call.call_id for call in store.calls()] == ["new"]


def test_strangers_and_pings_do_not_push_out_calls():
    store = stored(*whole_call("call"), max_octets=100_000)
    for number in range(2_000):
        store(traced(invite(call_id=f"scanner-{number}"), 20))
        refused = invite(call_id=f"refused-{number}")
        store(traced(refused, 20))
        store(traced(answer(refused, 403), 20, sent=True))
        ping = request("OPTIONS", call_id=f"ping-{number}")
        store(traced(ping, 20))
        store(traced(answer(ping, 200), 20, sent=True))
    assert len(store.find("call")) == 1
    assert store.octets <= 100_000


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 3_000), st.booleans(), st.sampled_from(["INVITE", "OPTIONS"])),
        max_size=80,
    )
)
def test_the_bounds_hold_whatever_comes(arrivals):
    store = TraceStore(max_octets=20_000, max_calls=5, first_messages=2, last_messages=3, clock=lambda: BEGAN)
    for number, (call, size, sent, method) in enumerate(arrivals):
        store(traced(request(method, call_id=f"c{call}", body=b"x" * size), number, sent=sent))
        calls = store.calls()
        kept = sum(len(message.data) + MESSAGE_OVERHEAD for call in calls for message in call.messages)
        assert kept == store.octets <= 20_000
        assert len(calls) <= 10
        assert all(len(call.messages) <= 5 for call in calls)


def test_the_memory_that_is_counted_is_the_memory_that_is_used():
    tracemalloc.start()
    store = TraceStore(max_octets=4_000_000, clock=lambda: BEGAN)
    before, _ = tracemalloc.get_traced_memory()
    for number in range(1_000):
        for message in whole_call(f"call-{number}"):
            # A copy each, as from a socket.
            store(dataclasses.replace(message, data=bytes(bytearray(message.data)), local=(str(number), 1)))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < store.octets < 4_000_000


def test_what_has_no_call_id_is_counted_and_not_kept():
    store = stored(traced(b"garbage"), traced(b""), traced(b"INVITE sip:x SIP/2.0\r\nCall-ID:\r\n\r\n"))
    assert store.calls() == []
    assert store.unreadable == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"X\r\ni:c1\r\n", "c1"),
        (b"X\r\nCALL-id : c1@h\r\n", "c1@h"),
        (b"X\nCall-ID: c1", "c1"),
        (b"X\r\nCall-ID: " + b"a" * 300, "a" * 256),
        (b"X\r\nX-Call-ID: c1\r\n", None),
    ],
)
def test_the_call_id_is_found_in_whatever_form(data, expected):
    assert call_id_of(data) == expected


@given(st.binary(max_size=200))
def test_an_outline_is_made_of_anything(data):
    outline(data)
    outline(b"INVITE sip:x SIP/2.0\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n" + data)


def test_an_outline_tells_the_streams():
    body = (
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\na=sendonly\r\n"
        b"m=audio 9000 RTP/SAVP 0 18 97\r\na=rtpmap:97 opus/48000/2\r\nm=video 0 RTP/AVP 31\r\n"
    )
    expected = ("audio SRTP PCMU G729 opus 192.0.2.9:9000 sendonly", "video refused")
    assert outline(invite(body=body)).media == expected
    wrapped = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + body + b"\r\n--b\r\nContent-Type: x/y\r\n\r\nz\r\n--b--"
    assert outline(invite(body=wrapped, headers=("Content-Type: multipart/mixed;boundary=b",))).media == expected
    optional = body.replace(b"SAVP", b"AVP").replace(b"m=video", b"a=crypto:1 X inline:***\r\nm=video")
    assert outline(invite(body=optional)).media == expected
    assert outline(invite(body=b"v=0\r\nnonsense")).media == ("SDP that cannot be read",)


# The masking tracer


def test_secrets_reach_no_tracer_and_keep_alives_are_passed_over():
    seen = []
    tracer = MaskingTracer([seen.append, seen.append])
    tracer(traced(request("REGISTER", headers=("Authorization: Bearer secret",))))
    tracer(traced(b"\r\n\r\n"))
    tracer(traced(b"\0"))
    assert len(seen) == 2
    assert not any(b"secret" in message.data for message in seen)


def test_a_tracer_that_fails_disturbs_nothing_and_is_reported_once():
    def fail(_message):
        raise RuntimeError("of our own making")

    tracer = MaskingTracer([fail])
    with structlog.testing.capture_logs() as logs:
        tracer(traced(invite()))
        tracer(traced(invite()))
    assert tracer.failures == 2
    assert [line["event"] for line in logs] == ["sip_trace_failed"]
