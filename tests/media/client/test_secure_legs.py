"""Encrypted legs, RTCP and streams that move, through a real worker and real UDP."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio

from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.leg import LegStatistics
from gateway.media.parameters import Codec, SrtpKeys, StreamParameters
from gateway.media.rtp.packet import RtpPacket, is_rtcp, parse_rtp
from gateway.media.rtp.rtcp import (
    Goodbye,
    Report,
    ReportBlock,
    SenderInfo,
    build_report,
    middle_of,
    ntp_time,
    parse_rtcp,
)
from gateway.media.rtp.srtp import SUITES, SrtpTransform

SSRC = 7
SUITE = "AES_CM_128_HMAC_SHA1_80"
WITHIN_S = 10

pytestmark = pytest.mark.asyncio(loop_scope="module")


def key_pair(seed: int) -> tuple[SrtpKeys, SrtpKeys]:
    """The gateway's keys and the telephone's."""
    source = random.Random(seed)
    ours = SrtpKeys(SUITE, source.randbytes(SUITES[SUITE]), source.randbytes(SUITES[SUITE]))
    return ours, SrtpKeys(SUITE, ours.remote, ours.local)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def worker() -> AsyncIterator[MediaWorker]:
    worker = MediaWorker(port_min=28_400, port_max=28_499)
    await worker.start()
    yield worker
    await worker.stop()


class Telephone:
    """Sends sound and RTCP on one port, encrypted where it has ``keys``, and keeps what comes."""

    def __init__(self, leg: RtpLeg, keys: SrtpKeys | None = None) -> None:
        self.leg = leg
        self.srtp = SrtpTransform(keys) if keys is not None else None
        self.sequence = 100
        self.heard: list[RtpPacket] = []
        self.reports: list[Report | Goodbye] = []
        self.unreadable = 0
        self.socket = self._bind()

    def _bind(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.setblocking(False)
        bound.bind(("127.0.0.1", 0))
        return bound

    def move(self) -> None:
        """Go on from another port, as behind a router that forgot its translation."""
        self.socket.close()
        self.socket = self._bind()
        self.heard.clear()

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]

    def send(self, data: bytes) -> None:
        self.socket.sendto(data, ("127.0.0.1", self.leg.local_port))

    def say(self) -> bytes:
        """Send the next packet of sound; return it as it was sent."""
        self.sequence += 1
        plain = RtpPacket(8, self.sequence & 0xFFFF, self.sequence * 160, SSRC, bytes([0xD5]) * 160).build()
        data = self.srtp.protect(plain) if self.srtp else plain
        self.send(data)
        return data

    def report(self, data: bytes) -> None:
        self.send(self.srtp.protect_rtcp(data) if self.srtp else data)

    async def until(self, condition: Callable[[], bool], *, talking: bool = True) -> None:
        """Talk and listen until ``condition`` holds."""
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                if talking:
                    self.say()
                await asyncio.sleep(0.02)
                self.listen()

    def listen(self) -> None:
        while True:
            try:
                data = self.socket.recv(2048)
            except (BlockingIOError, ConnectionError):
                return
            if is_rtcp(data):
                plain = self.srtp.unprotect_rtcp(data) if self.srtp else data
                if plain is not None:
                    self.reports += [each for each in parse_rtcp(plain) if isinstance(each, Report | Goodbye)]
            else:
                plain = self.srtp.unprotect(data) if self.srtp else data
                if plain is not None:
                    self.heard.append(parse_rtp(plain))
            self.unreadable += plain is None

    def sender_reports(self) -> list[Report]:
        return [each for each in self.reports if isinstance(each, Report) and each.sender is not None]


@pytest_asyncio.fixture(loop_scope="module")
async def telephone(worker: MediaWorker, request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., Telephone]]:
    telephones: list[Telephone] = []

    async def connect(keys: tuple[SrtpKeys, SrtpKeys] | None) -> tuple[Telephone, StreamParameters]:
        leg = await worker.allocate()
        phone = Telephone(leg, keys[1] if keys else None)
        telephones.append(phone)
        parameters = StreamParameters(
            "127.0.0.1", phone.port, Codec.PCMA, 8, rtcp_mux=True, srtp=keys[0] if keys else None
        )
        await leg.connect(parameters)
        return phone, parameters

    yield connect
    for phone in telephones:
        await phone.leg.hang_up()
        phone.socket.close()


async def received(phone: Telephone, packets: int) -> LegStatistics:
    """Wait until the worker has counted ``packets`` of the telephone's."""
    async with asyncio.timeout(WITHIN_S):
        while (statistics := await phone.leg.statistics()).packets_received < packets:
            await asyncio.sleep(0.02)
    return statistics


