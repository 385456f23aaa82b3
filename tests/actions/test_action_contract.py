"""The published contract: the schema is the models', and what the gateway makes fits it, field by field."""

import datetime as dt
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.actions.contract import ACTION, SlotsRequested
from gateway.actions.kinds import REPORTS, ActionKind
from gateway.actions.model import ActionCall, build_action, build_question, withdrawal, without_slot
from gateway.actions.model import ActionPayload as Payload
from gateway.actions.reports import transfer_report
from gateway.actions.schema import published_schema, schema_text
from gateway.records.model import ActionRecord, ActionStatus, FactValue

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
CALL = ActionCall(id="call", caller_number=None, language="it", started_at=NOW)
PUBLISHED = Path(__file__).parents[2] / "docs" / "actions.schema.json"
COMMON = {"language": "it", "caller_number": "+41791234567"}

DETAILS = [
    (ActionKind.APPOINTMENT_REQUESTED, {}),
    (ActionKind.APPOINTMENT_REQUESTED, {"slot": "7f", "slot_start": "s", "slot_end": "e"}),
    (ActionKind.APPOINTMENT_MOVE_REQUESTED, {"slot_not_booked": "7f"}),
    (ActionKind.APPOINTMENT_CANCEL_REQUESTED, {"asked_again": "id"}),
    (ActionKind.CALLBACK_REQUESTED, {"recorded_message_from_s": "1.0", "recorded_message_to_s": "12.5"}),
    (ActionKind.CALLBACK_REQUESTED, {"cause": "message_left", "words": "Richiamatemi"}),
    (ActionKind.EMERGENCY_FLAGGED, {"words": "Sanguino"}),
    (ActionKind.TRANSFER_REQUESTED, {"target": "reception"}),
]


def action(kind, details):
    fact = FactValue("name", "Anna", "Anna", 0.9, True)
    return build_action(kind=kind, practice_id="p", call=CALL, facts=[fact], details=details, created_at=NOW)


def assert_fits(payload, model=ACTION):
    """Assert that ``payload`` is read without anything being left out."""
    read = model.validate_json(payload) if model is ACTION else model.model_validate_json(payload)
    assert json.loads(read.model_dump_json(exclude_unset=True)) == json.loads(payload)


def test_what_is_published_is_what_the_models_say():
    assert PUBLISHED.read_text("utf-8") == schema_text(), "gateway actions schema > docs/actions.schema.json"


def test_every_kind_is_in_the_schema():
    kinds = published_schema()["$defs"]["Action"]["discriminator"]["mapping"]
    assert set(kinds) == set(ActionKind)
    assert set(ActionKind) >= REPORTS


@pytest.mark.parametrize(("kind", "details"), DETAILS)
def test_what_the_gateway_sends_fits(kind, details):
    assert_fits(action(kind, COMMON | details).payload)


def test_what_the_gateway_makes_of_other_actions_fits():
    sent = action(ActionKind.APPOINTMENT_REQUESTED, {"slot": "7f", "slot_start": "s", "slot_end": "e"})
    assert_fits(without_slot(Payload.model_validate_json(sent.payload), NOW).payload)
    state = (ActionStatus.DELIVERED, 1, NOW, None, None, 200, NOW, NOW)
    record = ActionRecord(sent.id, "call", sent.kind, sent.payload, sent.idempotency_key, *state)
    assert_fits(withdrawal(record, NOW).payload)
    story = {"target": "reception", "method": None, "outcome": "busy", "seconds": 4.0}
    assert_fits(action(ActionKind.TRANSFER_ENDED, transfer_report(story).details).payload)


def test_a_question_for_slots_fits():
    details = {"action": "appointment.requested", "language": "de"}
    question = build_question(practice_id="p", call=CALL, facts=[], details=details, created_at=NOW)
    assert_fits(question.model_dump_json(), SlotsRequested)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"type": "appointment.celebrated"},
        {"call": None},
        {"details": {"recorded_message_from_s": "early"}},
        {"facts": [{"name": "name"}]},
    ],
)
def test_what_is_no_action_does_not_fit(change):
    payload = json.loads(action(ActionKind.CALLBACK_REQUESTED, {}).payload) | change
    with pytest.raises(ValidationError):
        ACTION.validate_python(payload)


def test_a_field_that_is_new_is_no_mistake():
    payload = json.loads(action(ActionKind.CALLBACK_REQUESTED, {"mood": "good"}).payload) | {"weather": "rain"}
    assert ACTION.validate_python(payload).type is ActionKind.CALLBACK_REQUESTED
