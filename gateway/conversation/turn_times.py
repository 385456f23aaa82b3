"""How long turn-taking waits for what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class TurnTakingTimes:
    """Patience, in seconds."""

    silence_s: float = 7.0
    """Silence after an open question after which the caller is asked whether they are still there."""
    recognition_s: float = 2.0
    """Waiting for the recogniser after which the caller is asked for a moment."""
    keys_s: float = 3.0
    """Pause after which pressed keys are taken as complete."""
    granted_s: float = 25.0
    """Silence that is granted to a caller who asks for a moment."""
    hesitation_s: float = 4.0
    """Silence after an "ehm" or a noise before the caller is asked."""
    resume_s: float = 0.8
    """Silence after a short sound that interrupted before the gateway goes on without knowing its words."""
    forced_s: float = 0.7
    """Time in which a caller whose speech the leg has cut for its length is heard to go on."""
    longest_s: float = 45.0
    """Length of a turn in which the caller is interrupted."""
    hold_s: float = 60.0
    """Waiting for a voice while music is heard."""


class Due(Enum):
    """What turn-taking waits for by the clock."""

    SILENCE = auto()
    """The caller has been silent for long."""
    PATIENCE = auto()
    """The recogniser has taken long."""
    KEYS = auto()
    """No key has followed the last one."""
    HOLD = auto()
    """Nothing has followed an unfinished sentence."""
    RESUME = auto()
    """A short sound that interrupted has not been recognised."""
    BREAK_IN = auto()
    """The caller has spoken for long."""
    OTHER_END = auto()
    """Music has been heard for long."""
