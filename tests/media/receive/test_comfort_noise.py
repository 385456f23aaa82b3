"""RFC 3389 payloads."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.receive.comfort_noise import (
    ComfortNoise,
    ComfortNoiseError,
    comfort_noise_payload,
    parse_comfort_noise,
)

BINS = 161


def total_power(spectrum: np.ndarray) -> float:
    return float(np.mean(spectrum.astype(float) ** 2))


@given(st.binary(min_size=1, max_size=60))
def test_any_payload_describes_noise_of_the_level_in_its_first_octet(payload: bytes) -> None:
    noise = parse_comfort_noise(payload)
    spectrum = noise.spectrum(BINS)
    assert noise.level_dbov == -(payload[0] & 127)
    assert np.isfinite(spectrum).all()
    assert np.sqrt(total_power(spectrum)) == pytest.approx(32768 * 10 ** (noise.level_dbov / 20), rel=1e-3)


@pytest.mark.parametrize(
    "payload",
    [
        "280100800180017f7ffefdfe00fdfd8001017ffd01807f01fe80807f7ffefd01fd",
        "28fd7f01fe80017f008080fe7ffe01fd7f01017ffefdfd7f01fd0101000100fe00",
        "280180fd01fd8000fd80fd0101807f7ffd007f800100fd01fdfd0180007f7ffd80",
    ],
)
def test_a_filter_that_resonates_without_end_makes_no_noise_without_end(payload: str) -> None:
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        spectrum = parse_comfort_noise(bytes.fromhex(payload)).spectrum(BINS)
    assert np.sqrt(total_power(spectrum)) == pytest.approx(32768 * 10 ** (-40 / 20), rel=1e-3)


def test_an_empty_payload_is_refused() -> None:
    with pytest.raises(ComfortNoiseError, match="without a level"):
        parse_comfort_noise(b"")


@pytest.mark.parametrize(
    ("octets", "coefficients"),
    [(b"", ()), (b"\x7f", (0.0,)), (b"\x00", (-127 * 258 / 32768,)), (b"\xfe", (127 * 258 / 32768,))],
)
def test_coefficients_are_quantised_as_in_section_3_2(octets: bytes, coefficients: tuple[float, ...]) -> None:
    noise = parse_comfort_noise(b"\x32" + octets)
    assert noise.reflection_coefficients == pytest.approx(coefficients)
    assert comfort_noise_payload(-50, coefficients) == b"\x32" + octets


def test_noise_without_coefficients_is_white() -> None:
    spectrum = ComfortNoise(-40).spectrum(BINS)
    assert spectrum == pytest.approx(spectrum[0])


@pytest.mark.parametrize(("level", "octet"), [(0, 0), (5, 0), (-49.6, 50), (-127, 127), (-300, 127)])
def test_a_level_is_held_to_what_seven_bits_can_say(level: float, octet: int) -> None:
    assert comfort_noise_payload(level) == bytes([octet])


def test_the_noise_that_another_implementation_describes_has_its_level_and_spectrum() -> None:
    """FFmpeg's encoder listens to coloured noise; what we make of its packet has the same power in each band."""
    random = np.random.default_rng(3)
    sound = np.convolve(random.normal(0, 300, 6400), [0.5, 0.5, 0.3], "same").astype(np.int16)
    encoder = av.CodecContext.create("comfortnoise", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 8000, "mono", "s16"
    encoder.open()
    payloads = []
    for begin in range(0, len(sound), 640):
        frame = av.AudioFrame.from_ndarray(sound[None, begin : begin + 640], "s16", "mono")
        frame.sample_rate, frame.pts = 8000, begin
        payloads += [bytes(packet) for packet in encoder.encode(frame)]
    described = np.mean(
        [parse_comfort_noise(payload).spectrum(BINS).astype(float) ** 2 for payload in payloads], axis=0
    )
    window = np.hanning(320)
    blocks = np.fft.rfft(sound.reshape(-1, 320) * window, axis=1)
    measured = (np.abs(blocks) ** 2 / (window**2).sum()).mean(axis=0)
    for band in np.array_split(np.arange(1, BINS - 1), 4):
        assert abs(10 * np.log10(described[band].mean() / measured[band].mean())) < 2.5
