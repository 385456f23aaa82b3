"""Opus through the very library, on speech."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_speech import speech

from gateway.audio import resample
from gateway.media.codecs import opus_library
from gateway.media.codecs.opus import BIT_RATE, OpusCodec, OpusFault
from gateway.media.codecs.opus_library import OpusUnavailable, bundled_libraries, declare, load_opus
from gateway.media.codecs.opus_packet import packet_length
from gateway.media.parameters import OpusParameters

LIBRARIES = [opus_library.SYSTEM_LIBRARY, *bundled_libraries()]


@pytest.fixture(params=LIBRARIES, ids=lambda path: path.rsplit("/", 1)[-1])
def new_codec(request: pytest.FixtureRequest) -> Callable[..., OpusCodec]:
    try:
        library = declare(ctypes.PyDLL(request.param))
    except OSError:
        pytest.skip(f"this machine has no {request.param}")
    return lambda **wanted: OpusCodec(OpusParameters(**({"in_band_fec": True} | wanted)), library)


def spoken() -> np.ndarray:
    sound = resample(speech(), 16_000).samples
    return sound[: len(sound) // 320 * 320]


def encode(codec: OpusCodec, sound: np.ndarray, length: int = 320) -> list[bytes]:
    return [codec.encode(sound[at : at + length]) for at in range(0, len(sound) - length + 1, length)]


def correlation(said: np.ndarray, heard: np.ndarray) -> float:
    """Return the likeness, 0 to 1, at the delay where it is greatest: the codec holds sound back by some ms."""
    length = min(len(said), len(heard)) - 400
    return max(float(np.corrcoef(said[:length], heard[lag : lag + length])[0, 1]) for lag in range(0, 400, 2))


def test_speech_comes_back_as_it_was(new_codec: Callable[..., OpusCodec]) -> None:
    codec, sound = new_codec(), spoken()
    heard = np.concatenate([codec.decode(payload) for payload in encode(codec, sound)])
    assert len(heard) == len(sound)
    assert correlation(sound, heard) > 0.95


@pytest.mark.parametrize("length", [160, 320, 640, 960])
def test_packets_of_10_to_60_ms_last_as_long_as_their_sound(new_codec: Callable[..., OpusCodec], length: int) -> None:
    codec, sound = new_codec(), spoken()[: 960 * 20]
    payloads = encode(codec, sound, length)
    assert {packet_length(payload) for payload in payloads} == {3 * length}
    assert [len(codec.decode(payload)) for payload in payloads] == [length] * len(payloads)


def test_the_bit_rate_is_kept_and_silence_is_sent_all_the_same(new_codec: Callable[..., OpusCodec]) -> None:
    codec, sound = new_codec(), spoken()
    payloads = encode(codec, sound)
    assert bit_rate(payloads) < 1.2 * BIT_RATE
    silence = encode(codec, np.zeros(16_000, np.int16))
    # A packet of two octets or less would be discontinuous transmission (RFC 7587 section 3.1.3).
    assert all(len(payload) > 2 for payload in silence)


def bit_rate(payloads: list[bytes]) -> float:
    return 8 * 50 * float(np.mean([len(payload) for payload in payloads]))


@pytest.mark.parametrize(("asked", "gets"), [(16_000, 16_000), (1_000, 6_000), (500_000, BIT_RATE)])
def test_the_peer_may_ask_for_fewer_bits(new_codec: Callable[..., OpusCodec], asked: int, gets: int) -> None:
    payloads = encode(new_codec(max_average_bit_rate=asked), spoken())
    assert 0.6 * gets < bit_rate(payloads) < 1.2 * gets


def test_the_peer_may_ask_for_a_constant_bit_rate(new_codec: Callable[..., OpusCodec]) -> None:
    assert len({len(payload) for payload in encode(new_codec(constant_bit_rate=True), spoken())}) == 1


@pytest.mark.parametrize(("rate", "bands"), [(8_000, {0}), (12_000, {0, 1}), (16_000, {2}), (48_000, {2})])
def test_nothing_is_sent_that_the_peer_cannot_play(
    new_codec: Callable[..., OpusCodec], rate: int, bands: set[int]
) -> None:
    # SILK's configurations are narrowband, mediumband, wideband in groups of four (RFC 6716 table 2).
    payloads = encode(new_codec(max_playback_rate=rate), spoken())
    assert {payload[0] >> 5 for payload in payloads} <= bands


def test_a_peer_that_makes_no_use_of_copies_gets_none(new_codec: Callable[..., OpusCodec]) -> None:
    errors = {}
    for fec in (False, True):
        codec = new_codec(in_band_fec=fec)
        codec.expect_loss(0.1)
        sender_payloads = encode(codec, spoken())
        receiver, truth = new_codec(), new_codec()
        wholes = [truth.decode(payload).astype(float) for payload in sender_payloads]
        for payload in sender_payloads[:40]:
            receiver.decode(payload)
        made_up = receiver.conceal(320, sender_payloads[41])
        errors[fec] = float(np.mean((made_up - wholes[40]) ** 2))
    assert errors[True] < errors[False]


def test_ffmpeg_hears_what_was_encoded(new_codec: Callable[..., OpusCodec]) -> None:
    sound = spoken()
    context = av.CodecContext.create("opus", "r")
    context.sample_rate, context.layout = 48_000, "mono"
    packets = [av.Packet(payload) for payload in encode(new_codec(), sound)]
    frames = [frame.to_ndarray().reshape(-1) for packet in packets for frame in context.decode(packet)]
    heard = np.concatenate(frames)[::3]
    assert correlation(sound, heard) > 0.9


def test_a_lost_packet_is_won_back_from_the_next_one(new_codec: Callable[..., OpusCodec]) -> None:
    sender, sound = new_codec(), spoken()
    sender.expect_loss(0.2)
    payloads = encode(sender, sound)
    whole, copied, made_up = new_codec(), new_codec(), new_codec()
    errors = {"copied": 0.0, "made up": 0.0}
    for number, payload in enumerate(payloads):
        truth = whole.decode(payload).astype(float)
        if number % 5 == 3 and number + 1 < len(payloads):
            for name, codec, following in (("copied", copied, payloads[number + 1]), ("made up", made_up, None)):
                frame = codec.conceal(320, following)
                assert len(frame) == 320
                errors[name] += float(np.sum((frame - truth) ** 2))
        else:
            copied.decode(payload)
            made_up.decode(payload)
    assert errors["copied"] < 0.5 * errors["made up"]


def test_what_is_lost_for_long_fades_to_silence(new_codec: Callable[..., OpusCodec]) -> None:
    codec = new_codec()
    for payload in encode(codec, spoken()[:16_000]):
        codec.decode(payload)
    lost = [codec.conceal(320) for _ in range(25)]
    assert np.abs(lost[-1].astype(int)).max() < 100


@pytest.mark.parametrize("following", [b"\x4b", b"\xff" * 5, b""])
def test_a_next_packet_that_cannot_be_read_is_no_help_and_no_harm(
    new_codec: Callable[..., OpusCodec], following: bytes
) -> None:
    codec = new_codec()
    codec.decode(codec.encode(spoken()[:320]))
    assert len(codec.conceal(320, following)) == 320


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_hostile_payloads_become_sound_of_a_bounded_length(payloads: list[bytes]) -> None:
    codec = OpusCodec()
    for payload in payloads:
        assert 0 < len(codec.decode(payload)) <= 1920


def test_frames_are_copies_that_later_ones_leave_alone(new_codec: Callable[..., OpusCodec]) -> None:
    codec, sound = new_codec(), spoken()
    payloads = encode(codec, sound[6400:12800])
    first = codec.decode(payloads[3])
    before = first.copy()
    codec.decode(payloads[4])
    assert np.array_equal(first, before)


def has_copies(payloads: list[bytes]) -> bool:
    """Tell whether a lost packet can be won back: SILK's header says so behind its voice activity flags."""
    # RFC 6716 section 4.2.3: for one mono frame, one bit of voice activity, then the flag of the copy (LBRR).
    return any(payload[1] & 0x40 for payload in payloads)


