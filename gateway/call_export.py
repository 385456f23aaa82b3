"""One call as a ZIP archive: for a patient who asks what is known, or a lawyer."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import zipfile
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from gateway.audio import TELEPHONE_RATE
from gateway.records.model import CallStory


def as_json(value: object) -> str:
    """Return what came out of the records as JSON: data classes as objects, times in ISO 8601."""

    def plain(item: object) -> Any:
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
        if isinstance(item, datetime):
            return item.isoformat()
        if isinstance(item, Path):
            return str(item)
        if isinstance(item, Enum):
            return item.value
        return dict(item)  # type: ignore[call-overload]

    return json.dumps(value, default=plain, ensure_ascii=False, indent=2)


def transcript(story: CallStory) -> str:
    """Return what was said, a line a turn, with its place in the recording; what was not heard is marked."""
    lines = []
    for turn in sorted(story.turns, key=lambda turn: (turn.start_sample or -1, turn.index)):
        place = "--:--" if turn.start_sample is None else _minutes(turn.start_sample)
        cut = turn.heard_text is not None and turn.heard_text != turn.text
        said = f"{turn.heard_text} [interrupted]" if cut else turn.text
        lines.append(f"{place}  {turn.speaker:<7}  {said}")
    if not lines:
        lines.append(
            "Nothing was said."
            if story.summary.transcript_deleted_at is None
            else f"What was said was deleted on {story.summary.transcript_deleted_at:%Y-%m-%d}."
        )
    return "\n".join(lines) + "\n"


def export_call(story: CallStory, audio: tuple[str, bytes] | None, target: Path, now: datetime) -> list[str]:
    """Write a call to the ZIP file ``target``, readable by its owner only; return what is in it.

    ``audio`` is the recording with its suffix, None where there is none. ``manifest.json`` has the SHA-256 of each
    part. Raise ``OSError``.
    """
    parts: dict[str, bytes] = {
        "call.json": as_json(dataclasses.replace(story, turns=(), facts=(), actions=(), events=())).encode(),
        "transcript.txt": transcript(story).encode(),
        "turns.json": as_json(story.turns).encode(),
        "facts.json": as_json(story.facts).encode(),
        "actions.json": as_json(story.actions).encode(),
        "events.json": as_json(story.events).encode(),
        "summary.txt": f"{story.summary.summary or ''}\n".encode(),
    }
    if audio is not None:
        parts[f"recording{audio[0]}"] = audio[1]
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    manifest = {"call": story.summary.id, "exported_at": now.isoformat(), "sha256": sums}
    parts["manifest.json"] = json.dumps(manifest, indent=2).encode()
    part = target.with_name(f"{target.name}.part")
    try:
        with (
            os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name, content in parts.items():
                archive.writestr(name, content)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return list(parts)


def _minutes(samples: int) -> str:
    minutes, seconds = divmod(samples // TELEPHONE_RATE, 60)
    return f"{minutes:02}:{seconds:02}"
