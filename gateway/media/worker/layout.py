"""Which legs of a worker are handled alike, worked out once whenever legs come, go or change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gateway.media.frame import Slots
from gateway.media.parameters import Codec
from gateway.media.worker.carried_leg import CarriedLeg

G711 = (Codec.PCMA, Codec.PCMU)

Indices: TypeAlias = npt.NDArray[np.intp]
"""Places in a tick's list of legs, ascending."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The connected legs by ascending slot, and groups of them by their places in ``legs``.

    ``octet`` legs receive one octet a sample at 8 kHz (G.711, G.722), ``laws`` are those of G.711 by their table,
    ``wide`` legs have 16 kHz sound, ``narrow`` ones 8 kHz. ``bridged`` legs hear the leg at the same index of
    ``partners``; the assistant hears those that are ``listened`` to. ``stamped`` legs send a packet of 160 octets each
    tick, ``single`` ones send in another way; the rest is silent.
    """

    legs: list[CarriedLeg]
    slots: Slots
    octet: Indices
    laws: list[tuple[Codec, Indices]]
    wide: Indices
    narrow: Indices
    bridged: Indices
    partners: Indices
    listened: Indices
    stamped: Indices
    stamped_legs: list[CarriedLeg]
    describable: Indices
    """Those of the stamped ones whose peer takes comfort noise in place of their silence (RFC 3389)."""
    single: Indices
    places: dict[int, int]
    """The place of each slot."""
    wide_rows: dict[int, int]
    """The row of each wideband leg's place in arrays of wideband sound."""

    @property
    def wide_slots(self) -> Slots:
        """Slots of the wideband legs."""
        return self.slots[self.wide]


def lay_out(legs: Sequence[CarriedLeg], partner_of: Callable[[CarriedLeg], CarriedLeg | None]) -> Layout:
    """Return the layout of the ``legs``, which are connected."""
    ordered = sorted(legs, key=lambda leg: leg.slot)
    place = {leg.leg_id: index for index, leg in enumerate(ordered)}
    partners = [(index, partner_of(leg)) for index, leg in enumerate(ordered)]
    taken = {index for index, other in partners if other is not None}
    pairs = [(index, place[other.leg_id]) for index, other in partners if other is not None and other.leg_id in place]
    codecs = [leg.parameters.codec if leg.parameters else None for leg in ordered]

    def where(test: Callable[[int], bool]) -> Indices:
        return np.array([index for index in range(len(ordered)) if test(index)], np.intp)

    laws = [(law, np.array([at for at, codec in enumerate(codecs) if codec is law], np.intp)) for law in G711]
    wide = where(lambda index: ordered[index].codec is not None)
    stamped = where(lambda index: ordered[index].sends_stamped)
    return Layout(
        legs=ordered,
        slots=np.array([leg.slot for leg in ordered], np.intp),
        octet=where(lambda index: ordered[index].queued is None),
        laws=[(codec, indices) for codec, indices in laws if len(indices)],
        wide=wide,
        narrow=where(lambda index: ordered[index].codec is None),
        bridged=np.array([index for index, _ in pairs], np.intp),
        partners=np.array([other for _, other in pairs], np.intp),
        listened=where(lambda index: index not in taken),
        stamped=stamped,
        stamped_legs=[ordered[index] for index in stamped.tolist()],
        describable=where(lambda index: ordered[index].sends_stamped and ordered[index].takes_comfort_noise),
        single=where(lambda index: ordered[index].sends and not ordered[index].sends_stamped),
        places={leg.slot: index for index, leg in enumerate(ordered)},
        wide_rows={index: row for row, index in enumerate(wide.tolist())},
    )
