"""What all legs heard last, in one ring, cut into the windows that a voice detector judges.

Frames are 20 ms (160 samples at 8 kHz), windows 32 ms (256 samples): five windows to eight frames. The ring of a leg
holds 24 frames or 15 windows, so both lie in it without a seam. Each leg enters the pattern of eight at another place,
which spreads the work on windows evenly over the ticks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES

Slots = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

WINDOW_SAMPLES = 256
"""Samples that a detector judges at a time (32 ms at 8 kHz)."""
FRAMES = 24
"""Frames that the ring of a leg holds (480 ms)."""
BLOCK_FRAMES = 8
"""Frames after which windows and frames end together; the ring is handed out in such blocks."""
BLOCK_SAMPLES = BLOCK_FRAMES * FRAME_SAMPLES
"""Samples in a block (160 ms at 8 kHz)."""

_WINDOWS = FRAMES * FRAME_SAMPLES // WINDOW_SAMPLES
_COLUMN_ENDS = np.arange(1, FRAMES + 1) * FRAME_SAMPLES
# By the column that a frame went to: the window that it completes, -1 for none, and how far beyond it the frame goes.
_WINDOW_OF = np.where(
    _COLUMN_ENDS // WINDOW_SAMPLES > (_COLUMN_ENDS - FRAME_SAMPLES) // WINDOW_SAMPLES,
    _COLUMN_ENDS // WINDOW_SAMPLES - 1,
    -1,
).astype(np.intp)
_BEYOND = (_COLUMN_ENDS % WINDOW_SAMPLES).astype(np.int64)


class FrameHistory:
    """The rings of ``capacity`` legs: int16 [capacity, 24, 160], and [capacity, 24, 320] for wideband legs."""

    def __init__(self, capacity: int) -> None:
        self._frames = np.zeros((capacity, FRAMES, FRAME_SAMPLES), np.int16)
        self._windows = self._frames.reshape(capacity, _WINDOWS, WINDOW_SAMPLES)
        self._wide = np.zeros((capacity, FRAMES, 2 * FRAME_SAMPLES), np.int16)
        self._column = (np.arange(capacity) - 1) % BLOCK_FRAMES
        self._is_wide = np.zeros(capacity, np.bool_)
        self._without_wide = np.zeros(capacity, np.int8)

    def reset(self, slot: int) -> None:
        """Forget what was heard; the leg's place in the pattern of windows stays."""
        self._frames[slot] = 0
        if self._is_wide[slot]:
            self._wide[slot] = 0
            self._is_wide[slot] = False

    def is_wide(self, slot: int) -> bool:
        """Tell whether the leg's sound is kept at 16 kHz too."""
        return bool(self._is_wide[slot])

    def add(self, slots: Slots, frames: Samples) -> npt.NDArray[np.intp]:
        """Take a frame of each leg in, int16 [n, 160]; return the column of the ring that it went to, [n]."""
        columns = self._column[slots] + 1
        columns[columns == FRAMES] = 0
        self._column[slots] = columns
        self._frames[slots, columns] = frames
        return columns

    def add_wide(self, slot: int, frame: Samples | None) -> None:
        """Take the 16 kHz form (320 samples) of the frame in that ``add`` took last; None where there is none.

        A wide leg's missing form is interpolated from that at 8 kHz; after 480 ms without any the leg is not wide.
        """
        if not self._is_wide[slot]:
            self._is_wide[slot] = True
            for column in range(FRAMES):
                self._wide[slot, column] = _doubled(self._frames[slot, column])
        column = self._column[slot]
        self._wide[slot, column] = _doubled(self._frames[slot, column]) if frame is None else frame
        self._without_wide[slot] = 0 if frame is not None else self._without_wide[slot] + 1
        self._is_wide[slot] = self._without_wide[slot] < FRAMES

    def wide_slots(self, slots: Slots) -> Slots:
        """Return which of ``slots`` are wide."""
        return slots[self._is_wide[slots]]

    @staticmethod
    def completed(columns: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        """Return which window the frame in each column completes, -1 for none, and by how many samples it goes on."""
        return _WINDOW_OF[columns], _BEYOND[columns]

    def windows(self, slots: Slots, numbers: npt.NDArray[np.intp]) -> Samples:
        """Return a copy of one window of each leg, int16 [n, 256]."""
        return self._windows[slots, numbers]

    def ending_with(self, slot: int, number: int, samples: int) -> Samples:
        """Return a copy of the leg's last ``samples``, whole windows up to number ``number``, one-dimensional."""
        order = np.arange(number - samples // WINDOW_SAMPLES + 1, number + 1) % _WINDOWS
        sound: Samples = self._windows[slot, order].reshape(-1)
        return sound

    def unfinished(self, slot: int) -> int:
        """Return how many frames the leg's last block has, 0 when it is whole."""
        return (int(self._column[slot]) + 1) % BLOCK_FRAMES

    def heard(self, slot: int, *, wide: bool) -> Samples:
        """Return a copy of the leg's last block and the two before it, oldest sample first, at 16 kHz if ``wide``."""
        column = int(self._column[slot])
        order = np.arange(column // BLOCK_FRAMES * BLOCK_FRAMES - 2 * BLOCK_FRAMES, column + 1) % FRAMES
        sound: Samples = self._ring(wide)[slot, order].reshape(-1)
        return sound

    def block(self, slot: int, frames: int, *, wide: bool) -> Samples:
        """Return a copy of the first ``frames`` frames of the leg's last block, one-dimensional, 16 kHz if ``wide``."""
        first = int(self._column[slot]) // BLOCK_FRAMES * BLOCK_FRAMES
        return self._ring(wide)[slot, first : first + frames].reshape(-1).copy()

    def _ring(self, wide: bool) -> Samples:
        return self._wide if wide else self._frames


def _doubled(frame: Samples) -> Samples:
    """Return a frame at twice its rate by linear interpolation: good enough for the few that have no better form."""
    sound = frame.astype(np.int32)
    doubled = np.empty(2 * len(frame), np.int16)
    doubled[1::2] = sound
    doubled[2::2] = (sound[:-1] + sound[1:]) // 2
    doubled[0] = sound[0]
    return doubled
