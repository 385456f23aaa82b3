"""The thread that writes recordings, so that no frame waits for a disk."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias

from gateway.media.recording.recording_file import RecordingFile

MOST_WAITING_BYTES = 64 * 1024 * 1024
"""How much sound may wait for a slow disk: 20 s of 100 legs."""

Completion: TypeAlias = Callable[[str | None], None]
"""Called once, on any thread, when a command is done: None, or one sentence that says what failed."""

Report: TypeAlias = Callable[[str], None]
"""Called on any thread with one sentence when a recording ends early or has a gap."""

NO_ANSWER = "the disk does not answer"
"""What is told when an answer of the disk is not waited for any longer."""


@dataclass(slots=True, eq=False)
class Recording:
    """One file that a leg is recorded to, as the clock's thread and the writing thread share it."""

    path: Path
    resume: bool
    report: Report
    told: set[str] = field(default_factory=set)
    given_up: bool = False
    """Set when its end was not waited for any longer: nothing is to be written to it from then on."""
    ended: bool = False
    """Set when a fault of the disk has ended it: what is handed over from then on goes nowhere."""
    file: RecordingFile | None = None
    """Belongs to the writing thread."""

    def fail(self, cause: str) -> None:
        """Let it end here, and report why."""
        self.ended = True
        self.tell(f"the recording ended early: {cause}")

    def tell(self, sentence: str) -> None:
        """Report a fault, each one once."""
        if sentence not in self.told:
            self.told.add(sentence)
            self.report(sentence)


@dataclass(frozen=True, slots=True)
class _Open:
    recording: Recording
    ticket: int


@dataclass(frozen=True, slots=True)
class _Close:
    recording: Recording
    ticket: int


@dataclass(frozen=True, slots=True)
class _Piece:
    recording: Recording
    position: int
    stereo: bytes


_Work: TypeAlias = _Open | _Close | _Piece


@dataclass(frozen=True, slots=True)
class _Awaited:
    ticket: int
    deadline: int
    recording: Recording
    closes: bool


class RecordingWriter:
    """Opens, writes and closes the files of all legs, in the order in which it was told to.

    All methods but the thread's own belong to one thread and never block. Pieces are handed over in batches by
    ``wake``, because each waking of the thread may cost the clock's thread the interpreter. An error of the disk ends
    the recording and is reported. A disk that is too slow costs the newest pieces, which leaves silence in their place.
    """

    def __init__(self, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        self._most_waiting = most_waiting_bytes
        self._batch: list[_Work] = []
        self._queue: SimpleQueue[list[_Work] | None] = SimpleQueue()
        # Two counters, each written by one thread only; their difference is what waits.
        self._handed_over = 0
        self._finished = 0
        self._tickets = 0
        self._completions: dict[int, Completion] = {}
        self._awaited: list[_Awaited] = []
        self._stalled = False
        self._thread = threading.Thread(target=self._run, name="recording writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, wait_s: float = 4.0) -> bool:
        """Write what is queued, close all files and end the thread; return whether it ended within ``wait_s``."""
        self.wake()
        self._queue.put(None)
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    @property
    def waiting_bytes(self) -> int:
        """How much sound waits for the disk."""
        return self._handed_over - self._finished

    @property
    def stalled(self) -> bool:
        """Whether an answer of the disk was not waited for any longer, and none has come since."""
        return self._stalled

    def open(self, recording: Recording, done: Completion, deadline: int) -> None:
        """Open the file; ``done`` is told that the disk does not answer when ``expire`` reaches ``deadline`` first."""
        self._batch.append(_Open(recording, self._await(recording, done, deadline, closes=False)))
        self.wake()

    def write(self, recording: Recording, position: int, stereo: bytes) -> bool:
        """Take interleaved samples from ``position`` on; return False when too much waits for the disk already."""
        if self.waiting_bytes + len(stereo) > self._most_waiting:
            return False
        self._handed_over += len(stereo)
        self._batch.append(_Piece(recording, position, stereo))
        return True

    def close(self, recording: Recording, done: Completion, deadline: int) -> None:
        """Close the file when what is queued was written; past ``deadline`` it is given up, and nothing is written."""
        self._batch.append(_Close(recording, self._await(recording, done, deadline, closes=True)))
        self.wake()

    def wake(self) -> None:
        """Let the thread write what was handed over since the last time."""
        if self._batch:
            self._queue.put(self._batch)
            self._batch = []

    def expire(self, now: int) -> None:
        """Answer what the disk has not answered by ``now``, in the unit of the deadlines."""
        if not self._awaited:
            return
        self._awaited = [awaited for awaited in self._awaited if awaited.ticket in self._completions]
        for awaited in self._awaited:
            if awaited.deadline <= now:
                self._stalled = True
                awaited.recording.given_up = awaited.recording.given_up or awaited.closes
                self._complete(awaited.ticket, NO_ANSWER)

    def _await(self, recording: Recording, done: Completion, deadline: int, *, closes: bool) -> int:
        self._tickets += 1
        self._completions[self._tickets] = done
        self._awaited.append(_Awaited(self._tickets, deadline, recording, closes))
        return self._tickets

    def _complete(self, ticket: int, failure: str | None) -> None:
        # Both threads come here; the one that gets the completion out of the dictionary makes the call.
        done = self._completions.pop(ticket, None)
        if done is not None:
            done(failure)

    def _run(self) -> None:
        opened: set[Recording] = set()
        while (batch := self._queue.get()) is not None:
            for work in batch:
                try:
                    self._do(work, opened)
                except Exception as fault:  # noqa: BLE001 - told with its traceback; the other recordings go on
                    traceback.print_exc()
                    work.recording.fail(type(fault).__name__)
                self._stalled = False
        for recording in opened:
            _close(recording)

    def _do(self, work: _Work, opened: set[Recording]) -> None:
        match work:
            case _Piece():
                self._write(work)
            case _Open():
                opened.add(work.recording)
                self._complete(work.ticket, _open(work.recording))
            case _Close():
                opened.discard(work.recording)
                self._complete(work.ticket, _close(work.recording))

    def _write(self, piece: _Piece) -> None:
        recording = piece.recording
        self._finished += len(piece.stereo)
        if recording.file is None or recording.given_up:
            return
        try:
            recording.file.write(piece.position, piece.stereo)
        except OSError as error:
            recording.fail(_said(error))
            _close(recording)


def _open(recording: Recording) -> str | None:
    if recording.given_up:
        return NO_ANSWER
    try:
        recording.file = RecordingFile(recording.path, resume=recording.resume)
    except OSError as error:
        recording.ended = True
        return f"cannot record: {_said(error)}"
    return None


def _close(recording: Recording) -> str | None:
    file, recording.file = recording.file, None
    if file is None:
        return None
    try:
        file.close()
    except OSError as error:
        return f"the recording may be incomplete: {_said(error)}"
    return None


def _said(error: OSError) -> str:
    return error.strerror or str(error)
