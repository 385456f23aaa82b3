"""Rings of octets in chunks of 10 ms, and what they know of loudness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.octet_rings import CHUNK, CHUNKS, OctetRings

ONE = np.array([1], np.intp)


def rings(filler: int = 0xD5) -> OctetRings:
    made = OctetRings(3)
    for slot in range(3):
        made.reset(slot, filler)
    return made


@settings(max_examples=50, deadline=None)
@given(
    pieces=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 300)), max_size=8), moved=st.integers(0, 3 * CHUNKS)
)
def test_octets_written_anywhere_are_read_where_they_belong(pieces: list[tuple[int, int]], moved: int) -> None:
    ring = rings()
    for _ in range(moved):
        ring.advance(ONE, 1)
    expected = np.full(3000, 0xD5, np.uint8)
    present = np.zeros(3000, np.bool_)
    for number, (offset, count) in enumerate(pieces):
        ring.write_octets(1, offset, np.full(count, number + 1, np.uint8))
        expected[offset : offset + count] = number + 1
        present[offset : offset + count] = True
    for frame in range(15):
        octets, filled, where = ring.read(ONE)
        for half in range(2):
            span = slice(frame * 160 + half * CHUNK, frame * 160 + (half + 1) * CHUNK)
            assert (filled[0, half] > 0) == present[span].any()
            if filled[0, half]:
                assert (octets[0, half * CHUNK : (half + 1) * CHUNK] == expected[span]).all()
        ring.pass_on(ONE, where)
    assert ring.level(1) == 0


def test_whole_chunks_of_several_slots_are_written_at_once_and_forgotten_once_passed() -> None:
    ring = rings()
    slots = np.array([0, 2])
    octets = np.arange(480, dtype=np.int64).reshape(2, 240).astype(np.uint8)
    ring.write(slots, np.array([0, 3]), octets)
    assert [ring.level(slot) for slot in range(3)] == [3, 0, 6]
    assert (ring.read(slots)[0][0] == octets[0, :160]).all()
    ring.advance(slots, 3)
    assert ring.present(slots).sum(axis=1).tolist() == [0, 3]
    assert (ring.read(slots)[0][1] == octets[1, :160]).all()


@pytest.mark.parametrize("silence", [0xD5, 0xFF])
@pytest.mark.parametrize(("before", "after", "fading"), [(0x20, 0x20, True), (0x20, 0x1F, True), (0x20, 0x21, False)])
def test_g711_tells_whether_sound_fades_whatever_its_sign(silence: int, before: int, after: int, fading: bool) -> None:
    ring = rings(silence)
    levels = np.concatenate([np.full(160, before), np.full(160, after | 0x80)])
    ring.write(ONE, np.array([0]), (levels ^ silence).astype(np.uint8)[None, :])
    ring.advance(ONE, 2)
    assert ring.fading(ONE).tolist() == [fading]


def test_of_other_codecs_the_loudness_is_unknown() -> None:
    ring = rings(0)
    ring.write(ONE, np.array([0]), np.repeat([1, 99], 160).astype(np.uint8)[None, :])
    ring.advance(ONE, 2)
    assert ring.fading(ONE).tolist() == [True]
