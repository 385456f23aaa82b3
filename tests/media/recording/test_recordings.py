"""The bank of recordings with real files: positions, gaps, bridges, overload, disks that fail, stall and fill up."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.media.recording.recording_file import RecordingFile
from gateway.media.recording.recording_writer import NO_ANSWER, RecordingWriter
from gateway.media.recording.recordings import PIECE_TICKS, Recordings

CAPACITY = 60


class Answers:
    """Collects what is told on any thread and lets the test wait for it."""

    def __init__(self) -> None:
        self.reports: list[str] = []
        self.answers: list[str | None] = []
        self._changed = threading.Condition()

    def done(self, failure: str | None) -> None:
        with self._changed:
            self.answers.append(failure)
            self._changed.notify_all()

    def report(self, sentence: str) -> None:
        with self._changed:
            self.reports.append(sentence)
            self._changed.notify_all()

    def wait(self, count: int = 1) -> list[str | None]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.answers) >= count, 5)
            return self.answers

    def wait_for_report(self) -> str:
        with self._changed:
            assert self._changed.wait_for(lambda: bool(self.reports), 5)
            return self.reports[0]


class PatientWriter(RecordingWriter):
    """A writer for tests of what a disk does in time: their ticks pass faster than its seconds."""

    def expire(self, now: int) -> None:
        """Wait for the disk."""


@pytest.fixture
def writer() -> Iterator[RecordingWriter]:
    made = PatientWriter()
    made.start()
    yield made
    assert made.stop()


@pytest.fixture
def recordings(writer: RecordingWriter) -> Recordings:
    return Recordings(CAPACITY, writer)


@pytest.fixture
def answers() -> Answers:
    return Answers()


def read(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (2, 2, 8000)
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
        assert len(samples) == reader.getnframes()
        return samples


def frames(positions: np.ndarray, channel: int) -> np.ndarray:
    """Sound that tells where it belongs: each sample differs from its neighbours and between the channels."""
    index = positions[:, None] + np.arange(160)
    return ((index * (7 + 2 * channel)) % 30_011 + 1).astype(np.int16)


def expected(position: int, samples: int) -> np.ndarray:
    index = np.arange(position, position + samples)
    return np.stack([(index * 7) % 30_011 + 1, (index * 9) % 30_011 + 1], axis=1).astype(np.int16)


def add(recordings: Recordings, positions: dict[int, int]) -> None:
    slots = np.array(sorted(positions), np.intp)
    at = np.array([positions[slot] for slot in sorted(positions)], np.int64)
    chosen = recordings.recording[slots] if len(slots) else np.zeros(0, bool)
    recordings.add(slots[chosen], at[chosen], frames(at, 0)[chosen], frames(at, 1)[chosen])


def nothing(_: object) -> None:
    return None


def run(recordings: Recordings, slot: int, position: int, ticks: int) -> int:
    for _ in range(ticks):
        add(recordings, {slot: position})
        position += 160
    return position


def test_many_legs_are_recorded_at_their_own_positions(
    tmp_path: Path, recordings: Recordings, answers: Answers
) -> None:
    starts = {slot: 160 * (slot * slot % 97) for slot in range(0, CAPACITY, 3)}
    for slot in starts:
        recordings.open(slot, tmp_path / "new folder" / f"{slot}.wav", answers.done, answers.report)
    ticks = 2 * PIECE_TICKS + 7
    for tick in range(ticks):
        add(recordings, {slot: start + 160 * tick for slot, start in starts.items()})
    for slot in starts:
        recordings.close(slot, answers.done, forget=True)
    assert answers.wait(2 * len(starts)) == [None] * 2 * len(starts)
    for slot, start in starts.items():
        path = tmp_path / "new folder" / f"{slot}.wav"
        stereo = read(path)
        assert not stereo[:start].any()
        assert np.array_equal(stereo[start:], expected(start, 160 * ticks))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not recordings.recording.any()
    assert answers.reports == []


class Model:
    """What one leg's recordings have to be, sample by sample."""

    def __init__(self) -> None:
        self.files: dict[str, np.ndarray] = {}
        self.path: str | None = None
        self.suspended = False
        self.position = 0

    def add(self, shed: bool) -> None:
        if self.path is not None and not self.suspended and not shed:
            stereo = np.zeros((max(len(self.files[self.path]), self.position + 160), 2), np.int16)
            stereo[: len(self.files[self.path])] = self.files[self.path]
            stereo[self.position : self.position + 160] = expected(self.position, 160)
            self.files[self.path] = stereo
        self.position += 160


