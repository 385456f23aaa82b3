"""The practice profile's schema. ``gateway.practice.loader`` reads it from YAML."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from gateway.language import LANGUAGES, Language
from gateway.practice.references import reference_problems
from gateway.practice.yaml_model import TEXT_PATTERN

Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Canton: TypeAlias = Literal[
    "AG", "AI", "AR", "BE", "BL", "BS", "FR", "GE", "GL", "GR", "JU", "LU", "NE",
    "NW", "OW", "SG", "SH", "SO", "SZ", "TG", "TI", "UR", "VD", "VS", "ZG", "ZH",
]  # fmt: skip

E164_PATTERN = r"^\+[1-9]\d{6,14}$"
SHORT_OR_E164_PATTERN = r"^(\+[1-9]\d{6,14}|\d{3})$"
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TARGET_PATTERN = r"^(sips?:[^\s<>\"?]+|tel:\+[1-9]\d{6,14}|tel:\d{3}|\+[1-9]\d{6,14}|\d{3})$"
OPENING_TIME_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"

E164 = Annotated[str, Field(pattern=E164_PATTERN)]
ShortOrE164 = Annotated[str, Field(pattern=SHORT_OR_E164_PATTERN)]
Slug = Annotated[str, Field(pattern=SLUG_PATTERN)]
Text = Annotated[str, Field(pattern=TEXT_PATTERN)]


class ProfileModel(BaseModel):
    """Base of every part of the profile: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalisedText(ProfileModel):
    """One text in the four languages."""

    de: Text
    fr: Text
    it: Text
    en: Text

    def in_language(self, language: Language) -> str:
        """Return the text in ``language``."""
        text: str = getattr(self, language)
        return text


class Address(ProfileModel):
    """Where the practice is."""

    street: Text
    postcode: Text
    city: Text
    directions: LocalisedText | None = None


class OpeningTime(ProfileModel):
    """One span of opening on a day; written ``08:00-12:00`` in the profile."""

    opens: dt.time
    closes: dt.time

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if re.fullmatch(OPENING_TIME_PATTERN, value) is None:
            raise ValueError(f"{value!r} is not a span of time such as 08:00-12:00")
        opens, closes = value.split("-")
        return {"opens": opens, "closes": closes}

    @model_validator(mode="after")
    def _opens_first(self) -> OpeningTime:
        if self.opens >= self.closes:
            raise ValueError("opens before it closes: the first time has to be the earlier one")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": OPENING_TIME_PATTERN,
            "description": "One span of opening, such as 08:00-12:00.",
        }


def _in_order(spans: tuple[OpeningTime, ...]) -> tuple[OpeningTime, ...]:
    for earlier, later in itertools.pairwise(spans):
        if later.opens < earlier.closes:
            raise ValueError("these times overlap or are out of order")
    return spans


DayHours = Annotated[tuple[OpeningTime, ...], AfterValidator(_in_order)]


class Closure(ProfileModel):
    """Days on which the practice is closed, first and last included."""

    first: dt.date
    last: dt.date
    reason: LocalisedText | None = None

    @model_validator(mode="after")
    def _begins_first(self) -> Closure:
        if self.first > self.last:
            raise ValueError("the first day has to be the last day or before it")
        return self


class Service(ProfileModel):
    """A treatment that can be booked. ``keywords`` are words by which callers name it, per language."""

    id: Slug
    name: LocalisedText
    minutes: Annotated[int, Field(gt=0, le=480)]
    keywords: dict[Language, tuple[Text, ...]] = {}


class Person(ProfileModel):
    """Somebody who works in the practice. ``aliases`` are further ways in which callers say the name."""

    id: Slug
    name: Text
    title: LocalisedText | None = None
    role: Literal["dentist", "hygienist", "assistant", "reception"]
    aliases: tuple[Text, ...] = ()


class TransferTarget(ProfileModel):
    """Where a call may be transferred to; nothing else is ever called.

    ``uri`` is a SIP address, or a telephone number that ``trunk`` dials. ``ring_s`` is how long it may ring, in
    seconds. With ``announce`` whoever answers is told first that a caller waits, and with ``confirm`` has to press 1.
    """

    id: Slug
    name: LocalisedText
    uri: Annotated[str, Field(pattern=TARGET_PATTERN)]
    trunk: Slug | None = None
    ring_s: Annotated[int, Field(ge=5, le=120)] = 25
    announce: bool = False
    confirm: bool = False
    outside_hours: bool = False
    """Whether it is rung outside the opening hours too; the emergency's target always is."""

    @model_validator(mode="after")
    def _confirms_what_is_announced(self) -> TransferTarget:
        if self.confirm and not self.announce:
            raise ValueError("confirm needs announce: true, since nobody can press a key that they are not told of")
        return self


class Emergency(ProfileModel):
    """What is said in an emergency. ``text`` is spoken before the number; 144 is Switzerland's ambulance."""

    on_call_number: E164
    ambulance_number: ShortOrE164 = "144"
    text: LocalisedText
    transfer_target: Slug | None = None


class Recording(ProfileModel):
    """How recording is announced; the caller may refuse by voice or with key 9."""

    announcement: LocalisedText


class KnowledgeEntry(ProfileModel):
    """Something that callers ask and that the practice lets the gateway answer, with ``text`` and nothing else.

    ``keywords`` are words of such questions, per language; the words of one keyword must all be said, in any order.
    """

    id: Slug
    keywords: dict[Language, tuple[Text, ...]]
    text: LocalisedText

    @field_validator("keywords")
    @classmethod
    def _can_be_found(cls, value: dict[Language, tuple[str, ...]]) -> dict[Language, tuple[str, ...]]:
        if missing := [language for language in LANGUAGES if not value.get(language)]:
            raise ValueError(f"needs at least one keyword in each language; there is none in {', '.join(missing)}")
        return value


class PracticeProfile(ProfileModel):
    """Everything that the gateway knows about one practice."""

    id: Slug
    name: LocalisedText
    greeting: LocalisedText
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = LANGUAGES
    """The languages that callers are answered in; the greeting is in the first."""
    phone: E164
    """The practice's own number, told to callers when something fails."""
    numbers: tuple[E164, ...]
    """The called numbers that this profile answers."""
    address: Address
    canton: Canton
    """Canton, for its public holidays."""
    timezone: str = "Europe/Zurich"
    hours: dict[Weekday, DayHours]
    """Opening times; a weekday that is left out is closed."""
    closures: tuple[Closure, ...] = ()
    services: tuple[Service, ...] = Field(min_length=1)
    people: tuple[Person, ...] = Field(min_length=1)
    transfer_targets: tuple[TransferTarget, ...] = ()
    reception: Slug | None = None
    """The transfer target for "a human, please"; none: a callback is offered."""
    knowledge: tuple[KnowledgeEntry, ...] = ()
    """What callers may be told beyond hours and address; every other question is left to the practice."""
    emergency: Emergency
    recording: Recording

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not a time zone such as Europe/Zurich") from error
        return value

    @field_validator("languages", "numbers")
    @classmethod
    def _named_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        repeated = sorted({entry for entry in value if value.count(entry) > 1})
        if repeated:
            raise ValueError(f"{', '.join(repeated)} stands there more than once")
        return value

    @model_validator(mode="after")
    def _references_hold(self) -> PracticeProfile:
        problems = list(reference_problems(self.model_dump()))
        if problems:
            sentences = "; ".join(f"{'.'.join(map(str, path))}: {sentence}" for path, sentence in problems)
            raise PydanticCustomError("references", "{sentences}", {"sentences": sentences})
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.timezone)
