"""On what a model is loaded and how exactly it calculates there: what ``ASR_DEVICE`` and ``ASR_COMPUTE_TYPE`` mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import ctranslate2

DeviceKind: TypeAlias = Literal["cpu", "cuda"]
ComputeType: TypeAlias = Literal["auto", "int8", "int8_float16", "float16", "float32"]

ROOMY_BYTES = 16 * 1024**3
"""Free memory of a card from which on float16 is taken.

Large-v3 takes 3.1 GB in float16 and 1.6 GB in int8; a batch of 16 takes as much again. What is left belongs to the
language model and the voice beside it.
"""


class DeviceError(ValueError):
    """A device or a compute type that this machine does not have; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Device:
    """One processor that holds a whole model: the CPU, or the GPU of this index."""

    kind: DeviceKind
    index: int = 0

    def __str__(self) -> str:
        """Return the form in which settings name it."""
        return "cpu" if self.kind == "cpu" else f"cuda:{self.index}"


def find_devices(setting: str, count: Callable[[], int] = ctranslate2.get_cuda_device_count) -> tuple[Device, ...]:
    """Return the devices that ``setting`` names: ``auto``, ``cpu``, ``cuda`` (the first), or ``cuda:0,1``.

    ``auto`` takes the first GPU where there is one. ``count`` tells how many there are. Raise ``DeviceError``.
    """
    if setting == "cpu":
        return (Device("cpu"),)
    there = count()
    if setting == "auto":
        return (Device("cuda", 0),) if there else (Device("cpu"),)
    named = re.fullmatch(r"cuda(?::([0-9]{1,2}(?:,[0-9]{1,2})*))?", setting)
    if named is None:
        raise DeviceError(f"ASR_DEVICE: {setting!r} is none of auto, cpu, cuda and cuda:0,1.")
    indices = [int(index) for index in (named[1] or "0").split(",")]
    if len(set(indices)) != len(indices):
        raise DeviceError(f"ASR_DEVICE: {setting!r} names a GPU twice.")
    missing = [index for index in indices if index >= there]
    if missing:
        raise DeviceError(f"ASR_DEVICE: there is no GPU {missing[0]}; CUDA finds {there}.")
    return tuple(Device("cuda", index) for index in indices)


def supported_types(device: Device) -> set[str]:
    """Return the compute types that CTranslate2 has for ``device``."""
    types: set[str] = ctranslate2.get_supported_compute_types(device.kind, device.index)
    return types


def free_memory(device: Device) -> int | None:
    """Return the free bytes of a GPU by NVIDIA's management library, None where that is not installed or fails."""
    try:
        import pynvml  # noqa: PLC0415 - comes with the packages for a GPU only
    except ImportError:
        return None
    library: Any = pynvml
    try:
        library.nvmlInit()
        try:
            return int(library.nvmlDeviceGetMemoryInfo(library.nvmlDeviceGetHandleByIndex(device.index)).free)
        finally:
            library.nvmlShutdown()
    except library.NVMLError:
        return None


def choose_compute_type(
    setting: str,
    device: Device,
    supported: Callable[[Device], Collection[str]] = supported_types,
    free: Callable[[Device], int | None] = free_memory,
) -> str:
    """Return CTranslate2's compute type for ``setting`` on ``device``; raise ``DeviceError``.

    ``auto`` is int8 on a CPU; on a GPU float16 where it has room, else int8_float16 (weights of half the size, the
    rest in float16), and what an old card has where it has neither.
    """
    if setting not in get_args(ComputeType):
        raise DeviceError(f"ASR_COMPUTE_TYPE: {setting!r} is none of {', '.join(get_args(ComputeType))}.")
    there = supported(device)
    if setting != "auto":
        if setting not in there:
            raise DeviceError(f"ASR_COMPUTE_TYPE: {device} has no {setting}; it has {', '.join(sorted(there))}.")
        return setting
    if device.kind == "cpu":
        return "int8" if "int8" in there else "float32"
    room = free(device)
    wanted = ["float16", "int8_float16"] if room is not None and room >= ROOMY_BYTES else ["int8_float16", "float16"]
    return next((each for each in [*wanted, "int8"] if each in there), "float32")
