"""A suite: a folder of scenarios."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from gateway.rehearsal.errors import RehearsalError
from gateway.rehearsal.own_gateway import REPOSITORY
from gateway.rehearsal.scenario import Scenario
from gateway.rehearsal.scenario_file import Calendar, load_scenario

_SUITES = REPOSITORY / "rehearsals"


def suite_folder(suite: str) -> Path:
    """Return the folder of a suite, by its name or its path; raise ``RehearsalError`` when there is none."""
    for folder in (Path(suite), _SUITES / suite):
        if folder.is_dir():
            return folder
    raise RehearsalError(f"there is no suite {suite!r}; a folder with scenarios is needed, such as {_SUITES / 'quick'}")


def load_suite(folder: Path, only: str | None, calendars: Callable[[bool], Calendar]) -> list[Scenario]:
    """Return the scenarios in ``folder`` whose names match the expression ``only``, in the order of their names.

    Raises:
        RehearsalError: there is none, or ``only`` is no regular expression.
        CallerInputError: a scenario cannot be used; one sentence with the file and the line.

    """
    try:
        wanted = re.compile(only or "")
    except re.error as error:
        raise RehearsalError(f"--only is not a regular expression: {error}") from error
    paths = [path for path in sorted(folder.glob("*.yaml")) if wanted.search(path.stem)]
    if not paths:
        raise RehearsalError(f"no scenario in {folder} fits")
    return [load_scenario(path, calendars) for path in paths]
