"""The asyncio client of a media plane: one worker process, watched and replaced when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from gateway.media.client.restart_back_off import RestartBackOff
from gateway.media.client.rtp_leg import RtpLeg
from gateway.media.client.worker_process import Detector, WorkerOptions, WorkerProcess
from gateway.media.errors import LegGone, MediaError
from gateway.media.playout.silence_fill import Silence
from gateway.media.wire import messages as m

__all__ = ["MediaError", "MediaWorker", "RtpLeg", "WorkerStatus"]

_log = structlog.get_logger(__name__)

_ALLOCATION_DEADLINE_S = 3.0
_HEARTBEAT_S = 2.0
_NOTHING_SHED = m.Load(0)
_NOT_RUNNING = "the media worker is not running"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How a worker is: its ``pid`` is None while no process runs, ``telemetry`` what its clock told last.

    ``restarts`` counts the processes that took the place of one that died, ``shedding`` is the level of ``m.Load``.
    """

    pid: int | None
    legs: int
    restarts: int
    shedding: int
    telemetry: m.Telemetry | None


class MediaWorker:
    """One child process that carries the sound of its legs.

    When it dies, its legs end with ``HungUp("worker_lost")`` and another process takes its place; ``allocate`` waits
    for it up to 3 s. A process that no longer answers is killed. The parameters are those of ``WorkerOptions``;
    ``leg_ids`` numbers the legs where several workers share them out, ``name`` is what the log calls the worker.
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
        cpu: int | None = None,
        leg_ids: Iterator[int] | None = None,
        name: str = "0",
    ) -> None:
        self._options = WorkerOptions(host, port_min, port_max, media_timeout_s, detector, silence, cpu)
        self._process: WorkerProcess | None = None
        self._available = asyncio.Event()
        self._legs: dict[int, RtpLeg] = {}
        self._leg_ids = itertools.count(1) if leg_ids is None else leg_ids
        self._stopping = False
        self._back_off = RestartBackOff()
        self._restarts = 0
        self._telemetry: m.Telemetry | None = None
        self._load = _NOTHING_SHED
        self._restarting: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None
        self._log = _log.bind(worker=name)

    @property
    def pid(self) -> int | None:
        """Process number of the worker, None while there is none."""
        return self._process.pid if self._process is not None and not self._process.gone else None

    @property
    def legs(self) -> int:
        """How many legs are in use."""
        return len(self._legs)

    @property
    def status(self) -> WorkerStatus:
        """How it is, as of the last heartbeat."""
        return WorkerStatus(self.pid, self.legs, self._restarts, self._load.level, self._telemetry)

    def carries(self, leg: RtpLeg) -> bool:
        """Tell whether ``leg`` is one of this worker's."""
        return self._legs.get(leg.leg_id) is leg

    async def start(self) -> None:
        """Start the worker and wait until it is ready.

        Raises:
            MediaError: the port range is too small, or the worker cannot be started; the message says why.

        """
        low, high = self._options.port_min, self._options.port_max
        if high - low < 1 or not 0 < low <= high <= 65535:
            raise MediaError(f"no pair of RTP ports fits between {low} and {high}")
        await self._start_process()
        self._heart = asyncio.create_task(self._watch(), name="media worker's heartbeat")

    async def _start_process(self) -> None:
        process = WorkerProcess(self._on_message, self._on_exit)
        await process.start(self._options)
        if process.gone:
            raise MediaError("the media worker ended as soon as it was ready")
        self._process = process
        self._telemetry = None
        self._load = _NOTHING_SHED
        self._back_off.ready(asyncio.get_running_loop().time())
        self._log.info("media_worker_ready", pid=process.pid, runs_with=process.runs_with)
        self._available.set()

    async def available(self) -> None:
        """Wait until a process runs."""
        await self._available.wait()

    async def allocate(self, *, beside: RtpLeg | None = None) -> RtpLeg:
        """Return a new leg that is not yet connected; see ``LegSource.allocate``.

        Raises:
            LegGone: the leg that it was to be beside is gone.
            MediaError: no port is free, or the worker is not running.

        """
        if beside is not None:
            # Another process that takes this one's place would not have the other leg.
            if not self.carries(beside) or beside.gone:
                raise LegGone("the leg is gone")
            leg = await self._allocate()
            if beside.gone:
                await leg.release()
                raise LegGone("the leg is gone")
            return leg
        try:
            return await self._allocate_when_available()
        except LegGone:
            # It died on the way; the one that takes its place can do it.
            return await self._allocate_when_available()

    async def _allocate_when_available(self) -> RtpLeg:
        if not self._stopping and self._heart is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._available.wait(), _ALLOCATION_DEADLINE_S)
        return await self.allocate_now()

    async def allocate_now(self) -> RtpLeg:
        """Return a new leg as ``allocate`` does, without waiting for a worker that is being restarted.

        Raises:
            LegGone: the worker died meanwhile.
            MediaError: it has no free port, is not running, does not answer, or has too much to do for a new call.

        """
        if not self._load.accepts_calls:
            raise MediaError("the media worker has too much to do for another call")
        return await self._allocate()

    async def _allocate(self) -> RtpLeg:
        process = self._process
        if process is None or self._stopping or not self._available.is_set():
            raise MediaError(_NOT_RUNNING)
        leg_id = next(self._leg_ids)
        try:
            allocated = await process.request(lambda number: m.Allocate(number, leg_id), m.Allocated)
        except (asyncio.CancelledError, MediaError):
            # It may have been allocated all the same, or be so later.
            process.post(m.Release(0, leg_id))
            raise
        if process.gone:
            raise LegGone("the media worker ended")
        leg = RtpLeg(process, leg_id, self._options.host, allocated.port, self._forget)
        self._legs[leg_id] = leg
        return leg

    async def telemetry(self) -> m.Telemetry:
        """Return how the worker has kept time.

        Raises:
            MediaError: it is not running or does not answer.

        """
        if self._process is None:
            raise MediaError(_NOT_RUNNING)
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

    def _on_message(self, message: m.Event | m.Notice | m.Load) -> None:
        if isinstance(message, m.Load):
            self._log.warning("media_worker_load", shedding=message.level, before=self._load.level, legs=self.legs)
            self._load = message
            return
        if isinstance(message, m.Notice):
            self._log.error("media_fault", leg=message.leg, fault=message.sentence)
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
        self._log.error("media_worker_lost", pid=self._process.pid if self._process else None, legs=len(self._legs))
        self._restarting = asyncio.create_task(self._restart(), name="media worker's restart")
        await asyncio.gather(*(leg.lost() for leg in list(self._legs.values())))

    async def _restart(self) -> None:
        if self._process is not None:
            self._process.kill()
            status = await self._process.wait()
            self._log.warning("media_worker_ended", status=status)
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._back_off.failed(loop.time()))
            try:
                await self._start_process()
            except MediaError as error:
                self._log.error("media_worker_restart_failed", fault=str(error))
            else:
                self._restarts += 1
                self._log.info("media_worker_restarted", pid=self.pid)
                return

    async def _watch(self) -> None:
        """Kill a process whose clock no longer answers; ``_on_exit`` does the rest."""
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            process = self._process
            if process is None or process.gone:
                continue
            try:
                telemetry = await process.request(m.GetTelemetry, m.Telemetry)
            except LegGone:
                continue
            except MediaError as error:
                self._log.error("media_worker_stuck", pid=process.pid, fault=str(error))
                process.kill()
            else:
                self._telemetry = telemetry
