"""What a caller does in a call, line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from gateway.actions.kinds import ActionKind
from gateway.dialogue.model import FactName
from gateway.language import Language


@dataclass(frozen=True, slots=True)
class Say:
    """Speak ``text`` in the script's voice, or in ``language``'s; ``gain_db`` makes it louder or, below 0, quieter."""

    text: str
    language: Language | None = None
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class PlayWav:
    """Play a WAV file."""

    path: Path


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Play a sound that is no word, such as a cough; whoever makes the caller's sounds knows it by ``name``."""

    name: str


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Press telephone keys, ``0-9*#A-D``."""

    keys: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for this long, whatever the other side does."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call without a word."""


Move: TypeAlias = Say | PlayWav | PressKeys | Pause | HangUp


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller does when it is its turn: ``moves``, one after the other.

    With ``when`` the turn is taken only if the expression is found in what the other side said since the caller's
    last turn. With ``barge_in_after_ms`` the caller does not wait for the other side to be done but starts when it
    has been speaking for that long. The turn is taken at most ``times`` times. ``opening`` turns start as soon as
    the call is answered. ``line`` is the line of the script, 0 when there is no file.
    """

    moves: tuple[Move, ...]
    when: re.Pattern[str] | None = None
    barge_in_after_ms: int | None = None
    times: int = 1
    opening: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the gateway must have noted after the call."""

    action: ActionKind | None = None
    facts: Mapping[FactName, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """A caller's part: who calls, in which language and voice, and the turns."""

    turns: tuple[Turn, ...]
    language: Language = "de"
    voice: str | None = None
    from_number: str | None = None
    expect: Expectations = field(default_factory=Expectations)

    @property
    def needs_transcripts(self) -> bool:
        """Whether a turn depends on what the other side said."""
        return any(turn.when is not None for turn in self.turns)
