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
