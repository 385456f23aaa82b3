"""The practice that is rehearsed, once as it is while it is open and once as it is after hours. Pure.

A rehearsal runs at any time of any day. So that the practice is open, or closed, when a patient calls, its clock is put
into a time zone in which it is; the rest of the profile stays as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gateway.practice.opening import is_open_at
from gateway.practice.profile import PracticeProfile

OPEN_NUMBER = "+41445550101"
CLOSED_NUMBER = "+41445550102"
"""The numbers by which the practice is called while it is open, and after hours."""

_HOME = "Europe/Zurich"
_LASTS = dt.timedelta(minutes=75)
"""How long a rehearsal may take, at the end of which the practice still has to be open, or closed."""
_STEP = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RehearsedPractice:
    """A practice under the number that it is called by, with its profile as a document and read."""

    number: str
    document: dict[str, Any]
    profile: PracticeProfile


def rehearsed_practices(
    document: dict[str, Any], now: dt.datetime, targets: dict[str, str]
) -> tuple[RehearsedPractice, RehearsedPractice]:
    """Return the practice of a profile's ``document`` as it is open ``now``, and as it is after hours.

    ``targets`` has the SIP URI of each transfer target that somebody answers at. Where the practice is open in no time
    zone, as at the weekend, today's hours are made to last all day.
    """
    return (
        _practice(document, "open", OPEN_NUMBER, now, targets),
        _practice(document, "closed", CLOSED_NUMBER, now, targets),
    )


def _practice(
    document: dict[str, Any], suffix: str, number: str, now: dt.datetime, targets: dict[str, str]
) -> RehearsedPractice:
    changed = {
        **document,
        "id": f"{document['id']}-{suffix}",
        "numbers": [number],
        "transfer_targets": [
            {**target, "uri": targets.get(target["id"], target["uri"])} for target in document["transfer_targets"]
        ],
    }
    wanted = suffix == "open"
    for zone in _zones():
        profile = PracticeProfile.model_validate({**changed, "timezone": zone})
        if all(is_open_at(profile, moment) is wanted for moment in _moments(now)):
            return RehearsedPractice(number, {**changed, "timezone": zone}, profile)
    weekday = now.astimezone(ZoneInfo(_HOME)).strftime("%A").lower()
    hours = {**document["hours"], weekday: ["00:00-23:59"] if wanted else []}
    changed = {**changed, "timezone": _HOME, "hours": {day: spans for day, spans in hours.items() if spans}}
    return RehearsedPractice(number, changed, PracticeProfile.model_validate(changed))


def _moments(now: dt.datetime) -> Iterator[dt.datetime]:
    return (now + step * _STEP for step in range(_LASTS // _STEP + 1))


def _zones() -> Iterator[str]:
    """Yield time zones, the practice's own first, then those an hour further away each."""
    yield _HOME
    for hours in range(1, 13):
        yield f"Etc/GMT-{hours}"
        yield f"Etc/GMT+{hours}"
