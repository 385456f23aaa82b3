"""The RTCP reports of all legs: which are due, what they say, and what the peers' say."""

from __future__ import annotations

import time

import numpy as np

from gateway.media.frame import Positions, Slots
from gateway.media.parameters import StreamParameters
from gateway.media.rtp.rtcp_session import RtcpSession, SentCounters
from gateway.media.worker.carried_leg import CarriedLeg
from gateway.media.worker.inbound_streams import InboundStreams
from gateway.media.worker.outbound_streams import OutboundStreams

_NEVER = np.iinfo(np.int64).max


class LegReports:
    """Looks in each tick whose report is due; ``now`` is the clock of the ticks."""

    def __init__(self, capacity: int, inbound: InboundStreams, outbound: OutboundStreams) -> None:
        self._inbound = inbound
        self._outbound = outbound
        self._due = np.full(capacity, _NEVER)
        # Reports need a clock that tells the time of day and does not jump.
        self._unix_offset = time.time() - time.monotonic()

    def configure(self, leg: CarriedLeg, parameters: StreamParameters, *, source_changed: bool) -> None:
        """Report on the leg's stream from now on."""
        ssrc, clock_rate = self._outbound.ssrc(leg.slot), parameters.codec.clock_rate
        if leg.rtcp is None:
            leg.rtcp = RtcpSession(ssrc, clock_rate)
        elif source_changed:
            leg.rtcp.change_source(ssrc)
        leg.rtcp.clock_rate = clock_rate
        self._due[leg.slot] = leg.rtcp.next_due

    def remove(self, leg: CarriedLeg) -> None:
        """Say goodbye to the leg's peer."""
        self._due[leg.slot] = _NEVER
        if leg.rtcp is not None:
            leg.send_report(leg.rtcp.goodbye())

    def due(self, slots: Slots, positions: Positions) -> list[int]:
        """Return those of ``slots`` whose report is due; ``positions`` [capacity] are by slot."""
        due: list[int] = slots[positions[slots] >= self._due[slots]].tolist()
        return due

    def send(self, leg: CarriedLeg, position: int, now: float) -> None:
        """Send the leg's report, and let its codec know what the peer has lost."""
        rtcp, slot = leg.rtcp, leg.slot
        if rtcp is None:
            return
        outbound = self._outbound
        sent = SentCounters(
            outbound.packets_sent.item(slot), outbound.octets_sent.item(slot), outbound.timestamp_at(slot, position)
        )
        leg.send_report(rtcp.report(position, now + self._unix_offset, sent, self._inbound.reception(slot)))
        self._due[slot] = rtcp.next_due
        if leg.codec is not None and rtcp.recent_fraction_lost is not None:
            leg.codec.expect_loss(rtcp.recent_fraction_lost)

    def receive(self, leg: CarriedLeg, datagram: bytes, now: float) -> None:
        """Take a report of the peer's in."""
        if leg.rtcp is not None:
            leg.rtcp.receive(datagram, now + self._unix_offset, self._outbound.packets_sent.item(leg.slot))
