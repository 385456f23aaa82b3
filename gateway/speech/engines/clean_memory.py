"""Zeroed memory for a library that reads what it never wrote.

SVOX Pico allocates one block of 2.5 MB for each text and uses parts of it uninitialised: in memory that held something
before, the same sentence comes out with another intonation now and then. glibc can fill what it hands out
(mallopt(3), M_PERTURB: each byte becomes the complement of the given one). That is switched on only while Pico speaks,
because it costs whoever allocates at that moment.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from typing import TypeAlias

M_PERTURB = -6
FILL_WITH_ZEROS = 0xFF
OFF = 0

_Mallopt: TypeAlias = Callable[[int, int], int]


def _find_mallopt() -> _Mallopt | None:
    """Return glibc's ``mallopt``; other C libraries have none, and there the intonation stays as it comes."""
    try:
        found: _Mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return None
    return found


_mallopt = _find_mallopt()


@contextlib.contextmanager
def zeroed_memory() -> Iterator[None]:
    """Let all memory that is allocated meanwhile be zeroed; not for two threads at a time."""
    if _mallopt is None:
        yield
        return
    _mallopt(M_PERTURB, FILL_WITH_ZEROS)
    try:
        yield
    finally:
        _mallopt(M_PERTURB, OFF)
