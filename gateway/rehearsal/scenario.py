"""What a simulated patient is: who calls, what they know and say, how they behave, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.actions.kinds import ActionKind
from gateway.caller.line.background import NoiseKind
from gateway.caller.steps import HangUp, Pause, PlaySound, PressKeys, Say
from gateway.dialogue.model import FactName
from gateway.language import Language

COUGH = PlaySound("cough")
"""A cough: a sound that is no word."""

Utterance: TypeAlias = tuple[Say | PlaySound | PressKeys | Pause | HangUp, ...]
"""What a patient does in one turn; an empty one is silence."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """Something said while the gateway speaks, ``after_ms`` after it began to answer ``after``.

    ``after`` is the question that the patient has answered last, or ``start`` for the greeting. With words
    (``takes_turn``) the patient wants to be heard; otherwise it is a "mhm" or a cough, which must change nothing.
    """

    after: str
    after_ms: int
    utterance: Utterance
    takes_turn: bool


@dataclass(frozen=True, slots=True)
class LinePlan:
    """The line that the patient has: noise at a ratio of signal to noise, a share of packets lost, jitter."""

    noise: NoiseKind | None = None
    snr_db: float = 15.0
    loss: float = 0.0
    jitter_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be true after the call.

    ``actions`` are the kinds that the practice gets, in any order; each may have alternatives. ``facts`` are those of
    the actions, in their canonical form; a value ``~word`` need only contain the word. ``never`` are values that no
    action may hold.
    """

    actions: tuple[tuple[ActionKind, ...], ...] = ()
    facts: Mapping[FactName, str] = field(default_factory=dict)
    never: Mapping[FactName, str] = field(default_factory=dict)
    language: Language | None = None
    recording_refused: bool = False
    transfer: str | None = None
    """The transfer target that the caller must have been put through to, whether somebody answered or not."""
    said: tuple[str, ...] = ()
    """Names of wordings that the gateway must have said."""
    most_turns: int | None = None
    """The most turns that the patient may need."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One patient and one call."""

    name: str
    language: Language
    wants: Utterance
    """What the patient says first, and again when asked what they want."""
    knows: Mapping[FactName, str]
    """The truth, in canonical form: what the patient answers from, and checks the read-back against."""
    answers: Mapping[str, tuple[Utterance, ...]] = field(default_factory=dict)
    """What is said to a question in place of what the patient would say; the last one again and again."""
    corrections: Mapping[FactName, Utterance] = field(default_factory=dict)
    """What is said when a fact was read back wrong, in place of what the patient would say."""
    interruptions: tuple[Interruption, ...] = ()
    from_number: str = "anonymous"
    voice: str | None = None
    after_hours: bool = False
    line: LinePlan = field(default_factory=LinePlan)
    expect: Expected = field(default_factory=Expected)
    title: str = ""
    """The first line of the file's comment."""
