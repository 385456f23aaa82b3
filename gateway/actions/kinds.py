"""The kinds of action that the gateway sends to the practice."""

from __future__ import annotations

from enum import StrEnum


class ActionKind(StrEnum):
    """The ``type`` field of an action; part of the public contract with the practice's application."""

    APPOINTMENT_REQUESTED = "appointment.requested"
    APPOINTMENT_MOVE_REQUESTED = "appointment.move_requested"
    APPOINTMENT_CANCEL_REQUESTED = "appointment.cancel_requested"
    CALLBACK_REQUESTED = "callback.requested"
    EMERGENCY_FLAGGED = "emergency.flagged"
    TRANSFER_REQUESTED = "transfer.requested"
