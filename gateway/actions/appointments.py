"""What the practice's application answers to an appointment that is asked for while the caller waits."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from pydantic import ValidationError

from gateway.actions.contract import ActionAnswer
from gateway.actions.kinds import AppointmentStatus as AppointmentStatus  # noqa: PLC0414 - read with the answers


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment as the application answers it; ``start`` is when it begins, where the answer says so."""

    status: AppointmentStatus
    start: dt.datetime | None = None


def parse_appointment(body: bytes) -> Appointment:
    """Return the ``appointment`` of an answer to an action.

    An answer without a readable one says only that the application has the action: it counts as ``REQUESTED``.
    """
    try:
        answer = ActionAnswer.model_validate(json.loads(body)).appointment
    except (ValidationError, ValueError, RecursionError):
        answer = None
    return Appointment(AppointmentStatus.REQUESTED) if answer is None else Appointment(answer.status, answer.start)
