"""One utterance on its way to the recognition engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gateway.audio import Pcm
from gateway.speech.interface import RecognitionHints


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Job:
    """One utterance and what is known about it.

    ``deadline`` is when its text must be there, on the clock of ``time.monotonic``. The engine asks ``is_wanted``
    between the steps of its work, from its own thread: it goes on without an utterance that was withdrawn.
    """

    pcm: Pcm
    hints: RecognitionHints
    deadline: float = math.inf
    is_wanted: Callable[[], bool] = _always
