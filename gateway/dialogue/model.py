"""The values that pass between understanding, deciding and phrasing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.actions.kinds import ActionKind
from gateway.language import Language


class FactName(StrEnum):
    """What can be known about a caller's request. Values are canonical strings; the comment gives the form."""

    NAME = "name"  # "Anna Keller"
    DATE_OF_BIRTH = "date_of_birth"  # ISO 8601 date
    PHONE = "phone"  # E.164
    PATIENT_STATUS = "patient_status"  # "new" or "known"
    REASON = "reason"  # a service's id from the profile, or the caller's words
    PREFERRED_DATE = "preferred_date"  # ISO 8601 date, or an interval "2026-11-23/2026-11-27"
    PREFERRED_TIME = "preferred_time"  # "15:30", or an interval "08:00/12:00"
    PRACTITIONER = "practitioner"  # a person's id from the profile, or "any"
    PAIN = "pain"  # "yes" or "no"
    EXISTING_DATE = "existing_date"  # ISO 8601 date of the appointment to move or cancel
    EXISTING_TIME = "existing_time"  # "15:30"
    MESSAGE = "message"  # the caller's words for a callback


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: ``value`` in its canonical form, ``words`` what the caller said for it, ``confidence`` 0 to 1."""

    name: FactName
    value: str
    words: str
    confidence: float
    confirmed: bool = False


class Intent(StrEnum):
    """What the caller wants."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    CALLBACK = "callback"
    EMERGENCY = "emergency"
    OPENING_HOURS = "opening_hours"
    ADDRESS = "address"
    HUMAN = "human"
    REPEAT = "repeat"
    GOODBYE = "goodbye"
    REFUSE_RECORDING = "refuse_recording"
    CHANGE_LANGUAGE = "change_language"


class Expectation(StrEnum):
    """What kind of answer is awaited; the conversation chooses its endpointing by it."""

    OPEN = "open"
    YES_NO = "yes_no"
    NAME = "name"
    SPELLING = "spelling"
    PHONE = "phone"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """What the caller did: words that were recognised, or keys that were pressed (``keys``), or neither (silence).

    ``text`` is "" and ``keys`` is "" when the caller said nothing in time or nothing was understood.
    """

    text: str
    language: Language
    confidence: float = 1.0
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """A caller's turn, read."""

    turn: CallerTurn
    language: Language
    intents: tuple[Intent, ...] = ()
    facts: tuple[Fact, ...] = ()
    answer: bool | None = None
    """Yes or no, when the caller said either."""
    corrects: bool = False
    """The caller takes something back ("nein, nicht Dienstag, Donnerstag")."""


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """An action that the practice shall get, with the confirmed facts that it rests on."""

    kind: ActionKind
    facts: tuple[Fact, ...]
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpeechAct:
    """One thing to say: the name of a wording and the values that fill it."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
