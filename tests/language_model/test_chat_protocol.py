"""The pure parts: events, completions, the breaker, the rate."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.language_model.circuit_breaker import BreakerTimes, CircuitBreaker
from gateway.language_model.completion import delta_of, first_model, text_of
from gateway.language_model.errors import LanguageModelError, ModelRubbish
from gateway.language_model.rate_limit import RateLimit
from gateway.language_model.server_sent_events import LARGEST_LINE, EventStream

LINE = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=20)


@given(st.lists(LINE, max_size=8), st.lists(st.integers(1, 7), max_size=200), st.sampled_from(["\n", "\r\n"]))
def test_events_are_the_same_however_the_octets_are_cut(texts, cuts, end):
    octets = "".join(f": c{end}id: 1{end}data: {text}{end}{end}" for text in texts).encode()
    events, found = EventStream(), []
    for cut in cuts:
        found += events.feed(octets[:cut])
        octets = octets[cut:]
    found += events.feed(octets)
    assert found == texts


def test_data_in_several_lines_is_one_event():
    assert EventStream().feed(b"data: a\ndata:b\n\ndata: c\n\n") == ["a\nb", "c"]


@pytest.mark.parametrize("octets", [b"x" * (LARGEST_LINE + 1), b"data: x\n" * LARGEST_LINE, b"data: \xff\n\n"])
def test_a_stream_without_sense_is_rubbish(octets):
    with pytest.raises(ModelRubbish):
        EventStream().feed(octets)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "message", "delta", "content", "data", "id"]), inner, max_size=4)
    ),
)


@given(JSON)
def test_json_of_any_shape_is_text_or_rubbish(value):
    for read in (text_of, delta_of, first_model):
        try:
            assert isinstance(read(json.dumps(value)), str)
        except LanguageModelError as error:
            assert type(error) is ModelRubbish  # noqa: PT017 - any other exception fails the test


@given(st.binary(max_size=60))
def test_octets_of_any_kind_are_text_or_rubbish(octets):
    try:
        text_of(octets)
    except LanguageModelError as error:
        assert type(error) is ModelRubbish  # noqa: PT017


def test_json_that_is_too_deep_is_rubbish():
    with pytest.raises(ModelRubbish):
        text_of(b"[" * 100_000)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_the_breaker_rests_longer_after_each_failed_trial_and_forgets_with_an_answer():
    clock = Clock()
    breaker = CircuitBreaker(clock, BreakerTimes(failures=2, rest_s=10, longest_rest_s=30))
    for rest in (10, 20, 30, 30):
        while breaker.admit():
            breaker.failed()
        assert breaker.is_resting
        clock.now += rest - 0.5
        assert not breaker.admit()
        clock.now += 0.5
        assert breaker.admit()
        assert not breaker.admit(), "one trial at a time"
        breaker.failed()
    clock.now += 30
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.admit()
    breaker.failed()
    assert breaker.admit()


def test_a_trial_that_is_given_up_lets_the_next_one_try():
    clock = Clock()
    breaker = CircuitBreaker(clock, BreakerTimes(failures=1, rest_s=1))
    breaker.failed()
    clock.now = 1.0
    assert breaker.admit()
    breaker.abandoned()
    assert breaker.admit()


def test_a_server_that_asks_for_days_does_not_get_them():
    clock = Clock()
    breaker = CircuitBreaker(clock, BreakerTimes(longest_rest_s=60))
    breaker.failed(retry_after_s=1e9)
    clock.now = 60.0
    assert breaker.admit()


@given(st.lists(st.floats(0, 2), max_size=60))
def test_the_rate_is_never_exceeded(pauses):
    clock = Clock()
    limit, taken = RateLimit(clock, per_second=5, burst=3), 0
    for pause in pauses:
        clock.now += pause
        taken += limit.take()
        assert taken <= 3 + 5 * clock.now + 1e-6
