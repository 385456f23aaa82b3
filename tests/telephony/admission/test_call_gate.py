import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.admission.call_gate import CallGate, CallLimits

CALLER = "192.0.2.9"


def statuses(gate, count, now=0.0, host=CALLER, trunk=None):
    refusals = [gate.judge_call(trunk, host, now) for _ in range(count)]
    return [None if refusal is None else refusal.status for refusal in refusals]


def retry_after(refusal):
    return int(dict(refusal.headers)["Retry-After"])


def test_calls_are_taken_up_to_the_number_of_lines():
    gate = CallGate(2)
    gate.began("a")
    assert gate.judge_call("a", CALLER, 0.0) is None
    gate.began(None)
    assert gate.calls == 2
    assert gate.judge_call("a", CALLER, 0.0).status == 486
    assert gate.judge_options("a").status == 486
    gate.ended("a")
    assert gate.judge_call("a", CALLER, 0.0) is None
    assert gate.counters.refused_full == 2


def test_a_trunk_has_lines_of_its_own():
    gate = CallGate(10, CallLimits(max_calls_by_trunk={"a": 1}))
    gate.began("a")
    assert gate.judge_call("a", CALLER, 0.0).status == 486
    assert gate.judge_call("b", CALLER, 0.0) is None
    assert gate.judge_call(None, CALLER, 0.0) is None
    assert gate.counters.refused_trunk_full == 1


def test_all_lines_taken_may_be_refused_so_that_the_trunk_tries_another_gateway():
    gate = CallGate(1, CallLimits(busy_status=503))
    gate.began(None)
    refusal = gate.judge_call(None, CALLER, 0.0)
    assert (refusal.status, retry_after(refusal)) == (503, 30)
    with pytest.raises(ValueError, match="486 or 503"):
        CallLimits(busy_status=600)


def test_a_source_that_calls_too_fast_is_told_when_to_come_back_and_others_are_not_held_back():
    gate = CallGate(100, CallLimits(calls_per_second=100, calls_per_second_per_source=2))
    assert statuses(gate, 6) == [None] * 4 + [503] * 2
    assert retry_after(gate.judge_call(None, CALLER, 0.0)) == 1
    assert statuses(gate, 4, host="192.0.2.10") == [None] * 4
    assert statuses(gate, 3, now=1.0) == [None] * 2 + [503]
    assert (gate.counters.refused_source_call_rate, gate.counters.refused_call_rate) == (4, 0)


def test_all_sources_together_are_held_to_a_rate():
    gate = CallGate(100, CallLimits(calls_per_second=0.1))
    assert statuses(gate, 1) == [None]
    assert retry_after(gate.judge_call(None, "192.0.2.77", 0.0)) == 10
    assert gate.counters.refused_call_rate == 1
    assert statuses(gate, 1, now=10.0) == [None]


def test_a_gateway_that_goes_down_refuses_calls_and_pings():
    gate = CallGate(1)
    gate.draining = True
    for refusal in (gate.judge_call(None, CALLER, 0.0), gate.judge_options(None)):
        assert (refusal.status, retry_after(refusal)) == (503, 10)
    assert gate.counters.refused_draining == 2


def test_an_overloaded_gateway_sheds_calls_but_answers_pings():
    gate = CallGate(1000)
    for _ in range(5):
        gate.overload.measured(1.0, 1.0)
    refused = statuses(gate, 100)
    assert 70 <= refused.count(503) <= 85
    assert gate.counters.refused_overload == refused.count(503)
    assert gate.judge_options(None) is None
    for _ in range(10):
        gate.overload.measured(0.0, 0.1)
    assert statuses(gate, 100).count(503) == 0


@given(st.floats(0.5, 50), st.lists(st.floats(0, 2), min_size=1, max_size=300))
def test_no_source_gets_more_calls_than_its_rate_and_burst(rate, pauses):
    gate = CallGate(10_000, CallLimits(calls_per_second_per_source=rate))
    now, admitted = 0.0, 0
    for pause in pauses:
        now += pause
        admitted += gate.judge_call(None, CALLER, now) is None
    assert admitted <= max(1, 2 * rate) + now * rate + 1e-6


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=50))
def test_calls_are_counted_out_as_they_were_counted_in(trunks):
    gate = CallGate(100)
    for trunk in trunks:
        gate.began(trunk)
    assert gate.calls == len(trunks)
    for trunk in trunks:
        gate.ended(trunk)
    assert gate.calls == gate.calls_of("a") == 0
    assert not gate._calls
