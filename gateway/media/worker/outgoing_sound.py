"""What each leg is sent in a tick, from playbacks and from the other parties of bridges, at the leg's own rate."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gateway.audio.half_band import Downsampler2, Upsampler2
from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES, Flags
from gateway.media.playout.silence_fill import Silence, SilenceFill
from gateway.media.worker.inbound_streams import WIDE_SAMPLES, Sound
from gateway.media.worker.layout import Indices, Layout


class OutgoingSound:
    """Puts the frames together; a sound at the other rate than the leg's is converted.

    Whoever nothing is played to is sent ``silence``, as it is configured.
    """

    def __init__(self, capacity: int, silence: Silence) -> None:
        self._silence = silence
        self._fills = [SilenceFill(silence, rate=rate) for rate in (8000, 16000)]
        self._ticks = 0
        self._halves = Downsampler2(capacity)
        self._doubles = Upsampler2(capacity)

    def reset(self, slot: int) -> None:
        """Begin a slot's streams anew."""
        self._halves.reset(slot)
        self._doubles.reset(slot)

    def silence(self, layout: Layout) -> Sound:
        """Return a tick of silence."""
        return Sound(
            np.zeros((len(layout.legs), FRAME_SAMPLES), np.int16), np.zeros((len(layout.wide), WIDE_SAMPLES), np.int16)
        )

    def compose(self, layout: Layout, played: Iterable[tuple[int, Samples]]) -> tuple[Sound, Flags]:
        """Return what to send to legs of which none is bridged: ``played`` frames by slot.

        With it comes who has nothing but silence to hear, [legs].
        """
        sent, silent = self._filled(layout)
        narrow, wide = sent.narrow, sent.wide
        places, wide_rows = layout.places, layout.wide_rows
        for slot, frame in played:
            place = places[slot]
            silent[place] = False
            row = wide_rows.get(place)
            if row is None:
                narrow[place] = frame if len(frame) == FRAME_SAMPLES else self._halved(slot, frame)
            else:
                wide[row] = frame if len(frame) == WIDE_SAMPLES else self._doubled(slot, frame)
        if len(layout.wide):
            narrow[layout.wide] = self._halves.convert(layout.wide_slots, wide)
        return sent, silent

    def bridge(self, layout: Layout, heard: Sound) -> tuple[Sound, Flags]:
        """Return what to send to bridged legs: what each one's partner said of what was ``heard`` of them all.

        With it comes who has nothing but silence to hear, because the partner is not connected, [legs].
        """
        sent, silent = self._filled(layout)
        silent[layout.bridged] = False
        sent.narrow[layout.bridged] = heard.narrow[layout.partners]
        if len(layout.wide):
            self._bridge_wide(layout, heard, sent.wide)
            sent.narrow[layout.wide] = self._halves.convert(layout.wide_slots, sent.wide)
        return sent, silent

    def _filled(self, layout: Layout) -> tuple[Sound, Flags]:
        """Return what is sent where there is nothing to hear, and that this is so for all, [legs]."""
        sent = self.silence(layout)
        if self._silence is not Silence.SILENCE:
            self._ticks += 1
            for sound, fill in zip((sent.narrow, sent.wide), self._fills, strict=True):
                sound[:] = fill.frame(self._ticks * FRAME_SAMPLES)
        return sent, np.ones(len(layout.legs), np.bool_)

    def _bridge_wide(self, layout: Layout, heard: Sound, wide: Samples) -> None:
        for place, partner in zip(layout.bridged.tolist(), layout.partners.tolist(), strict=True):
            row, source = layout.wide_rows.get(place), layout.wide_rows.get(partner)
            if row is not None:
                slot = int(layout.slots[place])
                wide[row] = self._doubled(slot, heard.narrow[partner]) if source is None else heard.wide[source]

    def _halved(self, slot: int, frame: Samples) -> Samples:
        half: Samples = self._halves.convert(_one(slot), frame[None, :])[0]
        return half

    def _doubled(self, slot: int, frame: Samples) -> Samples:
        double: Samples = self._doubles.convert(_one(slot), frame[None, :])[0]
        return double


def _one(slot: int) -> Indices:
    return np.array([slot], np.intp)
