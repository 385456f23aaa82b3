"""Rounds of RTP packets as the receiver hands them to its banks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gateway.media.receive.packet_round import STRIDE, PacketRound, parse_round
from gateway.media.rtp.packet import RtpPacket


def round_of(packets: Sequence[tuple[int, RtpPacket]], arrival: float = 0.0) -> PacketRound:
    """Return the round of ``packets``, each with its slot; at most one for a slot, in the order of the slots."""
    rows = np.zeros((len(packets), STRIDE), np.uint8)
    lengths = np.zeros(len(packets), np.intp)
    for index, (_, packet) in enumerate(packets):
        datagram = np.frombuffer(packet.build(), np.uint8)
        rows[index, : len(datagram)] = datagram
        lengths[index] = len(datagram)
    slots = np.array([slot for slot, _ in packets], np.intp)
    return parse_round(slots, rows, lengths, np.full(len(packets), arrival))


def numbered_round(slots: np.ndarray, numbers: np.ndarray, octets: np.ndarray) -> PacketRound:
    """Return a round of 20 ms packets that are full of ``octets`` [n], by the ``numbers`` [n] of their streams."""
    count = len(slots)
    rows = np.repeat(octets.astype(np.uint8)[:, None], 160, axis=1)
    nothing = np.zeros(0, np.intp)
    return PacketRound(
        slots=slots,
        sequence=numbers & 0xFFFF,
        timestamp=numbers * 160 & 0xFFFFFFFF,
        ssrc=np.ones(count, np.int64),
        payload_type=np.full(count, 8, np.int64),
        marker=np.zeros(count, np.bool_),
        arrival=np.zeros(count),
        begin=np.zeros(count, np.intp),
        end=np.full(count, 160, np.intp),
        row=np.arange(count),
        rows=rows,
        rtcp_rows=nothing,
        malformed_rows=nothing,
    )
