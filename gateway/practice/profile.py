"""The practice profile's schema. ``gateway.practice.loader`` reads it from YAML."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.language import LANGUAGES, Language

Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
E164 = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
ShortOrE164 = Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14}|\d{3})$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class ProfileModel(BaseModel):
    """Base of every part of the profile: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalisedText(ProfileModel):
    """One text in the four languages."""

    de: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    it: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: Language) -> str:
        """Return the text in ``language``."""
        text: str = getattr(self, language)
        return text


class Address(ProfileModel):
    """Where the practice is."""

    street: str
    postcode: str
    city: str
    directions: LocalisedText | None = None


class OpeningTime(ProfileModel):
    """One span of opening on a day; written ``08:00-12:00`` in the profile."""

    opens: dt.time
    closes: dt.time


class Closure(ProfileModel):
    """Days on which the practice is closed, first and last included."""

    first: dt.date
    last: dt.date
    reason: LocalisedText | None = None


class Service(ProfileModel):
    """A treatment that can be booked. ``keywords`` are words by which callers name it, per language."""

    id: Slug
    name: LocalisedText
    minutes: Annotated[int, Field(gt=0)]
    keywords: dict[Language, tuple[str, ...]] = {}


class Person(ProfileModel):
    """Somebody who works in the practice. ``aliases`` are further ways in which callers say the name."""

    id: Slug
    name: str
    title: LocalisedText | None = None
    role: Literal["dentist", "hygienist", "assistant", "reception"]
    aliases: tuple[str, ...] = ()


class TransferTarget(ProfileModel):
    """Where a call may be transferred to; nothing else is ever called."""

    id: Slug
    name: LocalisedText
    uri: Annotated[str, Field(pattern=r"^sips?:[^\s<>\"]+$")]


class Emergency(ProfileModel):
    """What is said in an emergency. ``text`` is spoken before the number; 144 is Switzerland's ambulance."""

    on_call_number: E164
    ambulance_number: ShortOrE164 = "144"
    text: LocalisedText
    transfer_target: Slug | None = None


class Recording(ProfileModel):
    """How recording is announced; the caller may refuse by voice or with key 9."""

    announcement: LocalisedText


class PracticeProfile(ProfileModel):
    """Everything that the gateway knows about one practice."""

    id: Slug
    name: LocalisedText
    greeting: LocalisedText
    languages: tuple[Language, ...] = LANGUAGES
    """The languages that callers are answered in; the greeting is in the first."""
    phone: E164
    """The practice's own number, told to callers when something fails."""
    numbers: tuple[E164, ...]
    """The called numbers that this profile answers."""
    address: Address
    canton: str = Field(pattern=r"^[A-Z]{2}$")
    """Canton, for its public holidays."""
    timezone: str = "Europe/Zurich"
    hours: dict[Weekday, tuple[OpeningTime, ...]]
    closures: tuple[Closure, ...] = ()
    services: tuple[Service, ...] = Field(min_length=1)
    people: tuple[Person, ...] = Field(min_length=1)
    transfer_targets: tuple[TransferTarget, ...] = ()
    reception: Slug | None = None
    """The transfer target for "a human, please"; none: a callback is offered."""
    emergency: Emergency
    recording: Recording

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as error:
            raise ValueError(f"unknown time zone {value!r}") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.timezone)
