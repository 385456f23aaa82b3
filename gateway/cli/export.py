"""``gateway export`` and ``gateway recording-key``."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.call_export import export_call
from gateway.cli.failure import fail
from gateway.cli.records import find_story, with_journal
from gateway.config import Settings
from gateway.recording_files import find_recording, read_recording
from gateway.records.journal import Journal, utc_now
from gateway.records.model import CallStory
from gateway.records.recording_keys import new_key, recording_keys


def export(call: str, target: Path, *, without_audio: bool) -> int:
    """Write one call as a ZIP archive; return the exit code."""

    async def work(settings: Settings, journal: Journal) -> int:
        story = await find_story(journal, call)
        audio = None if without_audio else await asyncio.to_thread(_audio, settings, story)
        parts = await asyncio.to_thread(export_call, story, audio, target, utc_now())
        print(f"{target}: {', '.join(parts)}")
        if audio is None and not without_audio:
            print("There is no recording of this call.")
        return 0

    if target.exists():
        return fail(f"{target} is there already.")
    return with_journal(work, read_only=True)


def _audio(settings: Settings, story: CallStory) -> tuple[str, bytes] | None:
    stored = story.summary.recording_path
    if stored is None or story.summary.recording_consent == "refused":
        return None
    found = find_recording(settings.recordings_dir, stored)
    return None if found is None else read_recording(found, recording_keys(settings))


def print_new_key() -> int:
    """Print a new key in the form of a key file; return the exit code."""
    secret, public = new_key()
    print(f"# public key: {public}\n{secret}")
    return 0
