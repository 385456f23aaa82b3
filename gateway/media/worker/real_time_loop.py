"""The worker's clock: a tick every 20 ms on a schedule that does not drift."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Protocol

from gateway.media.frame import FRAME_MS
from gateway.media.wire import messages as m
from gateway.media.worker.idle_collector import IdleCollector
from gateway.media.worker.media_plane import Command, Post
from gateway.media.worker.overload import LoadLevel, OverloadControl
from gateway.media.worker.tick_times import TickTimes
from gateway.media.worker.tick_watchdog import TickWatchdog

_TICK_S = FRAME_MS / 1000
_CLOSEST_PACKETS_S = 0.002
"""A tick whose packets would leave so shortly before the next one's sends none."""
_LONGEST_CATCH_UP_S = 1.0
_LONGEST_SILENCE_S = 0.2
_NO_GAIN_S = 0.75 * _TICK_S
_SHORTEST_REST_S = 0.0001
"""Also a clock that is behind rests so long in each tick: the other threads need the interpreter to hand it commands,
and the kernel ends real-time threads that never wait."""


class ClockedPlane(Protocol):
    """What the clock drives: the legs of a worker."""

    def __len__(self) -> int:
        """Return the number of legs."""

    def handle(self, command: Command, now: float) -> None:
        """Carry out a command between two ticks."""

    def tick(self, now: float, *, late: bool) -> None:
        """Do the work of 20 ms for all legs; when ``late``, take in and listen but play and send nothing."""

    def shed(self, level: LoadLevel) -> None:
        """Leave out from now on what ``level`` says."""

    def close(self) -> None:
        """Free all legs."""


class RealTimeLoop:
    """Runs the media plane on the calling thread until it is stopped.

    Each tick has its moment on a grid of 20 ms, whatever the ticks before it took. After a stall the ticks that were
    missed run at once, up to a second of them, and take in what has come; only the one whose moment it is sends, so
    that packets never leave in a burst. A worker that cannot make up for the stall within 200 ms, or gains hardly
    anything by it, has too much to do: the rest is given up, because to send on time is worth more than what came late.
    """

    def __init__(
        self,
        plane: ClockedPlane,
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
        self._overload = OverloadControl()
        self._collector = IdleCollector(clock)
        self.watchdog = TickWatchdog(lambda sentence: post(m.Notice(0, sentence)), clock)
        self._catching_up_since: float | None = None
        self._busy_s = 0.0
        self._stopping = False

    def stop(self) -> None:
        """End after the tick that is running; may be called from any thread."""
        self._stopping = True

    def run(self) -> None:
        """Tick until ``stop``, then free the plane's legs."""
        due = self._clock()
        while not self._stopping:
            due += _TICK_S
            started = self._wait_until(due)
            behind = started - due
            if behind > _LONGEST_CATCH_UP_S or self._is_hopeless(started, behind):
                missed = int(behind / _TICK_S)
                self._times.skipped += missed
                due += missed * _TICK_S
                behind = started - due
            late = behind > _TICK_S - _CLOSEST_PACKETS_S
            self._catching_up_since = (self._catching_up_since or started) if late else None
            self._tick(started, behind, late=late)
        self._plane.close()

    def _wait_until(self, due: float) -> float:
        """Sleep until the moment, or hardly at all when it is past; return when that was."""
        wait = due - self._clock()
        if wait <= 0:
            self._sleep(_SHORTEST_REST_S)
            return self._clock()
        self._collector.use(wait)
        self._sleep(max(due - self._clock(), _SHORTEST_REST_S))
        woken = self._clock()
        self.watchdog.overslept(woken, woken - due)
        return woken

    def _is_hopeless(self, now: float, behind: float) -> bool:
        """Whether missed ticks have been made up for too long already, or the last one took about as long as a tick."""
        since = self._catching_up_since
        if since is None or behind < _TICK_S:
            return False
        return now - since > _LONGEST_SILENCE_S or self._busy_s > _NO_GAIN_S

    def _tick(self, started: float, behind: float, *, late: bool) -> None:
        self.watchdog.tick_begins(started)
        self._drain(started)
        self._plane.tick(started, late=late)
        finished = self._clock()
        self.watchdog.tick_ends(finished)
        self._busy_s = finished - started
        self._times.add(behind, self._busy_s)
        self._times.made_up += late
        if self._overload.add(behind, self._busy_s):
            self._plane.shed(self._overload.level)
            self._post(m.Load(self._overload.level))

    def _drain(self, now: float) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except Empty:
                return
            if isinstance(command, m.GetTelemetry):
                self._post(self._times.telemetry(command.request, len(self._plane), self._overload.level))
            else:
                self._plane.handle(command, now)
