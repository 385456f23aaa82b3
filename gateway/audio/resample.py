"""Change of sample rate with a band-limiting polyphase filter (libsoxr, "high quality").

Telephone sound and the models' sound differ in rate. Taking every second sample would fold everything above 4 kHz back
into the voice; the filter removes it first, by more than 100 dB.
"""

from __future__ import annotations

import numpy as np
import soxr

from gateway.audio.pcm import Pcm


def resample(pcm: Pcm, rate: int) -> Pcm:
    """Return the whole of ``pcm`` at ``rate`` samples per second."""
    if pcm.rate == rate or not len(pcm):
        return Pcm(pcm.samples, rate)
    return Pcm(np.asarray(soxr.resample(pcm.samples, pcm.rate, rate, quality="HQ"), np.int16), rate)


class Resampler:
    """The same for a stream whose chunks arrive one after the other; the chunks' seams are inaudible."""

    def __init__(self, source_rate: int, target_rate: int) -> None:
        self.source_rate = source_rate
        self.target_rate = target_rate
        self._stream = (
            None
            if source_rate == target_rate
            else soxr.ResampleStream(source_rate, target_rate, 1, dtype="int16", quality="HQ")
        )

    def push(self, pcm: Pcm, *, last: bool = False) -> Pcm:
        """Return what ``pcm`` adds to the output; ``last`` flushes the filter.

        Raises:
            ValueError: ``pcm`` is not at the stream's source rate.

        """
        if pcm.rate != self.source_rate:
            raise ValueError(f"expected {self.source_rate} Hz, got {pcm.rate} Hz")
        if self._stream is None:
            return Pcm(pcm.samples, self.target_rate)
        chunk = self._stream.resample_chunk(pcm.samples, last=last)
        return Pcm(np.asarray(chunk, np.int16), self.target_rate)
