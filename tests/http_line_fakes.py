"""A practice whose engines are fakes, for conversations without a telephone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from conversation_fakes import FakeRecogniser, FakeSynthesiser

from gateway.actions.outbox import Outbox
from gateway.audio import Pcm
from gateway.call_desk import Desk
from gateway.conversation.conversation import Engines
from gateway.http_line import HttpLine
from gateway.practice.directory import PracticeDirectory, load_profiles
from gateway.records.journal import Journal

PROFILE = Path(__file__).parents[1] / "dialplan" / "practices" / "example.yaml"
UTTERANCE = Pcm(np.full(16_000, 1000, np.int16), 16_000)


@dataclass
class Practice:
    """A line, what it hears, and what it writes."""

    line: HttpLine
    recogniser: FakeRecogniser
    synthesiser: FakeSynthesiser
    journal: Journal
    kept: list[tuple[str, Path]]


@asynccontextmanager
async def practice(folder: Path, *answers: str | Exception, **options: float) -> AsyncIterator[Practice]:
    journal = await Journal.open(folder / "records.sqlite3")
    recogniser, synthesiser = FakeRecogniser(*answers), FakeSynthesiser()
    kept: list[tuple[str, Path]] = []
    desk = Desk(
        practices=PracticeDirectory(load_profiles([PROFILE])),
        worker=None,
        engines=Engines(recogniser, synthesiser),
        journal=journal,
        outbox=Outbox(journal, None, None),
        recordings=folder / "recordings",
        clock=lambda zone: datetime(2026, 11, 24, 10, 0, tzinfo=zone),
        keep_recording=lambda call_id, path: kept.append((call_id, path)),
    )
    line = HttpLine(desk, **options)
    try:
        yield Practice(line, recogniser, synthesiser, journal, kept)
    finally:
        await line.close()
        await journal.close()
