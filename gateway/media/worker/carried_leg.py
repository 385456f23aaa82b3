"""What a worker keeps of one leg besides its rows in the arrays: sockets, source, keys, codec, DTMF, reports."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gateway.media.codecs.codec import FrameCodec, make_codec
from gateway.media.codecs.packetiser import Packetiser, make_packetiser
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import is_rtcp
from gateway.media.rtp.port_allocator import PortPair
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.rtp.rtcp_session import RtcpSession
from gateway.media.rtp.source_latch import Address, LockedStream, SourceLatch
from gateway.media.rtp.srtp import SrtpTransform
from gateway.media.rtp.telephone_event import TelephoneEventReceiver, TelephoneEventSender
from gateway.media.worker.queued_stream import QueuedStream

_LONGEST_REPORT = 2048
_MOST_REPORTS_AT_ONCE = 8
_RTP_VERSION, _RTP_HEADER = 2, 12
_SEQUENCE, _SSRC = slice(2, 4), slice(8, 12)

_AnySource: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class StreamChange:
    """What a new offer and answer changed: the ``codec``, or a key of ours so that a new ``source`` has to send."""

    codec: bool
    source: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a leg needs of the worker that carries it."""

    received: Callable[[int], ReceptionView]
    """Of a slot, what was received in it."""
    silent_ms: Callable[[int], int]
    """Of a slot, how long ago its last packet came."""
    report: Callable[[CarriedLeg, bytes], None]
    """Takes RTCP datagrams of the peer."""
    notice: Callable[[int, str], None]
    """Takes a sentence for the log about a leg."""


