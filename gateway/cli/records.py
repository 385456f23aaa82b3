"""What the commands that work on the records share: settings, the journal beside a running gateway, and its faults."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Coroutine
from typing import Any

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.records.address import address_of
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import CallStory


class CommandError(Exception):
    """A command cannot do what it was asked for; the message is one sentence."""


def with_journal(work: Callable[[Settings, Journal], Coroutine[Any, Any, int]], *, read_only: bool = False) -> int:
    """Run ``work`` on the records, which a gateway may be using, and return the exit code."""

    async def run(settings: Settings) -> int:
        journal = await Journal.open(address_of(settings), read_only=read_only, beside_gateway=not read_only)
        try:
            return await work(settings, journal)
        finally:
            await journal.close()

    try:
        return asyncio.run(run(load_settings()))
    except (ConfigurationError, RecordsError, CommandError) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{error.filename or 'A file'} cannot be read or written: {error.strerror}.")


async def find_story(journal: Journal, call: str) -> CallStory:
    """Return the call whose id begins with ``call``; raise ``CommandError`` or ``AmbiguousCallId``."""
    story = await journal.call(call)
    if story is None:
        raise CommandError(f"There is no call whose id begins with {call}.")
    return story


def user() -> str:
    """Return the name of the one who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"
