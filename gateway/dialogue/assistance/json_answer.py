"""JSON from a model: taken as it is, or refused; nothing is mended."""

from __future__ import annotations

import json
from typing import Any

LONGEST = 4000
"""Characters; no answer that was asked for is longer."""


def read_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object in ``text``, None when there is none.

    What stands around the outermost braces is cut off: models without a schema like to fence their JSON in.
    """
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start or len(text) > LONGEST:
        return None
    try:
        value = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def pairs(value: object, first: str, second: str, most: int) -> list[tuple[str, str]]:
    """Return two texts of each object in a list; whatever has another shape is left out."""
    if not isinstance(value, list):
        return []
    found = [(item.get(first), item.get(second)) for item in value[:most] if isinstance(item, dict)]
    return [(one, two) for one, two in found if isinstance(one, str) and isinstance(two, str)]
