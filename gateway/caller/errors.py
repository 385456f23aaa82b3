"""What can be wrong with a call before it is placed."""

from __future__ import annotations


class CallerInputError(Exception):
    """The call cannot be placed as asked; the message is one sentence that says what to change."""
