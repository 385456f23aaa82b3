"""What the practice's application answers to an appointment that is asked for while the caller waits."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError


class AppointmentStatus(StrEnum):
    """What became of an appointment in the practice's calendar."""

    BOOKED = "booked"
    """It stands in the calendar."""
    TAKEN = "taken"
    """Somebody else has that time; nothing was kept."""
    REQUESTED = "requested"
    """The practice has the wish and confirms it itself."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment as the application answers it; ``start`` is when it begins, where the answer says so."""

    status: AppointmentStatus
    start: dt.datetime | None = None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: AppointmentStatus
    start: AwareDatetime | None = None


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    appointment: _Answer


def parse_appointment(body: bytes) -> Appointment:
    """Return the ``appointment`` of an answer to an action.

    An answer without a readable one says only that the application has the action: it counts as ``REQUESTED``.
    """
    try:
        answer = _Body.model_validate(json.loads(body)).appointment
    except (ValidationError, ValueError, RecursionError):
        return Appointment(AppointmentStatus.REQUESTED)
    return Appointment(answer.status, answer.start)
