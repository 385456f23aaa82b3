"""A relay on this machine through which a caller's packets go, so that a bad line can be rehearsed.

The other side sees the relay's outer port in place of the telephone's. What the telephone sends is impaired; what the
other side sends is passed on as it is, since its own measures against a bad line are not what is rehearsed.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from gateway.audio.pcm import Samples
from gateway.caller.line.background import Background
from gateway.caller.line.impairment import Impairment, NetworkFaults
from gateway.media.client.media_worker import MediaError, RtpLeg
from gateway.media.parameters import Codec, StreamParameters

_RTCP_TYPES = range(192, 224)
"""Second octets of packets that are RTCP (RFC 5761 section 4)."""


@dataclass(frozen=True, slots=True, eq=False)
class LineFaults:
    """What is wrong with a line; the default is nothing.

    ``noise`` (8 kHz, at ``SPEECH_LEVEL``, played round and round) lies ``snr_db`` below speech. ``seed`` decides about
    everything that is random.
    """

    network: NetworkFaults = field(default_factory=NetworkFaults)
    noise: Samples | None = None
    snr_db: float = 15.0
    seed: int = 1

    @property
    def any(self) -> bool:
        """Whether there is anything wrong."""
        return self.noise is not None or self.network != NetworkFaults()


class Relay:
    """Both ends of the relay; made by ``open_relay``."""

    def __init__(self, faults: LineFaults, leg_address: tuple[str, int]) -> None:
        self.outer = _End(self._from_outside)
        self.inner = _End(self._from_inside)
        self._leg_address = leg_address
        self._impairment = Impairment(faults.network, faults.seed)
        self._background = None if faults.noise is None else Background(faults.noise, faults.snr_db)
        self._remote: tuple[str, int] | None = None
        self._codec: tuple[Codec, int] | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def outer_port(self) -> int:
        """The port that stands in SDP in place of the telephone's."""
        return self.outer.port

    def between(self, stream: StreamParameters) -> StreamParameters:
        """Let packets flow to where ``stream`` goes, and return the stream that the telephone is to use."""
        self._remote = (stream.remote_address, stream.remote_port)
        if stream.codec in (Codec.PCMA, Codec.PCMU):
            self._codec = (stream.codec, stream.payload_type)
        return replace(stream, remote_address=self._leg_address[0], remote_port=self.inner.port)

    def _from_outside(self, packet: bytes) -> None:
        self.inner.send(packet, self._leg_address)

    def _from_inside(self, packet: bytes) -> None:
        if self._remote is None:
            return
        if len(packet) > 1 and packet[1] in _RTCP_TYPES:
            self.outer.send(packet, self._remote)
            return
        if self._background is not None and self._codec is not None:
            packet = self._background.under(packet, *self._codec)
        now = self._loop.time()
        at = self._impairment.deliver_at(now)
        if at is None:
            return
        if at <= now:
            self.outer.send(packet, self._remote)
        else:
            self._loop.call_at(at, self.outer.send, packet, self._remote)

    def close(self) -> None:
        """Close both ends; packets that are still on their way are lost."""
        self.outer.close()
        self.inner.close()


class _End(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._transport: asyncio.DatagramTransport | None = None
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self._take(data)

    def send(self, packet: bytes, address: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(packet, address)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def open_relay(faults: LineFaults, leg: RtpLeg) -> AsyncIterator[Relay | None]:
    """Give a relay for ``leg``, or None where nothing is wrong with the line; raise ``MediaError`` without a port."""
    if not faults.any:
        yield None
        return
    address = str(ipaddress.ip_address(leg.local_address))
    relay = Relay(faults, (address, leg.local_port))
    loop = asyncio.get_running_loop()
    try:
        try:
            await loop.create_datagram_endpoint(lambda: relay.outer, local_addr=(address, 0))
            await loop.create_datagram_endpoint(lambda: relay.inner, local_addr=(address, 0))
        except OSError as error:
            raise MediaError(f"there is no port for a bad line: {error.strerror}") from error
        yield relay
    finally:
        relay.close()
