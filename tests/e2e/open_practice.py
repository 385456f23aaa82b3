"""The example practice, open at whatever time the tests run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import yaml
from gateway_process import PROFILE

from gateway.rehearsal.practices import rehearsed_practices


def write_open_practice(folder: Path) -> Path:
    """Write the example's profile with its clock in a time zone in which it is open now; return the file."""
    document = yaml.safe_load(PROFILE.read_text("utf-8"))
    practice, _ = rehearsed_practices(document, dt.datetime.now(dt.UTC), {})
    profile = {**document, **{key: practice.document[key] for key in ("timezone", "hours")}}
    path = folder / "open_practice.yaml"
    path.write_text(yaml.safe_dump(profile, allow_unicode=True, sort_keys=False), "utf-8")
    return path
