"""The queue of packets that are decoded whole: order, gaps with what follows them, packets of other lengths."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.delay_estimates import DelayLimits
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.packet_queue import Gap, PacketQueue, Piece, QueuedFrame

NOTHING, SOUND, LOST, PAUSE, STRETCHED = FrameKind
CLOCK = 48_000


def payload(number: int, length_ms: float = 20) -> bytes:
    """Return a payload that says its own length, in 2.5 ms, and its number."""
    return bytes([int(length_ms / 2.5)]) + number.to_bytes(2, "big")


def length(data: bytes) -> int:
    return data[0] * 120 if data else 0


class Line:
    def __init__(self, limits: DelayLimits | None = None, *, base: int = 0) -> None:
        self.queue = PacketQueue(CLOCK, length, limits)
        self.base = base

    def push(self, number: int, *, ms: float = 20, at_ms: float | None = None, ssrc: int = 1, **more: bool) -> None:
        begin = number * ms if at_ms is None else at_ms
        self.queue.push(ssrc, self.base + int(begin * 48) & 0xFFFFFFFF, payload(number, ms), **more)

    def pop(self, *, quiet: bool = False) -> QueuedFrame:
        return self.queue.pop(quiet=quiet)


def numbers(pieces: tuple[Piece, ...]) -> list[int]:
    return [int.from_bytes(piece[1:], "big") for piece in pieces if isinstance(piece, bytes)]


@settings(max_examples=40, deadline=None)
@given(base=st.sampled_from([0, 2**32 - 960 * 7, 2**31 - 960]), seed=st.integers(0, 999))
def test_packets_reordered_within_the_delay_come_out_in_order(base: int, seed: int) -> None:
    generator = random.Random(seed)
    arrivals: dict[int, list[int]] = {}
    for number in range(60):
        arrivals.setdefault(number + (generator.randint(0, 2) if number else 0), []).append(number)
    line = Line(DelayLimits(least_ms=40, start_ms=40), base=base)
    out: list[int] = []
    for tick in range(70):
        for number in generator.sample(arrivals.get(tick, []), len(arrivals.get(tick, []))):
            line.push(number)
        out += numbers(line.pop().pieces)
    assert out == list(range(60))
    assert line.queue.late == 0


def test_a_lost_packet_is_a_gap_that_names_the_packet_behind_it() -> None:
    line = Line()
    frames = []
    for number in range(8):
        if number != 3:
            line.push(number)
            line.push(number)
        frames.append(line.pop())
    assert [frame.kind for frame in frames] == [NOTHING, NOTHING, SOUND, SOUND, SOUND, LOST, SOUND, SOUND]
    assert frames[5].pieces == (Gap(160, payload(4)),)
    assert [numbers(frame.pieces) for frame in frames[2:5]] == [[0], [1], [2]]
    assert line.queue.concealed == 160


def test_a_packet_of_60_ms_comes_out_once_and_lasts_for_three_ticks() -> None:
    line = Line()
    frames = []
    for tick in range(30):
        if tick % 3 == 0:
            line.push(tick // 3, ms=60)
        frames.append(line.pop())
    sound = frames[2:]
    assert all(frame.kind is SOUND for frame in sound)
    assert [numbers(frame.pieces) for frame in sound[:6]] == [[0], [], [], [1], [], []]


def test_two_packets_of_10_ms_come_out_together_and_a_gap_stands_for_the_one_that_is_lost() -> None:
    line = Line()
    frames = []
    for tick in range(10):
        for number in (2 * tick, 2 * tick + 1):
            if number != 7:
                line.push(number, ms=10)
        frames.append(line.pop())
    assert numbers(frames[2].pieces) == [0, 1]
    assert frames[5].kind is SOUND
    assert frames[5].pieces == (payload(6, 10), Gap(80, payload(8, 10)))


def test_what_is_only_late_is_waited_for() -> None:
    line = Line(DelayLimits(least_ms=20, start_ms=20, longest_ms=120))
    out = []
    for tick in range(12):
        # The network holds everything back from the fourth tick on and lets it go in the seventh.
        for number in {6: [3, 4, 5, 6]}.get(tick, [tick] if tick < 3 or tick > 6 else []):
            line.push(number)
        out.append(line.pop())
    assert [frame.kind for frame in out[1:7]] == [SOUND, SOUND, SOUND, STRETCHED, STRETCHED, SOUND]
    assert [number for frame in out for number in numbers(frame.pieces)] == list(range(9))
    assert line.queue.late == 0


def test_a_delay_that_is_too_long_loses_a_packet_in_silence() -> None:
    line = Line(DelayLimits(start_ms=100))
    out = []
    for number in range(200):
        line.push(number)
        out.append(line.pop(quiet=number > 100))
    assert line.queue.delay_ms < 25
    assert sum(frame.spliced for frame in out) == 4
    assert {frame.kind for frame in out[5:]} == {SOUND}


def test_a_pause_is_no_loss_and_ends_with_the_next_sound() -> None:
    line = Line()
    kinds = []
    for tick in range(30):
        if tick < 5 or tick >= 20:
            line.push(tick)
        if tick == 5:
            line.queue.comfort_noise()
        kinds.append(line.pop().kind)
    assert kinds[2:7] == [SOUND] * 5
    assert kinds[7:21] == [PAUSE] * 14
    assert set(kinds[23:]) == {SOUND}
    assert line.queue.concealed == 0


def test_a_new_source_follows_what_is_left_of_the_one_before() -> None:
    line = Line()
    out: list[int] = []
    for tick in range(20):
        if tick < 10:
            line.push(tick)
        else:
            line.push(tick, at_ms=777_000 + 20 * tick, ssrc=2)
        frame = line.pop()
        assert frame.kind in {NOTHING, SOUND}
        out += numbers(frame.pieces)
    assert out == list(range(18))


def test_a_timestamp_set_anew_is_followed_once_a_second_packet_confirms_it() -> None:
    line = Line()
    out: list[int] = []
    for tick in range(30):
        line.push(tick, at_ms=20 * tick + (0 if tick < 10 else -900_000))
        out += numbers(line.pop().pieces)
    assert out[:10] == list(range(10))
    assert out[-10:] == list(range(18, 28))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999))
def test_whatever_the_network_does_no_packet_comes_out_twice_and_every_tick_is_filled(seed: int) -> None:
    generator = random.Random(seed)
    ms = generator.choice([10, 20, 40, 60])
    spread = generator.choice([0, 1, 3, 7])
    arrivals: dict[int, list[int]] = {}
    for number in range(4000 // ms):
        if generator.random() > 0.05:
            tick = number * ms // 20 + generator.randint(0, spread) + (10 if 50 < number < 60 else 0)
            arrivals.setdefault(tick, []).extend([number] * generator.choice([1, 1, 1, 2]))
    line = Line(base=2**32 - 30_000)
    newest, ahead = -1, 0
    for tick in range(200):
        for number in arrivals.get(tick, []):
            line.push(number, ms=ms, marker=number % 40 == 39)
        frame = line.pop(quiet=generator.random() < 0.4)
        for number in numbers(frame.pieces):
            assert number > newest
            newest = number
        ahead += sum(piece.samples if isinstance(piece, Gap) else ms * 8 for piece in frame.pieces)
        if frame.kind in {SOUND, LOST, STRETCHED}:
            # What the pieces hold beyond this tick fills the next ones.
            ahead -= 160
            assert ahead >= 0
        assert line.queue.delay_ms <= 400
    assert newest > 0.8 * 4000 / ms


def test_stray_packets_do_not_move_the_stream() -> None:
    line = Line()
    out: list[int] = []
    for tick in range(40):
        line.push(tick)
        if tick % 3 == 0:
            line.push(999, at_ms=(tick + 7) * 31_234_567)
        out += numbers(line.pop().pieces)
    assert out == list(range(38))


def test_what_is_no_packet_is_dropped() -> None:
    line = Line()
    line.queue.push(1, 0, b"")
    assert line.pop() == QueuedFrame(NOTHING)


def test_a_flood_of_packets_is_bounded() -> None:
    line = Line()
    for number in range(2000):
        line.push(number, ms=2.5, at_ms=number * 0.4)
    assert len(line.queue._packets) <= 200
