"""Several media workers, each a process on a core of its own, among which the calls are spread."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import structlog

from gateway.media.client.media_worker import MediaWorker, WorkerStatus
from gateway.media.client.port_ranges import part_ports
from gateway.media.client.rtp_leg import RtpLeg
from gateway.media.client.worker_process import Detector
from gateway.media.errors import LegGone, MediaError
from gateway.media.frame import FRAME_MS
from gateway.media.playout.silence_fill import Silence

_log = structlog.get_logger(__name__)

ALLOCATION_DEADLINE_S = 3.0
"""How long a call waits for a worker while none runs."""

_SHARE_OF_A_LEG = 0.0025
"""What a leg costs of a core, about; counts for legs that the measured time of the worker does not show yet."""

_DOUBT_S = 5.0
"""How long a worker that could not allocate is asked last."""


def load(status: WorkerStatus) -> float:
    """Return how loaded a worker is, for comparing workers: the measured share of its core and its legs together.

    The measurement lags behind by half a minute; the legs let new calls be spread meanwhile.
    """
    busy = status.telemetry.busy_p50_ms / FRAME_MS if status.telemetry is not None else 0.0
    return busy + status.legs * _SHARE_OF_A_LEG


class MediaWorkers:
    """A pool of workers that share the range of RTP ports; one worker's crash ends only its own calls.

    A new leg goes to the worker that has least to do. While one is being restarted, or does not allocate, the others
    take its calls. ``cpus`` are the cores that the workers are bound to in turn; without them the system decides.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port_min: int,
        port_max: int,
        media_timeout_s: int = 20,
        detector: Detector = "silero",
        silence: Silence = Silence.SILENCE,
        count: int = 1,
        cpus: Sequence[int] = (),
    ) -> None:
        """Prepare ``count`` workers; raise ``MediaError`` when the range has too few ports for them."""
        leg_ids = itertools.count(1)
        self._workers = [
            MediaWorker(
                host=host,
                port_min=low,
                port_max=high,
                media_timeout_s=media_timeout_s,
                detector=detector,
                silence=silence,
                cpu=cpus[number % len(cpus)] if cpus else None,
                leg_ids=leg_ids,
                name=str(number),
            )
            for number, (low, high) in enumerate(part_ports(port_min, port_max, count))
        ]
        self._doubted_until: dict[MediaWorker, float] = {}

    @property
    def status(self) -> list[WorkerStatus]:
        """How each worker is, in their order."""
        return [worker.status for worker in self._workers]

    @property
    def running(self) -> int:
        """How many workers run now."""
        return sum(worker.pid is not None for worker in self._workers)

    @property
    def legs(self) -> int:
        """How many legs are in use."""
        return sum(worker.legs for worker in self._workers)

    async def start(self) -> None:
        """Start all workers and wait until they are ready; stop them again when one cannot be started.

        Raises:
            MediaError: a worker cannot be started; the message says why.

        """
        started = await asyncio.gather(*(worker.start() for worker in self._workers), return_exceptions=True)
        faults = [fault for fault in started if isinstance(fault, BaseException)]
        if faults:
            await self.stop()
            raise faults[0]

    async def stop(self) -> None:
        """Hang up all legs and end all workers; their recordings are finished first."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def allocate(self, *, beside: RtpLeg | None = None) -> RtpLeg:
        """Return a new leg that is not yet connected, in the same worker as ``beside``; see ``LegSource.allocate``.

        Raises:
            LegGone: the leg that it was to be beside is gone.
            MediaError: no worker has a free port and takes a call; the message says why.

        """
        if beside is not None:
            return await self._carrier(beside).allocate(beside=beside)
        try:
            return await self._allocate()
        except LegGone:
            # The last one that ran died on the way.
            return await self._allocate()

    async def _allocate(self) -> RtpLeg:
        """Ask each worker that runs; raise what one of them refused for, or ``LegGone`` when all of them died on it."""
        if not self.running:
            await self._wait_for_any()
        workers = self._by_load()
        refusal = LegGone("the media workers ended") if workers else MediaError("no media worker is running")
        for worker in workers:
            try:
                return await worker.allocate_now()
            except MediaError as error:
                _log.warning("media_worker_refused", pid=worker.pid, cause=str(error))
                if worker.pid is not None:
                    refusal = error
                    self._doubted_until[worker] = asyncio.get_running_loop().time() + _DOUBT_S
        raise refusal

    def _carrier(self, leg: RtpLeg) -> MediaWorker:
        for worker in self._workers:
            if worker.carries(leg):
                return worker
        raise LegGone("the leg is gone")

    def _by_load(self) -> list[MediaWorker]:
        """Return the workers that run, those first that have least to do and that nothing is known against."""
        now = asyncio.get_running_loop().time()
        running = [worker for worker in self._workers if worker.pid is not None]
        return sorted(running, key=lambda one: (self._doubted_until.get(one, 0.0) > now, load(one.status)))

    async def _wait_for_any(self) -> None:
        """Wait until a worker runs, or the time for that is over."""
        waiting = [asyncio.create_task(worker.available()) for worker in self._workers]
        try:
            await asyncio.wait(waiting, timeout=ALLOCATION_DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)
