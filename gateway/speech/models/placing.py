"""Putting a model in place: one process at a time, and at once."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

Progress: TypeAlias = Callable[[str], None]
"""Is told in one line what is being done."""


@contextlib.contextmanager
def locked(lock_file: Path, name: str, progress: Progress) -> Iterator[None]:
    """Hold the lock on the model called ``name``; the kernel releases it when its holder dies.

    Raises:
        OSError: the lock's folder cannot be made or written.

    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"{name}: another process is fetching it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def put_in_place(gathered: Path, folder: Path) -> None:
    """Make the files in ``gathered`` the ones in ``folder``: at once, or each at once where the folder is there.

    Nothing else in an existing folder is touched. Raises ``OSError``.
    """
    if not folder.exists():
        gathered.rename(folder)
        return
    for file in sorted(path for path in gathered.iterdir() if path.is_file()):
        file.replace(folder / file.name)
    gathered.rmdir()
