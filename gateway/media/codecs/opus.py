"""Opus as RFC 7587 carries it: 16 kHz mono, in-band forward error correction, no DTX."""

from __future__ import annotations

import ctypes

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.codecs.opus_library import load_opus
from gateway.media.codecs.opus_packet import CLOCK_RATE, packet_length
from gateway.media.errors import MediaError
from gateway.media.parameters import OpusParameters

_SOUND_RATE = 16_000
_FRAME = _SOUND_RATE // 50
_STEP = _SOUND_RATE * 5 // 2000
_LONGEST_PACKET = _SOUND_RATE * 120 // 1000
_MOST_OCTETS = 1275
"""The longest frame that there is (RFC 6716 section 3.2.1)."""

BIT_RATE = 40_000
"""More than wideband speech needs (RFC 7587 section 3.1.1), and less than G.711.

With this much room the encoder sounds as well at a third of the work, and copies of lost frames fit in.
"""
COMPLEXITY = 1
"""How hard the encoder tries, 0 to 10; docs/decisions has the figures."""

FIRST_LOSS = 0.02
"""The share of lost packets that is expected until the peer reports: copies cost little, and some never report."""
MOST_LOSS_PERCENT = 10
"""With more, the encoder takes too much from the sound for its copies."""

_LOWEST_BIT_RATE = 6_000

# Constants of opus_defines.h.
_APPLICATION_VOIP = 2048
_SET_BITRATE = 4002
_SET_MAX_BANDWIDTH = 4004
_SET_VBR = 4006
_SET_COMPLEXITY = 4010
_SET_INBAND_FEC = 4012
_SET_PACKET_LOSS_PERC = 4014
_SET_DTX = 4016
_NARROWBAND, _MEDIUMBAND, _WIDEBAND = 1101, 1102, 1103


class OpusFault(MediaError):
    """libopus has refused a call that is right by its own documentation."""


class OpusCodec:
    """One stream's encoder and decoder (``FrameCodec``)."""

    def __init__(self, opus: OpusParameters | None = None, library: ctypes.PyDLL | None = None) -> None:
        """Send as the peer asks in ``opus``; ``library`` is ``load_opus()`` by default.

        Raises:
            OpusUnavailable: there is no library.
            OpusFault: out of memory.

        """
        self._library = load_opus() if library is None else library
        self._decoder: int | None = None
        self._encoder: int | None = None
        self._loss = FIRST_LOSS
        self._heard: Samples = np.zeros(_LONGEST_PACKET, np.int16)
        self._spoken: Samples = np.zeros(_LONGEST_PACKET, np.int16)
        self._payload = ctypes.create_string_buffer(_MOST_OCTETS)
        # The address of an array costs more to ask for than to keep.
        self._heard_at = self._heard.ctypes.data
        self._spoken_at = self._spoken.ctypes.data
        error = ctypes.c_int()
        self._decoder = self._library.opus_decoder_create(_SOUND_RATE, 1, ctypes.byref(error))
        self._check(error.value)
        self._encoder = self._library.opus_encoder_create(_SOUND_RATE, 1, _APPLICATION_VOIP, ctypes.byref(error))
        self._check(error.value)
        self._set(_SET_COMPLEXITY, COMPLEXITY)
        self._set(_SET_DTX, 0)
        self._set(_SET_PACKET_LOSS_PERC, round(100 * FIRST_LOSS))
        self.configure(opus)

    def __del__(self) -> None:
        if self._decoder is not None:
            self._library.opus_decoder_destroy(self._decoder)
        if self._encoder is not None:
            self._library.opus_encoder_destroy(self._encoder)

    def configure(self, opus: OpusParameters | None) -> None:
        """Send as ``opus`` asks from now on, but for silence, which is always sent: a hole looks like a loss."""
        parameters = opus or OpusParameters()
        wanted = parameters.max_average_bit_rate
        self._set(_SET_BITRATE, BIT_RATE if wanted is None else max(min(wanted, BIT_RATE), _LOWEST_BIT_RATE))
        self._set(_SET_VBR, not parameters.constant_bit_rate)
        self._set(_SET_INBAND_FEC, parameters.in_band_fec)
        self._set(_SET_MAX_BANDWIDTH, _bandwidth(parameters.max_playback_rate))

    @property
    def sound_rate(self) -> int:
        """16000."""
        return _SOUND_RATE

    def decode(self, payload: bytes) -> Samples:
        """Return the sound of a packet of 2.5 to 120 ms.

        For one that cannot be read it is concealment, as long as the packet claims to be or else 20 ms.
        """
        if payload:
            length = self._library.opus_decode(self._decoder, payload, len(payload), self._heard_at, _LONGEST_PACKET, 0)
            if length > 0:
                return self._heard[:length].copy()
        return self.conceal(packet_length(payload) * _SOUND_RATE // CLOCK_RATE or _FRAME)

    def conceal(self, samples: int, following: bytes | None = None) -> Samples:
        """Return ``samples``, at most 120 ms, in place of what is lost.

        The copy that ``following`` has of it, where it has one, else the decoder's own concealment.
        """
        # The decoder makes whole multiples of 2.5 ms.
        wanted = min(-(-samples // _STEP) * _STEP, _LONGEST_PACKET)
        data = following or None
        length = self._library.opus_decode(
            self._decoder, data, len(following or b""), self._heard_at, wanted, data is not None
        )
        if length != wanted and data is not None:
            return self.conceal(samples)
        self._check(min(length, 0))
        return self._heard[:samples].copy()

    def encode(self, samples: Samples) -> bytes:
        """Return one packet with ``samples`` (10, 20, 40 or 60 ms)."""
        length = len(samples)
        self._spoken[:length] = samples
        octets = self._library.opus_encode(self._encoder, self._spoken_at, length, self._payload, _MOST_OCTETS)
        self._check(min(octets, 0))
        return ctypes.string_at(self._payload, octets)

    def expect_loss(self, fraction: float) -> None:
        """Spend bits on copies for this share of lost packets; what was lost before is forgotten by halves."""
        self._loss = max(fraction, self._loss / 2)
        self._set(_SET_PACKET_LOSS_PERC, min(round(100 * self._loss), MOST_LOSS_PERCENT))

    def _set(self, request: int, value: int) -> None:
        self._check(self._library.opus_encoder_ctl(self._encoder, request, ctypes.c_int32(value)))

    def _check(self, status: int) -> None:
        if status < 0:
            raise OpusFault(f"libopus: {self._library.opus_strerror(status).decode()}")


def _bandwidth(playback_rate: int) -> int:
    """Return the widest band that is played at ``playback_rate`` (RFC 7587 section 3.1.1)."""
    if playback_rate < 12_000:
        return _NARROWBAND
    return _MEDIUMBAND if playback_rate < 16_000 else _WIDEBAND
