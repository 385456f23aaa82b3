"""Who is next, who is refused at once, and that under any load what is begun is also finished in time."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.speech.batching import Batching
from gateway.speech.engine_pace import EnginePace
from gateway.speech.recognition_schedule import PARTIAL_YIELDS_S, Entry, Overloaded, RecognitionSchedule


def entry(item, came=0.0, deadline=100.0, **more):
    return Entry(item, came, deadline, **more)


def schedule_of(*entries, longest=100, at_once=1, pace=0.1, busy=True, batching=Batching()):  # noqa: B008
    """Return a schedule in which those entries wait; ``busy``: behind one that began at 0."""
    schedule = RecognitionSchedule(longest, at_once, EnginePace(pace), batching)
    if busy:
        for number in range(at_once):
            schedule.add(entry(f"running {number}"))
            schedule.take(0.0)
    for one in entries:
        schedule.add(one)
    return schedule


@given(st.lists(st.booleans(), max_size=30))
def test_final_utterances_come_before_partial_ones_each_in_order(kinds):
    schedule = RecognitionSchedule(100, 1, EnginePace(1e-6), Batching(100))
    for number, partial in enumerate(kinds):
        schedule.add(entry(number, partial=partial))
    turn, late = schedule.take(now=0)
    assert [one.item for one in turn] == sorted(range(len(kinds)), key=lambda number: (kinds[number], number))
    assert late == []


def test_a_partial_that_has_waited_for_a_while_is_surely_over_and_comes_before_those_that_came_since():
    schedule = schedule_of(
        entry("old partial", partial=True),
        entry("sooner", came=PARTIAL_YIELDS_S - 0.1),
        entry("later", came=PARTIAL_YIELDS_S + 0.1),
        batching=Batching(9),
    )
    turn, _ = schedule.take(now=1)
    assert [one.item for one in turn] == ["sooner", "old partial", "later"]


def test_a_full_queue_refuses_but_gives_up_a_partial_for_a_final():
    schedule = schedule_of(entry("final"), entry("partial", partial=True), longest=2)
    with pytest.raises(Overloaded):
        schedule.add(entry("another partial", partial=True))
    assert [one.item for one in schedule.add(entry("second final"))] == ["partial"]
    with pytest.raises(Overloaded):
        schedule.add(entry("third final"))


def test_who_has_waited_too_long_leaves_and_takes_nobodys_turn():
    schedule = schedule_of(entry("late", deadline=2), entry("first", deadline=5), entry("second", deadline=5))
    turn, late = schedule.take(now=2)
    assert [one.item for one in turn] == ["first"]
    assert [one.item for one in late] == ["late"]
    assert len(schedule) == 1


def test_what_could_not_be_done_in_time_is_refused_at_once():
    # With a pace of 0.1, a second of sound takes 1.2 * 0.1 * 3 = 0.36 s: three are done after 1.08 s.
    schedule = schedule_of(entry("second", deadline=0.75))
    with pytest.raises(Overloaded):
        schedule.add(entry("too late", deadline=1.05))
    assert schedule.add(entry("just in time", deadline=1.1)) == []
    assert len(schedule) == 2


def test_with_two_engines_twice_as_much_is_done_in_time():
    schedule = schedule_of(entry("third"), entry("fourth"), at_once=2)
    with pytest.raises(Overloaded):
        schedule.add(entry("too late", deadline=1.05))
    assert schedule.add(entry("just in time", deadline=1.1)) == []


def test_a_long_utterance_is_expected_to_take_longer():
    schedule = schedule_of(entry("long", sound_s=20))
    with pytest.raises(Overloaded):
        schedule.add(entry("behind it", deadline=2))


def test_a_partial_that_could_not_begin_soon_is_refused_but_a_final_is_let_in():
    schedule = schedule_of(*(entry(number) for number in range(4)))
    with pytest.raises(Overloaded):
        schedule.add(entry("partial", partial=True))
    assert schedule.add(entry("final")) == []


def test_what_can_no_longer_be_done_in_time_is_given_up_before_it_is_begun():
    schedule = schedule_of(entry("waits", deadline=1.0), entry("has time", deadline=9))
    turn, late = schedule.take(now=0.8)
    assert [one.item for one in turn] == ["has time"]
    assert [one.item for one in late] == ["waits"]


def test_an_idle_engine_takes_whatever_comes_and_learns_how_fast_it_really_is():
    schedule = schedule_of(pace=50.0, busy=False)
    for now in range(0, 200, 10):
        schedule.add(entry("alone", came=now, deadline=now + 6))
        turn, late = schedule.take(now)
        assert (len(turn), late) == (1, [])
        schedule.done(turn, 0.3)
    for _ in range(5):
        schedule.add(entry("one of many", came=200, deadline=206))


def test_a_failure_frees_the_engine_and_teaches_nothing():
    schedule = schedule_of(pace=0.1, busy=False)
    schedule.add(entry("fails", deadline=6))
    turn, _ = schedule.take(0)
    schedule.done(turn, None)
    schedule.add(entry("alone", came=0.1, deadline=0.2))
    assert [one.item for one in schedule.take(0.1)[0]] == ["alone"]


def simulate(seed, *, load, at_once, deadline_s, partials, pace_of):
    """Run callers against an engine whose pace at time ``t`` is ``pace_of(t)``; return what became of them.

    ``load`` is the work offered a second to each engine. Returns (offered, begun, in time) and the longest time in
    which nothing was done although somebody waited.
    """
    chance = random.Random(seed)
    schedule = RecognitionSchedule(32, at_once)
    now, end = 0.0, 120.0
    come = now
    running = []
    offered = begun = in_time = 0
    last_good = None
    longest_without = 0.0
    while now < end:
        finishing = min((one[0] for one in running), default=end + 1)
        now = min(come, finishing)
        if now == finishing:
            one = min(running, key=lambda one: one[0])
            running.remove(one)
            schedule.done([one[1]], one[2])
            if now <= one[1].deadline:
                in_time += 1
                last_good = now
        else:
            sound_s = chance.uniform(0.5, 8)
            partial = chance.random() < partials
            offered += 1
            with contextlib.suppress(Overloaded):
                schedule.add(Entry(offered, now, now + deadline_s, sound_s, partial))
            mean = pace_of(now) * 6.25
            come = now + chance.expovariate(load * at_once / mean)
        while len(running) < at_once:
            turn, _ = schedule.take(now)
            if not turn:
                break
            begun += 1
            took = pace_of(now) * (turn[0].sound_s + 2) * chance.uniform(0.8, 1.25)
            running.append((now + took, turn[0], took))
        if last_good is not None:
            longest_without = max(longest_without, now - last_good)
    return offered, begun, in_time, longest_without


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    load=st.floats(1.5, 20),
    at_once=st.integers(1, 4),
    partials=st.sampled_from([0.0, 0.5]),
    pace=st.floats(0.02, 0.25),
)
def test_under_overload_the_engine_works_for_those_whom_it_can_serve_in_time(seed, load, at_once, partials, pace):
    _, begun, in_time, longest_without = simulate(
        seed, load=load, at_once=at_once, deadline_s=6.0, partials=partials, pace_of=lambda _: pace
    )
    # All of an engine's time at that pace, a fifth of it lost to what the estimates can't know.
    possible = 120 * at_once / (pace * 6.25)
    assert in_time >= 0.75 * min(possible, begun)
    assert in_time >= 0.6 * possible
    assert longest_without < 12


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), slower=st.floats(2, 10), at_once=st.integers(1, 2))
def test_an_engine_that_becomes_slower_for_a_while_serves_fewer_but_never_nobody(seed, slower, at_once):
    _, begun, in_time, longest_without = simulate(
        seed,
        load=3.0,
        at_once=at_once,
        deadline_s=6.0,
        partials=0.3,
        pace_of=lambda now: 0.05 * (slower if 30 <= now < 70 else 1),
    )
    assert in_time >= 0.7 * begun
    assert longest_without < 15


GATHERED = Batching(largest=4, window_s=0.01)


def test_an_idle_engine_waits_for_more_until_the_window_is_over_or_the_batch_full():
    schedule = schedule_of(entry("one", came=1.0), busy=False, batching=GATHERED)
    assert schedule.due() == pytest.approx(1.01)
    assert schedule.take(1.005) == ([], [])
    schedule.add(entry("two", came=1.004))
    turn, _ = schedule.take(1.01)
    assert [one.item for one in turn] == ["one", "two"]
    assert schedule.due() is None
    for number in range(4):
        schedule.add(entry(number, came=2.0))
    assert schedule.due() == 2.0
    assert len(schedule.take(2.0)[0]) == 4


def test_without_a_window_nobody_waits():
    schedule = schedule_of(entry("one", came=1.0), busy=False)
    assert schedule.due() == 1.0


def test_what_came_while_the_engine_was_busy_has_waited_long_enough():
    schedule = schedule_of(entry("running"), busy=False, batching=GATHERED)
    schedule.take(0.02)
    for number in range(3):
        schedule.add(entry(number, came=0.1))
    assert [one.item for one in schedule.take(0.5)[0]] == [0, 1, 2]


def test_engines_that_are_free_together_get_equal_parts():
    schedule = RecognitionSchedule(100, 2, EnginePace(0.001), Batching(largest=8))
    for number in range(6):
        schedule.add(entry(number))
    assert [len(schedule.take(0.0)[0]), len(schedule.take(0.0)[0])] == [3, 3]


def test_an_engine_that_takes_fewer_for_a_while_gets_fewer():
    schedule = schedule_of(*(entry(number) for number in range(6)), batching=Batching(largest=4), pace=0.01)
    schedule.most = 2
    assert [one.item for one in schedule.take(0.5)[0]] == [0, 1]
    schedule.most = 4
    assert [one.item for one in schedule.take(0.5)[0]] == [2, 3, 4, 5]


def test_a_short_time_with_members_withdrawn_teaches_nothing_but_a_long_one_does():
    pace = EnginePace(0.1)
    schedule = RecognitionSchedule(100, 1, pace)
    before = pace.expected_s([1.0])
    for took_s, expected in ((0.01, before), (before / 2, before)):
        schedule.add(entry("withdrawn", came=0.0))
        turn, _ = schedule.take(0.0)
        schedule.done(turn, took_s, whole=False)
        assert pace.expected_s([1.0]) == expected
    schedule.add(entry("withdrawn late", came=0.0))
    turn, _ = schedule.take(0.0)
    schedule.done(turn, 10 * before, whole=False)
    assert pace.expected_s([1.0]) > before


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 0.05), st.floats(0.3, 40), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 12),
)
def test_the_oldest_is_in_every_batch_so_that_nobody_is_passed_over(arrivals, largest):
    schedule = RecognitionSchedule(100, 1, EnginePace(1e-7), Batching(largest))
    now, waiting = 0.0, []
    for number, (gap, sound_s, partial) in enumerate(arrivals):
        now += gap
        one = entry(number, came=now, deadline=now + 1e6, sound_s=sound_s, partial=partial)
        schedule.add(one)
        waiting.append(one)
    while waiting:
        turn, late = schedule.take(now + 1)
        assert late == []
        assert 1 <= len(turn) <= largest
        assert turn[0] is min(waiting, key=lambda one: one.rank)
        assert [one.rank for one in turn] == sorted(one.rank for one in turn)
        schedule.done(turn, 1e-6)
        waiting = [one for one in waiting if one not in turn]


def crowd(seed, *, callers_a_second, largest, deadline_s=6.0, seconds=30.0):
    """Run callers against one GPU that takes 0.2 s for one and a fifteenth more for each further member.

    Return (offered, refused, begun, in time).
    """
    chance = random.Random(seed)
    schedule = RecognitionSchedule(4 * largest, 1, EnginePace(), Batching(largest, 0.008))
    now = come = began = 0.0
    running, ends = None, float("inf")
    offered = refused = begun = in_time = 0
    while now < seconds:
        due = schedule.due() if running is None else None
        now = min(come, ends, max(now, due) if due is not None else float("inf"))
        if now == ends:
            schedule.done(running, ends - began)
            in_time += sum(now <= one.deadline for one in running)
            running, ends = None, float("inf")
        elif now == come:
            offered += 1
            try:
                schedule.add(Entry(offered, now, now + deadline_s, chance.uniform(0.8, 6)))
            except Overloaded:
                refused += 1
            come = now + chance.expovariate(callers_a_second)
        if running is None:
            turn, _ = schedule.take(now)
            if turn:
                begun += len(turn)
                began, running = now, turn
                longest = max(one.sound_s for one in turn)
                ends = now + (0.2 + 0.2 / 15 * (len(turn) - 1)) * (longest + 2) / 5 * chance.uniform(0.9, 1.15)
    return offered, refused, begun, in_time


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), callers_a_second=st.floats(1, 25))
def test_a_gpu_that_keeps_up_refuses_nobody(seed, callers_a_second):
    offered, refused, begun, in_time = crowd(seed, callers_a_second=callers_a_second, largest=16)
    assert refused <= 0.02 * offered
    assert in_time >= 0.95 * begun


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), callers_a_second=st.floats(60, 200))
def test_under_overload_batches_stay_large_and_what_is_begun_is_done_in_time(seed, callers_a_second):
    _, _, begun, in_time = crowd(seed, callers_a_second=callers_a_second, largest=16)
    assert in_time >= 0.9 * begun
    # Full batches of the longest utterances: 16 in 0.64 s; one by one the engine would do 7 a second at best.
    assert in_time >= 0.8 * 30 * 16 / 0.64
