"""One round of received datagrams, at most one of each leg, parsed all at once (RFC 3550 section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Slots: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]

STRIDE = 1536
"""Octets of a row: more than an Ethernet frame carries, and a multiple of the header's words."""

_HEADER = 12
_RTCP_HEADER = 4
_PLAIN = 0x80
"""The first octet of a packet of version 2 without padding, extension or contributing sources."""


@dataclass(frozen=True, slots=True)
class PacketRound:
    """RTP packets of one round; the arrays are parallel, in the order of their rows.

    ``sequence`` has 16 bits, ``timestamp`` and ``ssrc`` have 32, all as int64 so that differences need no care.
    ``arrival`` is in seconds on any clock that does not jump. The payload of packet i is
    ``rows[row[i], begin[i]:end[i]]``. ``rtcp_rows`` are the rows of RTCP packets that share the port (RFC 5761),
    ``malformed_rows`` those of datagrams that are neither; none of them is among the packets.
    """

    slots: Slots
    sequence: NDArray[np.int64]
    timestamp: NDArray[np.int64]
    ssrc: NDArray[np.int64]
    payload_type: NDArray[np.int64]
    marker: Mask
    arrival: NDArray[np.float64]
    begin: NDArray[np.intp]
    end: NDArray[np.intp]
    row: NDArray[np.intp]
    rows: NDArray[np.uint8]
    rtcp_rows: NDArray[np.intp]
    malformed_rows: NDArray[np.intp]

    def __len__(self) -> int:
        """How many packets there are."""
        return len(self.slots)

    def payload(self, index: int) -> bytes:
        """Return the payload of packet ``index``."""
        return self.rows[self.row[index], self.begin[index] : self.end[index]].tobytes()

    def select(self, mask: Mask) -> PacketRound:
        """Return the packets that ``mask`` [n] names; the rows stay where they are."""
        if mask.all():
            return self
        return PacketRound(
            self.slots[mask],
            self.sequence[mask],
            self.timestamp[mask],
            self.ssrc[mask],
            self.payload_type[mask],
            self.marker[mask],
            self.arrival[mask],
            self.begin[mask],
            self.end[mask],
            self.row[mask],
            self.rows,
            self.rtcp_rows,
            self.malformed_rows,
        )


def parse_round(
    slots: Slots, rows: NDArray[np.uint8], lengths: NDArray[np.intp], arrivals: NDArray[np.float64]
) -> PacketRound:
    """Parse the datagrams in ``rows`` [n, stride], of which the first ``lengths`` octets each were received.

    Contributing sources, header extension and padding are skipped. What is of another version, too short, longer than
    its row or of lengths that do not fit is left out and named in ``malformed_rows``.
    """
    words = rows[:, :_HEADER].view(">u4").astype(np.int64)
    first = words[:, 0]
    fits = (lengths >= _HEADER) & (lengths <= rows.shape[1])
    # Packet types 192 to 223 of RTCP, RFC 5761 section 4: the upper three bits of the second octet.
    is_rtcp = first & 0xE00000 == 0xC00000
    begin = np.full(len(slots), _HEADER, np.intp)
    everything = PacketRound(
        slots,
        first & 0xFFFF,
        words[:, 1],
        words[:, 2],
        first >> 16 & 0x7F,
        first & 0x800000 != 0,
        arrivals,
        begin,
        lengths,
        np.arange(len(slots), dtype=np.intp),
        rows,
        np.zeros(0, np.intp),
        np.zeros(0, np.intp),
    )
    plain = (first >> 24 == _PLAIN) & fits & ~is_rtcp
    if plain.all():
        return everything
    return _sort_out(everything, plain, is_rtcp)


def _sort_out(everything: PacketRound, plain: Mask, is_rtcp: Mask) -> PacketRound:
    """Part RTP from RTCP and from what is malformed, and find the bounds of the payloads that are not plain."""
    rows, lengths = everything.rows, everything.end
    is_version_2 = rows[:, 0] >> 6 == 2
    in_row = lengths <= rows.shape[1]
    rtcp = is_version_2 & is_rtcp & (lengths >= _RTCP_HEADER) & in_row
    good = plain.copy()
    end = lengths.copy()
    rest = np.flatnonzero(~plain & ~is_rtcp & is_version_2 & (lengths >= _HEADER) & in_row)
    good[rest], everything.begin[rest], end[rest] = _payload_bounds(rows, rest, lengths[rest])
    return PacketRound(
        everything.slots[good],
        everything.sequence[good],
        everything.timestamp[good],
        everything.ssrc[good],
        everything.payload_type[good],
        everything.marker[good],
        everything.arrival[good],
        everything.begin[good],
        end[good],
        np.flatnonzero(good),
        rows,
        np.flatnonzero(rtcp),
        np.flatnonzero(~good & ~rtcp),
    )


def _payload_bounds(
    rows: NDArray[np.uint8], which: NDArray[np.intp], lengths: NDArray[np.intp]
) -> tuple[Mask, NDArray[np.intp], NDArray[np.intp]]:
    """Return of the rows ``which`` whether their lengths fit, and where the payloads begin and end."""
    first = rows[which, 0]
    begin = _HEADER + 4 * (first & 0x0F).astype(np.intp)
    extended = first & 0x10 != 0
    # A length that lies past the row's end is not read: such a packet does not fit, whatever it says.
    at = np.minimum(begin, rows.shape[1] - 4)
    words = rows[which, at + 2].astype(np.intp) << 8 | rows[which, at + 3]
    begin += np.where(extended, 4 + 4 * words, 0)
    padding = np.where(first & 0x20 != 0, rows[which, lengths - 1], 0).astype(np.intp)
    fits = begin + padding <= lengths
    fits &= (first & 0x20 == 0) | (padding > 0)
    return fits, begin, lengths - padding
