"""What the parts of a profile say about each other: ids that are unique, targets that exist.

Works on plain data, so that the loader can report these faults together with those of single values, and the model
can refuse them however it is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys of mappings and indices of lists."""

_WITH_IDS = ("services", "people", "transfer_targets", "knowledge")


def reference_problems(profile: Mapping[str, object]) -> Iterator[tuple[KeyPath, str]]:
    """Yield the place and the sentence of each fault; parts of the wrong shape are left to the model's own checks."""
    for part in _WITH_IDS:
        seen: dict[str, int] = {}
        for index, identifier in _ids(profile, part):
            if identifier in seen:
                yield (part, index, "id"), f"{identifier!r} is the id of {part}[{seen[identifier]}] already"
            seen.setdefault(identifier, index)
    targets = [identifier for _, identifier in _ids(profile, "transfer_targets")]
    emergency = profile.get("emergency")
    references: tuple[tuple[KeyPath, object], ...] = (
        (("reception",), profile.get("reception")),
        (
            ("emergency", "transfer_target"),
            emergency.get("transfer_target") if isinstance(emergency, Mapping) else None,
        ),
    )
    for path, reference in references:
        if isinstance(reference, str) and reference not in targets:
            known = ", ".join(targets) or "none"
            yield path, f"{reference!r} is not the id of a transfer target; there are: {known}"


def _ids(profile: Mapping[str, object], part: str) -> Iterator[tuple[int, str]]:
    """Yield the index and the id of each entry that has one."""
    entries = profile.get(part)
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        identifier = entry.get("id") if isinstance(entry, Mapping) else None
        if isinstance(identifier, str):
            yield index, identifier