operations = st.lists(
    st.one_of(
        st.tuples(st.just("ticks"), st.integers(1, 40)),
        st.tuples(st.just("jump"), st.integers(0, 2), st.integers(1, 5000)),
        st.tuples(st.just("open"), st.integers(0, 2), st.sampled_from("ab")),
        st.tuples(st.just("close"), st.integers(0, 2)),
        st.tuples(st.just("suspend"), st.integers(0, 2)),
        st.tuples(st.just("resume"), st.integers(0, 2)),
        st.tuples(st.just("shed"), st.booleans()),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations)
def test_whatever_happens_a_file_has_what_was_added_at_its_position_and_silence_elsewhere(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple]
) -> None:
    folder = tmp_path_factory.mktemp("model")
    writer = PatientWriter()
    writer.start()
    recordings = Recordings(CAPACITY, writer)
    models = {slot: Model() for slot in (0, 26, 51)}
    slots = list(models)
    shed = False
    for name, *arguments in steps:
        if name == "ticks":
            for _ in range(arguments[0]):
                add(recordings, {slot: model.position for slot, model in models.items()})
                for model in models.values():
                    model.add(shed)
            continue
        if name == "shed":
            shed = arguments[0]
            recordings.shed(shed)
            continue
        slot = slots[arguments[0]]
        model = models[slot]
        if name == "jump":
            model.position += arguments[1]
        elif name == "open":
            model.path = arguments[1]
            model.files.setdefault(model.path, np.zeros((0, 2), np.int16))
            recordings.open(slot, folder / f"{slot}{model.path}.wav", nothing, nothing)
        elif name == "close":
            model.path = None
            recordings.close(slot, nothing)
        else:
            model.suspended = name == "suspend"
            getattr(recordings, name)(slot)
    for slot in slots:
        recordings.close(slot, nothing, forget=True)
    assert writer.stop()
    for slot, model in models.items():
        for name, stereo in model.files.items():
            assert np.array_equal(read(folder / f"{slot}{name}.wav"), stereo)


def test_another_legs_file_is_replaced(tmp_path: Path, recordings: Recordings, answers: Answers) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(b"old" * 1000)
    recordings.open(2, path, answers.done, answers.report)
    recordings.close(2, answers.done, forget=True)
    answers.wait(2)
    assert len(read(path)) == 0


def test_what_a_killed_process_leaves_is_whole_and_lacks_less_than_a_second(
    tmp_path: Path, recordings: Recordings, answers: Answers
) -> None:
    path = tmp_path / "call.wav"
    recordings.open(7, path, answers.done, answers.report)
    answers.wait()
    position = run(recordings, 7, 0, 3 * PIECE_TICKS + 13)
    recordings.open(8, tmp_path / "other.wav", answers.done, answers.report)
    answers.wait(2)
    stereo = read(path)
    found = position - 8000 + 160
    assert np.array_equal(stereo[:found], expected(0, found))
    assert len(stereo) - position <= 10 * 8000
    assert path.stat().st_size == 44 + 4 * len(stereo)


def test_no_tick_hands_over_many_pieces(tmp_path: Path, recordings: Recordings, writer: RecordingWriter) -> None:
    handed: list[int] = []
    for slot in range(50):
        recordings.open(slot, tmp_path / f"{slot}.wav", nothing, nothing)
    for tick in range(4 * PIECE_TICKS):
        before = writer._handed_over
        add(recordings, dict.fromkeys(range(50), 160 * tick))
        handed.append(writer._handed_over - before)
    assert max(handed) <= 2 * PIECE_TICKS * 640


