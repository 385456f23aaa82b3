"""The asyncio client of the media plane: one worker process, watched and replaced when it dies."""

from __future__ import annotations

import asyncio
import itertools

import structlog

from gateway.media.client.rtp_leg import RtpLeg
from gateway.media.client.worker_process import WorkerProcess
from gateway.media.errors import LegGone, MediaError
from gateway.media.wire import messages as m

__all__ = ["MediaError", "MediaWorker", "RtpLeg"]

_log = structlog.get_logger(__name__)

_RESTART_DELAYS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
_ALLOCATION_DEADLINE_S = 3.0
_HEARTBEAT_S = 2.0


class MediaWorker:
    """One child process that carries the sound of its legs.

    When it dies, its legs end with ``HungUp("worker_lost")`` and another process takes its place; ``allocate`` waits
    for it up to 3 s. A process that no longer answers is killed.
    """

    def __init__(self, *, host: str = "127.0.0.1", port_min: int, port_max: int, media_timeout_s: int = 20) -> None:
        self._host = host
        self._port_min = port_min
        self._port_max = port_max
        self._media_timeout_s = media_timeout_s
        self._process: WorkerProcess | None = None
        self._available = asyncio.Event()
        self._legs: dict[int, RtpLeg] = {}
        self._leg_ids = itertools.count(1)
        self._stopping = False
        self._restarting: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the worker, None while there is none."""
        return self._process.pid if self._process is not None and not self._process.gone else None

    @property
    def legs(self) -> int:
        """How many legs are in use."""
        return len(self._legs)

    async def start(self) -> None:
        """Start the worker and wait until it is ready.

        Raises:
            MediaError: the port range is too small, or the worker cannot be started; the message says why.

        """
        if self._port_max - self._port_min < 1 or not 0 < self._port_min <= self._port_max <= 65535:
            raise MediaError(f"no pair of RTP ports fits between {self._port_min} and {self._port_max}")
        await self._start_process()
        self._heart = asyncio.create_task(self._watch(), name="media worker's heartbeat")

    async def _start_process(self) -> None:
        process = WorkerProcess(self._on_message, self._on_exit)
        await process.start(self._host, self._port_min, self._port_max, self._media_timeout_s)
        self._process = process
        self._available.set()

    async def allocate(self) -> RtpLeg:
        """Return a new leg that is bound to an even RTP port and the odd one above it, not yet connected.

        Raises:
            MediaError: no port is free, or the worker is not running.

        """
        try:
            return await self._allocate()
        except LegGone:
            # It died on the way; the one that takes its place can do it.
            return await self._allocate()

    async def _allocate(self) -> RtpLeg:
        if self._stopping or self._heart is None:
            raise MediaError("the media worker is not running")
        try:
            await asyncio.wait_for(self._available.wait(), _ALLOCATION_DEADLINE_S)
        except TimeoutError as error:
            raise MediaError("the media worker is not running") from error
        process = self._process
        if process is None or self._stopping:
            raise MediaError("the media worker is not running")
        leg_id = next(self._leg_ids)
        try:
            allocated = await process.request(lambda number: m.Allocate(number, leg_id), m.Allocated)
        except asyncio.CancelledError:
            process.post(m.Release(0, leg_id))
            raise
        if process.gone:
            raise LegGone("the media worker ended")
        leg = RtpLeg(process, leg_id, self._host, allocated.port, self._forget)
        self._legs[leg_id] = leg
        return leg

    async def telemetry(self) -> m.Telemetry:
        """Return how the worker has kept time.

        Raises:
            MediaError: it is not running or does not answer.

        """
        if self._process is None:
            raise MediaError("the media worker is not running")
        return await self._process.request(m.GetTelemetry, m.Telemetry)

    async def stop(self) -> None:
        """Hang up all legs and end the worker; its recordings are finished first."""
        self._stopping = True
        for task in (self._heart, self._restarting):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*(leg.hang_up() for leg in list(self._legs.values())))
        if self._process is not None:
            await self._process.stop()

    def _forget(self, leg_id: int) -> None:
        self._legs.pop(leg_id, None)

    def _on_message(self, message: m.Event | m.Notice) -> None:
        if isinstance(message, m.Notice):
            _log.error("media_fault", leg=message.leg, fault=message.sentence)
        leg = self._legs.get(message.leg)
        if leg is None:
            return
        if isinstance(message, m.Event):
            leg.deliver(message)
        elif message.fatal:
            leg.failed()

    async def _on_exit(self) -> None:
        """Hang up the legs of a process that is gone, and start another unless that was wanted."""
        was_available = self._available.is_set()
        self._available.clear()
        if self._stopping or not was_available:
            return
        _log.error("media_worker_lost", pid=self._process.pid if self._process else None, legs=len(self._legs))
        self._restarting = asyncio.create_task(self._restart(), name="media worker's restart")
        await asyncio.gather(*(leg.lost() for leg in list(self._legs.values())))

    async def _restart(self) -> None:
        if self._process is not None:
            self._process.kill()
            status = await self._process.wait()
            _log.warning("media_worker_ended", status=status)
        for attempt in itertools.count():
            await asyncio.sleep(_RESTART_DELAYS_S[min(attempt, len(_RESTART_DELAYS_S) - 1)])
            try:
                await self._start_process()
            except MediaError as error:
                _log.error("media_worker_restart_failed", fault=str(error), attempt=attempt + 1)
            else:
                _log.info("media_worker_restarted", pid=self.pid)
                return

    async def _watch(self) -> None:
        """Kill a process whose clock no longer answers; ``_on_exit`` does the rest."""
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            process = self._process
            if process is None or process.gone:
                continue
            try:
                await process.request(m.GetTelemetry, m.Telemetry)
            except MediaError as error:
                _log.error("media_worker_stuck", pid=process.pid, fault=str(error))
                process.kill()