class CarriedLeg:
    """Driven by the real-time thread only; none of its methods waits."""

    def __init__(self, leg_id: int, slot: int, ports: PortPair, around: Surroundings) -> None:
        self.leg_id = leg_id
        self.slot = slot
        self.ports = ports
        self.read_rtp = ports.rtp.recvmsg_into
        self._send_rtp = ports.rtp.sendto
        self.parameters: StreamParameters | None = None
        self.latch = SourceLatch()
        self.rtcp: RtcpSession | None = None
        self.srtp: SrtpTransform | None = None
        self.codec: FrameCodec | None = None
        """What decodes and encodes; None for G.711, whose tables serve all legs at once."""
        self.queued: QueuedStream | None = None
        """What is received of a codec whose packets are not octets in time (Opus)."""
        self.packetiser: Packetiser | None = None
        """What makes packets of another length than 20 ms."""
        self.keys_in = TelephoneEventReceiver()
        self.keys_out = TelephoneEventSender()
        self._around = around
        self._foreign_reports = 0
        self._unsent = 0

    @property
    def refused(self) -> int:
        """How many datagrams came from elsewhere than the peer, RTP and RTCP."""
        return self.latch.refused + self._foreign_reports

    @property
    def connected(self) -> bool:
        """Whether the leg's clock runs."""
        return self.parameters is not None

    @property
    def sends(self) -> bool:
        """Whether anything may be sent."""
        return self.parameters is not None and self.parameters.send

    @property
    def sends_stamped(self) -> bool:
        """Whether what is sent in a tick is one packet of 160 octets."""
        return self.sends and self.queued is None and self.packetiser is None and not self.keys_out.busy

    @property
    def takes_comfort_noise(self) -> bool:
        """Whether the peer has comfort noise (RFC 3389) for its codec, which is one of G.711."""
        parameters = self.parameters
        return parameters is not None and parameters.comfort_noise_payload_type is not None and self.codec is None

    def connect(self, parameters: StreamParameters) -> StreamChange:
        """Start or change the stream.

        Raises:
            SrtpError: the keys cannot be used; nothing has changed.
            OpusUnavailable: this machine cannot speak Opus; nothing has changed.

        """
        before = self.parameters
        changed = before is None or before.codec is not parameters.codec
        codec = make_codec(parameters.codec, parameters.opus) if changed else self.codec
        new_key = self._secure(parameters)
        if changed:
            self.codec = codec
            self.queued = QueuedStream(codec) if codec is not None and parameters.codec is Codec.OPUS else None
            self.keys_in.clock_rate = self.keys_out.clock_rate = parameters.codec.clock_rate
        elif codec is not None and before is not None and before.opus != parameters.opus:
            codec.configure(parameters.opus)
        if changed or before is None or before.ptime_ms != parameters.ptime_ms:
            self.packetiser = make_packetiser(parameters.ptime_ms, octet_codec=self.queued is None)
        self.parameters = parameters
        self.latch.negotiate((parameters.remote_address, parameters.remote_port))
        return StreamChange(changed, new_key)

    def _secure(self, parameters: StreamParameters) -> bool:
        if parameters.srtp is None:
            self.srtp = None
        elif self.srtp is None:
            self.srtp = SrtpTransform(parameters.srtp)
        else:
            return self.srtp.rekey(parameters.srtp, self._around.received(self.slot))
        return False

    def admit(self, row: memoryview, length: int, source: _AnySource) -> int:
        """Return the length of the RTP packet in ``row`` once it is opened and its source is proven.

        0 when the datagram is refused, -1 when it was a report that shares the port, which has been taken in.
        """
        parameters = self.parameters
        if parameters is None or length < 2:
            return 0
        if parameters.rtcp_mux and is_rtcp(row):
            self._take_report(bytes(row[:length]), source)
            return -1
        if self.srtp is not None:
            plain = self.srtp.unprotect(bytes(row[:length]))
            if plain is None:
                return 0
            length = len(plain)
            row[:length] = plain
        address = source[:2]
        if address != self.latch.locked_source and not self._prove(address, row[:length]):
            return 0
        return length

    def _prove(self, source: Address, packet: memoryview) -> bool:
        """Ask the latch about a packet from a source that is not the locked one; what is no RTP proves nothing."""
        if len(packet) < _RTP_HEADER or packet[0] >> 6 != _RTP_VERSION:
            return False
        locked = None
        if self.latch.locked_source is not None:
            reception = self._around.received(self.slot)
            silent_ms = self._around.silent_ms(self.slot)
            locked = LockedStream(reception.ssrc, reception.highest, silent_ms, authenticated=self.srtp is not None)
        sequence, ssrc = int.from_bytes(packet[_SEQUENCE], "big"), int.from_bytes(packet[_SSRC], "big")
        return self.latch.accept(source, ssrc, sequence, locked)

    def read_reports(self) -> None:
        """Take in what has come at the RTCP port."""
        for _ in range(_MOST_REPORTS_AT_ONCE):
            try:
                data, source = self.ports.rtcp.recvfrom(_LONGEST_REPORT)
            except (BlockingIOError, ConnectionError):
                return
            self._take_report(data, source)

    def _take_report(self, data: bytes, source: _AnySource) -> None:
        target = self.latch.target
        if target is None or source[0] != target[0]:
            self._foreign_reports += 1
            return
        plain = data if self.srtp is None else self.srtp.unprotect_rtcp(data)
        if plain is not None:
            self._around.report(self, plain)

    def send(self, datagram: memoryview | bytes) -> None:
        """Send an RTP packet to where the peer is."""
        target = self.latch.target
        if target is None:
            return
        try:
            self._send_rtp(datagram if self.srtp is None else self.srtp.protect(bytes(datagram)), target)
        except OSError as error:
            self._note_unsent(error)

    def send_report(self, datagram: bytes) -> None:
        """Send RTCP to where the peer expects it (RFC 3605, RFC 5761)."""
        target, parameters = self.latch.target, self.parameters
        if target is None or parameters is None:
            return
        protected = datagram if self.srtp is None else self.srtp.protect_rtcp(datagram)
        if parameters.rtcp_mux:
            self._send(self.ports.rtp, protected, target)
        elif parameters.remote_rtcp is not None and target == (parameters.remote_address, parameters.remote_port):
            self._send(self.ports.rtcp, protected, parameters.remote_rtcp)
        elif target[1] < 65535:
            self._send(self.ports.rtcp, protected, (target[0], target[1] + 1))

    def _send(self, through: socket.socket, datagram: memoryview | bytes, target: Address) -> None:
        try:
            through.sendto(datagram, target)
        except OSError as error:
            self._note_unsent(error)

    def _note_unsent(self, error: OSError) -> None:
        self._unsent += 1
        if self._unsent == 1:
            self._around.notice(self.leg_id, f"RTP packets cannot be sent: {error.strerror or error}")
