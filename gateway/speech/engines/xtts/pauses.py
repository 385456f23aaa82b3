"""The pauses of a streamed piece of speech: none before it, none too long in it, a measured one after it.

XTTS begins and ends a piece with silence of any length, and inserts seconds of it where it loses its way. Silence is
held back until it is known whether speech follows.
"""

from __future__ import annotations

import numpy as np

from gateway.audio.pcm import Samples

SILENT_BELOW = 0.004
"""Of full scale; what is quieter for 10 ms is a pause."""
FRAME_S = 0.01
BEFORE_S = 0.01
LONGEST_PAUSE_S = 0.6
"""Within a piece."""


class PauseKeeper:
    """Passes the chunks of one piece on, with its pauses shortened."""

    def __init__(self, rate: int, after_s: float) -> None:
        """``rate`` is the stream's, in samples a second; ``after_s`` of silence may follow the speech."""
        self._rate = rate
        self._frame = round(rate * FRAME_S)
        self._after = round(rate * after_s)
        self._held = np.zeros(0, np.int16)
        self._begun = False

    def push(self, samples: Samples) -> Samples:
        """Return what of the sound so far can be passed on; silence at its end is held back."""
        known = np.concatenate([self._held, samples])
        loud = np.flatnonzero(np.abs(known.astype(np.int32)) > SILENT_BELOW * 32768)
        if not loud.size:
            self._held = known
            return known[:0]
        end = min(len(known), int(loud[-1]) + 1 + self._frame)
        first = int(loud[0])
        self._held = known[end:]
        # The frame behind the last loud sample has been passed on with it.
        allowed = round(self._rate * LONGEST_PAUSE_S) - self._frame if self._begun else round(self._rate * BEFORE_S)
        self._begun = True
        return known[max(0, first - allowed) : end]

    def flush(self) -> Samples:
        """Return the silence that belongs behind the piece; nothing behind one without speech."""
        return self._held[: max(0, self._after - self._frame)] if self._begun else self._held[:0]
