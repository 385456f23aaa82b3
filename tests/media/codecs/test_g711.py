"""G.711 against the values of the standard."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.codecs.g711 import SILENCE, decode, encode
from gateway.media.parameters import Codec

EVERY_OCTET = np.arange(256, dtype=np.uint8)
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize(
    ("codec", "octet", "value"),
    [
        # Table 1/G.711 (A-law, even bits inverted), 13 bits scaled to 16.
        (Codec.PCMA, 0xD5, 8),
        (Codec.PCMA, 0x55, -8),
        (Codec.PCMA, 0xD4, 24),
        (Codec.PCMA, 0xC5, 264),
        (Codec.PCMA, 0x80, 5504),
        (Codec.PCMA, 0xAA, 32256),
        (Codec.PCMA, 0x2A, -32256),
        # Table 2/G.711 (mu-law, all bits inverted), 14 bits scaled to 16.
        (Codec.PCMU, 0xFF, 0),
        (Codec.PCMU, 0x7F, 0),
        (Codec.PCMU, 0xFE, 8),
        (Codec.PCMU, 0xEF, 132),
        (Codec.PCMU, 0x80, 32124),
        (Codec.PCMU, 0x00, -32124),
    ],
)
def test_octets_have_the_values_of_the_standard(codec: Codec, octet: int, value: int) -> None:
    assert decode(codec, np.array([octet], np.uint8))[0] == value


@pytest.mark.parametrize(
    ("codec", "sample", "octet"),
    [
        (Codec.PCMA, 0, 0xD5),
        (Codec.PCMA, -1, 0x55),
        (Codec.PCMA, 32767, 0xAA),
        (Codec.PCMA, -32768, 0x2A),
        (Codec.PCMA, 1000, 0xFA),
        (Codec.PCMU, 0, 0xFF),
        (Codec.PCMU, 32767, 0x80),
        (Codec.PCMU, -32768, 0x00),
        (Codec.PCMU, 1000, 0xCE),
    ],
)
def test_samples_get_the_octets_of_the_standard(codec: Codec, sample: int, octet: int) -> None:
    assert encode(codec, np.array([sample], np.int16))[0] == octet


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.PCMU])
def test_every_octet_survives_decoding_and_encoding(codec: Codec) -> None:
    again = encode(codec, decode(codec, EVERY_OCTET))
    # Mu-law has two zeros; the negative one becomes the positive one.
    differing = EVERY_OCTET[again != EVERY_OCTET].tolist()
    assert differing == ([] if codec is Codec.PCMA else [0x7F])


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.PCMU])
def test_every_sample_gets_its_nearest_value_and_order_is_kept(codec: Codec) -> None:
    decoded = decode(codec, encode(codec, EVERY_SAMPLE)).astype(int)
    assert (np.diff(decoded) >= 0).all()
    error = np.abs(decoded - EVERY_SAMPLE)
    # Half a step of the segment: 1/32 of the magnitude, and never less than half the smallest step.
    assert (error <= np.maximum(np.abs(EVERY_SAMPLE.astype(int)) / 32 + 8, 8 if codec is Codec.PCMA else 4)).all()


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.PCMU])
def test_speech_level_noise_keeps_35_db(codec: Codec) -> None:
    sound = np.random.default_rng(1).normal(0, 3000, 80_000).clip(-32768, 32767).astype(np.int16)
    error = decode(codec, encode(codec, sound)).astype(float) - sound
    assert 10 * np.log10(np.mean(sound.astype(float) ** 2) / np.mean(error**2)) > 35


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.PCMU])
def test_silence_decodes_to_silence_and_shapes_are_kept(codec: Codec) -> None:
    octets = np.full((3, 160), SILENCE[codec], np.uint8)
    samples = decode(codec, octets)
    assert samples.shape == (3, 160)
    assert np.abs(samples).max() <= 8
    assert encode(codec, samples).tolist() == octets.tolist()


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.PCMU])
def test_rows_of_any_layout_are_coded_in_place_or_anew(codec: Codec) -> None:
    samples = np.random.default_rng(2).integers(-32768, 32767, (6, 160)).astype(np.int16)
    octets = np.zeros((6, 160), np.uint8)
    assert encode(codec, samples, octets) is octets
    assert np.array_equal(octets[::2], encode(codec, samples[::2]))
    decoded = np.zeros((12, 160), np.int16)
    decode(codec, octets, decoded[::2])
    assert np.array_equal(decoded[::2], decode(codec, octets))
    assert not decoded[1::2].any()
