"""How long the stages of recognition and synthesis take, told to whoever counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Observe: TypeAlias = Callable[[str, float], None]
"""Is told the name of a stage (``waiting``, ``encode``, ``language``, ``generate``, ``first_audio``) and its seconds.

It may be called from any thread."""


def unobserved(_stage: str, _seconds: float) -> None:
    """Count nothing."""
