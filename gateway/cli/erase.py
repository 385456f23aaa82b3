"""``gateway erase``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import phonenumbers

from gateway.cli.failure import fail
from gateway.cli.records import with_journal
from gateway.config import Settings
from gateway.patient_erasure import erase_calls
from gateway.records.erasure import Obstacle, PatientCall
from gateway.records.journal import Journal

_REGION = "CH"
_OBSTACLES = {
    Obstacle.RUNNING: "is still running",
    Obstacle.HELD: "is held: `gateway release` ends that",
    Obstacle.UNDELIVERED: "has an action that was not delivered: `gateway actions retry` sends it again",
}


def erase_patient(phone: str | None, name: str | None, *, dry_run: bool, yes: bool) -> int:
    """Erase the calls of one patient and print what was erased and what was not; return the exit code.

    1 where something is left that should have been erased.
    """
    if not phone and not name:
        return fail("Say whose calls to erase: --phone, --name or both.", 2)
    number = None
    if phone:
        number = _number(phone)
        if number is None:
            return fail("--phone: that is no telephone number such as 079 123 45 67 or +41 79 123 45 67.", 2)

    async def work(settings: Settings, journal: Journal) -> int:
        found = await journal.erasure.find(phone=number, name=name)
        if not found:
            print("Nothing is known of that patient.")
            return 0
        print("\n".join(_table(found)))
        if dry_run:
            print("Nothing was erased.")
            return 0
        if not yes and not _confirmed(len(found)):
            return fail("Nothing was erased.")
        report = await erase_calls(journal, settings.recordings_dir, found)
        turns, facts, actions = (
            sum(getattr(call, part) for call in report.erased) for part in ("turns", "facts", "actions")
        )
        recordings = sum(call.recording_path is not None for call in report.erased)
        print(
            f"Erased: calls {len(report.erased)}, recordings {recordings}, turns {turns}, facts {facts}, "
            f"actions {actions}. Backups are not touched."
        )
        for call in report.left:
            if call.obstacle is not None:
                print(f"NOT erased: {call.call_id} {_OBSTACLES[call.obstacle]}.")
        return 1 if report.left else 0

    return with_journal(work, read_only=dry_run)


def _number(text: str) -> str | None:
    """Return a number in any Swiss or international spelling as E.164, None where it is none."""
    try:
        number = phonenumbers.parse(text, _REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _table(calls: Sequence[PatientCall]) -> list[str]:
    return [
        f"{call.call_id}  {call.started_at.astimezone():%d.%m.%Y %H:%M}  turns {call.turns}, facts {call.facts}, "
        f"actions {call.actions}{', recorded' if call.recording_path else ''}"
        + ("" if call.obstacle is None else f"  ({_OBSTACLES[call.obstacle]})")
        for call in calls
    ]


def _confirmed(calls: int) -> bool:
    """Ask on a terminal; elsewhere nobody could have said yes."""
    if not sys.stdin.isatty():
        print("This is no terminal to ask on: give --yes.", file=sys.stderr)
        return False
    return input(f"Erase these {calls} calls for good? Type yes: ").strip().lower() == "yes"
