"""``gateway hold`` and ``gateway release``."""

from __future__ import annotations

from gateway.cli.records import find_story, user, with_journal
from gateway.config import Settings
from gateway.records.journal import Journal


def hold_call(call: str, reason: str) -> int:
    """Let nothing of a call be deleted; return the exit code."""

    async def work(_settings: Settings, journal: Journal) -> int:
        story = await find_story(journal, call)
        held = await journal.staff.hold(story.summary.id, reason, user())
        if story.hold is not None:
            print(f"Held already since {held.placed_at.astimezone():%d.%m.%Y} by {held.placed_by}: {held.reason}")
        else:
            print(f"Nothing of the call {held.call_id} is deleted until it is released.")
        return 0

    return with_journal(work)


def release_call(call: str) -> int:
    """End the hold on a call; return the exit code."""

    async def work(_settings: Settings, journal: Journal) -> int:
        story = await find_story(journal, call)
        released = await journal.staff.release(story.summary.id, user())
        print(
            f"The call {story.summary.id} is deleted when its time has come."
            if released
            else f"The call {story.summary.id} was not held."
        )
        return 0

    return with_journal(work)
