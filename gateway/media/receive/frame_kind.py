"""What a jitter buffer has to say about the 20 ms that it hands out, and the batch in which it does so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class FrameKind(IntEnum):
    """What became of a leg's 20 ms; small integers, so that a batch of legs is one array of uint8."""

    NOTHING = 0
    """No stream has begun yet: there is nothing to hear and nothing was lost."""

    SOUND = 1
    """The peer's sound."""

    LOST = 2
    """The sound of this moment was lost or comes too late: conceal it; the next frame is the one after it."""

    PAUSE = 3
    """The peer sends nothing on purpose (discontinuous transmission, RFC 3389): comfort noise, not concealment."""

    STRETCHED = 4
    """Nothing is lost, its sound comes later: conceal this moment as if lost; the delay grows by one frame."""


@dataclass(frozen=True, slots=True)
class Frames:
    """One tick's frames of many legs.

    ``octets`` is uint8 [n, 160] in the legs' own codecs, the codec's silence where there is no sound; ``kinds`` is
    uint8 [n] of ``FrameKind``; ``spliced`` is bool [n]: sound was left out just before this frame, so its beginning has
    to be blended with what was heard last.
    """

    octets: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    spliced: NDArray[np.bool_]
