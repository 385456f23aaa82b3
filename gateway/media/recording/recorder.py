"""The thread that writes recordings, so that no frame waits for a disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias

from gateway.media.recording.recording_tap import RecordingPiece
from gateway.media.recording.stereo_wav_file import StereoWavFile

_MOST_WAITING = 1000
"""Pieces of 200 ms that may wait for a slow disk: 20 legs for 10 s, 64 kB a leg and second."""

Completion: TypeAlias = Callable[[str | None], None]
"""Called on the writing thread when a command is done: None, or one sentence that says what failed."""


@dataclass(frozen=True, slots=True)
class _Open:
    leg: int
    path: Path
    done: Completion


@dataclass(frozen=True, slots=True)
class _Write:
    leg: int
    piece: RecordingPiece


@dataclass(frozen=True, slots=True)
class _Close:
    leg: int
    forget: bool
    done: Completion


class Recorder:
    """Writes the recordings of all legs. An error of the disk ends that leg's recording and is told to ``report``.

    ``report(leg, sentence)`` is called on the writing thread. When the disk is too slow, pieces are left out, which
    leaves silence in their place, and that is reported once a recording.
    """

    def __init__(self, report: Callable[[int, str], None]) -> None:
        self._report = report
        self._queue: SimpleQueue[_Open | _Write | _Close | None] = SimpleQueue()
        self._files: dict[int, StereoWavFile] = {}
        self._known: dict[int, set[Path]] = {}
        self._dropping: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is queued, close all files and end the thread; wait up to 5 s for it."""
        self._queue.put(None)
        self._thread.join(timeout=5)

    def open(self, leg: int, path: Path, done: Completion) -> None:
        """Record ``leg`` to ``path`` from now on; a path that this leg has recorded to before is continued."""
        self._queue.put(_Open(leg, path, done))

    def write(self, leg: int, piece: RecordingPiece) -> None:
        """Queue a piece; never blocks."""
        if self._queue.qsize() > _MOST_WAITING:
            if leg not in self._dropping:
                self._dropping.add(leg)
                self._report(leg, "the disk is too slow: parts of the recording are left out")
            return
        self._queue.put(_Write(leg, piece))

    def close(self, leg: int, done: Completion, *, forget: bool = False) -> None:
        """Finish the recording of ``leg``; ``forget`` the leg when it is gone."""
        self._dropping.discard(leg)
        self._queue.put(_Close(leg, forget, done))

    def _run(self) -> None:
        while (command := self._queue.get()) is not None:
            match command:
                case _Open():
                    command.done(self._open(command.leg, command.path))
                case _Write():
                    self._write(command.leg, command.piece)
                case _Close():
                    if command.forget:
                        self._known.pop(command.leg, None)
                    command.done(self._close(command.leg))
        for leg in list(self._files):
            self._close(leg)

    def _open(self, leg: int, path: Path) -> str | None:
        self._close(leg)
        known = self._known.setdefault(leg, set())
        try:
            self._files[leg] = StereoWavFile(path, resume=path in known)
        except OSError as error:
            return f"cannot record: {error.strerror or error}"
        known.add(path)
        return None

    def _write(self, leg: int, piece: RecordingPiece) -> None:
        file = self._files.get(leg)
        if file is None:
            return
        try:
            file.write(piece.position, piece.interleaved())
        except OSError as error:
            self._close(leg)
            self._report(leg, f"the recording ended early: {error.strerror or error}")

    def _close(self, leg: int) -> str | None:
        file = self._files.pop(leg, None)
        if file is None:
            return None
        try:
            file.close()
        except OSError as error:
            return f"the recording may be incomplete: {error.strerror or error}"
        return None
