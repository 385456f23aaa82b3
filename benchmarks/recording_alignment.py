"""How far the two channels of a recording lie from where they were heard and sent, in samples."""

from __future__ import annotations

import tempfile
import threading
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateway.media.frame import FRAME_SAMPLES
from gateway.media.recording.recording_writer import RecordingWriter
from gateway.media.recording.recordings import Recordings

Samples = npt.NDArray[np.int16]

_FIRST_POSITION = 37 * FRAME_SAMPLES
_MISSED_TICKS = range(60, 75)
_FURTHEST = 4000


def alignment_errors(caller: Samples, gateway: Samples) -> tuple[int, int]:
    """Return by how many samples the left channel (``caller``) and the right one (``gateway``) are off in the file.

    The sounds are recorded in frames of 20 ms through the worker's recordings and its writing thread, from a position
    in the middle of a call on, with a gap as an overload leaves it. The errors are where the cross-correlation with
    what was recorded is greatest.
    """
    ticks = min(len(caller), len(gateway)) // FRAME_SAMPLES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        _record(path, caller, gateway, ticks)
        with wave.open(str(path), "rb") as file:
            recorded = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    channels = []
    for channel, sound in enumerate((caller, gateway)):
        expected = sound[: ticks * FRAME_SAMPLES].copy()
        expected[_MISSED_TICKS.start * FRAME_SAMPLES : _MISSED_TICKS.stop * FRAME_SAMPLES] = 0
        channels.append(offset_of(recorded[:, channel], expected) - _FIRST_POSITION)
    return channels[0], channels[1]


def offset_of(long: Samples, short: Samples) -> int:
    """Return at which sample of ``long`` the sound ``short`` lies, by the cross-correlation's maximum."""
    size = 1 << (len(long) + len(short)).bit_length()
    product = np.fft.rfft(long.astype(float), size) * np.conj(np.fft.rfft(short.astype(float), size))
    correlation = np.fft.irfft(product, size)
    best = int(correlation.argmax())
    return best if best < size // 2 else best - size


class _Answer:
    """Waits for what the writing thread says."""

    def __init__(self) -> None:
        self.fault: str | None = None
        self._given = threading.Event()

    def __call__(self, fault: str | None) -> None:
        self.fault = self.fault or fault
        self._given.set()

    def wait(self) -> None:
        """Wait for the first answer; the simulated clock would be past its deadline in no time."""
        if not self._given.wait(10) or self.fault:
            raise RuntimeError(f"the recording failed: {self.fault or 'the disk does not answer'}")


def _record(path: Path, caller: Samples, gateway: Samples, ticks: int) -> None:
    opened, closed, report = _Answer(), _Answer(), _Answer()
    writer = RecordingWriter()
    writer.start()
    recordings = Recordings(1, writer)
    recordings.open(0, path, opened, report)
    opened.wait()
    for tick in range(ticks):
        if tick == _MISSED_TICKS.start:
            recordings.suspend(0)
        if tick == _MISSED_TICKS.stop:
            recordings.resume(0)
        slots = np.flatnonzero(recordings.recording)
        part = slice(tick * FRAME_SAMPLES, (tick + 1) * FRAME_SAMPLES)
        positions = np.full(len(slots), _FIRST_POSITION + part.start, np.int64)
        recordings.add(slots, positions, caller[None, part][slots], gateway[None, part][slots])
    recordings.close(0, closed)
    closed.wait()
    if not writer.stop() or report.fault:
        raise RuntimeError(f"the recording failed: {report.fault or 'the disk does not answer'}")
