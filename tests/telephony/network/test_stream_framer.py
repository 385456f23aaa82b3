"""Messages out of octets, however the network splits them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import SDP, invite, request

from gateway.telephony.messages.message import MAX_MESSAGE, parse_message
from gateway.telephony.network.stream_framer import LineBreaks, MessageFramed, StreamBroken, StreamFramer

MESSAGES = (
    request("OPTIONS"),
    invite(),
    request("MESSAGE", body=b"\r\n\r\nINVITE sip:x SIP/2.0\r\n\r\n"),
    request("INFO", body=bytes(range(256))),
)


def framed(chunks):
    framer = StreamFramer()
    return [event for chunk in chunks for event in framer.receive(chunk)]


def split(data, cuts):
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(MESSAGES)), max_size=5),
    st.lists(st.integers(0, 10_000), max_size=40),
)
def test_messages_come_out_whole_wherever_the_stream_is_split(parts, cuts):
    stream = b"".join(b"\r\n" * breaks + message for breaks, message in parts)
    events = framed(split(stream, cuts))
    assert [event.data for event in events if isinstance(event, MessageFramed)] == [message for _, message in parts]
    assert sum(event.count for event in events if isinstance(event, LineBreaks)) == sum(breaks for breaks, _ in parts)


def test_messages_come_out_whole_octet_by_octet():
    stream = b"\r\n\r\n".join(MESSAGES)
    events = framed([stream[at : at + 1] for at in range(len(stream))])
    assert [event.data for event in events if isinstance(event, MessageFramed)] == list(MESSAGES)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=10))
def test_no_octets_make_it_fail_and_the_split_does_not_change_what_comes_out(data, cuts):
    messages = [event for event in framed(split(data, cuts)) if isinstance(event, MessageFramed)]
    assert messages == [event for event in framed([data]) if isinstance(event, MessageFramed)]


@pytest.mark.parametrize(
    "header", [b"Content-Length: %d", b"l:%d", b"CONTENT-LENGTH \t: %d", b"Content-Length:\r\n %d"]
)
def test_the_length_is_read_in_every_form(header):
    head = request("OPTIONS").replace(b"Content-Length: 0", header % len(SDP))
    (event,) = framed([head + SDP])
    assert parse_message(event.data).body == SDP


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (request("OPTIONS").replace(b"Content-Length: 0\r\n", b""), 400, "The Content-Length header is missing"),
        (request("OPTIONS", headers=("Content-Length: 7",)), 400, "The Content-Length header is there more than once"),
        (request("OPTIONS").replace(b"Length: 0", b"Length: -1"), 400, "The Content-Length header is not a number"),
        (request("OPTIONS").replace(b"Length: 0", b"Length: 65535"), 513, "The message is too large"),
        (b"\x16\x03\x01\x02\x00\x01", 400, "This is not SIP"),
        (b"INVITE " + b"x" * MAX_MESSAGE, 513, "The message is too large"),
    ],
)
def test_a_stream_that_cannot_be_read_on_is_told_once_and_then_ignored(data, status, reason):
    framer = StreamFramer()
    (event,) = framer.receive(data)
    assert (event.status, event.reason) == (status, reason)
    assert framer.receive(request("OPTIONS")) == []
    assert not framer.incomplete


def test_what_came_before_the_fault_is_kept():
    events = framed([request("OPTIONS") + b"\x00"])
    assert [type(event) for event in events] == [MessageFramed, StreamBroken]


def test_a_header_section_that_never_ends_is_searched_once():
    framer = StreamFramer()
    for _ in range(MAX_MESSAGE // 10):
        assert framer.receive(b"INVITE sip") == []
    assert isinstance(framer.receive(b"INVITE sip")[0], StreamBroken)
