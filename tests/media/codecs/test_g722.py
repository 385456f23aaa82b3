"""G.722 against an independent implementation, and what it does to speech."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_speech import speech

from gateway.audio import resample
from gateway.media.codecs.g722 import SILENCE_OCTET, G722Codec

DELAY = 22
"""Samples at 16 kHz by which the two filter banks hold sound back."""


def decode_by_ffmpeg(payloads: list[bytes]) -> np.ndarray:
    context = av.CodecContext.create("g722", "r")
    context.sample_rate, context.layout = 16_000, "mono"
    frames = [frame for payload in payloads for frame in context.decode(av.Packet(payload))]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def encode(sound: np.ndarray) -> list[bytes]:
    codec = G722Codec()
    return [codec.encode(frame) for frame in sound[: len(sound) // 320 * 320].reshape(-1, 320)]


def decode(payloads: list[bytes]) -> np.ndarray:
    codec = G722Codec()
    return np.concatenate([codec.decode(payload) for payload in payloads])


def spoken() -> np.ndarray:
    return resample(speech(), 16_000).samples


def signal_to_noise_db(signal: np.ndarray, heard: np.ndarray) -> float:
    signal, heard = signal.astype(float), heard.astype(float)
    return float(10 * np.log10(np.mean(signal**2) / np.mean((heard - signal) ** 2)))


@given(st.lists(st.binary(min_size=160, max_size=160), min_size=1, max_size=4))
def test_any_octets_decode_to_the_samples_of_ffmpeg(payloads: list[bytes]) -> None:
    assert np.array_equal(decode(payloads), decode_by_ffmpeg(payloads))


def test_speech_decodes_to_the_samples_of_ffmpeg() -> None:
    payloads = encode(spoken())
    assert np.array_equal(decode(payloads), decode_by_ffmpeg(payloads))


def test_ffmpeg_hears_what_was_encoded_as_well_as_we_do() -> None:
    sound = spoken()
    heard = decode_by_ffmpeg(encode(sound))
    assert signal_to_noise_db(sound[: len(heard) - DELAY], heard[DELAY:]) > 20


@pytest.mark.parametrize("frequency", [300, 1000, 3400, 5000, 6500])
@pytest.mark.parametrize("amplitude", [100, 3000, 32000])
def test_tones_of_the_whole_band_keep_their_level(frequency: int, amplitude: int) -> None:
    times = np.arange(16_000) / 16_000
    tone = (amplitude * np.sin(2 * np.pi * frequency * times)).astype(np.int16)
    heard = decode(encode(tone))
    change = 20 * np.log10(heard[3200:].astype(float).std() / tone[3200:].astype(float).std())
    assert abs(change) < 1.0


def test_a_frame_is_160_octets_and_320_samples() -> None:
    codec = G722Codec()
    payload = codec.encode(np.zeros(320, np.int16))
    assert (codec.sound_rate, len(payload), len(codec.decode(payload))) == (16_000, 160, 320)


@pytest.mark.parametrize("octets", [80, 240, 480])
def test_packets_of_other_lengths_decode_to_the_same_sound(octets: int) -> None:
    stream = b"".join(encode(spoken()))[: 480 * 20]
    whole = decode([stream])
    pieces = [stream[at : at + octets] for at in range(0, len(stream), octets)]
    assert np.array_equal(decode(pieces), whole)


def test_the_filling_octet_falls_silent_within_a_frame_however_loud_it_was() -> None:
    codec = G722Codec()
    for payload in encode(np.random.default_rng(1).normal(0, 9000, 3200).clip(-32768, 32767).astype(np.int16)):
        codec.decode(payload)
    codec.decode(bytes([SILENCE_OCTET]) * 160)
    assert np.abs(codec.decode(bytes([SILENCE_OCTET]) * 160).astype(int)).max() < 70


def test_concealment_is_left_to_others() -> None:
    codec = G722Codec()
    assert codec.conceal(320).tolist() == [0] * 320
    codec.expect_loss(0.5)
    codec.configure(None)
