"""The worker's clock: a tick every 20 ms on a schedule that does not drift."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

import numpy as np

from gateway.media.frame import FRAME_MS
from gateway.media.wire import messages as m
from gateway.media.worker.media_plane import Command, MediaPlane, Post

_TICK_S = FRAME_MS / 1000
_LONGEST_CATCH_UP_S = 1.0
_MEASURED_TICKS = 3000
_TICKS_BETWEEN_COLLECTIONS = 500


class TickTimes:
    """Lateness and length of the last 3000 ticks (one minute)."""

    def __init__(self) -> None:
        self._late = np.zeros(_MEASURED_TICKS)
        self._busy = np.zeros(_MEASURED_TICKS)
        self.ticks = 0
        self.skipped = 0

    def add(self, late_s: float, busy_s: float) -> None:
        """Note one tick."""
        index = self.ticks % _MEASURED_TICKS
        self._late[index] = late_s
        self._busy[index] = busy_s
        self.ticks += 1

    def telemetry(self, request: int, legs: int) -> m.Telemetry:
        """Return the figures in milliseconds."""
        count = max(1, min(self.ticks, _MEASURED_TICKS))
        figures = [
            round(float(value) * 1000, 3)
            for times in (self._late[:count], self._busy[:count])
            for value in (*np.percentile(times, (50, 99)), times.max())
        ]
        return m.Telemetry(request, legs, self.ticks, self.skipped, *figures)


class RealTimeLoop:
    """Runs the media plane on the calling thread until it is stopped."""

    def __init__(
        self,
        plane: MediaPlane,
        commands: SimpleQueue[Command],
        post: Post,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._plane = plane
        self._commands = commands
        self._post = post
        self._clock = clock
        self._sleep = sleep
        self._times = TickTimes()
        self._stopping = False

    def stop(self) -> None:
        """End after the tick that is running; may be called from any thread."""
        self._stopping = True

    def run(self) -> None:
        """Tick. Ticks that are overdue are made up for at once, up to a second; beyond that the schedule moves."""
        due = self._clock()
        while not self._stopping:
            due += _TICK_S
            wait = due - self._clock()
            if wait > 0:
                self._sleep(wait)
            started = self._clock()
            if started - due > _LONGEST_CATCH_UP_S:
                self._times.skipped += int((started - due) / _TICK_S)
                due = started
            self._drain(started)
            self._plane.tick(started)
            self._times.add(started - due, self._clock() - started)
            if self._times.ticks % _TICKS_BETWEEN_COLLECTIONS == 0:
                # Automatic collection is off so that it never falls into a tick that is already late.
                gc.collect(1)
        self._plane.close()

    def _drain(self, now: float) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except Empty:
                return
            if isinstance(command, m.GetTelemetry):
                self._post(self._times.telemetry(command.request, len(self._plane)))
            else:
                self._plane.handle(command, now)
