"""Noise around a caller: what a telephone in a car, a café or on a bad line picks up. Pure.

The noise is laid under every packet that the caller's telephone sends, also while the caller is silent, which is what
makes it hard for the other side to tell when somebody speaks.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.audio.pcm import Samples
from gateway.media.codecs.g711 import decode, encode
from gateway.media.parameters import Codec

SPEECH_LEVEL = 2_000.0
"""Root mean square, in 16-bit steps, of the speech that a ratio of signal to noise refers to: about -24 dBov, the level
at which G.711 lines are run (ITU-T P.56, active speech level)."""

_LOOP_S = 20
_CAR_HZ = 250.0
_SPEECH_BAND_HZ = (300.0, 3400.0)
_RTP_HEADER = 12


class NoiseKind(StrEnum):
    """What the noise is."""

    WHITE = "white"
    """The same power at every frequency of the telephone's band: a bad line, rain, a fan."""
    CAR = "car"
    """Most of it below 250 Hz: an engine and the road."""
    BABBLE = "babble"
    """Many people who talk at once: a café, a waiting room."""


def make_noise(kind: NoiseKind, seed: int, voices: tuple[Pcm, ...] = ()) -> Samples:
    """Return 20 s of noise at 8 kHz, int16 with a root mean square of ``SPEECH_LEVEL``; its end fits to its beginning.

    Babble is made of ``voices`` (8 kHz), which are laid over each other many times; raise ``ValueError`` without any.
    """
    generator = np.random.default_rng(seed)
    length = _LOOP_S * TELEPHONE_RATE
    if kind is NoiseKind.BABBLE:
        if not voices:
            raise ValueError("babble needs voices to be made of")
        noise = np.zeros(length)
        for voice in voices * 3:
            sound = np.resize(voice.samples.astype(np.float64), length)
            level = np.sqrt(np.mean(sound**2)) or 1.0
            noise += np.roll(sound, int(generator.integers(length))) / level * generator.uniform(0.6, 1.0)
    else:
        noise = generator.standard_normal(length)
    return _levelled(_shaped(noise, kind))


def _shaped(noise: npt.NDArray[np.float64], kind: NoiseKind) -> npt.NDArray[np.float64]:
    """Limit the noise to what a telephone passes, by its spectrum: a loop of whole length has no seam so."""
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(len(noise), 1 / TELEPHONE_RATE)
    low, high = _SPEECH_BAND_HZ
    if kind is NoiseKind.CAR:
        low = 60.0
        spectrum = spectrum / (1 + (hertz / _CAR_HZ) ** 2)
    spectrum[(hertz < low) | (hertz > high)] = 0
    shaped: npt.NDArray[np.float64] = np.fft.irfft(spectrum, len(noise))
    return shaped


def _levelled(noise: npt.NDArray[np.float64]) -> Samples:
    level = np.sqrt(np.mean(noise**2))
    levelled: Samples = np.clip(np.round(noise * SPEECH_LEVEL / level), -32768, 32767).astype(np.int16)
    return levelled


class Background:
    """Lays noise under the RTP packets of one G.711 stream, ``snr_db`` below speech of ``SPEECH_LEVEL``."""

    def __init__(self, noise: Samples, snr_db: float) -> None:
        self._noise = np.round(noise * 10 ** (-snr_db / 20)).astype(np.int16)
        self._at = 0

    def under(self, packet: bytes, codec: Codec, payload_type: int) -> bytes:
        """Return ``packet`` with noise under its sound; packets that are no sound of this stream stay as they are."""
        if len(packet) <= _RTP_HEADER or packet[0] >> 6 != 2 or packet[1] & 0x7F != payload_type:
            return packet
        # The caller's own telephone sends neither extensions nor padding, and no list of contributing sources.
        if packet[0] & 0x3F:
            return packet
        sound = decode(codec, np.frombuffer(packet, np.uint8)[_RTP_HEADER:]).astype(np.int32)
        places = np.arange(self._at, self._at + len(sound)) % len(self._noise)
        self._at = (self._at + len(sound)) % len(self._noise)
        mixed = np.clip(sound + self._noise[places], -32768, 32767).astype(np.int16)
        return packet[:_RTP_HEADER] + encode(codec, mixed).tobytes()
