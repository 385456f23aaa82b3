"""The public contract with the practice's application: every action, question and answer as a typed model.

The JSON Schema that ``gateway actions schema`` prints, and docs/actions.schema.json holds, is made of these models;
docs/actions.md says in words what they mean. A field that is new does not raise the version, so readers ignore what
they do not know: the models do, and the schema allows it.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from gateway.actions.kinds import ActionKind, AppointmentStatus
from gateway.language import Language

SECONDS = r"^[0-9]+\.[0-9]$"
"""A moment of a call's recording as details carry it: seconds from its beginning, with one decimal."""


class ContractModel(BaseModel):
    """Base of the contract's parts."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class ActionCall(ContractModel):
    """The call that a request comes from."""

    id: str
    """Sorts by time; the same in every request of one call."""
    caller_number: str | None
    """E.164 as the trunk told it, null for an anonymous caller."""
    language: Language
    """The language that the call is held in."""
    started_at: AwareDatetime


class ActionFact(ContractModel):
    """Something that the caller said, in its canonical form."""

    name: str = Field(
        examples=["name", "phone", "reason", "preferred_date", "preferred_time", "existing_date", "date_of_birth"]
    )
    value: str
    """Dates as 2026-11-24 or 2026-11-24/2026-11-27, times as 15:30 or 08:00/12:00, alternatives parted by a bar."""
    words: str
    """What the caller said for it."""
    confidence: float = Field(ge=0, le=1)
    confirmed: bool
    """Whether the caller heard it read back and said yes."""


class Details(ContractModel):
    """What every action may carry beside its facts."""

    language: Language | None = None
    """The language that the caller speaks."""
    caller_number: str | None = None
    """The number that called, where it is known."""
    asked_again: str | None = None
    """The ``id`` of an action of the same call that was withdrawn and is wanted again by this one."""


class AppointmentDetails(Details):
    """Beside the facts of an appointment; with ``slot`` it is a booking and the caller waits for the answer."""

    slot: str | None = None
    """The id of the slot to book, as the application named it."""
    slot_start: str | None = None
    """ISO 8601 with offset."""
    slot_end: str | None = None
    slot_not_booked: str | None = None
    """The slot that this wish was to get and did not: call the patient back."""


class CallbackDetails(Details):
    """Beside the facts of a callback."""

    recorded_message_from_s: str | None = Field(default=None, pattern=SECONDS)
    """Where in the call's recording the message begins, in seconds."""
    recorded_message_to_s: str | None = Field(default=None, pattern=SECONDS)
    words: str | None = None
    """The message's words, where the caller hung up before confirming anything."""
    cause: str | None = Field(default=None, examples=["message_left", "recognition_unavailable"])
    """Why there are no confirmed facts."""


class EmergencyDetails(Details):
    """Beside the facts of an emergency, which may be unconfirmed."""

    words: str
    """The caller's words."""


class TransferDetails(Details):
    """Who the caller is about to be put through to."""

    target: str
    """A transfer target's id from the practice profile."""


class WithdrawalDetails(Details):
    """Which earlier action of the same call no longer holds."""

    action: str
    """Its ``id``."""
    idempotency_key: str
    """Its ``Idempotency-Key``."""
    type: str
    """Its ``type``."""


class TransferEndedDetails(Details):
    """How putting the caller through ended."""

    target: str
    method: str | None = Field(default=None, examples=["refer", "attended", "bridge"])
    """Left out where it came to none."""
    outcome: str = Field(examples=["completed", "busy", "no_answer", "refused", "failed", "caller_left"])
    seconds: str = Field(pattern=SECONDS)
    """Until the person was there or it was given up."""


class MessageRecordedDetails(Details):
    """Where a caller's message is, now that the recording of its call is whole."""

    action: str
    """The ``id`` of the ``callback.requested`` that the message belongs to."""
    recorded_message_from_s: str = Field(pattern=SECONDS)
    recorded_message_to_s: str = Field(pattern=SECONDS)


class CallEndedDetails(Details):
    """What became of a call."""

    end_reason: str = Field(examples=["caller_hung_up", "gateway_hung_up", "transferred", "crash"])
    outcome: str | None = None
    """The type of the last action of the call; left out where there was none."""
    summary: str | None = None
    """A sentence or two in the practice's first language."""
    duration_s: str = Field(pattern=SECONDS)
    recording_consent: Literal["announced", "refused", "none"]
    recorded: Literal["true", "false"]
    """Whether there is a recording."""


