"""Says what the clock was doing when one of its ticks took far too long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

STALL_S = 0.1
"""A tick that takes longer is told."""

_LOOKS_EVERY_S = 0.05
_SUSPICIOUS_S = 0.04
_TOLD_EVERY_S = 10.0
_PACKAGE = "gateway."


class TickWatchdog:
    """Looks at the clock's thread from a thread of its own.

    ``report`` gets a sentence of code places, never of data, at most every ten seconds; it is called on either thread
    and must not block. Where the interpreter's lock is held all the time, the place is unknown, and that is said.
    """

    def __init__(self, report: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._clock_thread: int | None = None
        self._began: float | None = None
        self._seen: tuple[float, str] | None = None
        self._told_at: float | None = None
        self._untold = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tick watchdog", daemon=True)

    @property
    def native_id(self) -> int | None:
        """The watching thread's number in the kernel, None before it is started."""
        return self._thread.native_id

    def start(self) -> None:
        """Start to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join(timeout=1)

    def tick_begins(self, now: float) -> None:
        """Take note that the calling thread, the clock's, begins a tick."""
        self._clock_thread = threading.get_ident()
        self._began = now

    def tick_ends(self, now: float) -> None:
        """Take note that the tick is over, and tell if it took too long."""
        began, self._began = self._began, None
        if began is not None and now - began > STALL_S:
            seen = self._seen
            where = seen[1] if seen is not None and seen[0] == began else "a place that no other thread could see"
            self._tell(now, f"a tick took {round((now - began) * 1000)} ms; it was in {where}")

    def overslept(self, now: float, late_s: float) -> None:
        """Take note that a tick begins ``late_s`` after its moment, and tell if the machine is to blame."""
        if late_s > STALL_S:
            self._tell(now, f"the clock was not run for {round(late_s * 1000)} ms: the machine had no time for it")

    def look(self, now: float) -> None:
        """Remember where the clock is when its tick takes long already; called again and again."""
        began = self._began
        if began is None or now - began <= _SUSPICIOUS_S or (self._seen is not None and self._seen[0] == began):
            return
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        frames = sys._current_frames()
        clock = frames.get(self._clock_thread or -1)
        others = [
            f"{names[ident]} in {_place(frame)}"
            for ident, frame in frames.items()
            if ident not in (self._clock_thread, threading.get_ident()) and ident in names
        ]
        if clock is not None:
            self._seen = (began, "; ".join([_place(clock), *others]))

    def _run(self) -> None:
        while not self._stopping.wait(_LOOKS_EVERY_S):
            self.look(self._clock())

    def _tell(self, now: float, sentence: str) -> None:
        if self._told_at is not None and now - self._told_at < _TOLD_EVERY_S:
            self._untold += 1
            return
        more, self._untold = self._untold, 0
        self._told_at = now
        self._report(f"{sentence} ({more} more since the last report)" if more else sentence)


def _place(frame: FrameType) -> str:
    """Return the innermost call, and the innermost one of our own where that is another."""
    inner: FrameType | None = frame
    while inner is not None and not str(inner.f_globals.get("__name__", "")).startswith(_PACKAGE):
        inner = inner.f_back
    places = [_line(frame)] if inner is None or inner is frame else [_line(inner), _line(frame)]
    return " > ".join(places)


def _line(frame: FrameType) -> str:
    module = frame.f_globals.get("__name__", "?")
    return f"{module}.{frame.f_code.co_name}:{frame.f_lineno}"
