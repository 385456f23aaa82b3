"""Which calls the list is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from gateway.actions.kinds import REPORTS, ActionKind
from gateway.language import Language
from gateway.records.call_filter import CallFilter
from gateway.records.folding import fold

_REGION = "CH"
NOTHING_CAME_OF_IT = "none"


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this time is outside of the calendar") from error


def _whole_number(given: str) -> str:
    """Return a number in E.164, from any Swiss spelling of it, or with a plus that came as a space."""
    written = "+" + given[1:] if given.startswith(" ") else given
    try:
        number = phonenumbers.parse(written, _REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError("this is no telephone number") from error
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _with_a_word(given: str) -> str:
    if not fold(given):
        raise ValueError("there is no word in it to be found")
    return given


def _outcome(given: object) -> object:
    if given not in _OUTCOMES:
        raise ValueError(f"it is one of {', '.join(_OUTCOMES)}")
    return given


_OUTCOMES = (*(kind.value for kind in ActionKind if kind not in REPORTS), NOTHING_CAME_OF_IT)

Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class ConversationQuery(BaseModel):
    """The list's parameters; several of them narrow it down together."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=200, description="How many calls at most.")] = 50
    before: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-f-]{1,36}$",
            description="The `next` of the page before. Calls that come in meanwhile change nothing on later pages.",
        ),
    ] = None
    since: Annotated[
        Time | None,
        Field(
            alias="from",
            description="Calls that began at this time or later, with its zone. A `+` is written as `%2B`.",
            examples=["2026-11-23T00:00:00Z", "2026-11-23T00:00:00+01:00"],
        ),
    ] = None
    until: Annotated[
        Time | None,
        Field(
            alias="to",
            description="Calls that began before this time, with its zone.",
            examples=["2026-11-24T00:00:00Z"],
        ),
    ] = None
    practice: Annotated[
        str | None, Field(min_length=1, max_length=64, pattern=r"^[^\x00]+$", description="The profile's id.")
    ] = None
    line: Annotated[Literal["sip", "http"] | None, Field(description="What calls came in on.")] = None
    outcome: Annotated[
        str | None,
        BeforeValidator(_outcome),
        Field(
            description="The kind of a call's last action; `none` for calls of which nothing came.",
            examples=[ActionKind.APPOINTMENT_REQUESTED.value],
            json_schema_extra={"enum": list(_OUTCOMES)},
        ),
    ] = None
    language: Annotated[Language | None, Field(description="The language that a call was held in last.")] = None
    state: Annotated[
        Literal["live", "ended"] | None, Field(description="Calls that go on, or those that are over.")
    ] = None
    caller_number: Annotated[
        str | None,
        Field(
            min_length=3,
            max_length=32,
            description="The whole number that was called from, in E.164 or as it is dialled in Switzerland.",
            examples=["+41791234567", "079 123 45 67"],
        ),
        AfterValidator(_whole_number),
    ] = None
    text: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Words that the caller said or that were noted, each whole or by its beginning; accents and "
            "capitals do not matter.",
            examples=["Müller Dentalhygiene"],
        ),
        AfterValidator(_with_a_word),
    ] = None

    def wanted(self) -> CallFilter:
        """Return what the records are asked for."""
        return CallFilter(
            since=self.since,
            until=self.until,
            practice_id=self.practice,
            line=self.line,
            outcome="" if self.outcome == NOTHING_CAME_OF_IT else self.outcome,
            language=self.language,
            live=None if self.state is None else self.state == "live",
            caller_number=self.caller_number,
            text=self.text,
        )
