"""One leg inside the worker: its sockets, its RTP session and its frames."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

import numpy as np

from gateway.audio import TELEPHONE_RATE
from gateway.audio.pcm import Samples
from gateway.media.leg import Dtmf, LegEvent, LegStatistics, MediaLost
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.receive.concealment import Concealment
from gateway.media.receive.jitter_buffer import JitterFrame
from gateway.media.rtp.port_allocator import PortPair
from gateway.media.rtp.rtcp_reporter import RtcpReporter
from gateway.media.rtp.source_latch import Address
from gateway.media.worker.leg_frame_processor import LegFrameProcessor
from gateway.media.worker.rtp_session import RtpSession

_LONGEST_DATAGRAM = 2048
_TIMESPEC = struct.Struct("@qq")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_MOST_DATAGRAMS_A_TICK = 50


class WorkerLeg:
    """Driven by the real-time thread only; none of its methods waits."""

    def __init__(self, leg_id: int, ports: PortPair, media_timeout_s: float, notice: Callable[[str], None]) -> None:
        self.leg_id = leg_id
        self.ports = ports
        self.session = RtpSession()
        self._reporter = RtcpReporter(self.session)
        self.processor = LegFrameProcessor()
        self.events: list[LegEvent] = []
        """What happened since they were taken last."""
        self._concealment = Concealment()
        self._timeout = media_timeout_s
        self._last_packet: float | None = None
        self._lost = False
        self._notice = notice
        self._unsent = 0

    @property
    def connected(self) -> bool:
        """Whether the leg's clock runs."""
        return self.session.parameters is not None

    @property
    def codec(self) -> Codec | None:
        """The stream's codec, None before it is connected."""
        return self.session.parameters.codec if self.session.parameters else None

    def connect(self, parameters: StreamParameters, now: float) -> None:
        """Start or change the stream; the silence that counts as loss begins anew."""
        self.session.connect(parameters)
        self._last_packet = now

    def read_rtp(self, now: float) -> None:
        """Take in the datagrams that have come."""
        for _ in range(_MOST_DATAGRAMS_A_TICK):
            try:
                data, ancillary, _, source = self.ports.rtp.recvmsg(_LONGEST_DATAGRAM, _ANCILLARY)
            except BlockingIOError:
                return
            except ConnectionError:
                # An ICMP error that an earlier packet of ours caused; the next read works.
                continue
            before = self.session.reception.received
            digit = self.session.receive(data, source[:2], _arrival(ancillary))
            if self.session.reception.received != before:
                self._last_packet = now
                self._lost = False
            if digit is not None:
                self.events.append(Dtmf(digit, self.processor.position))

    def read_rtcp(self) -> None:
        """Take in the reports that have come from the peer's host."""
        for _ in range(_MOST_DATAGRAMS_A_TICK):
            try:
                data, source = self.ports.rtcp.recvfrom(_LONGEST_DATAGRAM)
            except (BlockingIOError, ConnectionError):
                return
            target = self.session.latch.target
            if target is not None and source[0] == target[0]:
                self._reporter.receive(data, time.time())

    def take_keys(self) -> str:
        """Return the keys that the peer has pressed since the last tick, which are then no events any more."""
        keys = [event.digit for event in self.events if isinstance(event, Dtmf)]
        if keys:
            self.events = [event for event in self.events if not isinstance(event, Dtmf)]
        return "".join(keys)

    def press(self, keys: str) -> None:
        """Send keys to the peer, if it takes telephone events."""
        parameters = self.session.parameters
        if keys and parameters is not None and parameters.telephone_event_payload_type is not None:
            self.session.send_dtmf(keys)

    def pop(self) -> JitterFrame | None:
        """Return this tick's received octets, or None when they are missing."""
        return self.session.pop()

    def conceal(self, decoded: Samples | None) -> Samples:
        """Return the frame to hear: the ``decoded`` one, or a replacement for one that is missing."""
        return self._concealment.lost() if decoded is None else self._concealment.received(decoded)

    def send(self, octets: bytes, position: int) -> None:
        """Send one tick's sound, and a report when one is due."""
        target = self.session.latch.target
        if target is None:
            return
        for packet in self.session.packets(octets, position):
            self._send(self.ports.rtp, packet, target)
        report = self._reporter.report(position, time.time())
        if report is not None:
            self._send_rtcp(report, target)

    def _send_rtcp(self, report: bytes, target: Address) -> None:
        host, port = target
        if port < 65535:
            self._send(self.ports.rtcp, report, (host, port + 1))

    def _send(self, through: socket.socket, packet: bytes, target: Address) -> None:
        try:
            through.sendto(packet, target)
        except OSError as error:
            self._unsent += 1
            if self._unsent == 1:
                self._notice(f"RTP packets cannot be sent: {error.strerror or error}")

    def watch(self, now: float) -> None:
        """Report once when the peer's packets stay away."""
        parameters = self.session.parameters
        if parameters is None or self._last_packet is None or self._lost:
            return
        if not parameters.receive:
            self._last_packet = now
        elif now - self._last_packet >= self._timeout:
            self._lost = True
            self.events.append(MediaLost(round((now - self._last_packet) * 1000)))

    def statistics(self) -> LegStatistics:
        """Return the counters."""
        return self.session.statistics(self.processor.position)

    def close(self) -> list[LegEvent]:
        """Say goodbye to the peer and free the ports; return the last events."""
        if self.session.latch.target is not None:
            self._send_rtcp(self._reporter.goodbye(), self.session.latch.target)
        self.ports.close()
        return [*self.events, *self.processor.close()]


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> float:
    """Return when the kernel received the datagram, in samples."""
    for _, _, data in ancillary:
        if len(data) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            return float(seconds + nanoseconds * 1e-9) * TELEPHONE_RATE
    return time.time() * TELEPHONE_RATE


def as_octets(frames: list[bytes]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return frames of equal length as the rows of one array."""
    return np.frombuffer(b"".join(frames), np.uint8).reshape(len(frames), -1)
