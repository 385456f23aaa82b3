"""Hands the settings of this process to a child: all of them, so that none can be forgotten."""

from __future__ import annotations

import json
import os
from typing import IO

from pydantic import SecretStr

from gateway.config import Settings


def settings_file(settings: Settings) -> int:
    """Return a descriptor from which ``read_settings`` reads ``settings``; the caller closes it.

    It is memory that no other process sees and no disk holds: there are secrets among them.
    """
    descriptor = os.memfd_create("settings", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(json.dumps(settings.model_dump(), default=_plain).encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def read_settings(file: IO[str]) -> Settings:
    """Return the settings that were written to ``file``, for each of which the environment has no say."""
    return Settings(**json.load(file))


def _plain(value: object) -> str:
    """Return a path, an address, a URL or a secret as the setting has it."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
