"""What can go wrong in the media plane."""

from __future__ import annotations


class MediaError(Exception):
    """The media plane cannot do what was asked; the message is one sentence for people."""


class LegGone(MediaError):
    """The leg has been hung up, or its worker died."""
