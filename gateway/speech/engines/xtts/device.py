"""Which device a PyTorch model runs on, from what the operator wrote."""

from __future__ import annotations

import re

from gateway.speech.models.errors import ModelStoreError

_GPU = re.compile(r"cuda(?::(\d+))?")


def choose_device(wanted: str, gpus: int) -> str:
    """Return ``cpu`` or ``cuda:N`` for ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` on a machine with ``gpus`` GPUs.

    Raises:
        ModelStoreError: there is no such device.

    """
    if wanted == "cpu" or (wanted == "auto" and gpus == 0):
        return "cpu"
    match = _GPU.fullmatch("cuda" if wanted == "auto" else wanted)
    if match is None:
        raise ModelStoreError(f"TTS_DEVICE: {wanted!r} is none of auto, cpu, cuda and cuda:N with one number.")
    number = int(match.group(1) or 0)
    if number >= gpus:
        found = "no GPU" if gpus == 0 else f"{gpus} GPU{'s' if gpus > 1 else ''}"
        raise ModelStoreError(f"TTS_DEVICE: there is no cuda:{number}, PyTorch finds {found} here.")
    return f"cuda:{number}"
