"""The languages that callers are answered in."""

from __future__ import annotations

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["de", "fr", "it", "en"]
"""ISO 639-1 code."""

LANGUAGES: tuple[Language, ...] = ("de", "fr", "it", "en")
