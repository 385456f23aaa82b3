"""Garbage is collected in gaps that are long enough, on a clock that the test moves."""

from __future__ import annotations

from gateway.media.worker.idle_collector import IdleCollector


class Machine:
    """A clock, and collections that take as long as ``takes`` says by generation."""

    def __init__(self, young_s: float = 0.001, all_s: float = 0.004) -> None:
        self.now = 0.0
        self.takes = {1: young_s, 2: all_s}
        self.collected: list[tuple[float, int]] = []
        self.collector = IdleCollector(lambda: self.now, self.collect)

    def collect(self, generation: int) -> None:
        self.collected.append((round(self.now, 3), generation))
        self.now += self.takes[generation]

    def run(self, seconds: float, gap_s: float) -> list[tuple[float, int]]:
        """Let ticks of 20 ms pass, each with ``gap_s`` to spare; return the collections."""
        self.collected.clear()
        end = self.now + seconds
        while self.now < end:
            began = self.now
            self.collector.use(gap_s)
            self.now = max(self.now, began + 0.02)
        return self.collected


def test_young_objects_are_collected_every_five_seconds_and_all_every_minute() -> None:
    collected = Machine().run(125, gap_s=0.015)
    assert [generation for _, generation in collected].count(2) == 2
    assert 22 <= [generation for _, generation in collected].count(1) <= 24


def test_nothing_is_collected_before_it_is_due() -> None:
    assert Machine().run(4.9, gap_s=0.015) == []


def test_a_gap_that_is_too_short_is_left_alone() -> None:
    machine = Machine(young_s=0.008)
    assert len(machine.run(5.1, gap_s=0.005)) == 1  # the first one takes longer than was thought
    assert machine.run(9.9, gap_s=0.015) == []
    assert len(machine.run(10, gap_s=0.017)) >= 1


def test_one_slow_collection_is_not_the_last() -> None:
    machine = Machine(young_s=0.5)
    machine.run(5.1, gap_s=0.015)
    machine.takes[1] = 0.001
    collected = machine.run(120, gap_s=0.015)
    assert [generation for _, generation in collected].count(1) >= 10
