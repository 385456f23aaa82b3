"""huggingface_hub's own settings out of ``.env``."""

from __future__ import annotations

import os

from gateway.config import environment


def take_hub_settings() -> None:
    """Let huggingface_hub find HF_HOME, HF_TOKEN and the like in ``.env`` too, where the other settings stand.

    It reads the environment when it is imported, so this comes before. It tells the hub nothing about this machine,
    unless HF_HUB_DISABLE_TELEMETRY says otherwise. Raises ``ConfigurationError``.
    """
    for name, value in environment().items():
        if name.startswith("HF_"):
            os.environ.setdefault(name, value)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
