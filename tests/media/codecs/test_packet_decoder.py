"""Frames of 20 ms from packets of any length, with the real queue in front and the real codec behind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_speech import speech

from gateway.audio import resample
from gateway.audio.pcm import Samples
from gateway.media.codecs.opus import OpusCodec
from gateway.media.codecs.opus_packet import CLOCK_RATE, packet_length
from gateway.media.codecs.packet_decoder import PacketDecoder
from gateway.media.parameters import OpusParameters
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.packet_queue import Gap, PacketQueue


class Counting:
    """A codec whose packet of ``n`` octets is ``n`` samples that count on; what is made up is -1."""

    sound_rate = 16_000
    conceals = True

    def __init__(self) -> None:
        self.count = 0

    def decode(self, payload: bytes) -> Samples:
        self.count += len(payload)
        return np.arange(self.count - len(payload) + 1, self.count + 1, dtype=np.int16)

    def conceal(self, samples: int, following: bytes | None = None) -> Samples:
        return np.full(samples, -1, np.int16)

    def encode(self, samples: Samples) -> bytes:
        raise AssertionError

    def expect_loss(self, fraction: float) -> None:
        raise AssertionError


@given(st.lists(st.lists(st.sampled_from([40, 160, 320, 640, 960]), max_size=3), max_size=20))
def test_every_sample_is_handed_out_once_in_its_order(ticks: list[list[int]]) -> None:
    decoder = PacketDecoder(Counting())
    frames = [decoder.frame([bytes(length) for length in lengths]) for lengths in ticks]
    frames += [decoder.frame([]) for _ in range(60 * 9)]
    assert {len(frame) for frame in frames} == {320}
    heard = np.concatenate(frames)
    assert heard[heard > 0].tolist() == list(range(1, sum(map(sum, ticks)) + 1))


def test_what_is_missing_is_as_long_as_it_was() -> None:
    decoder = PacketDecoder(Counting())
    frame = decoder.frame([bytes(160), Gap(80)])
    assert frame.tolist() == [*range(1, 161), *([-1] * 160)]


def test_the_rest_of_a_packet_does_not_keep_the_packet() -> None:
    decoder = PacketDecoder(Counting())
    decoder.frame([bytes(960)])
    assert decoder._rest.base is None


def through_the_queue(payloads: list[bytes], packet: int) -> np.ndarray:
    """Return what is heard of packets that come without delay, from the first sound on."""
    queue, decoder = PacketQueue(CLOCK_RATE, packet_length), PacketDecoder(OpusCodec())
    frames, number = [], 0
    for tick in range(len(payloads) * packet // 320 + 10):
        while number < len(payloads) and number * packet <= tick * 320:
            queue.push(7, number * packet * 3, payloads[number])
            number += 1
        queued = queue.pop(quiet=False)
        frame = decoder.frame(queued.pieces)
        assert len(frame) == 320
        if queued.kind is not FrameKind.NOTHING:
            frames.append(frame)
    return np.concatenate(frames)


@pytest.mark.parametrize("packet", [160, 320, 640, 960])
def test_speech_in_packets_of_10_to_60_ms_is_decoded_without_a_seam(packet: int) -> None:
    # Two seconds: then the queue finds out that its first delay was too long and leaves something out.
    said = resample(speech(), 16_000).samples[: 960 * 32]
    sender, receiver = OpusCodec(OpusParameters(in_band_fec=True)), OpusCodec()
    sender.expect_loss(0.1)
    payloads = [sender.encode(said[at : at + packet]) for at in range(0, len(said), packet)]
    truth = np.concatenate([receiver.decode(payload) for payload in payloads])
    heard = through_the_queue(payloads, packet)
    assert np.array_equal(heard[: len(truth)], truth)


def test_a_gap_takes_its_copy_from_the_packet_behind_it() -> None:
    said = resample(speech(), 16_000).samples[:32_000]
    sender, receiver = OpusCodec(OpusParameters(in_band_fec=True)), OpusCodec()
    sender.expect_loss(0.1)
    payloads = [sender.encode(said[at : at + 320]) for at in range(0, len(said), 320)]
    truth = np.concatenate([receiver.decode(payload) for payload in payloads])
    likeness = {}
    for copies in (True, False):
        decoder = PacketDecoder(OpusCodec())
        frames = [
            decoder.frame([Gap(160, payloads[number + 1] if copies else None) if number % 7 == 6 else payload])
            for number, payload in enumerate(payloads)
        ]
        likeness[copies] = np.corrcoef(np.concatenate(frames), truth)[0, 1]
    assert likeness[True] > max(0.97, likeness[False])
