"""In which order a tick receives and sends, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from media_bench import PlaneBench

from gateway.media.parameters import Codec, StreamParameters
from gateway.media.wire import messages as m
from gateway.media.worker.layout import Layout
from gateway.media.worker.sound_parts import Sound, join, part

ALONE, BRIDGED = (1, 2), (3, 4)


class Bench(PlaneBench):
    """Four legs that send to each other: 1 and 2 are spoken to by the assistant, 3 and 4 are bridged."""

    def __init__(self) -> None:
        super().__init__(28_520, 28_539)
        pairs = {leg: self.add(leg) for leg in (*ALONE, *BRIDGED)}
        for leg in pairs:
            peer = pairs[leg + 1 if leg % 2 else leg - 1].port
            self.handle(m.Connect(leg, leg, StreamParameters("127.0.0.1", peer, Codec.PCMA, 8)))
        self.handle(m.Bridge(9, *BRIDGED))

    def packets_sent(self) -> dict[int, int]:
        """Return how many packets each leg has sent."""
        for leg in (*ALONE, *BRIDGED):
            self.handle(m.GetStatistics(leg, leg))
        return {answer.request: answer.statistics.packets_sent for answer in self.of(m.Statistics)[-4:]}


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def test_what_the_assistant_says_leaves_before_anything_is_received_and_a_bridge_passes_on_what_has_come(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.tick(5)
    read = bench.plane._reader.rounds
    when_received: list[dict[int, int]] = []

    def rounds() -> Iterator[Any]:
        when_received.append(bench.packets_sent())
        yield from read()

    monkeypatch.setattr(bench.plane._reader, "rounds", rounds)
    bench.tick(1)
    assert when_received == [{1: 6, 2: 6, 3: 5, 4: 5}]
    assert bench.packets_sent() == {1: 6, 2: 6, 3: 6, 4: 6}


def layout_of(slots: list[int], wide: list[int]) -> Layout:
    """Return a layout with these slots, of which those in ``wide`` are wideband."""
    empty = np.zeros(0, np.intp)
    places = {slot: place for place, slot in enumerate(slots)}
    return Layout(
        legs=[None] * len(slots),  # type: ignore[list-item]
        slots=np.array(slots, np.intp),
        octet=empty,
        laws=[],
        wide=np.array([places[slot] for slot in wide], np.intp),
        narrow=empty,
        bridged=empty,
        partners=empty,
        listened=empty,
        stamped=empty,
        stamped_legs=[],
        describable=empty,
        single=empty,
        places=places,
        wide_rows={},
    )


@pytest.mark.parametrize("some", [[], [7], [2, 9], [2, 5, 7, 9]])
def test_parts_of_a_tick_put_together_are_the_whole(some: list[int]) -> None:
    slots, wide = [2, 5, 7, 9], [5, 9]
    whole = layout_of(slots, wide)
    rest = [slot for slot in slots if slot not in some]
    parts = [layout_of(chosen, [slot for slot in wide if slot in chosen]) for chosen in (some, rest)]
    generator = np.random.default_rng(1)
    sound = Sound(
        generator.integers(-9000, 9000, (4, 160), np.int16), generator.integers(-9000, 9000, (2, 320), np.int16)
    )
    joined = join(whole, *((layout, part(sound, whole, layout)) for layout in parts))
    assert np.array_equal(joined.narrow, sound.narrow)
    assert np.array_equal(joined.wide, sound.wide)
