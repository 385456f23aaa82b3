"""G.722 at 64 kbit/s (ITU-T G.722): two sub-bands of ADPCM, an octet for every two samples at 16 kHz.

An octet lasts 1/8000 s, so its packets are cut, ordered and timed like those of G.711; also their RTP clock runs at
8000 Hz (RFC 3551 section 4.5.2). The coding is libg722's, by way of the package G722.
"""

from __future__ import annotations

import numpy as np
from G722 import G722

from gateway.audio.pcm import Samples
from gateway.media.parameters import OpusParameters

_SOUND_RATE = 16_000
_BIT_RATE = 64_000
SILENCE_OCTET = 0xFE
"""An octet that fills gaps: however the decoder stands, a frame of these takes it below -53 dB of full scale.

0xFF does as well, but is mu-law's silence.
"""


class G722Codec:
    """One stream's encoder and decoder (``FrameCodec``)."""

    __slots__ = ("_decoder", "_encoder")

    def __init__(self) -> None:
        self._decoder = G722(_SOUND_RATE, _BIT_RATE, use_numpy=False)
        self._encoder = G722(_SOUND_RATE, _BIT_RATE, use_numpy=False)

    @property
    def sound_rate(self) -> int:
        """16000."""
        return _SOUND_RATE

    def configure(self, opus: OpusParameters | None) -> None:
        """Change nothing."""

    def decode(self, payload: bytes) -> Samples:
        """Return two samples an octet; every sequence of octets is valid."""
        return np.frombuffer(self._decoder.decode(payload), np.int16)

    def conceal(self, samples: int, following: bytes | None = None) -> Samples:
        """Return silence: appendices III and IV of G.722 are no part of the codec, a concealer has to follow.

        The decoder stands still meanwhile. Of all that one could feed it (what came last, silence) or do with it (begin
        anew), that brings the sound behind the gap nearest to what it should be.
        """
        return np.zeros(samples, np.int16)

    def encode(self, samples: Samples) -> bytes:
        """Return an octet for every two samples."""
        payload: bytes = self._encoder.encode(samples)
        return payload

    def expect_loss(self, fraction: float) -> None:
        """Change nothing: G.722 has no redundancy to spend."""
