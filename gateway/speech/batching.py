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
    """Return which of ``sounds_s`` (seconds, one at least) make the next batch: the first, and others in their order.

    Those are taken with which no more than the share ``most_padding`` of the batch is padding.
    """
    chosen = [0]
    longest = total = sounds_s[0] + PADDED_S
    for index in range(1, len(sounds_s)):
        if len(chosen) >= most:
            break
        width = sounds_s[index] + PADDED_S
        widest, used = max(longest, width), total + width
        if used >= (1 - most_padding) * widest * (len(chosen) + 1):
            chosen.append(index)
            longest, total = widest, used
    return chosen
