"""The sound of one utterance, collected only while it lasts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES
from gateway.media.listening.frame_history import BLOCK_FRAMES, FrameHistory
from gateway.media.listening.speech_levels import amplified


class UtteranceSound:
    """What one leg hears from shortly before its speech sets in, taken from the history block by block.

    The history is the newest sound's only home until a block of eight frames is whole; ``cut`` joins both.
    """

    __slots__ = ("_begin", "_blocks", "_earliest", "_gain", "_history", "_scale", "_slot")

    def __init__(
        self, history: FrameHistory, slot: int, position: int, earliest: int, gain: Callable[[], float]
    ) -> None:
        """Begin with all that the history holds.

        ``position`` is the end of the leg's last frame, ``earliest`` where its sound began, both at 8 kHz; ``gain``
        tells by what the sound is multiplied when it is cut out.
        """
        self._gain = gain
        self._history = history
        self._slot = slot
        self._earliest = earliest
        self._scale = 2 if history.is_wide(slot) else 1
        sound = history.heard(slot, wide=self._scale == 2)
        self._begin = position - len(sound) // self._scale
        self._blocks = [sound[: len(sound) - history.unfinished(slot) * FRAME_SAMPLES * self._scale]]

    def add_block(self) -> None:
        """Take over the block that the leg's last frame has made whole."""
        self._blocks.append(self._latest(BLOCK_FRAMES))

    def cut(self, begin: int, end: int) -> Pcm:
        """Return the sound between two positions at 8 kHz, at the leg's best rate; less where it began later."""
        unfinished = self._history.unfinished(self._slot)
        blocks = [*self._blocks, self._latest(unfinished)] if unfinished else self._blocks
        first = max(begin, self._earliest, self._begin) - self._begin
        sound = np.concatenate(blocks)[first * self._scale : (end - self._begin) * self._scale]
        gain = self._gain()
        return Pcm(amplified(sound, gain) if gain > 1 else sound.copy(), TELEPHONE_RATE * self._scale)

    def _latest(self, frames: int) -> Samples:
        return self._history.block(self._slot, frames, wide=self._scale == 2)
