"""Measures a change of sample rate by tones: pass band, stop band, delay, and what a stream holds back.

Used by ``audio_quality.py`` for its table and by the tests, which hold the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.audio import Pcm, Resampler, resample
from gateway.audio.half_band import Downsampler2, Upsampler2

Samples = npt.NDArray[np.int16]
Convert = Callable[[Samples], Samples]

RATES = ((16_000, 8_000), (8_000, 16_000), (24_000, 16_000), (16_000, 24_000), (48_000, 16_000), (24_000, 8_000))
"""The changes of rate that the gateway makes, from and to, in samples a second."""

_AMPLITUDE = 20_000.0
_SECONDS = 1.0
_PASS = 0.85
"""The pass band's share of the band that both rates have: 3400 Hz of 4000."""
_STOP = 1.15


@dataclass(frozen=True)
class Figures:
    """``ripple_db`` is the largest departure from 0 dB in the pass band, ``stop_db`` the loudest remnant above it.

    ``stop_db`` is of what is folded back when the rate goes down, and of the mirror images when it goes up.
    ``delay_ms`` is how much later the sound lies in the output than in the input; ``held_back_ms`` is how much of the
    input a stream waits for before it gives out what belongs to it.
    """

    source_rate: int
    target_rate: int
    how: str
    ripple_db: float
    stop_db: float
    delay_ms: float
    held_back_ms: float


def measure(source_rate: int, target_rate: int, how: str, convert: Convert, held_back_ms: float) -> Figures:
    """Return the figures of ``convert``, which turns a whole sound into a whole sound."""
    shared = min(source_rate, target_rate) / 2
    inside = np.linspace(0.02, _PASS, 21) * shared
    responses = [_response(convert, frequency, source_rate, target_rate) for frequency in inside]
    remnants = [remnant for _, remnant in responses]
    if target_rate < source_rate:
        outside = np.linspace(_STOP * shared, 0.98 * source_rate / 2, 21)
        remnants = [_level(convert(_tone(frequency, source_rate))) for frequency in outside]
    gains = np.array([gain for gain, _ in responses])
    phases = np.unwrap(np.angle(gains))
    delay_s = -np.polyfit(2 * np.pi * inside, phases, 1)[0]
    return Figures(
        source_rate,
        target_rate,
        how,
        round(float(np.abs(20 * np.log10(np.abs(gains))).max()), 4),
        round(float(10 * np.log10(max(remnants) / (_AMPLITUDE**2 / 2))), 1),
        round(float(delay_s * 1000), 3),
        round(held_back_ms, 2),
    )


def measure_all() -> Sequence[Figures]:
    """Return the figures of everything that the gateway changes rates with."""
    figures = []
    for source, target in RATES:
        figures.append(
            measure(source, target, "whole", lambda x, s=source, t=target: resample(Pcm(x, s), t).samples, 0)
        )
        convert, held_back_ms = _streamed(source, target)
        figures.append(measure(source, target, "streamed", convert, held_back_ms))
    figures.append(measure(16_000, 8_000, "half-band", lambda x: _in_frames(Downsampler2(1), x, 320), 0))
    figures.append(measure(8_000, 16_000, "half-band", lambda x: _in_frames(Upsampler2(1), x, 160), 0))
    return figures


def _tone(frequency: float, rate: int) -> Samples:
    times = np.arange(int(rate * _SECONDS)) / rate
    return np.rint(_AMPLITUDE * np.cos(2 * np.pi * frequency * times)).astype(np.int16)


def _middle(samples: Samples) -> slice:
    return slice(len(samples) // 4, 3 * len(samples) // 4)


def _level(samples: Samples) -> float:
    return max(float(np.mean(samples[_middle(samples)].astype(float) ** 2)), 1e-9)


def _response(convert: Convert, frequency: float, source_rate: int, target_rate: int) -> tuple[complex, float]:
    """Return the complex gain at ``frequency`` and the power of everything else in the output."""
    heard = convert(_tone(frequency, source_rate)).astype(float)
    part = _middle(heard)
    phase = 2 * np.pi * frequency * np.arange(len(heard))[part] / target_rate
    basis = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    (cosine, sine), *_ = np.linalg.lstsq(basis, heard[part], rcond=None)
    rest = heard[part] - basis @ (cosine, sine)
    return complex(cosine, -sine) / _AMPLITUDE, max(float(np.mean(rest**2)), 1e-9)


def _streamed(source_rate: int, target_rate: int) -> tuple[Convert, float]:
    """Return a conversion in chunks of 20 ms, and how much of the input it holds back at most, in ms."""
    stream, chunk, given, held_back = Resampler(source_rate, target_rate), source_rate // 50, 0, 0.0
    noise = np.random.default_rng(0).normal(0, 3000, source_rate).astype(np.int16)
    for begin in range(0, len(noise), chunk):
        given += len(stream.push(Pcm(noise[begin : begin + chunk], source_rate)))
        held_back = max(held_back, (begin + chunk) / source_rate - given / target_rate)

    def convert(samples: Samples) -> Samples:
        stream = Resampler(source_rate, target_rate)
        pieces = [
            stream.push(Pcm(samples[begin : begin + chunk], source_rate), last=begin + chunk >= len(samples)).samples
            for begin in range(0, len(samples), chunk)
        ]
        return np.concatenate(pieces)

    return convert, held_back * 1000


def _in_frames(converter: Downsampler2 | Upsampler2, samples: Samples, frame: int) -> Samples:
    slots = np.zeros(1, np.intp)
    return np.concatenate([converter.convert(slots, row[None])[0] for row in samples.reshape(-1, frame)])
