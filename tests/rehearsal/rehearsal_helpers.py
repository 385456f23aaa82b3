"""What the tests of rehearsals share: a practice, scenarios, stories."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from gateway.practice.loader import load_profile
from gateway.records.model import ActionRecord, ActionStatus, CallStory, CallSummary, EventRecord, TurnRecord
from gateway.rehearsal.scenario import Scenario
from gateway.rehearsal.scenario_file import Calendar, load_scenario

ROOT = Path(__file__).parents[2]
PROFILE = load_profile(ROOT / "dialplan" / "practices" / "example.yaml")
TODAY = dt.date(2026, 11, 24)  # a Tuesday
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)


def calendar(_after_hours: bool = False) -> Calendar:
    return Calendar(TODAY, lambda day: day.weekday() < 5)


def scenario_of(folder: Path, text: str, name: str = "somebody") -> Scenario:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return load_scenario(path, calendar)


def turn(index: int, speaker: Any, text: str, heard: str | None = None) -> TurnRecord:
    return TurnRecord(index, index, speaker, text, heard, "de", 1.0, None, None, {}, NOW)


def action(kind: str, facts: dict[str, str], *, confirmed: bool = True) -> ActionRecord:
    listed = [{"name": name, "value": value, "confirmed": confirmed} for name, value in facts.items()]
    payload = json.dumps({"facts": listed})
    return ActionRecord("id", "call", kind, payload, "key", ActionStatus.DELIVERED, 1, NOW, None, None, 200, NOW, NOW)


def story(
    *turns: TurnRecord,
    actions: tuple[ActionRecord, ...] = (),
    events: tuple[EventRecord, ...] = (),
    language: Any = "de",
    consent: Any = "announced",
    end_reason: str = "gateway",
    ended: bool = True,
) -> CallStory:
    summary = CallSummary(
        id="call",
        line="sip",
        sip_call_id="sip",
        practice_id="lindengarten",
        caller_number=None,
        caller_name=None,
        called_number=None,
        language=language,
        started_at=NOW,
        answered_at=NOW,
        ended_at=NOW if ended else None,
        end_reason=end_reason,
        outcome=None,
        recording_path=None,
        recording_consent=consent,
        turn_count=len(turns),
        facts={},
        actions=(),
    )
    return CallStory(summary, turns, (), actions, events)
