"""What the practice's application receives: the JSON body of one action.

Its developers find it described in docs/actions.md. A change that an existing receiver could misread raises
``VERSION``; a new field does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.actions.kinds import ActionKind
from gateway.language import Language
from gateway.records.identifiers import new_identifier
from gateway.records.model import FactValue, NewAction

VERSION: Literal[1] = 1


class ActionModel(BaseModel):
    """Base of the parts of an action."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ActionCall(ActionModel):
    """The call that an action comes from; ``caller_number`` is None for an anonymous caller."""

    id: str
    caller_number: str | None
    language: Language
    started_at: AwareDatetime


class ActionFact(ActionModel):
    """One fact: ``value`` in canonical form (ISO 8601 dates, E.164 numbers), ``words`` as the caller said it."""

    name: str
    value: str
    words: str
    confidence: float = Field(ge=0, le=1)
    confirmed: bool


class ActionPayload(ActionModel):
    """The body of one action."""

    id: str
    type: ActionKind
    version: Literal[1] = VERSION
    created_at: AwareDatetime
    practice_id: str
    call: ActionCall
    facts: tuple[ActionFact, ...]
    details: dict[str, str]


def idempotency_key(kind: ActionKind, call_id: str, facts: Sequence[FactValue], details: Mapping[str, str]) -> str:
    """Return a key that is the same whenever the same is asked for in the same call, and different otherwise."""
    request = [kind.value, call_id, sorted((fact.name, fact.value) for fact in facts), sorted(details.items())]
    return hashlib.sha256(json.dumps(request, ensure_ascii=False).encode()).hexdigest()[:32]


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
        created_at=created_at,
        practice_id=practice_id,
        call=call,
        facts=tuple(
            ActionFact(
                name=fact.name,
                value=fact.value,
                words=fact.words,
                confidence=fact.confidence,
                confirmed=fact.confirmed,
            )
            for fact in facts
        ),
        details=dict(details),
    )
    return NewAction(
        id=payload.id,
        kind=kind.value,
        payload=payload.model_dump_json(),
        idempotency_key=idempotency_key(kind, call.id, facts, details),
    )
