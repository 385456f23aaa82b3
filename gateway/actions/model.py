"""Makes what the practice's application receives: the JSON body of one action.

``gateway.actions.contract`` has the kinds one by one. A change that an existing receiver could misread raises
``VERSION``; a new field does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from gateway.actions.contract import ActionCall as ActionCall  # noqa: PLC0414 - what an action is built from
from gateway.actions.contract import ActionFact, Envelope
from gateway.actions.kinds import ActionKind
from gateway.records.identifiers import new_identifier
from gateway.records.model import ActionRecord, FactValue, NewAction

VERSION: Literal[1] = 1

SLOT = "slot"
"""The detail that names the slot to book, by the application's id."""
SLOT_NOT_BOOKED = "slot_not_booked"
"""The detail that names the slot that a wish was to get and did not."""
ASKED_AGAIN = "asked_again"
"""The detail that names the withdrawn action that is wanted again after all."""
SLOT_DETAILS = frozenset((SLOT, "slot_start", "slot_end"))
"""The details of a slot; its times are ISO 8601 with their zone."""


class ActionPayload(Envelope):
    """The body of one action, of any kind."""

    type: ActionKind
    details: dict[str, str]


class SlotsQuestion(Envelope):
    """The body of a question for free slots: in an action's form, but it has no effect and is never repeated."""

    type: Literal["slots.requested"] = "slots.requested"
    details: dict[str, str]


def idempotency_key(kind: ActionKind, call_id: str, facts: Sequence[FactValue], details: Mapping[str, str]) -> str:
    """Return a key that is the same whenever the same is asked for in the same call, and different otherwise."""
    if kind is ActionKind.CALL_ENDED:
        facts, details = (), {}  # a call ends once, whatever is known of it then
    request = [kind.value, call_id, sorted((fact.name, fact.value) for fact in facts), sorted(details.items())]
    return hashlib.sha256(json.dumps(request, ensure_ascii=False).encode()).hexdigest()[:32]


def action_facts(facts: Sequence[FactValue]) -> tuple[ActionFact, ...]:
    """Return facts in the form of an action's body."""
    return tuple(
        ActionFact(
            name=fact.name,
            value=fact.value,
            words=fact.words,
            confidence=fact.confidence,
            confirmed=fact.confirmed,
        )
        for fact in facts
    )


def build_question(
    *,
    practice_id: str,
    call: ActionCall,
    facts: Sequence[FactValue],
    details: Mapping[str, str],
    created_at: datetime,
) -> SlotsQuestion:
    """Return a question for free slots."""
    return SlotsQuestion(
        id=new_identifier(),
        version=VERSION,
        created_at=created_at,
        practice_id=practice_id,
        call=call,
        facts=action_facts(facts),
        details=dict(details),
    )


def build_action(
    *,
    kind: ActionKind,
    practice_id: str,
    call: ActionCall,
    facts: Sequence[FactValue],
    details: Mapping[str, str],
    created_at: datetime,
) -> NewAction:
    """Return an action that is ready to be committed, with its payload as the JSON that will be sent."""
    payload = ActionPayload(
        id=new_identifier(),
        type=kind,
        version=VERSION,
        created_at=created_at,
        practice_id=practice_id,
        call=call,
        facts=action_facts(facts),
        details=dict(details),
    )
    return NewAction(
        id=payload.id,
        kind=kind.value,
        payload=payload.model_dump_json(),
        idempotency_key=idempotency_key(kind, call.id, facts, details),
    )


def without_slot(payload: ActionPayload, created_at: datetime) -> NewAction:
    """Return the same wish as an action without a slot, for the practice to confirm by itself.

    It is made where the slot of ``payload`` could not be booked and nobody is on the telephone any more to choose
    another one. Made twice it is the same action.
    """
    facts = [FactValue(fact.name, fact.value, fact.words, fact.confidence, fact.confirmed) for fact in payload.facts]
    details = {name: value for name, value in payload.details.items() if name not in SLOT_DETAILS}
    details[SLOT_NOT_BOOKED] = payload.details[SLOT]
    return build_action(
        kind=payload.type,
        practice_id=payload.practice_id,
        call=payload.call,
        facts=facts,
        details=details,
        created_at=created_at,
    )


def withdrawal(sent: ActionRecord, created_at: datetime) -> NewAction:
    """Return the action that takes back one that was sent. Made twice it is the same action."""
    payload = ActionPayload.model_validate_json(sent.payload)
    return build_action(
        kind=ActionKind.ACTION_WITHDRAWN,
        practice_id=payload.practice_id,
        call=payload.call,
        facts=(),
        details={"action": sent.id, "idempotency_key": sent.idempotency_key, "type": sent.kind},
        created_at=created_at,
    )
