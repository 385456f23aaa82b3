"""How much room the disk under a folder has."""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_LOOKING = ThreadPoolExecutor(1, thread_name_prefix="disk-figures")
"""A network disk that hangs keeps this thread, and none that prompts or names are looked up on."""


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Bytes of the file system: what may still be written, and all there is."""

    free: int
    size: int


async def disk_space(folder: Path) -> DiskSpace:
    """Return the room under ``folder``; raise ``OSError``."""
    usage = await asyncio.get_running_loop().run_in_executor(_LOOKING, shutil.disk_usage, folder)
    return DiskSpace(usage.free, usage.total)
