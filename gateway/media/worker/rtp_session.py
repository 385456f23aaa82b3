"""One RTP session without its socket (RFC 3550): datagrams in and out, the jitter buffer and telephone events."""

from __future__ import annotations

import secrets

from gateway.audio import TELEPHONE_RATE
from gateway.media.codecs.g711 import SILENCE
from gateway.media.frame import FRAME_SAMPLES, samples_in
from gateway.media.leg import LegStatistics
from gateway.media.parameters import StreamParameters
from gateway.media.receive.jitter_buffer import JitterBuffer, JitterFrame
from gateway.media.rtp.packet import RtpError, RtpPacket, is_rtcp, parse_rtp
from gateway.media.rtp.reception import Reception
from gateway.media.rtp.source_latch import Address, SourceLatch
from gateway.media.rtp.telephone_event import TelephoneEventReceiver, TelephoneEventSender

_COMFORT_NOISE = 13
JITTER_DEPTH_MS = 40
"""How long packets wait for those that overtook them."""


class RtpSession:
    """Octets of G.711 with their positions on one side, datagrams with their addresses on the other."""

    def __init__(self, jitter_depth_ms: int = JITTER_DEPTH_MS) -> None:
        self.parameters: StreamParameters | None = None
        self.ssrc = secrets.randbits(32)
        self.latch = SourceLatch()
        self.reception = Reception()
        self.remote_ssrc: int | None = None
        self.packets_sent = 0
        self.octets_sent = 0
        self.malformed = 0
        """Datagrams that were no RTP, or of a payload type that was not negotiated."""
        self._depth_ms = jitter_depth_ms
        self._buffer = JitterBuffer(jitter_depth_ms)
        self._events_in = TelephoneEventReceiver()
        self._events_out = TelephoneEventSender()
        self._earlier = [0, 0, 0]
        self._sequence = secrets.randbits(16)
        self._timestamp_base = secrets.randbits(32)
        self._pending = b""
        self._pending_position = 0
        self._talkspurt = True

    def connect(self, parameters: StreamParameters) -> None:
        """Use ``parameters`` from now on: the first time, and again for each new offer and answer."""
        codec_before = self.parameters.codec if self.parameters else None
        self.parameters = parameters
        self.latch.negotiate((parameters.remote_address, parameters.remote_port))
        if parameters.codec != codec_before:
            self._buffer = JitterBuffer(self._depth_ms, SILENCE[parameters.codec])
            self._pending = b""
        if not parameters.send:
            self._talkspurt = True

    def receive(self, data: bytes, source: Address, arrival: float) -> str | None:
        """Take a datagram that came at ``arrival`` (in samples); return the digit when it begins a DTMF press."""
        parameters = self.parameters
        if parameters is None or is_rtcp(data):
            return None
        packet = self._parse(data, parameters)
        if packet is None or not self.latch.accept(source, packet.ssrc) or not parameters.receive:
            return None
        if packet.ssrc != self.remote_ssrc:
            self._change_source(packet.ssrc)
        if not self.reception.receive(packet.sequence, packet.timestamp, arrival):
            return None
        if packet.payload_type == parameters.payload_type:
            self._buffer.push(packet)
        elif packet.payload_type == parameters.received_event_payload_type:
            return self._events_in.receive(packet)
        return None

    def _parse(self, data: bytes, parameters: StreamParameters) -> RtpPacket | None:
        """Return the packet, or None when it is none or has a payload type that was not negotiated."""
        try:
            packet = parse_rtp(data)
        except RtpError:
            self.malformed += 1
            return None
        known = (parameters.payload_type, parameters.received_event_payload_type, _COMFORT_NOISE)
        if packet.payload_type not in known:
            self.malformed += 1
            return None
        return packet

    def _change_source(self, ssrc: int) -> None:
        past = self.reception
        self._earlier = [
            total + count
            for total, count in zip(self._earlier, (past.received, past.lost, past.duplicated), strict=True)
        ]
        self.reception = Reception()
        self.remote_ssrc = ssrc

    def pop(self) -> JitterFrame | None:
        """Return the octets of this tick, or None when they are missing."""
        return self._buffer.pop()

    def send_dtmf(self, digits: str) -> None:
        """Queue digits; raise ``ValueError`` on one that does not exist."""
        self._events_out.queue(digits)

    def packets(self, octets: bytes, position: int) -> list[bytes]:
        """Return the datagrams to send for the 160 ``octets`` at ``position``: none while on hold."""
        parameters = self.parameters
        if parameters is None or not parameters.send:
            return []
        if parameters.telephone_event_payload_type is not None and self._events_out.busy:
            event = self._events_out.next(position)
            if event is not None:
                self._pending = b""
                self._talkspurt = True
                payload_type = parameters.telephone_event_payload_type
                return [self._packet(payload_type, event.payload, event.position, marker=event.marker)]
        packet_samples = samples_in(parameters.ptime_ms)
        if packet_samples == FRAME_SAMPLES and not self._pending:
            return [self._sound(parameters.payload_type, octets, position)]
        return self._repacketise(parameters.payload_type, octets, position, packet_samples)

    def _repacketise(self, payload_type: int, octets: bytes, position: int, packet_samples: int) -> list[bytes]:
        if not self._pending:
            self._pending_position = position
        self._pending += octets
        packets = []
        while len(self._pending) >= packet_samples:
            packets.append(self._sound(payload_type, self._pending[:packet_samples], self._pending_position))
            self._pending = self._pending[packet_samples:]
            self._pending_position += packet_samples
        return packets

    def _sound(self, payload_type: int, octets: bytes, position: int) -> bytes:
        marker, self._talkspurt = self._talkspurt, False
        return self._packet(payload_type, octets, position, marker=marker)

    def _packet(self, payload_type: int, payload: bytes, position: int, *, marker: bool) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets_sent += 1
        self.octets_sent += len(payload)
        timestamp = self.timestamp_at(position)
        return RtpPacket(payload_type, self._sequence, timestamp, self.ssrc, payload, marker).build()

    def timestamp_at(self, position: int) -> int:
        """Return the RTP timestamp of a position of the leg."""
        return (self._timestamp_base + position) & 0xFFFFFFFF

    def statistics(self, position: int) -> LegStatistics:
        """Return the counters over all sources that this session has had."""
        received, lost, duplicated = self._earlier
        return LegStatistics(
            packets_received=received + self.reception.received,
            packets_lost=lost + self.reception.lost,
            packets_late=self._buffer.late,
            packets_duplicated=duplicated + self.reception.duplicated,
            packets_sent=self.packets_sent,
            jitter_ms=round(self.reception.jitter * 1000 / TELEPHONE_RATE, 2),
            position=position,
        )
