"""The action's body and its key."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, ActionPayload, build_action, idempotency_key
from gateway.records.model import FactValue

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL = ActionCall(id="call", caller_number=None, language="it", started_at=NOW)

facts = st.lists(st.builds(FactValue, name=st.text(), value=st.text(), words=st.text()), max_size=5)
details = st.dictionaries(st.text(), st.text(), max_size=3)


def build(kind=ActionKind.APPOINTMENT_REQUESTED, facts=(), details=None):
    return build_action(kind=kind, practice_id="p", call=CALL, facts=facts, details=details or {}, created_at=NOW)


@given(facts, details)
def test_every_payload_reads_back_as_what_was_put_in(values, extra):
    action = build(facts=values, details=extra)
    payload = ActionPayload.model_validate_json(action.payload)
    assert payload.id == action.id
    assert [(fact.name, fact.value, fact.words) for fact in payload.facts] == [
        (fact.name, fact.value, fact.words) for fact in values
    ]
    assert payload.details == extra
    assert payload.call.caller_number is None


@given(facts, st.randoms())
def test_the_key_does_not_depend_on_the_facts_order_or_words(values, chance):
    shuffled = [FactValue(fact.name, fact.value, "other words", 0.1) for fact in values]
    chance.shuffle(shuffled)
    assert build(facts=values).idempotency_key == build(facts=shuffled).idempotency_key


def test_the_key_tells_kinds_calls_values_and_details_apart():
    anna = [FactValue("name", "Anna")]
    keys = [
        idempotency_key(ActionKind.CALLBACK_REQUESTED, "call", anna, {}),
        idempotency_key(ActionKind.APPOINTMENT_REQUESTED, "call", anna, {}),
        idempotency_key(ActionKind.CALLBACK_REQUESTED, "other", anna, {}),
        idempotency_key(ActionKind.CALLBACK_REQUESTED, "call", [FactValue("name", "Anne")], {}),
        idempotency_key(ActionKind.CALLBACK_REQUESTED, "call", anna, {"a": "b"}),
    ]
    assert len(set(keys)) == len(keys)


def test_a_confidence_beyond_one_is_refused():
    with pytest.raises(ValidationError):
        build(facts=[FactValue("name", "Anna", "Anna", 1.5)])
