"""When to send which RTCP report for one session (RFC 3550 section 6.2, two participants)."""

from __future__ import annotations

import random

from gateway.media.frame import samples_in
from gateway.media.rtp.reception import Reception
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
from gateway.media.worker.rtp_session import RtpSession

_INTERVAL = samples_in(5000)


class RtcpReporter:
    """Makes reports about every 5 s of the leg's clock; ``now`` is Unix time in seconds."""

    def __init__(self, session: RtpSession) -> None:
        self._session = session
        # A random name for each session tells a trunk nothing about the machine (RFC 7022).
        self._cname = f"{session.ssrc:08x}@call.invalid"
        self._due = _INTERVAL // 2
        self._packets_before = 0
        self._reported: tuple[Reception | None, int, int] = (None, 0, 0)
        self._heard_report: tuple[int, int, float] | None = None

    def receive(self, data: bytes, now: float) -> None:
        """Take a datagram from the peer in."""
        try:
            packets = parse_rtcp(data)
        except RtcpError:
            return
        for packet in packets:
            if isinstance(packet, Report) and packet.sender is not None:
                self._heard_report = (packet.ssrc, middle_of(packet.sender.ntp_time), now)

    def report(self, position: int, now: float) -> bytes | None:
        """Return the report that is due at ``position``, or None."""
        if position < self._due:
            return None
        self._due = position + int(_INTERVAL * random.uniform(0.5, 1.5))  # noqa: S311 - spreads the load only
        session = self._session
        sender = None
        if session.packets_sent != self._packets_before:
            sender = SenderInfo(
                ntp_time(now), session.timestamp_at(position), session.packets_sent, session.octets_sent
            )
            self._packets_before = session.packets_sent
        block = self._block(now)
        return build_report(session.ssrc, self._cname, sender, [] if block is None else [block])

    def goodbye(self) -> bytes:
        """Return the datagram that ends the session."""
        return build_goodbye(self._session.ssrc, self._cname)

    def _block(self, now: float) -> ReportBlock | None:
        reception, ssrc = self._session.reception, self._session.remote_ssrc
        if ssrc is None:
            return None
        source, expected_before, received_before = self._reported
        if source is not reception:
            expected_before = received_before = 0
        expected = reception.expected - expected_before
        missing = expected - (reception.received - received_before)
        self._reported = (reception, reception.expected, reception.received)
        last_report = delay = 0
        if self._heard_report is not None and self._heard_report[0] == ssrc:
            last_report = self._heard_report[1]
            delay = int((now - self._heard_report[2]) * 65536) & 0xFFFFFFFF
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=min(255, 256 * missing // expected) if expected > 0 and missing > 0 else 0,
            lost=reception.lost,
            highest=reception.highest,
            jitter=int(reception.jitter),
            last_report=last_report,
            delay=delay,
        )
