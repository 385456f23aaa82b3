"""What becomes of recordings after their calls: with a real journal, real files and a real child process."""

from __future__ import annotations

import asyncio
import shutil
import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import structlog

from gateway import recording_archive
from gateway.media.recording.recording_file import RecordingFile
from gateway.media.recording.recording_format import RecordingFormat
from gateway.recording_archive import RecordingArchive
from gateway.records.journal import Journal
from gateway.records.model import Consent, NewCall

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATIENCE_S = 20


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path / "gateway.sqlite3")
    yield journal
    await journal.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


async def a_call(
    journal: Journal, folder: Path, *, consent: Consent = "announced", ended: bool = True
) -> tuple[str, Path]:
    call_id = await journal.begin_call(NewCall(line="sip", practice_id="p", started_at=START))
    path = folder / "2026-11-23" / f"{call_id}.wav"
    file = RecordingFile(path)
    sound = (8000 * np.sin(np.arange(8000) / 3)).astype("<i2")
    file.write(0, np.stack([sound, sound[::-1]], axis=1).tobytes())
    file.close()
    await journal.answer_call(call_id, START, path, consent)
    if ended:
        await journal.end_call(call_id, "caller", None)
    return call_id, path


async def recording_of(journal: Journal, call_id: str) -> Path | None:
    story = await journal.call(call_id)
    assert story is not None
    return story.summary.recording_path


