"""One way for every command to say what went wrong."""

from __future__ import annotations

import sys


def fail(message: str, code: int = 1) -> int:
    """Print ``message`` on standard error and return the exit code."""
    print(message, file=sys.stderr)
    return code
