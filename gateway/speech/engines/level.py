"""The level of synthesised speech: all voices equally loud, no clipping, no long silence at the ends."""

from __future__ import annotations

import numpy as np

from gateway.audio import Pcm
from gateway.speech.limiter import limited
from gateway.speech.loudness import SPEECH_DBOV, speech_level

SILENT_BELOW = 0.004
FRAME_S = 0.01
APART_S = 0.25
FAINT = 0.06
"""What stands alone at an end, this far below the highest sample and ``APART_S`` from the rest, is no speech.

Pico's Italian voice ends each sentence with 50 ms of a faint hum, 0.6 s behind the last word.
"""


def level(pcm: Pcm) -> Pcm:
    """Return ``pcm`` with its speech at ``SPEECH_DBOV`` (P.56), its peaks limited; silence stays silence."""
    # Without the silence at its ends, of which P.56 counts a part: a short word would be louder the longer it is.
    measured = speech_level(trim(pcm, 0, 0))
    return pcm if measured is None else limited(pcm, SPEECH_DBOV - measured.dbov)


def trim(pcm: Pcm, before_ms: int, after_ms: int) -> Pcm:
    """Return ``pcm`` with at most this much silence at its ends; empty when it is all silence."""
    peaks = _peaks(pcm)
    active = _speech(np.flatnonzero(peaks > SILENT_BELOW), peaks)
    if not active.size:
        return Pcm(pcm.samples[:0], pcm.rate)
    frame = _frame(pcm.rate)
    first = max(0, int(active[0]) * frame - pcm.rate * before_ms // 1000)
    last = (int(active[-1]) + 1) * frame + pcm.rate * after_ms // 1000
    return Pcm(pcm.samples[first:last], pcm.rate)


def _frame(rate: int) -> int:
    return int(rate * FRAME_S)


def _peaks(pcm: Pcm) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the highest sample of each frame of 10 ms, the last one perhaps shorter, full scale as 1."""
    frame = _frame(pcm.rate)
    padded = np.pad(np.abs(pcm.samples / 32768), (0, -len(pcm) % frame))
    return np.asarray(padded.reshape(-1, frame).max(axis=1))


def _speech(
    active: np.ndarray[tuple[int], np.dtype[np.intp]], peaks: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the frames with sound without those that stand alone and faint at either end."""
    islands = np.split(active, np.flatnonzero(np.diff(active) > APART_S / FRAME_S) + 1)
    loud = [
        place for place, island in enumerate(islands) if peaks[island].max(initial=0) > FAINT * peaks.max(initial=0)
    ]
    return np.concatenate(islands[loud[0] : loud[-1] + 1]) if loud else active
