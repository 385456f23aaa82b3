"""Recordings on disk."""

from __future__ import annotations

import os
import stat
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from gateway.media.recording.recorder import Recorder
from gateway.media.recording.recording_tap import RecordingPiece
from gateway.media.recording.stereo_wav_file import StereoWavFile


def piece(position: int, left: int, right: int, frames: int = 10) -> RecordingPiece:
    return RecordingPiece(position, [np.full(160, left, np.int16)] * frames, [np.full(160, right, np.int16)] * frames)


def read(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (2, 2, 8000)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)


class Answers:
    """Collects what the recorder's thread says and lets the test wait for it."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, str]] = []
        self._answer: str | None = None
        self._done = threading.Event()

    def done(self, failure: str | None) -> None:
        self._answer = failure
        self._done.set()

    def wait(self) -> str | None:
        assert self._done.wait(5)
        self._done.clear()
        return self._answer

    def report(self, leg: int, sentence: str) -> None:
        self.reports.append((leg, sentence))


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def recorder(answers: Answers):
    made = Recorder(answers.report)
    made.start()
    yield made
    made.stop()


def test_the_file_is_valid_after_every_write(tmp_path: Path) -> None:
    file = StereoWavFile(tmp_path / "call.wav")
    assert len(read(tmp_path / "call.wav")) == 0
    for count in range(1, 4):
        file.write((count - 1) * 1600, piece(0, 5, -5).interleaved())
        assert len(read(tmp_path / "call.wav")) == count * 1600
    file.close()


def test_a_recording_has_the_legs_positions_and_silence_where_nothing_was_recorded(
    tmp_path: Path, recorder: Recorder, answers: Answers
) -> None:
    path = tmp_path / "new folder" / "call.wav"
    recorder.open(1, path, answers.done)
    assert answers.wait() is None
    recorder.write(1, piece(3200, 100, 200))
    recorder.close(1, answers.done)
    assert answers.wait() is None
    recorder.open(1, path, answers.done)
    assert answers.wait() is None
    recorder.write(1, piece(8000, 300, 400))
    recorder.close(1, answers.done, forget=True)
    assert answers.wait() is None
    stereo = read(path)
    assert len(stereo) == 9600
    assert not stereo[:3200].any()
    assert (stereo[3200:4800] == (100, 200)).all()
    assert not stereo[4800:8000].any()
    assert (stereo[8000:] == (300, 400)).all()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_legs_file_is_replaced(tmp_path: Path, recorder: Recorder, answers: Answers) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(b"old" * 1000)
    recorder.open(2, path, answers.done)
    assert answers.wait() is None
    recorder.close(2, answers.done)
    assert answers.wait() is None
    assert len(read(path)) == 0


def test_a_path_that_cannot_be_written_is_told_and_pieces_are_dropped(
    tmp_path: Path, recorder: Recorder, answers: Answers
) -> None:
    (tmp_path / "file").write_text("")
    recorder.open(1, tmp_path / "file" / "call.wav", answers.done)
    assert answers.wait() in {"cannot record: Not a directory", "cannot record: File exists"}
    recorder.write(1, piece(0, 1, 2))
    recorder.close(1, answers.done)
    assert answers.wait() is None
    assert answers.reports == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_ends_the_recording_and_is_reported(
    tmp_path: Path, recorder: Recorder, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.open(1, tmp_path / "call.wav", answers.done)
    assert answers.wait() is None

    full = os.open("/dev/full", os.O_WRONLY)
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda _file, data, _offset: os.write(full, data))
    recorder.write(1, piece(0, 1, 2))
    recorder.write(1, piece(1600, 1, 2))
    recorder.close(1, answers.done)
    assert answers.wait() is None
    monkeypatch.setattr(os, "pwrite", write)
    os.close(full)
    assert answers.reports == [(1, "the recording ended early: No space left on device")]


def test_a_disk_that_stands_still_costs_pieces_and_never_time(answers: Answers) -> None:
    # The thread is not started: to the caller that is a disk that never finishes.
    recorder = Recorder(answers.report)
    for number in range(2000):
        recorder.write(1, piece(number * 1600, 0, 0))
    assert answers.reports == [(1, "the disk is too slow: parts of the recording are left out")]


def test_stopping_writes_what_is_queued(tmp_path: Path, answers: Answers) -> None:
    recorder = Recorder(answers.report)
    recorder.open(1, tmp_path / "call.wav", answers.done)
    for number in range(50):
        recorder.write(1, piece(number * 1600, 7, 8))
    recorder.start()
    recorder.stop()
    assert len(read(tmp_path / "call.wav")) == 50 * 1600
