"""What a Homer collector gets, read by the specification alone, and what becomes of calls when it is not there."""

import asyncio
import ipaddress
import socket
import struct
import time

import pytest
import structlog
from sip_fixtures import invite, request
from trace_fixtures import BEGAN, traced

from gateway.telephony.diagnostics.hep import HepTooLong, encode_hep
from gateway.telephony.diagnostics.hep_sender import HepSender
from gateway.telephony.diagnostics.trace import MaskingTracer
from gateway.telephony.network.transport import Hop

# Chunk types of the generic vendor, by the table in the specification.
FAMILY, PROTOCOL, SOURCE_4, TARGET_4, SOURCE_6, TARGET_6, SOURCE_PORT, TARGET_PORT = range(1, 9)
SECONDS, MICROSECONDS, KIND, AGENT, PAYLOAD, CORRELATION = 9, 10, 11, 12, 15, 17


def decode(packet: bytes) -> dict[int, bytes]:
    """Read a packet by the specification: 'HEP3', the whole length, and chunks of vendor, type, length and value."""
    assert packet[:4] == b"HEP3"
    assert int.from_bytes(packet[4:6], "big") == len(packet)
    chunks, rest = {}, packet[6:]
    while rest:
        vendor, kind, length = struct.unpack(">HHH", rest[:6])
        assert vendor == 0
        assert 6 <= length <= len(rest)
        assert kind not in chunks
        chunks[kind], rest = rest[6:length], rest[length:]
    return chunks


def test_a_message_over_ipv4_and_udp():
    message = traced(invite(), 1.25, remote=Hop("192.0.2.9", 5070))
    chunks = decode(encode_hep(message, 2001, "c1"))
    assert chunks == {
        FAMILY: b"\x02",
        PROTOCOL: b"\x11",
        SOURCE_4: ipaddress.ip_address("192.0.2.9").packed,
        TARGET_4: ipaddress.ip_address("192.0.2.1").packed,
        SOURCE_PORT: (5070).to_bytes(2, "big"),
        TARGET_PORT: (5060).to_bytes(2, "big"),
        SECONDS: int(BEGAN + 1).to_bytes(4, "big"),
        MICROSECONDS: (250_000).to_bytes(4, "big"),
        KIND: b"\x01",
        AGENT: (2001).to_bytes(4, "big"),
        CORRELATION: b"c1",
        PAYLOAD: invite(),
    }


def test_a_message_that_was_sent_over_ipv6_and_tcp():
    remote, local = Hop("2001:db8::9", 41234, "TCP"), ("2001:db8::1", 5060)
    chunks = decode(encode_hep(traced(invite(), sent=True, remote=remote, local=local), 1))
    assert (chunks[FAMILY], chunks[PROTOCOL]) == (bytes([socket.AF_INET6]), b"\x06")
    assert chunks[SOURCE_6] == ipaddress.ip_address("2001:db8::1").packed
    assert chunks[TARGET_6] == ipaddress.ip_address("2001:db8::9").packed
    assert (chunks[SOURCE_PORT], chunks[TARGET_PORT]) == ((5060).to_bytes(2, "big"), (41234).to_bytes(2, "big"))
    assert SOURCE_4 not in chunks
    assert CORRELATION not in chunks


def test_a_message_that_does_not_fit_is_refused():
    encode_hep(traced(b"x" * 65_000), 1)
    with pytest.raises(HepTooLong):
        encode_hep(traced(b"x" * 65_500), 1)


@pytest.fixture
def collector():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5)
        yield bound


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_collector_gets_messages_without_their_secrets(collector, host):
    sender = HepSender(host, collector.getsockname()[1])
    await sender.start()
    async with asyncio.timeout(5):
        while sender._socket is None:
            await asyncio.sleep(0.01)
    MaskingTracer([sender])(traced(request("REGISTER", headers=("Authorization: Bearer secret",))))
    chunks = decode(await asyncio.to_thread(collector.recv, 65_535))
    assert chunks[PAYLOAD].startswith(b"REGISTER ")
    assert b"secret" not in chunks[PAYLOAD]
    assert chunks[CORRELATION] == b"c1"
    await sender.stop()
    assert (sender.sent, sender.lost) == (1, 0)


async def test_a_collector_that_is_gone_costs_messages_and_no_time(collector):
    sender = HepSender("127.0.0.1", collector.getsockname()[1])
    await sender.start()
    collector.close()
    began = time.monotonic()
    for _ in range(500):
        sender(traced(invite()))
        await asyncio.sleep(0)
    assert time.monotonic() - began < 0.5
    assert sender.lost > 0
    assert sender.sent + sender.lost == 500
    await sender.stop()


async def test_a_collector_that_does_not_read_blocks_nobody(collector):
    sender = HepSender("127.0.0.1", collector.getsockname()[1])
    await sender.start()
    slowest = 0.0
    for _ in range(3_000):
        began = time.monotonic()
        sender(traced(invite(body=b"x" * 1_000)))
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 0.2
    await sender.stop()


@pytest.mark.parametrize("host", ["homer.invalid", "homer..example", f"{'a' * 64}.example"])
async def test_a_collector_whose_name_is_unknown_is_reported_and_stops_nothing(host):
    sender = HepSender(host, 9060)
    with structlog.testing.capture_logs() as logs:
        await sender.start()
        async with asyncio.timeout(10):
            while not logs:
                await asyncio.sleep(0.01)
    sender(traced(invite()))
    assert sender.lost == 1
    assert logs[0]["event"] == "hep_collector_not_found"
    await sender.stop()
    await sender.stop()
