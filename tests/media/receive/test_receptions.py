"""Reception statistics of many legs at once agree with a plain reading of RFC 3550's appendices, leg by leg."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.packet_round import PacketRound
from gateway.media.receive.receptions import Receptions


def round_of(
    slots: list[int], sequences: list[int], *, timestamps: list[int] | None = None, arrival: float = 0.0, ssrc: int = 7
) -> PacketRound:
    count = len(slots)
    nothing = np.zeros(count, np.intp)
    times = timestamps if timestamps is not None else [160 * sequence for sequence in sequences]
    return PacketRound(
        slots=np.array(slots, np.intp),
        sequence=np.array(sequences, np.int64) & 0xFFFF,
        timestamp=np.array(times, np.int64) & 0xFFFFFFFF,
        ssrc=np.full(count, ssrc, np.int64),
        payload_type=np.full(count, 8, np.int64),
        marker=np.zeros(count, np.bool_),
        arrival=np.full(count, arrival),
        begin=nothing,
        end=nothing,
        row=nothing,
        rows=np.zeros((0, 12), np.uint8),
        rtcp_rows=nothing[:0],
        malformed_rows=nothing[:0],
    )


@dataclass
class PlainReception:
    """One source by sets and integers; the numbers it is given are those before they were cut to 16 bits."""

    numbers: set[int] = field(default_factory=set)
    duplicated: int = 0

    def receive(self, number: int) -> bool:
        if number in self.numbers:
            self.duplicated += 1
            return False
        self.numbers.add(number)
        return True


@settings(max_examples=60, deadline=None)
@given(data=st.data(), first=st.sampled_from([0, 3, 65500, 32768]))
def test_many_legs_with_loss_reordering_and_duplicates_count_as_each_by_itself(data: st.DataObject, first: int) -> None:
    legs = 4
    bank = Receptions(10)
    plain = [PlainReception() for _ in range(legs)]
    # The first one is in order, so that the numbering begins with it.
    arrived = [[first] for _ in range(legs)]
    for leg in range(legs):
        numbers = data.draw(st.lists(st.integers(1, 90), min_size=12, max_size=40))
        arrived[leg] += [first + number for number in sorted(numbers, key=lambda n: n // 8)]
    for index in range(max(map(len, arrived))):
        present = [leg for leg in range(legs) if index < len(arrived[leg])]
        numbers = [arrived[leg][index] for leg in present]
        fresh = bank.receive(round_of([2 * leg + 1 for leg in present], numbers))
        assert fresh.tolist() == [plain[leg].receive(number) for leg, number in zip(present, numbers, strict=True)]
    for leg in range(legs):
        view = bank.snapshot(2 * leg + 1)
        assert view.received == len(plain[leg].numbers)
        assert view.duplicated == plain[leg].duplicated
        assert view.expected == max(plain[leg].numbers) - first + 1
        assert view.highest == max(plain[leg].numbers)


def test_the_numbers_wrap_and_the_cycles_are_counted() -> None:
    bank = Receptions(1)
    for number in range(65530, 65530 + 80 * 1001, 80):
        assert bank.receive(round_of([0], [number])).all()
    view = bank.snapshot(0)
    assert view.highest == 65530 + 80_000
    assert (view.received, view.expected) == (1001, 80_001)


def test_a_packet_from_before_the_first_one_is_new_also_where_its_number_wraps() -> None:
    bank = Receptions(1)
    bank.receive(round_of([0], [0]))
    assert bank.receive(round_of([0], [-1])).all()
    assert not bank.receive(round_of([0], [-1])).any()
    assert bank.receive(round_of([0], [-90])).all()
    assert bank.snapshot(0).received == 3


def test_a_number_far_from_the_others_is_not_counted_until_a_second_one_follows_it() -> None:
    bank = Receptions(2)
    for number in range(10):
        bank.receive(round_of([1], [number]))
    assert bank.receive(round_of([1], [40000])).all()
    assert bank.snapshot(1).received == 10
    assert bank.receive(round_of([1], [10])).all()
    assert bank.snapshot(1).expected == 11
    assert bank.receive(round_of([1], [50000])).all()
    assert bank.receive(round_of([1], [50001])).all()
    view = bank.snapshot(1)
    assert (view.received, view.expected, view.highest) == (13, 13, 50001)


def test_runs_of_missing_packets_are_counted() -> None:
    bank = Receptions(2)
    for numbers in ([1, 1], [2, 5], [3, 6], [7, 7], [8, 65_530], [20, 8], [21, 12]):
        bank.receive(round_of([0, 1], numbers))
    # Four to six, and nine to nineteen; two to four, and nine to eleven: a number far from the others is no loss.
    assert [bank.snapshot(slot).bursts for slot in (0, 1)] == [2, 2]
    bank.reset(0)
    bank.receive(round_of([0], [1]))
    assert [bank.snapshot(slot).bursts for slot in (0, 1)] == [0, 2]


def test_a_restart_of_one_leg_leaves_the_others_in_the_same_round_alone() -> None:
    bank = Receptions(3)
    for number in range(5):
        bank.receive(round_of([0, 1, 2], [number, number, number]))
    for number in (5, 6):
        assert bank.receive(round_of([0, 1, 2], [number, number + 30000, number])).all()
    assert not bank.receive(round_of([0, 1, 2], [6, 30006, 6])).any()
    for slot in range(3):
        view = bank.snapshot(slot)
        assert (view.received, view.expected, view.duplicated) == (7, 7, 1)


def test_a_new_ssrc_is_a_new_source_whose_counts_go_on() -> None:
    bank = Receptions(1)
    for number in (100, 101, 103):
        bank.receive(round_of([0], [number]))
    for number in (101, 102):
        assert bank.receive(round_of([0], [number], ssrc=8)).all()
    view = bank.snapshot(0)
    assert (view.ssrc, view.received, view.expected, view.lost, view.highest) == (8, 5, 6, 1, 102)


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(0, 0.08)), min_size=2, max_size=60))
def test_jitter_is_that_of_appendix_a8_across_the_wrap_of_the_timestamp(steps: list[tuple[int, float]]) -> None:
    bank = Receptions(1)
    timestamp, time, jitter, before = 2**32 - 3000, 5.0, 0.0, None
    for number, (samples, delay) in enumerate(steps):
        timestamp += samples
        time += samples / 8000
        arrival = time + delay
        bank.receive(round_of([0], [number], timestamps=[timestamp], arrival=arrival))
        transit = arrival * 8000 - timestamp
        if before is not None:
            jitter += (abs(transit - before) - jitter) / 16
        before = transit
    assert bank.snapshot(0).jitter == pytest.approx(jitter, abs=1e-3)


def test_jitter_counts_in_the_codecs_own_clock() -> None:
    bank = Receptions(2)
    bank.configure(1, 48000)
    for number in range(200):
        arrival = 0.02 * number + (0.01 if number % 2 else 0)
        stamps = [160 * number, 960 * number]
        bank.receive(round_of([0, 1], [number, number], timestamps=stamps, arrival=arrival))
    assert bank.snapshot(0).jitter == pytest.approx(80, rel=0.01)
    assert bank.snapshot(1).jitter == pytest.approx(480, rel=0.01)


def test_a_held_key_and_a_timestamp_set_anew_are_not_jitter() -> None:
    bank = Receptions(1)
    for number in range(10):
        bank.receive(round_of([0], [number], timestamps=[1600], arrival=0.02 * number))
    assert bank.snapshot(0).jitter == 0
    for number in range(10, 20):
        bank.receive(round_of([0], [number], timestamps=[10**9 + 160 * number], arrival=0.02 * number))
    assert bank.snapshot(0).jitter == 0


def test_a_reset_slot_begins_with_nothing() -> None:
    bank = Receptions(2)
    for number in (5, 6, 9):
        bank.receive(round_of([0, 1], [number, number]))
    bank.note_malformed(np.array([0, 1]))
    bank.reset(0)
    assert bank.snapshot(0).ssrc is None
    assert bank.malformed(0) == 0
    assert bank.malformed(1) == 1
    assert bank.receive(round_of([0], [9])).all()
    view = bank.snapshot(0, late=4)
    assert (view.received, view.expected, view.late) == (1, 1, 4)
    assert bank.snapshot(1).expected == 5


def test_an_empty_round_changes_nothing() -> None:
    assert len(Receptions(3).receive(round_of([], []))) == 0
