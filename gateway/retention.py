"""Deletes what has been kept for long enough: recordings, transcripts and calls, each after its own time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from gateway.config import Settings
from gateway.recording_files import delete_recording
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.model import DeletionRecord
from gateway.records.retention import Batch

INTERVAL_S = 3600.0
BATCH = 20
"""Calls in one transaction: some milliseconds of the one thread that writes."""
PAUSE_S = 0.05
"""Between two batches, so that what callers say goes first."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Periods:
    """How long after a call what of it is kept."""

    audio: dt.timedelta = dt.timedelta(days=7)
    transcript: dt.timedelta = dt.timedelta(days=30)
    record: dt.timedelta = dt.timedelta(days=90)

    @classmethod
    def of(cls, settings: Settings) -> Periods:
        """Return the periods of the settings."""
        return cls(
            dt.timedelta(days=settings.retention_audio_days),
            dt.timedelta(days=settings.retention_transcript_days),
            dt.timedelta(days=settings.retention_record_days),
        )


class RetentionJob:
    """Looks every hour for what is due, and deletes it in small batches.

    Calls under a hold are left whole, and calls with an action that was neither delivered nor done are left in the
    records. What a fault leaves is due the next time.
    """

    def __init__(
        self,
        journal: Journal,
        recordings: Path,
        periods: Periods,
        *,
        clock: Callable[[], dt.datetime] = utc_now,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._journal = journal
        self._recordings = recordings
        self._periods = periods
        self._clock = clock
        self._pause_s = pause_s
        self._working: asyncio.Task[None] | None = None
        self.done_at: dt.datetime | None = None
        """When all that was due had been deleted, the last time; None before the first."""

    async def start(self) -> None:
        """Begin: what became due while the gateway was stopped is deleted at once."""
        self._working = asyncio.create_task(self._work(), name="retention")

    async def stop(self) -> None:
        """Stop after the batch that is under way."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        while True:
            try:
                await self.run()
            except (RecordsError, OSError) as error:
                _log.error("retention_interrupted", cause=str(error))
            except Exception:  # noqa: BLE001 - told with its traceback; what is due stays due
                _log.exception("retention_interrupted")
            await asyncio.sleep(INTERVAL_S)

    async def run(self) -> DeletionRecord:
        """Delete what is due now and return the figures; raise ``RecordsError`` or ``OSError``."""
        now = self._clock()
        recordings = await self._delete_recordings(now)
        transcripts = await self._batches(
            lambda after: self._journal.retention.delete_transcripts(now - self._periods.transcript, after, BATCH, now)
        )
        calls = await self._batches(
            lambda after: self._journal.retention.delete_calls(now - self._periods.record, after, BATCH)
        )
        figures = DeletionRecord(
            at=now,
            cause="retention",
            recordings=recordings,
            transcripts=transcripts.calls,
            calls=calls.calls,
            turns=transcripts.turns + calls.turns,
            facts=calls.facts,
            actions=calls.actions,
        )
        if recordings or transcripts.calls or calls.calls:
            await self._journal.retention.note(figures)
            await self._journal.forget()
        held, undelivered = await self._journal.retention.kept(now - self._periods.record)
        _log.info(
            "retention",
            recordings=recordings,
            transcripts=transcripts.calls,
            calls=calls.calls,
            kept_by_a_hold=held,
            kept_for_an_action=undelivered,
        )
        self.done_at = now
        return figures

    async def _batches(self, delete: Callable[[str], Coroutine[Any, Any, Batch]]) -> Batch:
        """Delete batch after batch, and return the sum of the figures."""
        total, after = Batch(), ""
        while (batch := await delete(after)).last is not None:
            after = batch.last
            total = Batch(
                after,
                total.calls + batch.calls,
                total.turns + batch.turns,
                total.facts + batch.facts,
                total.actions + batch.actions,
            )
            await asyncio.sleep(self._pause_s)
        return total

    async def _delete_recordings(self, now: dt.datetime) -> int:
        before, after, deleted = now - self._periods.audio, "", 0
        while due := await self._journal.retention.recordings(before, after, BATCH):
            after = due[-1][0]
            gone = await asyncio.to_thread(self._unlink, due)
            await self._journal.retention.recordings_deleted(gone, now)
            deleted += len(gone)
            await asyncio.sleep(self._pause_s)
        return deleted + await self._delete_strays(before)

    def _unlink(self, due: list[tuple[str, Path]]) -> list[str]:
        """Delete files, and return the calls whose are gone; the others are due again the next time."""
        gone = []
        for call_id, stored in due:
            try:
                delete_recording(self._recordings, call_id, stored)
            except OSError as error:
                _log.error("recording_not_deleted", call_id=call_id, cause=str(error))
            else:
                gone.append(call_id)
        return gone

    async def _delete_strays(self, before: dt.datetime) -> int:
        """Delete recordings of days that are over for good whose calls are not in the records; return how many."""
        deleted = 0
        for folder in await asyncio.to_thread(_days_before, self._recordings, before.date()):
            files = await asyncio.to_thread(lambda day: list(day.iterdir()), folder)
            known = await self._journal.retention.known([_call_of(path) for path in files])
            for path in files:
                if _call_of(path) not in known:
                    await asyncio.to_thread(path.unlink, missing_ok=True)
                    deleted += 1
            with contextlib.suppress(OSError):  # it is not empty: recordings that are held
                await asyncio.to_thread(folder.rmdir)
        return deleted


def _call_of(path: Path) -> str:
    return path.name.partition(".")[0]


def _days_before(recordings: Path, day: dt.date) -> list[Path]:
    """Return the folders of days before ``day``."""
    if not recordings.is_dir():
        return []
    folders = []
    for folder in sorted(recordings.iterdir()):
        try:
            if dt.date.fromisoformat(folder.name) < day:
                folders.append(folder)
        except ValueError:
            continue  # not one of ours
    return folders
