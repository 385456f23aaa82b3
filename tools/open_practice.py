"""The example practice, open at whatever time of an ordinary day or weekend a test runs."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import yaml
from gateway_process import PROFILE

from gateway.rehearsal.practices import rehearsed_practices

_HOURS = re.compile(r"^hours:\n(?:  .*\n)+", re.MULTILINE)


def open_profile() -> str:
    """Return the text of the example's profile with its clock in a time zone in which it is open now.

    On a day on which it is closed everywhere, today's hours last all day.
    """
    text = PROFILE.read_text("utf-8")
    practice, _ = rehearsed_practices(yaml.safe_load(text), dt.datetime.now(dt.UTC), {})
    hours = "".join(f"  {day}: [{', '.join(spans)}]\n" for day, spans in practice.document["hours"].items())
    text = text.replace("\ntimezone: Europe/Zurich\n", f"\ntimezone: {practice.document['timezone']}\n")
    return _HOURS.sub(lambda _: f"hours:\n{hours}", text)


def write_open_practice(folder: Path) -> Path:
    """Write ``open_profile`` into ``folder`` and return the file."""
    path = folder / "open_practice.yaml"
    path.write_text(open_profile(), "utf-8")
    return path
