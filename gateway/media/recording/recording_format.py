"""What recordings can be kept as."""

from __future__ import annotations

from enum import StrEnum


class RecordingFormat(StrEnum):
    """What a recording is kept as once its call is over, by its file's suffix.

    FLAC (RFC 9639) keeps every sample in half the space; Opus in Ogg (RFC 7845) takes a fifth, and the two channels
    stay 28 dB apart.
    """

    WAV = "wav"
    FLAC = "flac"
    OPUS = "opus"
