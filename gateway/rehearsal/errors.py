"""What can be wrong with a rehearsal before it begins."""

from __future__ import annotations


class RehearsalError(Exception):
    """The rehearsal cannot be held as asked; the message is one sentence that says what to change."""
