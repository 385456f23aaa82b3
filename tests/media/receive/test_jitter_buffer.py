"""The jitter buffer under reordering, loss, duplicates, wraps, jumps and drifting clocks."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.jitter_buffer import JitterBuffer
from gateway.media.rtp.packet import RtpPacket

FILLER = 0xD5


def packet(number: int, *, base: int = 0, ssrc: int = 1, samples: int = 160) -> RtpPacket:
    payload = bytes([number % 200 + 1]) * samples
    return RtpPacket(8, number & 0xFFFF, (base + number * samples) & 0xFFFFFFFF, ssrc, payload)


def popped(buffer: JitterBuffer) -> int | None:
    """First octet of the next frame, None when it is missing."""
    frame = buffer.pop()
    return None if frame is None else frame.payload[0]


def test_the_first_packet_comes_out_after_the_depth() -> None:
    buffer = JitterBuffer(40)
    out = []
    for number in range(5):
        buffer.push(packet(number))
        out.append(popped(buffer))
    assert out == [None, None, 1, 2, 3]


def test_nothing_comes_out_before_a_stream_began() -> None:
    assert JitterBuffer().pop() is None


@given(base=st.sampled_from([0, 5000, 2**32 - 160 * 7, 2**31 - 160]), seed=st.integers(0, 999))
def test_packets_reordered_within_the_depth_all_come_out_in_order(base: int, seed: int) -> None:
    generator = random.Random(seed)
    # A packet is sent at tick n and arrives at tick n, n+1 or n+2; the first one is on time.
    arrivals: dict[int, list[int]] = {}
    for number in range(60):
        arrivals.setdefault(number + (generator.randint(0, 2) if number else 0), []).append(number)
    buffer = JitterBuffer(40)
    out = []
    for tick in range(70):
        for number in generator.sample(arrivals.get(tick, []), len(arrivals.get(tick, []))):
            assert buffer.push(packet(number, base=base))
        out.append(popped(buffer))
    assert out[2:62] == [number % 200 + 1 for number in range(60)]
    assert buffer.late == 0


def test_a_lost_packet_leaves_a_gap_and_a_duplicate_none() -> None:
    buffer = JitterBuffer(40)
    out = []
    for number in range(8):
        if number != 3:
            buffer.push(packet(number))
            assert not buffer.push(packet(number))
        out.append(popped(buffer))
    assert out == [None, None, 1, 2, 3, None, 5, 6]
    assert buffer.late == 0


def test_a_packet_that_comes_after_its_moment_is_counted_and_dropped() -> None:
    buffer = JitterBuffer(40)
    out = []
    for tick in range(8):
        if tick != 2:
            buffer.push(packet(tick))
        if tick == 5:
            assert not buffer.push(packet(2))
        out.append(popped(buffer))
    assert out == [None, None, 1, 2, None, 4, 5, 6]
    assert buffer.late == 1


def test_a_new_source_starts_anew() -> None:
    buffer = JitterBuffer(40)
    for number in range(5):
        buffer.push(packet(number))
        buffer.pop()
    out = []
    for number in range(5):
        buffer.push(packet(number + 100, base=123_456, ssrc=2))
        out.append(popped(buffer))
    assert out == [None, None, 101, 102, 103]


@pytest.mark.parametrize("jump", [80_000, -80_000, 2**31 - 400])
def test_a_timestamp_that_jumps_is_followed_within_three_ticks(jump: int) -> None:
    buffer = JitterBuffer(40)
    for number in range(10):
        buffer.push(packet(number))
        buffer.pop()
    out = []
    for number in range(10, 20):
        buffer.push(packet(number, base=jump))
        out.append(popped(buffer))
    # What lags behind is the depth, as at the start of the call.
    assert out[-3:] == [16, 17, 18]


def test_a_burst_after_a_stall_is_late_once_and_does_not_add_delay() -> None:
    buffer = JitterBuffer(40)
    for number in range(10):
        buffer.push(packet(number))
        buffer.pop()
    for _ in range(20):
        buffer.pop()
    for number in range(10, 31):
        buffer.push(packet(number))
    out = [popped(buffer)]
    for number in range(31, 40):
        buffer.push(packet(number))
        out.append(popped(buffer))
    assert out == [number + 1 for number in range(28, 38)]


@given(samples=st.sampled_from([80, 160, 240, 320, 480, 200]))
def test_packets_of_any_length_give_whole_frames(samples: int) -> None:
    buffer = JitterBuffer(60)
    sent = out = 0
    heard = bytearray()
    for _ in range(60):
        out += 160
        while (sent + 1) * samples <= out + samples:
            buffer.push(packet(sent, samples=samples))
            sent += 1
        frame = buffer.pop()
        if frame is not None:
            heard += frame.payload
    expected = b"".join(packet(number, samples=samples).payload for number in range(sent))
    sound = bytes(heard).strip(bytes([FILLER]))
    assert len(sound) > 50 * 160
    assert expected.startswith(sound)


def test_a_frame_that_is_half_there_is_filled_up() -> None:
    buffer = JitterBuffer(20)
    buffer.push(packet(0, samples=80))
    buffer.pop()
    frame = buffer.pop()
    assert frame is not None
    assert frame.present == 80
    assert frame.payload == b"\x01" * 80 + bytes([FILLER]) * 80


@settings(max_examples=20, deadline=None)
@given(every=st.integers(100, 400))
def test_a_fast_sender_does_not_pile_up_delay(every: int) -> None:
    buffer = JitterBuffer(40)
    number = 0
    levels = []
    for tick in range(4000):
        for _ in range(2 if tick % every == 0 else 1):
            buffer.push(packet(number))
            number += 1
        buffer.pop()
        levels.append(buffer.level)
    assert max(levels) <= 160 * 5


@settings(max_examples=20, deadline=None)
@given(every=st.integers(100, 400))
def test_a_slow_sender_is_followed(every: int) -> None:
    buffer = JitterBuffer(40)
    number = missing = 0
    for tick in range(4000):
        if tick % every:
            buffer.push(packet(number))
            number += 1
        missing += buffer.pop() is None
    # At most the three late ticks and the new start for each packet that the sender was short of, plus the start.
    assert missing <= (4000 // every + 1) * 6


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 400), st.integers(1, 2)), max_size=200))
def test_no_stream_makes_it_fail_or_grow(stream: list[tuple[int, int, int]]) -> None:
    buffer = JitterBuffer()
    for timestamp, length, ssrc in stream:
        buffer.push(RtpPacket(8, 0, timestamp, ssrc, bytes(length)))
        frame = buffer.pop()
        assert frame is None or (len(frame.payload) == 160 and 0 < frame.present <= 160)
        assert buffer.level <= 320 + 4000 + 400