class Envelope(ContractModel):
    """What every request to the practice's application has in common."""

    id: str
    type: str
    version: Literal[1]
    created_at: AwareDatetime
    practice_id: str
    call: ActionCall
    facts: tuple[ActionFact, ...]


class AppointmentRequested(Envelope):
    """A patient wants an appointment; with ``details.slot``, this one."""

    type: Literal[ActionKind.APPOINTMENT_REQUESTED]
    details: AppointmentDetails


class AppointmentMoveRequested(Envelope):
    """A patient wants another time for an appointment; with ``details.slot``, this one."""

    type: Literal[ActionKind.APPOINTMENT_MOVE_REQUESTED]
    details: AppointmentDetails


class AppointmentCancelRequested(Envelope):
    """A patient cancels an appointment."""

    type: Literal[ActionKind.APPOINTMENT_CANCEL_REQUESTED]
    details: Details


class CallbackRequested(Envelope):
    """A caller wants to be called back, or left a message."""

    type: Literal[ActionKind.CALLBACK_REQUESTED]
    details: CallbackDetails


class EmergencyFlagged(Envelope):
    """A caller spoke of an emergency. Sent at once, before everything else."""

    type: Literal[ActionKind.EMERGENCY_FLAGGED]
    details: EmergencyDetails


class TransferRequested(Envelope):
    """A caller is about to be put through to a person."""

    type: Literal[ActionKind.TRANSFER_REQUESTED]
    details: TransferDetails


class ActionWithdrawn(Envelope):
    """The caller took back an earlier wish of the same call, which has been sent already."""

    type: Literal[ActionKind.ACTION_WITHDRAWN]
    details: WithdrawalDetails


class TransferEnded(Envelope):
    """A report: how a transfer ended."""

    type: Literal[ActionKind.TRANSFER_ENDED]
    details: TransferEndedDetails


class MessageRecorded(Envelope):
    """A report: a caller's message can be listened to."""

    type: Literal[ActionKind.MESSAGE_RECORDED]
    details: MessageRecordedDetails


class CallEnded(Envelope):
    """A report: a call is over. It is the last action of its call; its facts are those that hold at the end."""

    type: Literal[ActionKind.CALL_ENDED]
    details: CallEndedDetails


Action: TypeAlias = Annotated[
    AppointmentRequested
    | AppointmentMoveRequested
    | AppointmentCancelRequested
    | CallbackRequested
    | EmergencyFlagged
    | TransferRequested
    | ActionWithdrawn
    | TransferEnded
    | MessageRecorded
    | CallEnded,
    Field(discriminator="type"),
]
"""Any action, told apart by its ``type``."""

ACTION: TypeAdapter[Action] = TypeAdapter(Action)
"""Reads and checks any action."""


class SlotsDetails(ContractModel):
    """What a question for free slots is about."""

    action: Literal[ActionKind.APPOINTMENT_REQUESTED, ActionKind.APPOINTMENT_MOVE_REQUESTED]
    """The action that would follow."""
    language: Language


class SlotsRequested(Envelope):
    """A question for free slots, asked while the caller waits. It has no effect and is never repeated."""

    type: Literal["slots.requested"]
    details: SlotsDetails


class FreeSlot(ContractModel):
    """A free time of the practice's calendar."""

    id: str = Field(min_length=1, max_length=200)
    """The application's own."""
    start: AwareDatetime
    end: AwareDatetime
    practitioner: str | None = Field(default=None, max_length=200)
    """A person's id from the practice profile."""


class SlotsAnswer(ContractModel):
    """The answer to ``slots.requested``; an empty list says that nothing is free."""

    slots: tuple[FreeSlot, ...]


class BookedAppointment(ContractModel):
    """What became of an appointment that names a slot."""

    status: AppointmentStatus
    """``booked``: it stands in the calendar. ``taken``: somebody else has that time. ``requested``: you confirm it."""
    start: AwareDatetime | None = None
    """When it begins, where the answer says so."""


class ActionAnswer(ContractModel):
    """The answer to an action; the body counts only where the action names a slot."""

    appointment: BookedAppointment | None = None
