"""Which of the utterances that wait are recognised together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PADDED_S = 8.0
"""Silence behind every utterance of a batch, which is encoded anyhow (``engines.features.PADDING_S``)."""


@dataclass(frozen=True, slots=True)
class Batching:
    """How utterances are gathered.

    ``largest`` is the most in a batch; ``window_s`` how long an idle engine waits for more, from the arrival of the
    first; ``most_padding`` the share of a batch that may be padding because its members differ in length.
    """

    largest: int = 1
    window_s: float = 0.0
    most_padding: float = 0.25


ONE_BY_ONE = Batching()
"""For a CPU: a batch takes as long there as its members one after the other: nobody gains, and the first waits."""


def members(sounds_s: Sequence[float], most: int, most_padding: float) -> list[int]:
    """Return which of ``sounds_s`` (seconds, in the order of their turn) make the next batch, the first among them.

    In their order those are taken with which no more than the share ``most_padding`` of the batch is padding.
    """
    chosen: list[int] = []
    longest = total = 0.0
    for index, sound_s in enumerate(sounds_s):
        if len(chosen) == most:
            break
        width = sound_s + PADDED_S
        widest, used = max(longest, width), total + width
        if not chosen or used >= (1 - most_padding) * widest * (len(chosen) + 1):
            chosen.append(index)
            longest, total = widest, used
    return chosen
