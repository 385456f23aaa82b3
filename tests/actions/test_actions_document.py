"""What docs/actions.md shows is what the gateway sends and understands."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

from gateway.actions.appointments import AppointmentStatus, parse_appointment
from gateway.actions.model import ActionPayload, SlotsQuestion
from gateway.actions.slots import parse_slots
from gateway.config import Settings
from gateway.practice.loader import load_profile

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = (REPOSITORY / "docs" / "actions.md").read_text("utf-8")
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)]
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


def example(key):
    (found,) = [example for example in EXAMPLES if key(example)]
    return found


def test_the_action_shown_is_one():
    shown = example(lambda example: example.get("type") == "appointment.requested")
    assert json.loads(ActionPayload.model_validate(shown).model_dump_json()) == shown


def test_the_question_shown_is_one():
    shown = example(lambda example: example.get("type") == "slots.requested")
    assert json.loads(SlotsQuestion.model_validate(shown).model_dump_json()) == shown


def test_the_slots_shown_are_usable():
    shown = example(lambda example: "slots" in example)
    profile = load_profile(REPOSITORY / "dialplan" / "practices" / "example.yaml")
    slots = parse_slots(json.dumps(shown).encode(), profile, NOW)
    assert [slot.id for slot in slots] == ["7f3a", "7f3b"]


def test_the_answer_to_a_booking_shown_is_understood():
    shown = example(lambda example: "appointment" in example)
    appointment = parse_appointment(json.dumps(shown).encode())
    assert appointment.status is AppointmentStatus.BOOKED
    assert appointment.start == dt.datetime.fromisoformat(shown["appointment"]["start"])


def test_the_deadlines_named_are_the_defaults():
    for name in ("calendar_deadline_ms", "booking_deadline_ms"):
        assert f"`{name.upper()}` ({Settings.model_fields[name].default})" in DOCUMENT
