"""Several streams at a time from one set of weights.

coqui-tts keeps the text that is being spoken in the model (``GPT2InferenceModel.cached_prefix_emb``), so two streams of
one model spoil each other. A lane is a model object of its own that shares all its weights with the others.
"""

from __future__ import annotations

import copy
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.speech.interface import SpeechUnavailable

WAIT_S = 15.0
"""For a free lane; whoever keeps to ``at_once`` never waits."""


class Lanes:
    """As many streams as there are lanes; who comes then waits for one to be over."""

    def __init__(self, model: Any, count: int, wait_s: float = WAIT_S) -> None:
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        self._wait_s = wait_s
        for lane in (model, *(_lane(model) for _ in range(count - 1))):
            self._free.put(lane)

    @contextmanager
    def lane(self) -> Iterator[Any]:
        """Lend a model that nobody else uses meanwhile; raise ``SpeechUnavailable`` when none becomes free in time."""
        try:
            lane = self._free.get(timeout=self._wait_s)
        except queue.Empty:
            raise SpeechUnavailable("All voices of the synthesis engine are busy.") from None
        try:
            yield lane
        finally:
            self._free.put(lane)


def _lane(model: Any) -> Any:
    lane = _same_weights(model)
    lane.gpt = _same_weights(model.gpt)
    lane.gpt.gpt_inference = _same_weights(model.gpt.gpt_inference)
    return lane


def _same_weights(module: Any) -> Any:
    """Return another module object with the same parts; putting another part into it leaves the first one alone."""
    other = copy.copy(module)
    other._modules = dict(module._modules)
    return other
