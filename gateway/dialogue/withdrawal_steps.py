"""What passes between hearing that a request is not wanted any more, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.dialogue.model import ActionRequest, Task


@dataclass(frozen=True, slots=True)
class Request:
    """Something that the practice was asked for in this call, and that still holds."""

    task: Task
    action: ActionRequest


@dataclass(frozen=True, slots=True)
class TakesBack:
    """The caller does not want something any more."""

    tasks: tuple[Task, ...] = ()
    """What it is by the caller's words; empty where they do not tell."""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """The requests that the caller may mean; the first is the one that is asked about."""

    candidates: tuple[Request, ...]
    cancels: bool = False
    """Whether an appointment from before this call is meant where it is none of these."""
