"""RFC 3389 payloads."""

from __future__ import annotations

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
