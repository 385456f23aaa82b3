"""One leg's side of RTCP, without its socket: which reports are due when, and what the peer's reports tell."""

from __future__ import annotations

import random
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from gateway.media.frame import samples_in
from gateway.media.rtp.packet import wrapped_difference
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.rtp.rtcp import (
    Report,
    ReportBlock,
    RtcpError,
    SenderInfo,
    build_goodbye,
    build_report,
    middle_of,
    ntp_time,
    parse_rtcp,
)

_MINIMUM_INTERVAL = samples_in(5000)
_RECONSIDERATION = 1.21828
"""RFC 3550 section 6.3.1: intervals are divided by e - 3/2, which makes up for those that reconsideration lengthens."""
_REPORTS_REMEMBERED = 8
_SMOOTHING = 1 / 8
_LONGEST_ROUND_TRIP_S = 10.0
_CLOCK_NOISE_S = 0.02


@dataclass(frozen=True, slots=True)
class SentCounters:
    """What was sent under the present SSRC: packets, octets of payload, and the RTP timestamp of this moment."""

    packets: int
    octets: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class _HeardReport:
    """The peer's last sender report: its source, the middle of its NTP time, and when it came."""

    ssrc: int
    ntp: int
    at: float


class RtcpSession:
    """Reports on one stream in each direction; no participant but we and the peer.

    ``clock_rate`` is the rate of the RTP timestamps that we send; positions are samples at 8 kHz. ``now`` is Unix time
    in seconds, of a clock that does not jump (a start plus a monotonic time). Reports are due every 2.05 to 6.16 s, the
    first one after half of that (RFC 3550 section 6.3.1 for two members on a telephone's bandwidth, where the minimum
    interval decides).
    """

    def __init__(
        self,
        ssrc: int,
        clock_rate: int = 8000,
        *,
        position: int = 0,
        cname: str | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.ssrc = ssrc
        """Our source; see ``change_source``."""
        self.clock_rate = clock_rate
        """Ticks a second of the timestamps that we send; to be set when the codec changes."""
        self.round_trip_s: float | None = None
        """Round trip in seconds, smoothed over about 8 reports; None before the peer has answered a report."""
        self.invalid = 0
        """Datagrams that were no RTCP."""
        # A random name for each session tells a trunk nothing about the machine (RFC 7022 section 4.2).
        self._cname = cname or f"{secrets.token_hex(12)}@call.invalid"
        self._uniform = uniform
        self._due = position + self._interval() // 2
        self._heard: _HeardReport | None = None
        self._sent_reports: deque[int] = deque(maxlen=_REPORTS_REMEMBERED)
        self._packets_at_reports = (0, 0)
        self._reported = ReceptionView()
        self._lost_of_earlier_sources = 0
        self._remote: ReportBlock | None = None
        self._lost_before = 0
        self._sent_before = 0
        self._sent = 0

    @property
    def next_due(self) -> int:
        """The position at which ``report`` is to be called next."""
        return self._due

    @property
    def remote_fraction_lost(self) -> float | None:
        """Of the packets that we have sent the fraction (0 to 1) that the peer says it lost; None before it has."""
        if self._remote is None or self._sent_before + self._sent == 0:
            return None
        lost = self._lost_before + max(0, self._remote.lost)
        return min(1.0, lost / (self._sent_before + self._sent))

    @property
    def recent_fraction_lost(self) -> float | None:
        """The same (0 to 1) for the packets between the peer's last two reports; what a codec should arm itself for."""
        return None if self._remote is None else self._remote.fraction_lost / 256

    @property
    def remote_jitter_ms(self) -> float | None:
        """The interarrival jitter of our packets at the peer in milliseconds; None before it has told."""
        return None if self._remote is None else self._remote.jitter * 1000 / self.clock_rate

    def receive(self, data: bytes, now: float, packets_sent: int) -> None:
        """Take a datagram of the peer's in, any octets; ``packets_sent`` is how many we have sent by now.

        Who sent it has to be checked before, by its address or by SRTCP. A goodbye ends nothing: signalling does.
        """
        try:
            packets = parse_rtcp(data)
        except RtcpError:
            self.invalid += 1
            return
        for packet in packets:
            # Our own reports come back from a peer that only returns what it gets.
            if isinstance(packet, Report) and packet.ssrc != self.ssrc:
                self._take(packet, now, packets_sent)

    def _take(self, report: Report, now: float, packets_sent: int) -> None:
        if report.sender is not None:
            self._heard = _HeardReport(report.ssrc, middle_of(report.sender.ntp_time), now)
        for block in report.blocks:
            if block.ssrc == self.ssrc:
                self._remote, self._sent = block, packets_sent
                self._measure_round_trip(block, now)
                return

    def _measure_round_trip(self, block: ReportBlock, now: float) -> None:
        """Take the time since the report that the peer names, less what the peer held it (section 6.4.1)."""
        if block.last_report not in self._sent_reports:
            return
        elapsed = wrapped_difference(middle_of(ntp_time(now)), block.last_report, 32)
        seconds = (elapsed - block.delay) / 65536
        if not -_CLOCK_NOISE_S <= seconds <= _LONGEST_ROUND_TRIP_S:
            return
        seconds = max(0.0, seconds)
        before = self.round_trip_s
        self.round_trip_s = seconds if before is None else before + (seconds - before) * _SMOOTHING

    def report(self, position: int, now: float, sent: SentCounters, reception: ReceptionView) -> bytes:
        """Return the report of this moment: as sender, if anything was sent since the report before the last one."""
        self._due = position + self._interval()
        sender = None
        if sent.packets != self._packets_at_reports[0]:
            ntp = ntp_time(now)
            sender = SenderInfo(ntp, sent.timestamp & 0xFFFFFFFF, sent.packets, sent.octets)
            self._sent_reports.append(middle_of(ntp))
        self._packets_at_reports = (self._packets_at_reports[1], sent.packets)
        block = self._block(now, reception)
        self._reported = reception
        return build_report(self.ssrc, self._cname, sender, [] if block is None else [block])

    def _interval(self) -> int:
        return int(_MINIMUM_INTERVAL * self._uniform(0.5, 1.5) / _RECONSIDERATION)

    def _block(self, now: float, reception: ReceptionView) -> ReportBlock | None:
        if reception.ssrc is None:
            return None
        before = self._reported
        if before.ssrc != reception.ssrc:
            # The counts carry over from one source to the next, and a block is about one.
            self._lost_of_earlier_sources = before.lost
        expected = reception.expected - before.expected
        missing = expected - (reception.received - before.received)
        last_report = delay = 0
        if self._heard is not None and self._heard.ssrc == reception.ssrc:
            last_report = self._heard.ntp
            delay = min(int(max(0.0, now - self._heard.at) * 65536), 0xFFFFFFFF)
        return ReportBlock(
            ssrc=reception.ssrc,
            fraction_lost=min(255, 256 * missing // expected) if expected > 0 and missing > 0 else 0,
            lost=reception.lost - self._lost_of_earlier_sources,
            highest=reception.highest,
            jitter=int(reception.jitter),
            last_report=last_report,
            delay=delay,
        )

    def goodbye(self) -> bytes:
        """Return the datagram that ends our source."""
        return build_goodbye(self.ssrc, self._cname)

    def change_source(self, ssrc: int) -> None:
        """Send under a new SSRC from now on, with counters from zero; what the peer has lost so far stays counted."""
        if self._remote is not None:
            self._lost_before += max(0, self._remote.lost)
            self._sent_before += self._sent
        self.ssrc = ssrc
        self._remote, self._sent = None, 0
        self._packets_at_reports = (0, 0)
        self._sent_reports.clear()
