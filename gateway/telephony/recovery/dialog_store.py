"""The open dialogs on disk, one small file each, so that calls can be ended after ``kill -9``.

A thread writes and deletes; whoever hands it something waits for nothing. There is no fsync: what the system has taken
outlives the process, and after a power cut the callers' sides have noticed by themselves.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import structlog

from gateway.telephony.recovery.dialog_snapshot import DialogSnapshot
from gateway.telephony.sessions.dialog import DialogId

log = structlog.get_logger(__name__)

MAX_AGE_S = 4 * 3600.0
"""A dialog that began longer ago is not ended any more: session timers have done it, or nobody is there."""
MAX_WAITING = 10_000
"""Dialogs that may wait to be written; more than that, and the oldest are not written."""
CLOSE_WITHIN_S = 5.0


class DialogStore:
    """A folder of open dialogs. ``load`` what the last process left, ``start``, ``save`` and ``delete``, ``close``."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.failures = 0
        """How often the disk refused; only the first time is logged."""
        self._folder = folder
        self._clock = clock
        self._waiting: OrderedDict[str, bytes | None] = OrderedDict()
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def load(self) -> list[DialogSnapshot]:
        """Return what the last process left open, the oldest first.

        A file that cannot be read is moved into ``unreadable``; one that is too old is deleted. To be called in a
        thread, before ``start``; raises nothing but logs.
        """
        snapshots: list[DialogSnapshot] = []
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for path in sorted(self._folder.iterdir()):
                if path.suffix == ".tmp":
                    path.unlink()
                elif path.suffix == ".json" and (snapshot := self._read(path)) is not None:
                    snapshots.append(snapshot)
        except OSError as error:
            log.warning("open_dialogs_not_readable", folder=str(self._folder), error=error.strerror)
        return sorted(snapshots, key=lambda snapshot: snapshot.began_at)

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="open-dialogs", daemon=True)
        self._thread.start()

    def save(self, dialog_id: DialogId, snapshot: DialogSnapshot) -> None:
        """Write a dialog, soon."""
        self._put(_name(dialog_id), snapshot.serialise())

    def delete(self, dialog_id: DialogId) -> None:
        """Delete a dialog, soon."""
        self._put(_name(dialog_id), None)

    def close(self) -> None:
        """Write what waits, for 5 s at most, and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(CLOSE_WITHIN_S)

    def _put(self, name: str, data: bytes | None) -> None:
        with self._changed:
            self._waiting[name] = data
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popitem(last=False)
                self._failed("too many wait to be written")
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                name, data = self._waiting.popitem(last=False)
            try:
                self._write(name, data)
            except OSError as error:
                self._failed(error.strerror or str(error))

    def _write(self, name: str, data: bytes | None) -> None:
        path = self._folder / f"{name}.json"
        if data is None:
            path.unlink(missing_ok=True)
            return
        draft = path.with_suffix(".tmp")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(path)

    def _failed(self, error: str) -> None:
        self.failures += 1
        if self.failures == 1:
            log.error("open_dialog_not_written", folder=str(self._folder), error=error)

    def _read(self, path: Path) -> DialogSnapshot | None:
        try:
            snapshot = DialogSnapshot.parse(path.read_bytes())
        except ValueError as error:
            aside = self._folder / "unreadable"
            aside.mkdir(exist_ok=True, mode=0o700)
            path.replace(aside / path.name)
            log.warning("open_dialog_not_readable", moved_to=str(aside / path.name), error=str(error))
            return None
        if self._clock() - snapshot.began_at > MAX_AGE_S:
            path.unlink()
            log.warning("open_dialog_too_old", sip_call_id=snapshot.call_id)
            return None
        return snapshot


def _name(dialog_id: DialogId) -> str:
    # Call-ID and tags come from outside: they may hold anything and are not used as a path.
    return hashlib.sha256("\0".join(dialog_id).encode("utf-8", "surrogateescape")).hexdigest()[:32]
