"""Erases one patient's calls, with their recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.recording_files import delete_recording
from gateway.records.erasure import PatientCall
from gateway.records.journal import Journal


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was erased and what was left, each with its obstacle."""

    erased: tuple[PatientCall, ...]
    left: tuple[PatientCall, ...]


async def erase_calls(journal: Journal, recordings: Path, calls: Sequence[PatientCall]) -> ErasureReport:
    """Erase ``calls`` as far as nothing stands in the way now; raise ``RecordsError`` or ``OSError``.

    A recording goes before the record that names it: what is broken off can be done again.
    """
    erased: list[PatientCall] = []
    left: list[PatientCall] = []
    try:
        for call in calls:
            now = await journal.erasure.look(call.call_id)
            if now is None:
                continue
            if now.obstacle is not None:
                left.append(now)
                continue
            if now.recording_path is not None:
                await asyncio.to_thread(delete_recording, recordings, now.call_id, now.recording_path)
            gone = await journal.erasure.erase(call.call_id)
            if gone is not None:
                # An obstacle that came up in between keeps the record, but the recording is gone.
                (erased if gone.obstacle is None else left).append(gone)
    finally:
        if erased:
            await journal.erasure.note(erased)
            await journal.forget()
    return ErasureReport(tuple(erased), tuple(left))
