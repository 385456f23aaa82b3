"""Memory and load of the GPUs, as NVIDIA's driver tells them (NVML); nothing where there is no driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

import pynvml
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GpuState:
    """One GPU at a moment; ``busy`` is the share of the last sampling period in which anything ran on it.

    ``busy`` is None where the driver does not tell it, as for a part of a card (MIG).
    """

    used_bytes: int
    total_bytes: int
    busy: float | None


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU by its index at the driver; ``read`` returns None where it can't be read any more."""

    index: int
    read: Callable[[], GpuState | None]


def find_gpus(nvml: ModuleType = pynvml) -> list[Gpu]:
    """Return the GPUs of this machine; none where there is no driver. ``nvml`` may be another one in tests."""
    try:
        nvml.nvmlInit()
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError as error:
        _log.debug("no_gpu_figures", cause=str(error))
        return []
    return [Gpu(index, lambda handle=handle: _read(nvml, handle)) for index, handle in enumerate(handles)]  # type: ignore[misc]


def _read(nvml: ModuleType, handle: object) -> GpuState | None:
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    except nvml.NVMLError as error:
        _log.warning("gpu_cannot_be_read", cause=str(error))
        return None
    try:
        busy = nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
    except nvml.NVMLError:
        busy = None
    return GpuState(int(memory.used), int(memory.total), busy)


class GpuFigures(Collector):
    """Reads the GPUs whenever the metrics are read."""

    def __init__(self, gpus: Sequence[Gpu]) -> None:
        self._gpus = gpus

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures of those that can be read."""
        used = GaugeMetricFamily("speech_gpu_memory_used_bytes", "GPU memory in use by all processes", labels=["gpu"])
        total = GaugeMetricFamily("speech_gpu_memory_total_bytes", "GPU memory there is", labels=["gpu"])
        busy = GaugeMetricFamily("speech_gpu_busy_ratio", "Share of time in which the GPU worked", labels=["gpu"])
        for gpu in self._gpus:
            state = gpu.read()
            if state is None:
                continue
            used.add_metric([str(gpu.index)], state.used_bytes)
            total.add_metric([str(gpu.index)], state.total_bytes)
            if state.busy is not None:
                busy.add_metric([str(gpu.index)], state.busy)
        yield from (used, total, busy)