def test_a_bridge_leaves_silence_and_the_rest_keeps_its_place(
    tmp_path: Path, recordings: Recordings, answers: Answers
) -> None:
    path = tmp_path / "call.wav"
    recordings.open(1, path, answers.done, answers.report)
    answers.wait()
    position = run(recordings, 1, 0, 30)
    recordings.suspend(1)
    position = run(recordings, 1, position, 30)
    recordings.resume(1)
    run(recordings, 1, position, 30)
    recordings.close(1, answers.done)
    answers.wait(2)
    stereo = read(path)
    assert np.array_equal(stereo[:4800], expected(0, 4800))
    assert not stereo[4800:9600].any()
    assert np.array_equal(stereo[9600:], expected(9600, 4800))
    assert answers.reports == []


def test_overload_is_told_once_a_recording_and_leaves_a_gap(
    tmp_path: Path, recordings: Recordings, answers: Answers
) -> None:
    recordings.open(1, tmp_path / "call.wav", answers.done, answers.report)
    position = run(recordings, 1, 0, 10)
    recordings.shed(True)
    assert not recordings.recording.any()
    recordings.open(2, tmp_path / "second.wav", answers.done, answers.report)
    position = run(recordings, 1, position, 10)
    recordings.shed(False)
    recordings.shed(True)
    recordings.shed(False)
    run(recordings, 1, position, 10)
    recordings.close(1, answers.done)
    answers.wait(3)
    assert answers.reports == ["the recording has a gap: the gateway was overloaded"] * 2
    assert not read(tmp_path / "call.wav")[1600:3200].any()
    assert len(read(tmp_path / "call.wav")) == 4800


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system in memory with some options; only root may."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode != 0:
            pytest.skip("needs the right to mount a disk")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_may_only_be_read_is_told(
    mount: Callable[[str], Path], recordings: Recordings, answers: Answers
) -> None:
    recordings.open(1, mount("ro,size=128k") / "day" / "call.wav", answers.done, answers.report)
    assert answers.wait() == ["cannot record: Read-only file system"]
    run(recordings, 1, 0, PIECE_TICKS)
    assert not recordings.recording.any()
    assert answers.reports == []


