"""``gateway backup``."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.backup import Backup, BackupError, BackupReport, verify
from gateway.cli.failure import fail
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.records.address import address_of
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now


def back_up(target: Path) -> int:
    """Write a backup while the gateway may be running; return the exit code."""
    try:
        settings = load_settings()
        report = _back_up(settings, target)
    except (ConfigurationError, RecordsError, BackupError) as error:
        return fail(str(error))
    print(f"{target}: the database and {report.recordings} recordings, {report.linked} of them as links.")
    if report.missing:
        print(f"{report.missing} recordings that the database names are not there any more.")
    return 0


def verify_backup(target: Path) -> int:
    """Compare a backup with its manifest; return the exit code."""
    try:
        problems = verify(target)
    except BackupError as error:
        return fail(str(error))
    for problem in problems:
        print(problem)
    if problems:
        return 1
    print("The backup is as it was made.")
    return 0


def _back_up(settings: Settings, target: Path) -> BackupReport:
    address = address_of(settings)
    backup = Backup(target)
    backup.begin()
    try:
        copy = backup.copy_database(address)
        # A file's copy says by itself which recordings it names. A server is asked after its dump: what was deleted
        # meanwhile is missing from the backup, which then names a recording that its owner had deleted anyhow.
        stored = asyncio.run(_recordings(settings, copy))
        report = backup.add_recordings(settings.recordings_dir, stored)
        backup.finish(utc_now())
    except BaseException:
        backup.give_up()
        raise
    return report


async def _recordings(settings: Settings, copy: Path | None) -> list[Path]:
    journal = await Journal.open(copy or address_of(settings), read_only=True)
    try:
        return await journal.recordings()
    finally:
        await journal.close()
