"""The words of the contract with the practice's application: kinds of action, and what becomes of an appointment."""

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
    ACTION_WITHDRAWN = "action.withdrawn"
    TRANSFER_ENDED = "transfer.ended"
    MESSAGE_RECORDED = "message.recorded"
    CALL_ENDED = "call.ended"


REPORTS = frozenset((ActionKind.TRANSFER_ENDED, ActionKind.MESSAGE_RECORDED, ActionKind.CALL_ENDED))
"""Kinds that ask for nothing: they tell how something went, and are sent with ``NEXTJS_REPORTS`` only."""


class AppointmentStatus(StrEnum):
    """What became of an appointment in the practice's calendar."""

    BOOKED = "booked"
    """It stands in the calendar."""
    TAKEN = "taken"
    """Somebody else has that time; nothing was kept."""
    REQUESTED = "requested"
    """The practice has the wish and confirms it itself."""