async def test_both_hear_each_other_and_forged_and_replayed_packets_are_counted(telephone: Callable[..., Telephone]):
    phone, _ = await telephone(key_pair(1))
    first = phone.say()
    await phone.until(lambda: len(phone.heard) >= 20)
    before = await phone.leg.statistics()
    phone.send(first)
    phone.send(first[:-1] + bytes([first[-1] ^ 1]))
    phone.send(RtpPacket(8, 9, 9, SSRC, bytes(160)).build())
    phone.send(b"\x80\xc9" + bytes(30))
    async with asyncio.timeout(WITHIN_S):
        while (after := await phone.leg.statistics()).packets_rejected < 4:
            await asyncio.sleep(0.02)
    assert (before.encrypted, before.codec, before.packets_rejected, after.packets_rejected) == (True, "PCMA", 0, 4)
    assert after.packets_received == phone.sequence - 100
    assert phone.unreadable == 0


@pytest.mark.parametrize("keys", [key_pair(2), None], ids=["SRTCP", "RTCP"])
async def test_reports_tell_both_sides_how_it_goes(
    telephone: Callable[..., Telephone], keys: tuple[SrtpKeys, SrtpKeys] | None
) -> None:
    phone, _ = await telephone(keys)
    await phone.until(lambda: bool(phone.sender_reports()))
    theirs = phone.sender_reports()[0]
    arrived = time.time()
    assert theirs.sender is not None
    assert theirs.ssrc == phone.heard[-1].ssrc
    assert [(block.ssrc, block.lost) for block in theirs.blocks] == [(SSRC, 0)]
    assert abs((theirs.sender.ntp_time - ntp_time(arrived)) / 2**32) < 2
    held_s = time.time() - arrived
    block = ReportBlock(theirs.ssrc, 0, 1, 0, 80, middle_of(theirs.sender.ntp_time), int(held_s * 65536))
    phone.report(build_report(SSRC, "phone", SenderInfo(ntp_time(arrived), 0, 1, 160), [block]))
    async with asyncio.timeout(WITHIN_S):
        while (statistics := await phone.leg.statistics()).round_trip_ms is None:
            await asyncio.sleep(0.02)
    assert 0 <= statistics.round_trip_ms < 1000
    assert statistics.remote_jitter_ms == 10
    assert statistics.remote_fraction_lost is not None
    assert 0 < statistics.remote_fraction_lost < 0.1
    assert statistics.mos is not None
    assert 3 < statistics.mos < 4.5
    await phone.leg.hang_up()
    await phone.until(lambda: Goodbye((theirs.ssrc,)) in phone.reports, talking=False)


@pytest.mark.quiet  # half a second is told by the packets that are sent in it
@pytest.mark.parametrize("keys", [key_pair(3), None], ids=["SRTP", "RTP"])
async def test_a_stream_that_goes_on_from_another_port_is_followed(
    telephone: Callable[..., Telephone], keys: tuple[SrtpKeys, SrtpKeys] | None
) -> None:
    phone, _ = await telephone(keys)
    await phone.until(lambda: len(phone.heard) >= 10)
    phone.move()
    await phone.until(lambda: len(phone.heard) >= 10)
    statistics = await phone.leg.statistics()
    # Where nothing vouches for the new source, it counts when the old one has been silent for half a second.
    assert statistics.packets_rejected == statistics.packets_lost
    assert statistics.packets_rejected == 0 if keys is not None else 20 < statistics.packets_rejected < 40


async def test_a_stranger_neither_is_heard_nor_hears(telephone: Callable[..., Telephone]) -> None:
    phone, _ = await telephone(None)
    await phone.until(lambda: len(phone.heard) >= 5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.setblocking(False)
        for number in range(100):
            stranger.sendto(
                RtpPacket(8, number, number * 160, 99, bytes(160)).build(), ("127.0.0.1", phone.leg.local_port)
            )
        await phone.until(lambda: len(phone.heard) >= 40)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    sent = phone.sequence - 100
    statistics = await received(phone, sent)
    assert (statistics.packets_received, statistics.packets_rejected) == (sent, 100)


async def test_new_keys_are_taken_without_a_gap_and_under_a_new_source(telephone: Callable[..., Telephone]) -> None:
    keys = key_pair(4)
    phone, parameters = await telephone(keys)
    await phone.until(lambda: len(phone.heard) >= 10)
    before = phone.heard[-1].ssrc
    await phone.leg.connect(parameters)
    await phone.until(lambda: len(phone.heard) >= 20)
    assert phone.heard[-1].ssrc == before
    renewed = key_pair(5)
    await phone.leg.connect(replace(parameters, srtp=renewed[0]))
    assert phone.srtp is not None
    phone.srtp.rekey(renewed[1])
    await phone.until(lambda: phone.heard[-1].ssrc != before)
    statistics = await received(phone, phone.sequence - 100)
    assert statistics.packets_rejected == 0
