"""One utterance on its way to the recognition engine."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.audio import Pcm
from gateway.speech.interface import RecognitionHints


@dataclass(frozen=True, slots=True)
class Job:
    """One utterance and what is known about it."""

    pcm: Pcm
    hints: RecognitionHints