def test_copies_are_sent_until_the_peer_reports_no_loss_and_again_when_it_does(
    new_codec: Callable[..., OpusCodec],
) -> None:
    codec, sound = new_codec(), spoken()
    assert has_copies(encode(codec, sound))
    for _ in range(3):
        codec.expect_loss(0.0)
    encode(codec, sound[:640])
    assert not has_copies(encode(codec, sound))
    codec.expect_loss(0.05)
    for _ in range(2):
        codec.expect_loss(0.0)
    assert has_copies(encode(codec, sound))
    for _ in range(3):
        codec.expect_loss(0.0)
    encode(codec, sound[:640])
    assert not has_copies(encode(codec, sound))


@pytest.mark.parametrize("fraction", [-1.0, 0.0, 0.013, 0.5, 2.0])
def test_any_reported_loss_is_taken(new_codec: Callable[..., OpusCodec], fraction: float) -> None:
    codec = new_codec()
    codec.expect_loss(fraction)
    assert codec.encode(np.zeros(320, np.int16))


def test_a_frame_of_a_length_that_opus_lacks_is_a_fault(new_codec: Callable[..., OpusCodec]) -> None:
    with pytest.raises(OpusFault, match="invalid argument"):
        new_codec().encode(np.zeros(333, np.int16))


def test_a_machine_without_the_library_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opus_library, "SYSTEM_LIBRARY", "libnothing.so.0")
    monkeypatch.setattr(opus_library, "bundled_libraries", list)
    with pytest.raises(OpusUnavailable, match="install libopus"):
        load_opus.__wrapped__()


@pytest.mark.parametrize("samples", [1, 40, 100, 333, 960, 1920])
@pytest.mark.parametrize("copied", [True, False])
def test_a_gap_of_any_length_is_filled(new_codec: Callable[..., OpusCodec], samples: int, copied: bool) -> None:
    codec = new_codec()
    payloads = encode(codec, spoken()[:3200])
    codec.decode(payloads[0])
    assert len(codec.conceal(samples, payloads[2] if copied else None)) == samples


def test_a_packet_that_cannot_be_read_lasts_as_long_as_it_claims(new_codec: Callable[..., OpusCodec]) -> None:
    # Two frames of 20 ms and of one size (RFC 6716 section 3.2.3), but an odd number of octets.
    assert len(new_codec().decode(b"\x49" + bytes(3))) == 640
