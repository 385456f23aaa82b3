"""The sound of all legs of a tick, taken apart and put together by layouts of some of them."""

from __future__ import annotations

import numpy as np

from gateway.media.frame import FRAME_SAMPLES
from gateway.media.worker.inbound_streams import WIDE_SAMPLES, Sound
from gateway.media.worker.layout import Layout


def part(sound: Sound, whole: Layout, some: Layout) -> Sound:
    """Return of the ``sound`` of the ``whole`` layout what belongs to ``some`` of its legs, copied."""
    narrow = sound.narrow[np.searchsorted(whole.slots, some.slots)]
    return Sound(narrow, sound.wide[np.searchsorted(whole.wide_slots, some.wide_slots)])


def join(whole: Layout, *parts: tuple[Layout, Sound]) -> Sound:
    """Return the sound of the ``whole`` layout from that of parts which have all of its legs between them."""
    narrow = np.zeros((len(whole.legs), FRAME_SAMPLES), np.int16)
    wide = np.zeros((len(whole.wide), WIDE_SAMPLES), np.int16)
    for layout, sound in parts:
        narrow[np.searchsorted(whole.slots, layout.slots)] = sound.narrow
        wide[np.searchsorted(whole.wide_slots, layout.wide_slots)] = sound.wide
    return Sound(narrow, wide)
