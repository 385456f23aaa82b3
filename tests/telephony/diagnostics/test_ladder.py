"""The ladder of a call, as an operator sees it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import invite, request
from trace_fixtures import BEGAN, answer, traced, whole_call

from gateway.telephony.diagnostics.ladder import ASCII, render_ladder, without_controls
from gateway.telephony.diagnostics.trace_store import TracedCall
from gateway.telephony.network.transport import Hop


def drawn(messages, **options) -> str:
    return render_ladder(TracedCall("call-1", tuple(messages), **options), zone=dt.UTC, glyphs=ASCII)


def test_a_call_is_drawn():
    assert drawn(whole_call()) == (
        "Call-ID call-1\n"
        "began 18.11.2026 11:06:40\n"
        "\n"
        "          UDP                                                   gateway\n"
        "    192.0.2.9:5060                                          192.0.2.1:5060\n"
        "  +0.000 s | INVITE  (1 INVITE)                                    |\n"
        "           | audio PCMA telephone-event 192.0.2.9:9000 sendrecv    |\n"
        "           |------------------------------------------------------>|\n"
        "  +0.002 s | 100 Trying  (1 INVITE)                                |\n"
        "           |<------------------------------------------------------|\n"
        "  +0.051 s | 200 OK  (1 INVITE)                                    |\n"
        "           | audio PCMA telephone-event 192.0.2.1:9000 sendrecv    |\n"
        "           |<------------------------------------------------------|\n"
        "  +0.551 s | 200 OK  (1 INVITE)  again                             |\n"
        "           | audio PCMA telephone-event 192.0.2.1:9000 sendrecv    |\n"
        "           |<------------------------------------------------------|\n"
        "  +0.560 s | ACK  (1 ACK)                                          |\n"
        "           |------------------------------------------------------>|\n"
        " +12.300 s | BYE  (2 BYE)                                          |\n"
        "           |------------------------------------------------------>|\n"
        " +12.301 s | 200 OK  (2 BYE)                                       |\n"
        "           |<------------------------------------------------------|"
    )


def test_each_address_has_its_own_line_of_life():
    elsewhere = Hop("2001:db8::9", 5070, "TCP")
    ladder = drawn([*whole_call(), traced(request("INFO"), 20, remote=elsewhere, local=("2001:db8::1", 5060))])
    heads = ladder.splitlines()[3:5]
    assert heads[0].split() == ["UDP", "gateway", "TCP", "gateway"]
    assert heads[1].split() == ["192.0.2.9:5060", "192.0.2.1:5060", "[2001:db8::9]:5070", "[2001:db8::1]:5060"]
    assert ladder.splitlines()[-1].count("|") == 4


def test_what_was_not_kept_is_said():
    lines = drawn(whole_call(), omitted=7, omitted_after=2).splitlines()
    at = next(index for index, line in enumerate(lines) if "7 messages were not kept" in line)
    assert "100 Trying" in lines[at - 2]
    assert "200 OK" in lines[at + 1]


def test_what_cannot_be_read_is_drawn_all_the_same():
    assert "(unreadable)" in drawn([traced(b"\x80\x81 nonsense\r\nCall-ID: call-1\r\n\r\n")])


@pytest.mark.parametrize("hostile", ["\x1b]0;title\x07", "\x9b2J", "\u202egpj.exe", "\r\nfake line", "\x00"])
def test_what_came_from_outside_cannot_steer_the_terminal(hostile):
    assert not set(without_controls(hostile)) & set("\x1b\x07\x9b\u202e\r\x00")
    data = answer(invite(), 486, f"Busy{hostile.replace(chr(13), '').replace(chr(10), '')}")
    ladder = drawn([traced(invite()), traced(data, 1, sent=True)])
    assert not set(ladder) & set("\x1b\x07\x9b\u202e\r\x00")


@given(st.lists(st.tuples(st.binary(max_size=80), st.booleans(), st.floats(0, 1e6)), min_size=1, max_size=6))
def test_anything_can_be_drawn(parts):
    lines = drawn([traced(data, at, sent=sent) for data, sent, at in parts]).splitlines()
    assert all(len(line) <= 120 for line in lines[2:])


def test_the_time_of_day_is_of_the_zone():
    call = TracedCall("c", (traced(invite()),))
    assert dt.datetime(2026, 11, 18, 11, 6, 40, tzinfo=dt.UTC).timestamp() == BEGAN
    assert "began 18.11.2026 12:06:40" in render_ladder(call, zone=dt.timezone(dt.timedelta(hours=1)))
