"""STUN: the codec, its timing, and a listener that learns its public address from a server on loopback."""

import asyncio
import contextlib
import socket

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import request
from transport_fixtures import transports

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network import bound_listener
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.stun import (
    StunBinding,
    StunTimes,
    encode_binding_request,
    is_stun,
    parse_binding_response,
)
from gateway.telephony.network.stun_client import StunClient
from gateway.telephony.network.transport import Hop

TRANSACTION = bytes(range(12))
SEEN = ("203.0.113.9", 41_000)


def response(transaction_id=TRANSACTION, address=SEEN, kind=0x0101, attribute=0x0020):
    family = 2 if ":" in address[0] else 1
    packed = socket.inet_pton(socket.AF_INET6 if family == 2 else socket.AF_INET, address[0])
    port = address[1].to_bytes(2, "big")
    if attribute == 0x0020:
        key = b"\x21\x12\xa4\x42" + transaction_id
        port = bytes(a ^ b for a, b in zip(port, key, strict=False))
        packed = bytes(a ^ b for a, b in zip(packed, key, strict=False))
    value = bytes([0, family]) + port + packed
    software = b"\x80\x22\x00\x03abc\x00"
    body = software + attribute.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
    return kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + transaction_id + body


def test_the_example_of_rfc_5769_is_read():
    """RFC 5769 section 2.2."""
    data = bytes.fromhex(
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
        "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
    )
    assert parse_binding_response(data).address == ("192.0.2.1", 32_853)


@pytest.mark.parametrize("address", [SEEN, ("2001:db8::9", 5060)])
@pytest.mark.parametrize("attribute", [0x0020, 0x0001])
def test_the_address_is_read_in_both_forms_and_families(address, attribute):
    parsed = parse_binding_response(response(address=address, attribute=attribute))
    assert (parsed.transaction_id, parsed.address) == (TRANSACTION, address)


def test_an_error_response_holds_its_code():
    data = b"\x01\x11\x00\x08\x21\x12\xa4\x42" + TRANSACTION + b"\x00\x09\x00\x04\x00\x00\x04\x00"
    assert parse_binding_response(data).error == 400


def test_stun_is_told_from_sip():
    assert is_stun(encode_binding_request(TRANSACTION))
    assert not is_stun(request("OPTIONS"))
    assert not is_stun(b"\r\n\r\n")


@given(st.binary(max_size=60), st.booleans())
def test_rubbish_is_refused_with_a_value_error(data, headed):
    if headed:
        data = b"\x01\x01" + (len(data) // 4 * 4).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + TRANSACTION + data
    with contextlib.suppress(ValueError):
        parse_binding_response(data)


def test_a_request_is_repeated_and_given_up_and_made_anew():
    binding = StunBinding(0.0, StunTimes(first_repeat_s=0.5, give_up_s=5.0, refresh_s=25.0))
    first = binding.poll(0.0)
    times = []
    while not binding.failed:
        now = binding.deadline
        again = binding.poll(now)
        if again is not None:
            assert again == first
            times.append(now)
    assert times == [0.5, 1.5, 3.5]
    assert binding.deadline == 30.0
    second = binding.poll(30.0)
    assert second != first
    binding.receive(response(first[8:]), 30.1)
    assert binding.failed
    binding.receive(response(second[8:]), 30.1)
    assert (binding.address, binding.failed, binding.deadline) == (SEEN, False, pytest.approx(55.1))


def test_an_address_outlives_the_server_that_told_it():
    binding = StunBinding(0.0)
    binding.receive(response(binding.poll(0.0)[8:]), 0.1)
    while not binding.failed:
        binding.poll(binding.deadline)
    assert binding.address == SEEN


class StunServer(asyncio.DatagramProtocol):
    """Answers with ``seen``; while that is None, not at all."""

    def __init__(self):
        self.seen = SEEN
        self.asked = 0

    async def __aenter__(self):
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self.name = f"127.0.0.1:{self._transport.get_extra_info('sockname')[1]}"
        return self

    async def __aexit__(self, *_):
        self._transport.close()

    def datagram_received(self, data, addr):
        self.asked += 1
        if self.seen is not None:
            self._transport.sendto(response(data[8:20], self.seen), addr)


@pytest.fixture
def quick_stun(monkeypatch):
    """Clients that ask every 20 ms, and wait no longer than 50 ms at the start."""
    times = StunTimes(first_repeat_s=0.02, give_up_s=0.04, refresh_s=0.02)
    monkeypatch.setattr(bound_listener, "StunClient", lambda *arguments: StunClient(*arguments, times=times))
    monkeypatch.setattr("gateway.telephony.network.stun_client._FIRST_ANSWER_S", 0.05)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_listener_stands_in_via_with_the_address_that_the_server_sees(quick_stun):
    async with StunServer() as server, transports(Listener("127.0.0.1", 0, stun_server=server.name)) as running:
        assert running.contact_address(Hop("198.51.100.1", 5060)) == SEEN
        assert running.local_address_for("198.51.100.1") == SEEN[0]
        server.seen = ("203.0.113.10", 42_000)
        await until(lambda: running.contact_address(Hop("198.51.100.1", 5060)) == server.seen)
        assert running.gathering.received.empty()


async def test_an_advertised_address_goes_before_what_the_server_sees(quick_stun):
    listener = {"advertised_address": "198.51.100.5"}
    async with (
        StunServer() as server,
        transports(Listener("127.0.0.1", 0, stun_server=server.name, **listener)) as running,
    ):
        assert running.contact_address(Hop("198.51.100.1", 5060)) == ("198.51.100.5", running.address[1])


async def test_a_server_that_is_silent_leaves_the_bound_address_and_one_warning(quick_stun):
    with structlog.testing.capture_logs() as logs:
        async with StunServer() as server:
            server.seen = None
            async with transports(Listener("127.0.0.1", 0, stun_server=server.name)) as running:
                await until(lambda: server.asked >= 6)
                assert running.contact_address(Hop("198.51.100.1", 5060)) == running.address
                server.seen = SEEN
                await until(lambda: running.contact_address(Hop("198.51.100.1", 5060)) == SEEN)
    assert [entry["event"] for entry in logs].count("sip_stun_failed") == 1


async def test_a_server_that_cannot_be_found_leaves_the_bound_address_and_a_warning(quick_stun):
    with structlog.testing.capture_logs() as logs:
        async with transports(Listener("127.0.0.1", 0, stun_server="no-such-host.invalid")) as running:
            assert running.contact_address(Hop("198.51.100.1", 5060)) == running.address
            await until(lambda: "sip_stun_failed" in [entry["event"] for entry in logs])


async def test_an_answer_from_somebody_else_is_not_believed(quick_stun):
    async with StunServer() as server, transports(Listener("127.0.0.1", 0, stun_server=server.name)) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as liar:
            liar.sendto(response(address=("192.0.2.66", 6)), running.address)
            asked = server.asked
            await until(lambda: server.asked > asked)
        assert running.contact_address(Hop("198.51.100.1", 5060)) == SEEN


async def test_a_server_that_is_no_host_is_told():
    with pytest.raises(TelephonyError, match="The STUN server 'stun:x:y' cannot be used"):
        async with transports(Listener("127.0.0.1", 0, stun_server="stun:x:y")):
            pass
