"""The jitter buffers of many legs: exact octets, one frame for each moment, bounded delay."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_rounds import round_of

from gateway.media.receive.delay_estimates import DelayLimits
from gateway.media.receive.frame_kind import FrameKind, Frames
from gateway.media.receive.jitter_buffers import JitterBuffers
from gateway.media.receive.packet_round import parse_round
from gateway.media.rtp.packet import RtpPacket

FILLER = 0xD5
NOTHING, SOUND, LOST, PAUSE, STRETCHED = FrameKind
FIXED = DelayLimits(least_ms=40, start_ms=40, longest_ms=40)
LENGTH = 60_000

# Each stream's octets, by its seed; a frame is found again by its first octets, and none of them is silence.
STREAMS = {
    seed: np.random.default_rng(seed).integers(1, 200, LENGTH, np.uint8).tobytes() for seed in (0, 1, 2, 3, 4, 5, 6, 7)
}


def packet(position: int, samples: int = 160, *, seed: int = 0, base: int = 0, ssrc: int = 1, marker: bool = False):
    octets = STREAMS[seed][position : position + samples]
    return RtpPacket(8, position // 160 & 0xFFFF, base + position & 0xFFFFFFFF, ssrc, octets, marker)


def bank_of(slots: int = 1, limits: DelayLimits | None = None, filler: int = FILLER) -> JitterBuffers:
    bank = JitterBuffers(slots, limits)
    for slot in range(slots):
        bank.reset(slot, filler)
    return bank


class Line:
    """The only leg of a bank."""

    def __init__(self, limits: DelayLimits | None = None, *, base: int = 0) -> None:
        self.bank = bank_of(2, limits)
        self.base = base

    def push(self, position: int, samples: int = 160, **more) -> None:
        self.bank.push(round_of([(1, packet(position, samples, **{"base": self.base, **more}))]))

    def pop(self, *, quiet: bool = False) -> tuple[FrameKind, bytes, bool]:
        frames = self.bank.pop(np.array([1]), np.array([quiet]))
        return FrameKind(frames.kinds[0]), frames.octets[0].tobytes(), bool(frames.spliced[0])

    def run(self, numbers: Iterable[int | None], *, quiet: bool = False) -> list[tuple[FrameKind, bytes, bool]]:
        """Push at each tick the frame of that number, None for none, and pop."""
        out = []
        for number in numbers:
            if number is not None:
                self.push(160 * number)
            out.append(self.pop(quiet=quiet))
        return out

    @property
    def late(self) -> int:
        return int(self.bank.late[1])

    @property
    def concealed(self) -> int:
        return int(self.bank.concealed[1])

    @property
    def delay_ms(self) -> float:
        return self.bank.delay_ms(1)


def kinds(out: list[tuple[FrameKind, bytes, bool]]) -> list[FrameKind]:
    return [kind for kind, _, _ in out]


def sound(out: list[tuple[FrameKind, bytes, bool]]) -> bytes:
    return b"".join(octets for kind, octets, _ in out if kind is SOUND)


def test_the_first_packet_comes_out_after_the_delay_of_the_start() -> None:
    out = Line(DelayLimits(start_ms=40)).run(range(5))
    assert kinds(out) == [NOTHING, NOTHING, SOUND, SOUND, SOUND]
    assert sound(out) == STREAMS[0][:480]


def test_nothing_comes_out_before_a_stream_began() -> None:
    assert Line().pop() == (NOTHING, bytes([FILLER]) * 160, False)


@settings(max_examples=25, deadline=None)
@given(
    base=st.sampled_from([0, 5000, 2**32 - 160 * 7, 2**31 - 160]),
    seed=st.integers(0, 999),
    samples=st.sampled_from([80, 160, 240, 320, 480, 40, 100, 37]),
)
def test_all_octets_come_out_in_order_however_long_the_packets_and_reordered(
    base: int, seed: int, samples: int
) -> None:
    generator = random.Random(seed)
    slots = 4
    # Packets that do not last for whole ticks come up to 20 ms sooner than their sound would have it, and the base
    # counts in 10 ms.
    bank = bank_of(slots, DelayLimits(least_ms=80, start_ms=80, longest_ms=80))
    limit = 9600 // samples
    # A packet is complete at its end and may be up to 40 ms late; the first one is on time.
    arrivals: dict[tuple[int, int], list[int]] = {}
    for slot in range(slots):
        for number in range(limit):
            tick = ((number + 1) * samples - 1) // 160 + (generator.randint(0, 2) if number else 0)
            arrivals.setdefault((slot, tick), []).append(number)
    out = [b""] * slots
    for tick in range(80):
        coming = [arrivals.get((slot, tick), []) for slot in range(slots)]
        for numbers in coming:
            generator.shuffle(numbers)
        while any(coming):
            batch = [
                (slot, packet(numbers.pop() * samples, samples, seed=slot, base=base))
                for slot, numbers in enumerate(coming)
                if numbers
            ]
            bank.push(round_of(batch))
        frames = bank.pop(np.arange(slots), np.zeros(slots, np.bool_))
        for slot in range(slots):
            if frames.kinds[slot] == SOUND:
                out[slot] += frames.octets[slot].tobytes()
    for slot in range(slots):
        # The first frame may begin with a little silence, where the first packet to come was not the first one sent.
        whole = out[slot].lstrip(bytes([FILLER]))
        assert whole[: 9600 - 480] == STREAMS[slot][: 9600 - 480]
    assert not bank.late.any()


class Chaos:
    """A network that loses, repeats, delays and reorders packets of several legs, some of them in bursts."""

    def __init__(self, seed: int, legs: int, ticks: int) -> None:
        self.generator = random.Random(seed)
        self.schedule: dict[tuple[int, int], list[RtpPacket]] = {}
        for leg in range(legs):
            samples = self.generator.choice([80, 160, 160, 160, 320, 480])
            spread = self.generator.choice([0, 1, 3, 7])
            burst = 0
            for number in range(ticks * 160 // samples):
                burst = self.generator.randint(0, 9) if self.generator.random() < 0.01 else max(0, burst - 1)
                if self.generator.random() < 0.05:
                    continue
                tick = (number + 1) * samples // 160 + self.generator.randint(0, spread) + burst
                sent = packet(number * samples, samples, seed=leg, base=2**32 - 4000, marker=number % 97 == 0)
                for _ in range(2 if self.generator.random() < 0.05 else 1):
                    self.schedule.setdefault((leg, tick), []).append(sent)

    def rounds(self, legs: list[int], tick: int) -> Iterable[list[tuple[int, RtpPacket]]]:
        coming = [list(self.schedule.get((leg, tick), [])) for leg in legs]
        while any(coming):
            yield [(slot, packets.pop(0)) for slot, packets in enumerate(coming) if packets]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 9999))
def test_whatever_the_network_does_no_moment_is_played_twice_and_the_delay_is_bounded(seed: int) -> None:
    legs, ticks = 4, 300
    chaos = Chaos(seed, legs, ticks)
    bank = bank_of(legs, DelayLimits(longest_ms=120))
    reached = [0] * legs
    seamless = [False] * legs
    least = [10**6] * legs
    beyond = [0] * legs
    for tick in range(ticks):
        for leg in range(legs):
            for sent in chaos.schedule.get((leg, tick), []):
                least[leg] = min(least[leg], tick * 160 - (sent.timestamp - 2**32 + 4000 & 0xFFFFFFFF))
        for batch in chaos.rounds(list(range(legs)), tick):
            bank.push(round_of(batch))
        frames = bank.pop(np.arange(legs), np.array([chaos.generator.random() < 0.3 for _ in range(legs)]))
        for leg in range(legs):
            octets = frames.octets[leg].tobytes()
            if frames.kinds[leg] != SOUND:
                assert octets == bytes([FILLER]) * 160
                assert not frames.spliced[leg]
                seamless[leg] = False
                continue
            halves = [half for half in (octets[:80], octets[80:]) if half != bytes([FILLER]) * 80]
            begins = STREAMS[leg].find(halves[0])
            assert begins >= reached[leg], "the moment was over"
            torn = len(halves) == 1 or halves[0] == halves[1]
            assert torn or octets == STREAMS[leg][begins : begins + 160]
            assert not seamless[leg] or torn or frames.spliced[leg] or begins == reached[leg]
            beyond[leg] += tick * 160 - begins > least[leg] + 960 + 160
            reached[leg] = begins + (80 if torn else 160)
            seamless[leg] = not torn
    # Where the first packets are the slowest, the least transit shows only later.
    assert max(beyond) <= 75


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 9999))
def test_many_legs_at_once_are_treated_as_each_by_itself(seed: int) -> None:
    legs, ticks = 4, 150
    chaos = Chaos(seed, legs, ticks)
    together = bank_of(legs)
    alone = [bank_of(1) for _ in range(legs)]
    everyone = np.arange(legs)
    for tick in range(ticks):
        for batch in chaos.rounds(list(everyone), tick):
            together.push(round_of(batch))
        quiet = np.array([chaos.generator.random() < 0.3 for _ in everyone])
        frames = together.pop(everyone, quiet)
        for leg in everyone:
            for batch in chaos.rounds([leg], tick):
                alone[leg].push(round_of(batch))
            single: Frames = alone[leg].pop(np.array([0]), quiet[leg : leg + 1])
            assert single.kinds[0] == frames.kinds[leg]
            assert single.spliced[0] == frames.spliced[leg]
            assert single.octets[0].tobytes() == frames.octets[leg].tobytes()
    for leg in everyone:
        assert alone[leg].late[0] == together.late[leg]
        assert alone[leg].concealed[0] == together.concealed[leg]
        assert alone[leg].delay_ms(0) == together.delay_ms(leg)


def test_a_lost_packet_leaves_a_gap_and_a_duplicate_none() -> None:
    line = Line(FIXED)
    out = []
    for number in range(8):
        if number != 3:
            line.push(160 * number)
            line.push(160 * number)
        out.append(line.pop())
    assert kinds(out) == [NOTHING, NOTHING, SOUND, SOUND, SOUND, LOST, SOUND, SOUND]
    assert line.late == 0
    assert line.concealed == 160


def test_a_packet_that_comes_after_its_moment_is_counted_and_dropped() -> None:
    line = Line(FIXED)
    out = []
    for tick in range(8):
        if tick != 2:
            line.push(160 * tick)
        if tick == 5:
            line.push(320)
        out.append(line.pop())
    assert kinds(out) == [NOTHING, NOTHING, SOUND, SOUND, LOST, SOUND, SOUND, SOUND]
    assert line.late == 1


def test_of_a_packet_that_comes_in_the_middle_of_its_moment_the_rest_is_played() -> None:
    line = Line(FIXED)
    line.push(0, 480)
    out = line.run([None] * 5)
    line.push(640, 480)
    line.push(480, 160)
    line.push(480 + 100, 60)
    out += line.run([None] * 5)
    assert sound(out)[:480] == STREAMS[0][:480]
    assert sound(out)[-480:] == STREAMS[0][640:1120]


def test_half_a_frame_that_is_lost_is_filled_with_the_sound_beside_it() -> None:
    line = Line(FIXED)
    out = []
    for tick in range(8):
        line.push(160 * tick, 80)
        if tick != 3:
            line.push(160 * tick + 80, 80)
        out.append(line.pop())
    assert kinds(out[2:]) == [SOUND] * 6
    assert out[5][1] == STREAMS[0][480:560] * 2
    assert line.concealed == 80


def test_what_is_only_late_is_waited_for_and_not_lost() -> None:
    line = Line(DelayLimits(start_ms=20))
    out = line.run([0, 1, 2, None, None])
    for number in (3, 4, 5):
        line.push(160 * number)
    out += line.run(range(6, 12))
    assert kinds(out) == [NOTHING, SOUND, SOUND, SOUND, STRETCHED, *[SOUND] * 6]
    assert sound(out) == STREAMS[0][: 160 * 9]
    assert line.late == 0
    assert line.concealed == 160


def test_it_waits_no_longer_than_the_longest_delay() -> None:
    line = Line(DelayLimits(start_ms=20, longest_ms=80))
    out = line.run([0, 1, *[None] * 10])
    assert kinds(out) == [NOTHING, SOUND, SOUND, *[STRETCHED] * 3, *[LOST] * 6]


def test_a_gap_ends_with_the_delay_that_is_wanted_whatever_was_waited_for() -> None:
    line = Line(DelayLimits(start_ms=20))
    out = line.run([*range(50), *[None] * 20, *range(70, 90)])
    assert kinds(out)[-19:] == [SOUND] * 19
    assert line.delay_ms == pytest.approx(20, abs=1)
    assert sound(out)[-160 * 19 :] == STREAMS[0][160 * 70 : 160 * 89]


def test_our_own_stall_of_100_ms_loses_nothing() -> None:
    line = Line(DelayLimits(start_ms=20))
    out = line.run([*range(10), *[None] * 5])
    for number in range(10, 15):
        line.push(160 * number)
    out += line.run(range(15, 40))
    assert sound(out) == STREAMS[0][: 160 * 35]
    assert line.late == 0


def test_a_burst_before_made_up_ticks_is_played_in_full() -> None:
    line = Line(DelayLimits(start_ms=20))
    out = line.run(range(10))
    for number in range(10, 40):
        line.push(160 * number)
    out += line.run([*[None] * 29, *range(40, 60)])
    assert sound(out)[: 160 * 55] == STREAMS[0][: 160 * 55]


def test_a_delay_that_is_too_long_shrinks_in_silence_at_once() -> None:
    line = Line(DelayLimits(start_ms=100))
    out = line.run(range(150))
    assert set(kinds(out)[5:]) == {SOUND}
    assert not any(spliced for _, _, spliced in out[:110])
    line = Line(DelayLimits(start_ms=100))
    line.run(range(105))
    # The octets are noise, so every other frame is no louder than the one before it.
    out = line.run(range(105, 135), quiet=True)
    assert sum(spliced for _, _, spliced in out) == 4
    assert line.delay_ms == pytest.approx(20, abs=3)


def test_in_sound_that_never_ends_it_shrinks_after_two_seconds() -> None:
    line = Line(DelayLimits(start_ms=100))
    out = line.run(range(370))
    spliced = [tick for tick, (_, _, spliced) in enumerate(out) if spliced]
    assert 100 + 80 <= spliced[0] <= 100 + 160
    assert all(after - before >= 100 for before, after in itertools.pairwise(spliced))


def test_the_beginning_of_a_word_is_not_left_out() -> None:
    bank = bank_of(1, DelayLimits(start_ms=100))
    spliced = []
    for tick in range(500):
        # It grows louder for 64 frames and is soft then again, all the while that the last frame counts as quiet.
        magnitude = 0x10 + tick % 64
        bank.push(round_of([(0, RtpPacket(8, tick, 160 * tick, 1, bytes([FILLER ^ magnitude]) * 160))]))
        frames = bank.pop(np.array([0]), np.array([tick > 120]))
        if frames.spliced[0]:
            spliced.append((frames.octets[0, 0] ^ FILLER) - 0x10)
    assert spliced == [1, 1, 1, 1]
    assert bank.delay_ms(0) == pytest.approx(20)


def test_a_source_that_changes_follows_what_is_left_of_the_one_before() -> None:
    line = Line(FIXED)
    out = line.run(range(10))
    for number in range(10, 20):
        line.push(160 * number, ssrc=2, base=123_456_789)
        out.append(line.pop())
    assert set(kinds(out[2:])) == {SOUND}
    assert sound(out) == STREAMS[0][: 160 * 18]


def test_a_timestamp_set_anew_is_followed_once_a_second_packet_confirms_it() -> None:
    line = Line(FIXED)
    out = line.run(range(10))
    line.base = 3_000_000_000
    out += line.run(range(10, 30))
    assert sound(out)[: 160 * 10] == STREAMS[0][: 160 * 10]
    assert sound(out)[-160 * 17 :] == STREAMS[0][160 * 11 : 160 * 28]


def test_a_single_packet_of_a_strange_timestamp_changes_nothing() -> None:
    line = Line(FIXED)
    out = line.run(range(10))
    line.push(0, base=2_000_000_000)
    out += line.run(range(10, 20))
    assert sound(out) == STREAMS[0][: 160 * 18]
    assert line.late == 0


@pytest.mark.parametrize(("back", "ticks"), [(160, 3), (4000, 12)])
def test_a_timestamp_set_back_is_followed_the_later_the_more_was_heard_already(back: int, ticks: int) -> None:
    line = Line(FIXED)
    line.run(range(50))
    line.base = -back
    out = line.run(range(50, 80))
    assert set(kinds(out[ticks + 4 :])) == {SOUND}
    assert line.late <= ticks


def test_a_packet_of_what_was_heard_already_begins_no_talkspurt_whatever_its_marker_says() -> None:
    line = Line(FIXED)
    line.run([*range(10), *[None] * 5])
    line.push(160 * 9, marker=True)
    assert line.pop()[0] is LOST
    assert line.late == 1


def test_a_talkspurt_whose_timestamps_stood_still_in_the_pause_is_heard_from_its_first_packet() -> None:
    line = Line(FIXED)
    line.run([*range(10), *[None] * 20])
    line.push(1600, marker=True)
    out = [line.pop(), *line.run(range(11, 30))]
    assert sound(out) == STREAMS[0][1600 : 160 * 28]
    assert line.late == 0


def test_a_burst_of_late_packets_after_an_outage_does_not_move_the_stream() -> None:
    line = Line(FIXED)
    line.run([*range(10), *[None] * 20])
    for number in range(10, 30):
        line.push(160 * number)
    out = line.run(range(30, 50))
    assert line.delay_ms == pytest.approx(40, abs=3)
    assert sound(out).endswith(STREAMS[0][160 * 30 : 160 * 48])


def test_a_pause_with_comfort_noise_is_no_loss() -> None:
    line = Line(DelayLimits(start_ms=40))
    out = line.run(range(5))
    line.bank.comfort_noise(np.array([1]))
    out += line.run([None] * 10)
    line.bank.comfort_noise(np.array([1]))
    out += line.run([None] * 5)
    out += line.run(range(20, 30))
    assert kinds(out) == [NOTHING] * 2 + [SOUND] * 5 + [PAUSE] * 15 + [SOUND] * 8
    assert line.concealed == 0


def test_what_is_lost_before_a_pause_and_after_it_counts_as_lost() -> None:
    line = Line(FIXED)
    out = line.run([0, 1, 2, None, 4])
    line.bank.comfort_noise(np.array([1]))
    out += line.run([*[None] * 5, 10, None, 12, 13, 14])
    assert kinds(out)[2:] == [SOUND] * 3 + [LOST, SOUND] + [PAUSE] * 5 + [SOUND, LOST, SOUND]


def test_a_marker_tells_that_the_gap_before_it_was_a_pause() -> None:
    line = Line(FIXED)
    line.run([*range(5), *[None] * 5])
    line.push(160 * 10, marker=True)
    assert kinds([line.pop() for _ in range(5)]) == [PAUSE, PAUSE, SOUND, LOST, LOST]


def test_comfort_noise_before_any_sound_begins_nothing() -> None:
    line = Line()
    line.bank.comfort_noise(np.array([1]))
    assert kinds(line.run([None, None])) == [NOTHING, NOTHING]


def test_who_stops_sending_is_concealed_for_half_a_second_at_most() -> None:
    line = Line()
    line.run([*range(10), *[None] * 200])
    assert line.concealed == 25 * 160


def test_no_packet_harms_a_neighbour() -> None:
    bank = bank_of(3, FIXED)
    for number in range(30):
        batch = [
            (0, packet(160 * number)),
            (1, packet(160 * number, base=number * 10**8, ssrc=number)),
            (2, packet(160 * number)),
        ]
        bank.push(round_of(batch))
        frames = bank.pop(np.arange(3), np.zeros(3, np.bool_))
        for slot in (0, 2):
            assert frames.kinds[slot] == (SOUND if number >= 2 else NOTHING)
            if number >= 2:
                assert frames.octets[slot].tobytes() == STREAMS[0][160 * (number - 2) : 160 * (number - 1)]


def test_legs_with_packets_of_different_lengths_share_a_round() -> None:
    bank = bank_of(3, FIXED)
    out = [b"", b"", b""]
    for tick in range(30):
        batch = [(0, packet(160 * tick, 160, seed=0))]
        if tick % 2 == 0:
            batch.append((1, packet(160 * tick, 320, seed=1)))
        if tick % 3 == 0:
            batch.append((2, packet(160 * tick, 480, seed=2)))
        bank.push(round_of(batch))
        frames = bank.pop(np.arange(3), np.zeros(3, np.bool_))
        for slot in range(3):
            if frames.kinds[slot] == SOUND:
                out[slot] += frames.octets[slot].tobytes()
    assert out == [STREAMS[slot][: 160 * 28] for slot in range(3)]


def test_payloads_behind_headers_of_different_lengths_are_found() -> None:
    bank = bank_of(2, FIXED)
    for number in range(3):
        plain = packet(160 * number).build()
        extended = bytes([0x91]) + plain[1:12] + bytes(4) + b"\xbe\xde\x00\x01" + bytes(4) + plain[12:]
        rows = np.zeros((2, 1536), np.uint8)
        for row, datagram in zip(rows, (plain, extended), strict=True):
            row[: len(datagram)] = np.frombuffer(datagram, np.uint8)
        lengths = np.array([len(plain), len(extended)])
        bank.push(parse_round(np.arange(2), rows, lengths, np.zeros(2)))
        frames = bank.pop(np.arange(2), np.zeros(2, np.bool_))
    assert frames.octets[0].tobytes() == frames.octets[1].tobytes() == STREAMS[0][:160]


def test_a_mask_leaves_packets_out_and_rows_are_copied() -> None:
    bank = bank_of(2, DelayLimits(least_ms=0, start_ms=0))
    batch = round_of([(0, packet(0)), (1, packet(0))])
    bank.push(batch, np.array([False, True]))
    batch.rows[:] = 0
    frames = bank.pop(np.arange(2), np.zeros(2, np.bool_))
    assert frames.kinds.tolist() == [NOTHING, SOUND]
    assert frames.octets[1].tobytes() == STREAMS[0][:160]
    kept = frames.octets.copy()
    bank.push(round_of([(0, packet(0)), (1, packet(160))]))
    bank.pop(np.arange(2), np.zeros(2, np.bool_))
    assert (frames.octets == kept).all()


@pytest.mark.parametrize("samples", [0, 1, 1400])
def test_packets_of_strange_lengths_do_no_harm(samples: int) -> None:
    line = Line(FIXED)
    for number in range(40):
        line.push(160 * number, samples)
        kind, octets, _ = line.pop()
        assert len(octets) == 160
    if samples == 0:
        assert kind is NOTHING


def test_a_slot_that_is_given_to_another_leg_remembers_nothing() -> None:
    line = Line(DelayLimits(start_ms=40))
    line.run([*range(20), *[None] * 3])
    line.push(160 * 30)
    line.bank.reset(1, 0xFF)
    assert line.pop() == (NOTHING, b"\xff" * 160, False)
    assert (line.late, line.concealed, line.delay_ms) == (0, 0, 0)
    out = line.run(range(5))
    assert kinds(out) == [NOTHING, NOTHING, SOUND, SOUND, SOUND]
    assert sound(out) == STREAMS[0][:480]


def test_no_legs_are_no_frames() -> None:
    bank = bank_of()
    bank.push(round_of([]))
    bank.comfort_noise(np.zeros(0, np.intp))
    assert len(bank.pop(np.zeros(0, np.intp), np.zeros(0, np.bool_)).kinds) == 0
