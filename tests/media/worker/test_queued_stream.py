"""The sound of packets that are decoded whole, with the real queue and the real codec."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_speech import speech

from gateway.media.codecs.opus import OpusCodec
from gateway.media.parameters import OpusParameters
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.worker.queued_stream import QueuedStream


def packets(sound: np.ndarray, length: int = 320) -> list[bytes]:
    sender = OpusCodec(OpusParameters(in_band_fec=True))
    sender.expect_loss(0.1)
    return [sender.encode(sound[at : at + length]) for at in range(0, len(sound) - length + 1, length)]


def receive(payloads: list[bytes], length: int, arrivals: dict[int, int], ticks: int) -> tuple[np.ndarray, list[float]]:
    """Return what is heard of packets by the ticks of their arrival, and how much is held at each tick in ms."""
    stream, row = QueuedStream(OpusCodec()), np.zeros(320, np.int16)
    heard, held = [], []
    for tick in range(ticks):
        for number, arrival in arrivals.items():
            if arrival == tick:
                stream.queue.push(7, number * length * 3, payloads[number])
        kind, _ = stream.next_frame(row, quiet=False)
        if kind is FrameKind.SOUND:
            heard.append(row.copy())
        held.append(stream.queue.delay_ms + stream._waiting / 16)
    return np.concatenate(heard), held


@pytest.mark.parametrize("length", [160, 320, 640, 960])
def test_speech_in_packets_of_10_to_60_ms_is_decoded_without_a_seam(length: int) -> None:
    # Two seconds: then the queue finds out that its first delay was too long and leaves something out.
    payloads = packets(speech().samples[: 960 * 32], length)
    receiver = OpusCodec()
    truth = np.concatenate([receiver.decode(payload) for payload in payloads])
    arrivals = {number: -(-number * length // 320) for number in range(len(payloads))}
    heard, _ = receive(payloads, length, arrivals, len(truth) // 320 + 10)
    assert np.array_equal(heard[: len(truth)], truth)


def test_loss_and_jitter_for_a_minute_leave_no_delay_behind() -> None:
    random = np.random.default_rng(1)
    payloads = packets(np.tile(speech().samples, 20)[: 320 * 3000])
    delays = random.exponential(1, len(payloads)) * (random.random(len(payloads)) < 0.3)
    kept = random.random(len(payloads)) > 0.05
    arrivals = {number: number + int(delays[number]) for number in range(len(payloads)) if kept[number]}
    heard, held = receive(payloads, 320, arrivals, len(payloads))
    assert max(held) < 200
    assert np.mean(held[-500:]) < 120
    assert len(heard) > 320 * (len(payloads) - 20)


def test_a_lost_packet_is_won_back_from_the_one_behind_it() -> None:
    payloads = packets(speech().samples[:32_000])
    receiver = OpusCodec()
    truth = np.concatenate([receiver.decode(payload) for payload in payloads])
    # Held back for long enough that the packet behind a lost one is there when it is needed.
    likeness = {}
    for lost in (7, 1):
        arrivals = {number: max(0, number - 3) for number in range(len(payloads)) if lost == 1 or number % lost != 6}
        heard, _ = receive(payloads, 320, arrivals, len(payloads) + 5)
        length = min(len(heard), len(truth))
        likeness[lost] = max(
            float(np.corrcoef(heard[lag : lag + length - 3200], truth[: length - 3200])[0, 1])
            for lag in range(0, 1600, 320)
        )
    assert likeness[1] > 0.999
    assert likeness[7] > 0.95


@given(
    st.lists(st.tuples(st.integers(-7000, 7000), st.integers(0, 3), st.booleans()), max_size=40), st.integers(0, 2**32)
)
def test_no_timestamps_leave_sound_behind_that_the_queue_does_not_know_of(
    steps: list[tuple[int, int, bool]], timestamp: int
) -> None:
    stream, row = QueuedStream(OpusCodec()), np.zeros(320, np.int16)
    (payload,) = packets(np.full(320, 1000, np.int16))
    for odd, ticks, quiet in steps:
        timestamp = (timestamp + 960 + odd) % 2**32
        stream.queue.push(7, timestamp, payload)
        for _ in range(ticks):
            stream.next_frame(row, quiet=quiet)
            assert stream._waiting == 2 * max(0, stream.queue._played_to - stream.queue._head)
