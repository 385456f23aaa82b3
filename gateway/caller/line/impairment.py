"""Which packets of a stream a bad network loses, and how late it brings the others. Pure: no clock, no socket."""

from __future__ import annotations

import random
from dataclasses import dataclass

_MEAN_BURST = 2.0
"""Packets that are lost in a row on average, as on congested access links (Gilbert's model of bursts)."""
_LONGEST_DELAYS = 5
"""A delay is cut off at this multiple of its mean, so that the rare worst one does not count as a loss."""


@dataclass(frozen=True, slots=True)
class NetworkFaults:
    """``loss`` is the share of packets that are lost, 0 to 0.5; ``jitter_ms`` how late a packet is on average."""

    loss: float = 0.0
    jitter_ms: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 0.5:
            raise ValueError(f"a share of {self.loss} lost packets is not between 0 and 0.5")
        if not 0 <= self.jitter_ms <= 500:
            raise ValueError(f"a jitter of {self.jitter_ms} ms is not between 0 and 500")


class Impairment:
    """The fate of each packet of one stream, in the order in which they are sent; the same for the same ``seed``.

    Losses come in bursts (E. N. Gilbert, "Capacity of a Burst-Noise Channel", 1960): in the bad state every packet is
    lost. Delays are exponential, and no packet overtakes another one, as in a queue.
    """

    def __init__(self, faults: NetworkFaults, seed: int) -> None:
        self._faults = faults
        self._random = random.Random(seed)  # noqa: S311 - a simulation has to be repeatable, not secret
        self._losing = False
        self._last_s = 0.0

    def deliver_at(self, sent_s: float) -> float | None:
        """Return when a packet that is sent at ``sent_s`` arrives, in seconds of the same clock; None: never."""
        if self._is_lost():
            return None
        late_s = min(self._random.expovariate(1.0), _LONGEST_DELAYS) * self._faults.jitter_ms / 1000
        self._last_s = max(self._last_s, sent_s + late_s)
        return self._last_s

    def _is_lost(self) -> bool:
        loss = self._faults.loss
        if not loss:
            return False
        leave = 1 / _MEAN_BURST
        enter = leave * loss / (1 - loss)
        self._losing = self._random.random() >= leave if self._losing else self._random.random() < enter
        return self._losing