@pytest.mark.parametrize("place", ["file/call.wav", "folder"])
def test_a_place_that_cannot_be_written_is_told_and_nothing_is_collected(
    tmp_path: Path, recordings: Recordings, answers: Answers, place: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    recordings.open(1, tmp_path / place, answers.done, answers.report)
    (sentence,) = answers.wait()
    assert sentence is not None
    assert sentence.startswith("cannot record: ")
    run(recordings, 1, 0, PIECE_TICKS)
    assert not recordings.recording.any()
    recordings.close(1, answers.done)
    assert answers.wait(2)[1] is None
    assert answers.reports == []


def test_a_fault_of_ours_ends_one_recording_and_not_the_writer(
    tmp_path: Path, recordings: Recordings, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings.open(1, tmp_path / "call.wav", answers.done, answers.report)
    answers.wait()
    write = RecordingFile.write
    monkeypatch.setattr(RecordingFile, "write", lambda *_: 1 // 0)
    run(recordings, 1, 0, 2 * PIECE_TICKS)
    assert answers.wait_for_report() == "the recording ended early: ZeroDivisionError"
    monkeypatch.setattr(RecordingFile, "write", write)
    recordings.open(2, tmp_path / "second.wav", answers.done, answers.report)
    run(recordings, 2, 0, PIECE_TICKS)
    recordings.close(2, answers.done)
    answers.wait(3)
    assert len(read(tmp_path / "second.wav")) == PIECE_TICKS * 160


@pytest.fixture
def file_size_limit() -> Iterator[Callable[[int], None]]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_may_not_grow_ends_its_recording_once(
    tmp_path: Path, recordings: Recordings, answers: Answers, file_size_limit: Callable[[int], None]
) -> None:
    recordings.open(1, tmp_path / "call.wav", answers.done, answers.report)
    answers.wait()
    position = run(recordings, 1, 0, 2 * PIECE_TICKS)
    recordings.open(2, tmp_path / "second.wav", answers.done, answers.report)
    answers.wait(2)
    file_size_limit(16_000)
    position = run(recordings, 1, position, 25 * PIECE_TICKS)
    assert answers.wait_for_report() == "the recording ended early: File too large"
    run(recordings, 1, position, 2 * PIECE_TICKS)
    assert not recordings.recording[1]
    recordings.close(1, answers.done)
    answers.wait(3)
    assert answers.reports == ["the recording ended early: File too large"]
    stereo = read(tmp_path / "call.wav")
    assert len(stereo) >= 4000
    assert np.array_equal(stereo, expected(0, len(stereo)))


def test_a_full_disk_ends_the_recording_keeps_what_was_written_and_is_told_once(
    mount: Callable[[str], Path], recordings: Recordings, answers: Answers
) -> None:
    path = mount("size=128k") / "call.wav"
    recordings.open(1, path, answers.done, answers.report)
    answers.wait()
    run(recordings, 1, 0, 10 * PIECE_TICKS)
    assert answers.wait_for_report() == "the recording ended early: No space left on device"
    recordings.close(1, answers.done)
    assert answers.wait(2) == [None, None]
    assert len(answers.reports) == 1
    stereo = read(path)
    assert len(stereo) >= 24_000
    assert np.array_equal(stereo, expected(0, len(stereo)))


class Stalled:
    """A disk that stands still while it is held: opening a FIFO for writing waits for its reader."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "stalled.wav"
        os.mkfifo(self.path)

    def let_go(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_NONBLOCK)


@pytest.fixture
def stalled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stalled]:
    disk = Stalled(tmp_path)
    real_open = os.open

    def slow_open(path: object, flags: int, *arguments: int, **options: int) -> int:
        # A FIFO that is opened for reading and writing does not wait, one that is opened for writing does.
        if path == disk.path and not flags & os.O_NONBLOCK:
            flags = (flags & ~(os.O_RDWR | os.O_TRUNC)) | os.O_WRONLY
        return real_open(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", slow_open)
    yield disk
    monkeypatch.undo()


def test_a_disk_that_hangs_is_not_waited_for_and_costs_the_newest_pieces(
    tmp_path: Path, stalled: Stalled, answers: Answers
) -> None:
    writer = RecordingWriter(most_waiting_bytes=4 * PIECE_TICKS * 640)
    writer.start()
    recordings = Recordings(CAPACITY, writer)
    other = Answers()
    recordings.open(0, stalled.path, other.done, other.report)
    recordings.open(1, tmp_path / "call.wav", answers.done, answers.report)
    run(recordings, 1, 0, 7 * PIECE_TICKS)
    assert other.answers == answers.answers == [NO_ANSWER]
    assert answers.reports == ["the recording has gaps: the disk is too slow"]
    assert writer.waiting_bytes <= 4 * PIECE_TICKS * 640
    # That the disk says nothing is known by now: the next caller does not wait for it.
    third = Answers()
    recordings.open(2, tmp_path / "third.wav", third.done, third.report)
    for _ in range(5):
        add(recordings, {})
    assert third.answers == [NO_ANSWER]
    descriptor = stalled.let_go()
    try:
        recordings.close(0, other.done)
        recordings.close(1, answers.done)
        assert answers.wait(2)[1] is None
    finally:
        os.close(descriptor)
    fourth = Answers()
    recordings.open(3, tmp_path / "fourth.wav", fourth.done, fourth.report)
    assert fourth.wait() == [None]
    assert writer.stop()
    assert not writer.stalled
    stereo = read(tmp_path / "call.wav")
    kept = PIECE_TICKS * 160
    # It went on where it had been held up: the oldest pieces are there.
    assert np.array_equal(stereo[:kept], expected(0, kept))
    assert not stereo[5 * kept : 6 * kept].any()
    assert len(stereo) == 7 * kept


def test_nothing_is_written_any_more_to_a_recording_whose_end_was_not_waited_for(
    tmp_path: Path, stalled: Stalled, answers: Answers
) -> None:
    writer = RecordingWriter()
    writer.start()
    recordings = Recordings(CAPACITY, writer)
    recordings.open(0, stalled.path, nothing, nothing)
    recordings.open(1, tmp_path / "refused.wav", nothing, nothing)
    run(recordings, 1, 0, PIECE_TICKS)
    recordings.close(1, answers.done)
    for _ in range(60):
        add(recordings, {})
    assert answers.answers == [NO_ANSWER]
    descriptor = stalled.let_go()
    assert writer.stop()
    os.close(descriptor)
    assert not (tmp_path / "refused.wav").exists()
