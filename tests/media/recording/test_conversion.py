"""Recordings that are compressed: where each sample of either channel is afterwards."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from gateway.media.recording.conversion import ConversionError, convert, main
from gateway.media.recording.recording_file import RecordingFile

SECONDS = 7


def speechlike(seed: int, talks: np.ndarray) -> np.ndarray:
    """Noise in the telephone's band, in turns: its place in time is unmistakable."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(talks)))
    hertz = np.fft.rfftfreq(len(talks), 1 / 8000)
    spectrum[(hertz < 300) | (hertz > 3000)] = 0
    noise = np.fft.irfft(spectrum, len(talks))
    return (4000 * noise / noise.std() * talks).clip(-32768, 32767).astype(np.int16)


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, np.ndarray]:
    turns = (np.arange(SECONDS * 8000 + 123) // 8000) % 2
    stereo = np.stack([speechlike(1, turns == 0), speechlike(2, turns == 1)], axis=1)
    file = RecordingFile(tmp_path / "call.wav")
    file.write(0, stereo.astype("<i2").tobytes())
    file.close()
    return tmp_path / "call.wav", stereo


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "stereo", 8000)
        frames = [frame for heard in container.decode(audio=0) for frame in resampler.resample(heard)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])


def offset(heard: np.ndarray, said: np.ndarray) -> tuple[int, float]:
    """How many samples later ``said`` is in ``heard``, and how alike they are there."""
    length = len(heard) + len(said)
    product = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length)), length)
    best = int(np.argmax(product))
    alike = product[best] / np.linalg.norm(heard.astype(float)) / np.linalg.norm(said.astype(float))
    return best if best < len(heard) else best - length, float(alike)


def test_flac_has_every_sample_at_its_place(recorded: tuple[Path, np.ndarray]) -> None:
    wav, stereo = recorded
    convert(wav, wav.with_suffix(".flac"))
    assert np.array_equal(decoded(wav.with_suffix(".flac")), stereo)
    assert wav.with_suffix(".flac").stat().st_size < 0.8 * wav.stat().st_size


def test_opus_has_both_channels_at_their_places_and_keeps_them_apart(recorded: tuple[Path, np.ndarray]) -> None:
    wav, stereo = recorded
    convert(wav, wav.with_suffix(".opus"))
    heard = decoded(wav.with_suffix(".opus"))
    assert len(heard) == len(stereo)
    for channel in (0, 1):
        where, alike = offset(heard[:, channel].astype(float), stereo[:, channel].astype(float))
        assert where == 0
        assert alike > 0.97
    # In the middle of a turn the other channel is silent.
    left, right = heard[2400:5600].astype(float).std(axis=0)
    assert right < 0.1 * left
    assert wav.with_suffix(".opus").stat().st_size < 0.3 * wav.stat().st_size


def test_what_is_made_is_readable_by_its_owner_only_and_nothing_else_is_left(
    recorded: tuple[Path, np.ndarray],
) -> None:
    wav, _ = recorded
    target = wav.with_suffix(".flac")
    convert(wav, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in wav.parent.iterdir()) == ["call.flac", "call.wav"]


def test_its_name_is_on_the_disk_as_well(recorded: tuple[Path, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    wav, _ = recorded
    synced: list[list[str]] = []

    def fsync(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == wav.parent:
            synced.append(sorted(path.name for path in wav.parent.iterdir()))

    monkeypatch.setattr(os, "fsync", fsync)
    convert(wav, wav.with_suffix(".flac"))
    assert synced == [["call.flac", "call.wav"]]


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "call.wav")  # from which it waits to read
    starts = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'gateway.media.recording.conversion', *sys.argv[1:]])\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", starts, str(tmp_path / "call.wav"), str(tmp_path / "call.flac")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        deadline = time.monotonic() + 20
        while not (tmp_path / "call.flac.part").exists():
            assert time.monotonic() < deadline
        parent.kill()
    while Path(f"/proc/{child}").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < deadline


def test_an_empty_recording_can_be_converted(tmp_path: Path) -> None:
    RecordingFile(tmp_path / "call.wav").close()
    for suffix in (".flac", ".opus"):
        convert(tmp_path / "call.wav", tmp_path / f"call{suffix}")
        assert (tmp_path / f"call{suffix}").exists()


@pytest.mark.parametrize("content", [None, b"", b"RIFF", b"no sound at all" * 10])
def test_what_is_no_recording_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "call.wav").write_bytes(content)
    with pytest.raises(ConversionError, match="the recording cannot be converted: "):
        convert(tmp_path / "call.wav", tmp_path / "call.flac")
    assert not list(tmp_path.glob("*.flac*"))


def test_a_target_of_another_kind_is_refused(recorded: tuple[Path, np.ndarray]) -> None:
    with pytest.raises(ConversionError):
        convert(recorded[0], recorded[0].with_suffix(".mp3"))


def test_the_command_tells_in_one_line_what_failed(
    recorded: tuple[Path, np.ndarray], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nice: list[int] = []
    monkeypatch.setattr(os, "nice", nice.append)
    wav, _ = recorded
    assert main([str(wav), str(wav.with_suffix(".flac"))]) == 0
    assert main([str(wav.with_name("none.wav")), str(wav.with_suffix(".opus"))]) == 1
    assert nice == [19, 19]
    assert capsys.readouterr().err.count("\n") == 1
