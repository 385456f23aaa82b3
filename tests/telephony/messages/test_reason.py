"""The Reason header (RFC 3326), alone and in BYE and CANCEL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import confirmed, only, request, ring_in

from gateway.telephony.events import Ended
from gateway.telephony.messages.reason import Reason, parse_reasons


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ([], []),
        (['Q.850;cause=16;text="Normal call clearing"'], [Reason("Q.850", 16, "Normal call clearing")]),
        (
            ['SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=26'],
            [Reason("SIP", 200, "Call completed elsewhere"), Reason("Q.850", 26)],
        ),
        (["SIP;text=gone"], [Reason("SIP", None, "gone")]),
        (["SIP;cause=many"], [Reason("SIP")]),
        (['Q.850;text="a, b; c \\" d"'], [Reason("Q.850", None, 'a, b; c " d')]),
        (['Q.850;cause=16;text="open', ";cause=1", "SIP;;"], []),
    ],
)
def test_reasons_are_read_and_others_left_out(values, reasons):
    assert parse_reasons(values) == tuple(reasons)


@given(
    st.builds(
        Reason,
        st.sampled_from(["SIP", "Q.850"]),
        st.none() | st.integers(0, 999),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"])),
    )
)
def test_what_is_written_can_be_read(reason):
    assert parse_reasons([str(reason)]) == (reason,)


@given(st.lists(st.text(max_size=30), max_size=3))
def test_nothing_makes_the_reader_fail(values):
    for reason in parse_reasons(values):
        assert reason.summary


def test_the_end_of_a_call_says_why_the_peer_hung_up(driver):
    _, tag = confirmed(driver)
    headers = ('Reason: SIP;cause=200;text="Taken elsewhere"', "Reason: Q.850;cause=16")
    driver.receive(request("BYE", branch="b", cseq=2, to_tag=tag, headers=headers))
    (end,) = only(driver.events(), Ended)
    assert end.text == "Taken elsewhere"
    assert [reason.cause for reason in end.causes] == [200, 16]


def test_the_end_of_a_call_says_why_it_was_cancelled(driver):
    ring_in(driver)
    driver.receive(request("CANCEL", headers=("Reason: Q.850;cause=26",)))
    (end,) = only(driver.events(), Ended)
    assert end.text == "Q.850 cause 26"
