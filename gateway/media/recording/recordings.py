"""Collects both sides of all recorded legs, tick by tick, and hands the writing thread half a second at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateway.media.frame import FRAME_MS, FRAME_SAMPLES, Flags, Positions, Slots
from gateway.media.recording.recording_writer import Completion, Recording, RecordingWriter, Report

PIECE_TICKS = 500 // FRAME_MS
"""Ticks that a piece is made of."""

_TICKS_BETWEEN_WAKINGS = 100 // FRAME_MS
_DEADLINE_TICKS = 1000 // FRAME_MS
_OVERLOAD = "the recording has a gap: the gateway was overloaded"
_TOO_SLOW = "the recording has gaps: the disk is too slow"


def _ignore(_: str | None) -> None:
    """Take an answer that nobody waits for."""


class Recordings:
    """The recordings of all legs of a worker; owned by the thread of the clock, and never waits for the disk.

    Sample ``n`` of a file is position ``n`` of its leg; positions that were not added are silence. Faults never end
    anything but a recording: they go to the ``report`` of that recording, each cause once.
    """

    def __init__(self, capacity: int, writer: RecordingWriter) -> None:
        self.recording: Flags = np.zeros(capacity, np.bool_)
        """The slots that are to be added now: with a file, not suspended, and not shed."""
        self._writer = writer
        self._frames: npt.NDArray[np.int16] = np.zeros((capacity, PIECE_TICKS, FRAME_SAMPLES, 2), "<i2")
        self._filled: npt.NDArray[np.intp] = np.zeros(capacity, np.intp)
        self._next: Positions = np.full(capacity, -1, np.int64)
        self._phase = np.arange(capacity) % PIECE_TICKS
        self._ticks = 0
        self._open: dict[int, Recording] = {}
        self._suspended: set[int] = set()
        self._known: dict[int, set[Path]] = {}
        self._shed = False

    def open(self, slot: int, path: Path, done: Completion, report: Report) -> None:
        """Record ``slot`` to ``path`` from now on, instead of where it was recorded to before.

        A path that this slot has recorded to before is continued, another file is replaced. ``done`` is told whether
        the file could be opened, or after a second, at once where that is known, that the disk does not answer; the
        recording goes on if it does later. ``report`` is told why a recording ends early or has gaps. Both are called
        on any thread.
        """
        self._end(slot, _ignore)
        known = self._known.setdefault(slot, set())
        recording = Recording(path, path in known, report)
        known.add(path)
        self._open[slot] = recording
        # A caller waits for this answer: a second of silence is enough for the first one whose disk says nothing.
        self._writer.open(recording, done, self._ticks + (0 if self._writer.stalled else _DEADLINE_TICKS))
        if self._shed:
            recording.tell(_OVERLOAD)
        self._select(slot)

    def close(self, slot: int, done: Completion, *, forget: bool = False) -> None:
        """Finish the recording of ``slot``, if there is one; ``done`` is told when the file is closed.

        A disk that has not written everything within a second is not waited for: what it has not written by then is
        lost, and nothing is written to the file afterwards. ``forget`` the slot's files when its leg is gone.
        """
        self._end(slot, done)
        if forget:
            self.reset(slot)

    def finish(self) -> None:
        """Hand over what was collected of all recordings and close them, because the worker ends."""
        for slot in list(self._open):
            self.close(slot, _ignore, forget=True)

    def suspend(self, slot: int) -> None:
        """Leave silence in the recording from now on, such as while two people talk with each other."""
        self._suspended.add(slot)
        self._flush(slot)
        self._select(slot)

    def resume(self, slot: int) -> None:
        """Go on with the recording."""
        self._suspended.discard(slot)
        self._select(slot)

    def shed(self, on: bool) -> None:
        """Stop recording all legs because the worker has too much to do, or go on; a gap is told once a recording."""
        self._shed = on
        for slot, recording in self._open.items():
            if on:
                self._flush(slot)
                recording.tell(_OVERLOAD)
            self._select(slot)

    def reset(self, slot: int) -> None:
        """Forget everything about ``slot``; a recording that is open is closed."""
        self._end(slot, _ignore)
        self._known.pop(slot, None)
        self._suspended.discard(slot)

    def add(
        self, slots: Slots, positions: Positions, left: npt.NDArray[np.int16], right: npt.NDArray[np.int16]
    ) -> None:
        """Take one tick's frames of ``slots`` in: ``left`` [n, 160] what the party said, ``right`` what it was sent.

        ``slots`` are of those that ``recording`` selects. To be called once a tick, also without slots: half a second
        later at the latest the frames go to the writer, each slot at its own tick so that no tick has many to hand
        over.
        """
        if len(slots):
            moved = slots[self._next[slots] != positions]
            for slot in moved.tolist():
                self._flush(slot)
            filled = self._filled[slots]
            self._frames[slots, filled, :, 0] = left
            self._frames[slots, filled, :, 1] = right
            self._filled[slots] = filled + 1
            self._next[slots] = positions + FRAME_SAMPLES
            due = slots[self._phase[slots] == self._ticks % PIECE_TICKS]
            for slot in due.tolist():
                self._flush(slot)
        self._ticks += 1
        if self._ticks % _TICKS_BETWEEN_WAKINGS == 0:
            self._writer.wake()
            self._writer.expire(self._ticks)

    def _flush(self, slot: int) -> None:
        count = int(self._filled[slot])
        if not count:
            return
        self._filled[slot] = 0
        recording = self._open[slot]
        if recording.ended:
            self._select(slot)
            return
        position = int(self._next[slot]) - count * FRAME_SAMPLES
        if not self._writer.write(recording, position, self._frames[slot, :count].tobytes()):
            recording.tell(_TOO_SLOW)

    def _end(self, slot: int, done: Completion) -> None:
        if slot not in self._open:
            done(None)
            return
        self._flush(slot)
        recording = self._open.pop(slot)
        self._select(slot)
        self._writer.close(recording, done, self._ticks + _DEADLINE_TICKS)

    def _select(self, slot: int) -> None:
        recording = self._open.get(slot)
        runs = recording is not None and not recording.ended
        self.recording[slot] = runs and slot not in self._suspended and not self._shed
