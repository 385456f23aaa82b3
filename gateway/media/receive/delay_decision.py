"""When a jitter buffer changes its delay: in silence at once, in sound late and where it harms least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.media.frame import FRAME_SAMPLES
from gateway.media.receive.packet_round import Mask

TOO_LONG = FRAME_SAMPLES
"""A delay that exceeds what is wanted by this much, in 1/8000 s, can lose a frame."""

TOO_SHORT = -FRAME_SAMPLES // 2
"""A delay that falls short by this much should gain one."""

PATIENCE = 100
"""Ticks for which a delay that is too long waits for silence, 2 s; then it takes the next sound that fades."""

LAST_PATIENCE = 150
"""Ticks after which it takes any frame."""


def leaves_out(
    excess: NDArray[np.int64], *, beyond: Mask, quiet: Mask, fading: Mask, waited: NDArray[np.int64]
) -> Mask:
    """Return which legs [n] leave out their next frame, which is sound as the one behind it is.

    ``excess`` is how much longer the delay is than wanted, in 1/8000 s; ``beyond`` that it is longer than allowed at
    all; ``quiet`` that the last frame was below the speech gate; ``fading`` that the next one is no louder than the
    last one, so that no beginning of a word is left out; ``waited`` for how many ticks the delay has been too long.
    """
    harmless = (quiet | (waited >= PATIENCE)) & fading
    chosen: Mask = (excess >= TOO_LONG) & (beyond | harmless | (waited >= LAST_PATIENCE))
    return chosen


def waits(excess: NDArray[np.int64], *, room: Mask, silent: Mask, dry: Mask) -> Mask:
    """Return which legs [n] let a tick pass without taking anything from the buffer, so that the delay grows.

    ``room`` says that the limits allow it; ``silent`` that nobody hears it, because the last frame was quiet or there
    is a pause; ``dry`` that the next frame has not come nor anything after it, so that it is perhaps only late.
    """
    chosen: Mask = room & (dry | (silent & (excess <= TOO_SHORT)))
    return chosen