async def left_over_work(journal: Journal, folder: Path, kind: RecordingFormat = RecordingFormat.FLAC) -> None:
    """Start the archive, let it do what there is to do, and stop it."""
    archive = RecordingArchive(journal, folder, kind)
    await archive.start()
    async with asyncio.timeout(PATIENCE_S):
        await archive.idle()
    await archive.stop()


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Instead of the child process: conversions that only copy, and are counted."""
    made: list[Path] = []

    async def convert(wav: Path, target: Path) -> None:
        made.append(wav)
        shutil.copy(wav, target)

    monkeypatch.setattr(recording_archive, "_convert", convert)
    return made


@pytest.mark.parametrize("kind", [RecordingFormat.FLAC, RecordingFormat.OPUS])
async def test_a_finished_recording_is_compressed_and_the_records_name_the_new_file(
    journal: Journal, folder: Path, kind: RecordingFormat
) -> None:
    archive = RecordingArchive(journal, folder, kind)
    await archive.start()
    call_id, wav = await a_call(journal, folder)
    archive.put(call_id, wav)
    async with asyncio.timeout(PATIENCE_S):
        await archive.idle()
    await archive.stop()
    target = wav.with_suffix(f".{kind}")
    assert await recording_of(journal, call_id) == target
    assert [path.name for path in wav.parent.iterdir()] == [target.name]
    assert target.stat().st_size < 32_000


async def test_what_a_stop_or_a_crash_left_is_done_at_the_next_start(
    journal: Journal, folder: Path, conversions: list[Path]
) -> None:
    never_begun, first = await a_call(journal, folder)
    not_yet_named, second = await a_call(journal, folder)
    second.with_suffix(".flac").write_bytes(b"made before the crash")
    not_yet_deleted, third = await a_call(journal, folder)
    third.with_suffix(".flac").write_bytes(b"whole")
    assert await journal.move_recording(not_yet_deleted, third, third.with_suffix(".flac"))
    await left_over_work(journal, folder)
    for call_id, wav in ((never_begun, first), (not_yet_named, second), (not_yet_deleted, third)):
        assert await recording_of(journal, call_id) == wav.with_suffix(".flac")
        assert not wav.exists()
    assert third.with_suffix(".flac").read_bytes() == b"whole"
    assert sorted(conversions) == sorted([first, second])


async def test_a_recording_whose_compressed_file_is_lost_is_compressed_again(
    journal: Journal, folder: Path, conversions: list[Path]
) -> None:
    call_id, wav = await a_call(journal, folder)
    target = wav.with_suffix(".flac")
    assert await journal.move_recording(call_id, wav, target)
    await left_over_work(journal, folder)
    assert conversions == [wav]
    assert target.exists()
    assert await recording_of(journal, call_id) == target


async def test_what_a_killed_conversion_had_made_is_deleted(journal: Journal, folder: Path) -> None:
    _, wav = await a_call(journal, folder)
    part = wav.with_name(f"{wav.stem}.flac.part")
    part.write_bytes(b"the beginning")
    await left_over_work(journal, folder, RecordingFormat.WAV)
    assert [path.name for path in wav.parent.iterdir()] == [wav.name]


async def test_a_fault_of_ours_keeps_one_recording_and_not_all_from_being_compressed(
    journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, first), (_, second) = [await a_call(journal, folder) for _ in range(2)]

    async def convert(wav: Path, target: Path) -> None:
        if wav == min(first, second):
            raise RuntimeError("a fault")
        shutil.copy(wav, target)

    monkeypatch.setattr(recording_archive, "_convert", convert)
    with structlog.testing.capture_logs() as logs:
        await left_over_work(journal, folder)
    assert min(first, second).exists()
    assert not max(first, second).exists()
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["recording_not_converted"]


async def test_a_folder_that_cannot_be_read_keeps_no_later_recording_from_being_compressed(
    journal: Journal, folder: Path, conversions: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_: RecordingArchive) -> list[Path]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(RecordingArchive, "_left_over", unreadable)
    archive = RecordingArchive(journal, folder, RecordingFormat.FLAC)
    await archive.start()
    call_id, wav = await a_call(journal, folder)
    archive.put(call_id, wav)
    async with asyncio.timeout(PATIENCE_S):
        await archive.idle()
    await archive.stop()
    assert conversions == [wav]


async def test_a_running_call_and_files_of_nobody_are_left_alone(
    journal: Journal, folder: Path, conversions: list[Path]
) -> None:
    call_id, wav = await a_call(journal, folder, ended=False)
    refused, _ = await a_call(journal, folder, consent="refused")
    stranger = wav.with_name(f"{refused[:-1]}.wav")
    stranger.write_bytes(b"somebody's")
    await left_over_work(journal, folder)
    assert conversions == []
    assert wav.exists()
    assert stranger.exists()
    assert await recording_of(journal, call_id) == wav


@pytest.mark.parametrize("kind", list(RecordingFormat))
async def test_a_refused_recording_that_is_still_there_is_deleted(
    journal: Journal, folder: Path, conversions: list[Path], kind: RecordingFormat
) -> None:
    _, wav = await a_call(journal, folder, consent="refused")
    await left_over_work(journal, folder, kind)
    assert not wav.exists()
    assert conversions == []


async def test_wav_files_stay_where_they_are_wanted(journal: Journal, folder: Path, conversions: list[Path]) -> None:
    call_id, wav = await a_call(journal, folder)
    await left_over_work(journal, folder, RecordingFormat.WAV)
    assert wav.exists()
    assert await recording_of(journal, call_id) == wav
    assert conversions == []


async def test_a_recording_that_is_deleted_while_it_is_converted_does_not_come_back(
    journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, wav = await a_call(journal, folder)

    async def convert(source: Path, target: Path) -> None:
        shutil.move(source, target)

    monkeypatch.setattr(recording_archive, "_convert", convert)
    await left_over_work(journal, folder)
    assert list(wav.parent.iterdir()) == []


async def test_a_conversion_that_fails_keeps_the_wav_file_and_is_tried_again(
    journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_archive, "RETRY_DELAYS_S", (0.0, 0.0))
    call_id, wav = await a_call(journal, folder)
    whole = wav.read_bytes()
    wav.write_bytes(b"damaged")
    archive = RecordingArchive(journal, folder, RecordingFormat.FLAC)
    convert, faults = recording_archive._convert, []

    async def watched(source: Path, target: Path) -> None:
        try:
            await convert(source, target)
        except Exception as error:
            faults.append(str(error))
            assert wav.exists()
            if len(faults) == 2:
                wav.write_bytes(whole)
            raise

    monkeypatch.setattr(recording_archive, "_convert", watched)
    await archive.start()
    async with asyncio.timeout(PATIENCE_S):
        while wav.exists():
            await asyncio.sleep(0.01)
    await archive.idle()
    await archive.stop()
    assert await recording_of(journal, call_id) == wav.with_suffix(".flac")
    assert len(faults) == 2
    assert all(fault.startswith("the recording cannot be converted: ") for fault in faults)


async def test_a_stop_ends_the_child_and_leaves_the_recording(
    journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[asyncio.subprocess.Process] = []
    create = asyncio.create_subprocess_exec

    async def slow(*_: str, **options: int) -> asyncio.subprocess.Process:
        children.append(await create("sleep", "60", **options))
        return children[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", slow)
    call_id, wav = await a_call(journal, folder)
    archive = RecordingArchive(journal, folder, RecordingFormat.FLAC)
    await archive.start()
    async with asyncio.timeout(PATIENCE_S):
        while not children:
            await asyncio.sleep(0.01)
    await archive.stop()
    assert children[0].returncode == -9
    assert await recording_of(journal, call_id) == wav
    with wave.open(str(wav), "rb") as reader:
        assert reader.getnframes() == 8000


async def test_a_conversion_that_takes_too_long_is_ended(
    journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_archive, "CONVERSION_DEADLINE_S", 0.01)
    _, wav = await a_call(journal, folder)
    with pytest.raises(Exception, match=r"^the conversion took too long$"):
        await recording_archive._convert(wav, wav.with_suffix(".flac"))
