"""A ring of octets for each slot, in chunks of 10 ms, of which each is there or is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.media.receive.packet_round import Slots

CHUNK = 80
"""Octets of a chunk; one octet lasts 1/8000 s."""

CHUNKS = 128
_MASK = CHUNKS - 1
_MAGNITUDE = 0x7F
_SILENCES_OF_G711 = (0xD5, 0xFF)
_AHEAD = np.arange(CHUNKS, dtype=np.intp)
_AROUND = np.arange(-2, 2, dtype=np.intp)


class OctetRings:
    """``capacity`` rings of 1.28 s; offsets count from each slot's own head, in chunks or octets."""

    def __init__(self, capacity: int) -> None:
        self._octets = np.zeros((capacity * CHUNKS, CHUNK), np.uint8)
        self._filled = np.zeros(capacity * CHUNKS, np.uint8)
        self._head = np.zeros(capacity, np.intp)
        self._filler = np.zeros(capacity, np.uint8)

    def reset(self, slot: int, filler: int) -> None:
        """Empty a ring; ``filler`` is the codec's silence."""
        self._filled[slot * CHUNKS : (slot + 1) * CHUNKS] = 0
        self._filler[slot] = filler

    def write(self, slots: Slots, offset: NDArray[np.intp], octets: NDArray[np.uint8]) -> None:
        """Write ``octets`` [n, k * 80] at ``offset`` [n] chunks, k the same for all."""
        ring = slots * CHUNKS
        at = self._head[slots] + offset
        for chunk in range(octets.shape[1] // CHUNK):
            where = ring + (at + chunk & _MASK)
            self._octets[where] = octets[:, chunk * CHUNK : (chunk + 1) * CHUNK]
            self._filled[where] = CHUNK

    def write_octets(self, slot: int, offset: int, octets: NDArray[np.uint8]) -> None:
        """Write octets of any number at any ``offset`` in octets; what a chunk lacks is silence."""
        while len(octets):
            chunk, begin = divmod(offset, CHUNK)
            where = slot * CHUNKS + (int(self._head[slot]) + chunk & _MASK)
            piece = octets[: CHUNK - begin]
            if not self._filled[where]:
                self._octets[where] = self._filler[slot]
            self._octets[where, begin : begin + len(piece)] = piece
            self._filled[where] = min(CHUNK, int(self._filled[where]) + len(piece))
            octets = octets[len(piece) :]
            offset += len(piece)

    def read(self, slots: Slots) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.intp]]:
        """Return the 20 ms at the head [n, 160], how many octets [n, 2] there are of each half, and where that is.

        Halves of which nothing is there have whatever was in the ring before.
        """
        where = self._at(slots, 2)
        return self._octets.take(where, axis=0).reshape(len(slots), 2 * CHUNK), self._filled.take(where), where

    def pass_on(self, slots: Slots, where: NDArray[np.intp]) -> None:
        """Move the heads past the 20 ms that ``read`` found ``where``."""
        self._filled[where] = 0
        self._head[slots] = self._head[slots] + 2 & _MASK

    def filler(self, slots: Slots) -> NDArray[np.uint8]:
        """Return the octet [n] that is silence."""
        return self._filler[slots]

    def fading(self, slots: Slots) -> NDArray[np.bool_]:
        """Return of which slots [n] the 20 ms at the head are no louder than those before, which were read last.

        That is known of G.711 only, of whose octets the lower seven bits grow with the magnitude once the silence is
        taken out (ITU-T G.711 tables 1 and 2); all others count as fading.
        """
        where = (slots * CHUNKS)[:, None] + (self._head[slots][:, None] + _AROUND & _MASK)
        filler = self._filler[slots]
        magnitude = ((self._octets[where] ^ filler[:, None, None]) & _MAGNITUDE).sum(axis=2)
        rising = magnitude[:, 2:].sum(axis=1) > magnitude[:, :2].sum(axis=1)
        fading: NDArray[np.bool_] = ~(rising & np.isin(filler, _SILENCES_OF_G711))
        return fading

    def advance(self, slots: Slots, chunks: int) -> None:
        """Move the heads on by ``chunks`` and forget what was there."""
        where = self._at(slots, chunks)
        self._filled[where] = 0
        self._head[slots] = self._head[slots] + chunks & _MASK

    def present(self, slots: Slots, chunks: int = CHUNKS) -> NDArray[np.bool_]:
        """Return which of the next ``chunks`` from the head on are there [n, chunks]."""
        return self._filled[self._at(slots, chunks)] > 0

    def held(self, slots: Slots) -> NDArray[np.intp]:
        """Return how many chunks there are in the ring [n]."""
        held: NDArray[np.intp] = np.count_nonzero(self._filled.reshape(-1, CHUNKS)[slots], axis=1)
        return held

    def level(self, slot: int) -> int:
        """Return how many chunks there are from the head to the end of the newest sound."""
        there = np.flatnonzero(self.present(np.array([slot], np.intp))[0])
        return int(there[-1]) + 1 if len(there) else 0

    def _at(self, slots: Slots, chunks: int) -> NDArray[np.intp]:
        where: NDArray[np.intp] = (slots * CHUNKS)[:, None] + (self._head[slots][:, None] + _AHEAD[:chunks] & _MASK)
        return where
