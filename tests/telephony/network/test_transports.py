"""The listeners and connections of a user agent, over real sockets."""

import asyncio
import errno
import socket

import pytest
import structlog
from sip_fixtures import request, statuses
from transport_fixtures import TCP, UDP, Gathering, connected, listening, quick, transports

from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.message import parse_message
from gateway.telephony.network import stream_listener
from gateway.telephony.network.connections import ConnectionLimits
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.transport import Hop, Outgoing
from gateway.telephony.network.transports import Transports

OPTIONS = request("OPTIONS")
RESPONSE = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


def to(port, data=OPTIONS, transaction="b OPTIONS", transport="TCP", **fields):
    return Outgoing(data, Hop("127.0.0.1", port, transport), transaction, **fields)


async def test_several_listeners_serve_side_by_side_and_each_message_names_its_own():
    listeners = [UDP, UDP, TCP, Listener("::1", 0, "TCP"), Listener("::1", 0)]
    async with transports(*listeners) as running:
        addresses = running.addresses
        assert [(hop.host, hop.transport, hop.listener) for hop in addresses] == [
            (listener.host, listener.transport, index) for index, listener in enumerate(listeners)
        ]
        assert running.address == addresses[0][:2]
        for hop in addresses:
            if hop.transport == "TCP":
                async with connected(hop.host, hop.port) as peer:
                    peer.send(OPTIONS)
                    data, source = await running.gathering.next()
                    assert source == Hop(*peer.address, "TCP", hop.listener)
            else:
                family = socket.AF_INET6 if ":" in hop.host else socket.AF_INET
                with socket.socket(family, socket.SOCK_DGRAM) as sender:
                    sender.bind((hop.host, 0))
                    sender.sendto(OPTIONS, (hop.host, hop.port))
                    data, source = await running.gathering.next()
                    assert source == Hop(*sender.getsockname()[:2], "UDP", hop.listener)
                    running.send(Outgoing(RESPONSE, source))
                    assert sender.recvfrom(100)[1][:2] == (hop.host, hop.port)
            assert data == OPTIONS
            assert running.gathering.traced[-1].data in (OPTIONS, RESPONSE)


async def test_a_response_takes_the_connection_of_its_request():
    async with transports() as running, connected(*running.address) as peer:
        peer.send(OPTIONS)
        _, source = await running.gathering.next()
        running.send(Outgoing(RESPONSE, source))
        assert await peer.read_message() == RESPONSE
        trace = running.gathering.traced
        assert [(each.sent, each.remote, each.local) for each in trace] == [
            (False, source, running.address),
            (True, source, running.address),
        ]


async def test_a_response_whose_connection_is_gone_goes_to_where_the_via_says():
    async with transports() as running, listening() as (port, peers):
        async with connected(*running.address) as peer:
            peer.send(OPTIONS)
            _, source = await running.gathering.next()
        while len(running.connections):
            await asyncio.sleep(0)
        running.send(Outgoing(RESPONSE, source, fallback=source._replace(port=port)))
        assert await (await peers.get()).read_message() == RESPONSE


async def test_requests_share_one_connection_and_answers_come_by_it():
    async with transports() as running, listening() as (port, peers):
        for number in range(3):
            running.send(to(port, transaction=f"{number} OPTIONS"))
        peer = await peers.get()
        for _ in range(3):
            assert await peer.read_message() == OPTIONS
        running.send(to(port))
        assert await peer.read_message() == OPTIONS
        assert peers.empty()
        peer.send(RESPONSE)
        data, source = await running.gathering.next()
        assert (data, source) == (RESPONSE, Hop("127.0.0.1", port, "TCP"))


async def test_a_peer_that_connected_is_sent_requests_by_that_connection_to_the_port_that_its_via_names():
    async with transports() as running, connected(*running.address) as peer:
        peer.send(request("OPTIONS", via="127.0.0.1:5099"))
        await running.gathering.next()
        running.send(to(5099))
        assert await peer.read_message() == OPTIONS


async def test_a_server_that_is_not_there_fails_every_request_that_waits_for_it():
    async with transports() as running, listening() as (port, _):
        pass
    async with transports() as running:
        for number in range(2):
            running.send(to(port, transaction=str(number)))
        failures = [await running.gathering.next_failure() for _ in range(2)]
        assert [(outgoing.transaction, error) for outgoing, error in failures] == [
            ("0", "Connection refused"),
            ("1", "Connection refused"),
        ]


async def test_a_lost_connection_fails_the_requests_sent_by_it_at_once():
    async with transports() as running, listening() as (port, peers):
        running.send(to(port, transaction="lost"))
        peer = await peers.get()
        await peer.read_message()
        await peer.close()
        outgoing, error = await running.gathering.next_failure()
        assert (outgoing.transaction, error) == ("lost", "The connection was closed by the peer")


async def test_a_request_without_a_content_length_is_refused_and_its_connection_closed():
    async with transports() as running, connected(*running.address) as peer:
        peer.send(OPTIONS.replace(b"Content-Length: 0\r\n", b""))
        response = parse_message(await peer.read_to_end())
        assert (response.status, response.reason) == (400, "The Content-Length header is missing")
        assert response.top_via.parameters.get("received") == "127.0.0.1"
        assert running.gathering.received.empty()


async def test_a_request_that_is_too_large_is_refused_and_its_connection_closed():
    async with transports() as running, connected(*running.address) as peer:
        peer.send(OPTIONS.replace(b"Content-Length: 0", b"Content-Length: 70000"))
        assert statuses([parse_message(await peer.read_to_end())]) == [513]


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01rubbish", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n"]
)
async def test_what_is_no_sip_request_is_closed_without_an_answer(data):
    async with transports() as running, connected(*running.address) as peer:
        peer.send(data)
        assert await peer.read_to_end() == b""


async def test_a_slow_sender_is_closed():
    async with transports(limits=quick(message_s=0.05)) as running, connected(*running.address) as peer:
        peer.send(OPTIONS[:30])
        assert await peer.read_to_end() == b""


async def test_a_silent_peer_is_closed():
    async with transports(limits=quick(message_s=0.05)) as running, connected(*running.address) as peer:
        assert await peer.read_to_end() == b""


async def test_an_idle_peer_is_closed():
    async with transports(limits=quick(accepted_idle_s=0.05)) as running, connected(*running.address) as peer:
        peer.send(OPTIONS)
        assert await peer.read_to_end() == b""


async def test_a_ping_is_answered():
    async with transports() as running, connected(*running.address) as peer:
        peer.send(b"\r\n\r\n")
        assert await peer.read(2) == b"\r\n"
        assert running.gathering.received.empty()


async def test_a_server_is_pinged_and_closed_once_it_stops_answering():
    async with transports(limits=quick(ping_s=0.03, pong_s=0.03)) as running, listening() as (port, peers):
        running.send(to(port))
        peer = await peers.get()
        assert await peer.read_message() == OPTIONS
        assert await peer.read(4) == b"\r\n\r\n"
        peer.send(b"\r\n")
        assert await peer.read(4) == b"\r\n\r\n"
        assert await peer.read_to_end() == b""


async def test_strangers_are_closed_before_a_word_is_read():
    asked = []

    def hears(host, now):
        asked.append(host)
        return False

    async with transports(hears=hears) as running, connected(*running.address) as peer:
        peer.send(OPTIONS)
        assert await peer.read_to_end() == b""
        assert asked == ["127.0.0.1"]
        assert running.connections.counters.accepted == 0


class Exhausted:
    """A listening socket of a process that may open no more files, for so many times."""

    def __init__(self, listening, times):
        self._listening, self._left = listening, times

    def accept(self):
        if self._left:
            self._left -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listening.accept()

    def __getattr__(self, name):
        return getattr(self._listening, name)


async def test_a_process_that_may_open_no_more_files_takes_connections_again_once_it_may(monkeypatch):
    monkeypatch.setattr(stream_listener, "_PAUSE_S", 0.01)
    async with transports() as running:
        listener = running._bound[0]._socket
        listener._socket = Exhausted(listener._socket, 3)
        with structlog.testing.capture_logs() as logs:
            async with connected(*running.address) as peer:
                peer.send(OPTIONS)
                await running.gathering.next()
        assert [entry["event"] for entry in logs].count("sip_connections_not_taken") == 3


@pytest.mark.parametrize("limits", [ConnectionLimits(per_source=1), ConnectionLimits(total=1)])
async def test_connections_too_many_are_closed_and_the_others_stay(limits):
    async with transports(limits=limits) as running, connected(*running.address) as first:
        first.send(OPTIONS)
        await running.gathering.next()
        async with connected(*running.address) as second:
            assert await second.read_to_end() == b""
        first.send(OPTIONS)
        await running.gathering.next()
        assert running.connections.counters.refused_full == 1
        await first.close()
        while len(running.connections):
            await asyncio.sleep(0)
        async with connected(*running.address) as third:
            third.send(OPTIONS)
            await running.gathering.next()


async def test_a_peer_that_does_not_read_is_given_up():
    async with transports() as running, connected(*running.address, limit=1) as peer:
        peer.send(OPTIONS)
        _, source = await running.gathering.next()
        large = b"x" * 60_000
        for number in range(300):
            running.send(Outgoing(large, source, str(number)))
            if not running.gathering.failed.empty():
                break
        _, error = await running.gathering.next_failure()
        assert error == "The peer does not read what it is sent"


async def test_a_hop_of_another_family_than_the_listeners_or_of_datagrams_without_one_is_told():
    async with transports(UDP) as running:
        running.send(Outgoing(OPTIONS, Hop("::1", 5060), "a"))
        running.send(Outgoing(OPTIONS, Hop("::1", 5060, "TLS"), "b"))
        errors = [(await running.gathering.next_failure())[1] for _ in range(2)]
        assert errors == ["There is no UDP listener for IPv6", "There is no listener for IPv6"]
    async with transports() as running:
        running.send(Outgoing(OPTIONS, Hop("127.0.0.1", 5060), "a"))
        assert (await running.gathering.next_failure())[1] == "There is no UDP listener for IPv4"


async def test_a_name_is_resolved_and_one_that_cannot_be_is_told():
    async with transports() as running, listening() as (port, peers):
        running.send(Outgoing(OPTIONS, Hop("localhost", port, "TCP"), "a"))
        assert await (await peers.get()).read_message() == OPTIONS
        running.send(Outgoing(OPTIONS, Hop("no-such-host.invalid", port, "TCP"), "b"))
        outgoing, error = await running.gathering.next_failure()
        assert outgoing.transaction == "b"
        assert error.startswith("The host no-such-host.invalid cannot be found")


async def test_one_listener_that_fails_closes_the_others():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        gathering = Gathering()
        running = Transports(
            [UDP, Listener("127.0.0.1", port, "TCP")], receive=gathering.received.put, failed=gathering.failed.put
        )
        with pytest.raises(TelephonyError, match=f"127.0.0.1 port {port}"):
            await running.start()
        with pytest.raises(TelephonyError, match="not started"):
            _ = running.address


@pytest.mark.parametrize(
    ("listener", "problem"),
    [
        (Listener("praxis.example", 0), "praxis.example: it is not an IP address"),
        (Listener("127.0.0.1", 0, "TLS"), "The TLS listener on 127.0.0.1 port 0 needs a certificate"),
    ],
)
async def test_a_listener_that_cannot_be_is_told(listener, problem):
    with pytest.raises(TelephonyError, match=problem):
        async with transports(listener):
            pass


async def test_via_and_contact_hold_the_address_of_the_listener_that_speaks_to_the_hop():
    listeners = [
        UDP,
        Listener("127.0.0.1", 0, "TCP", advertised_address="198.51.100.1", advertised_port=5070),
        Listener("0.0.0.0", 0),
        Listener("::1", 0),
    ]
    async with transports(*listeners) as running:
        ports = [hop.port for hop in running.addresses]
        assert running.contact_address(Hop("127.0.0.1", 5060)) == ("127.0.0.1", ports[0])
        assert running.contact_address(Hop("127.0.0.1", 5060, "TCP")) == ("198.51.100.1", 5070)
        assert running.contact_address(Hop("127.0.0.1", 5060, listener=2)) == ("127.0.0.1", ports[2])
        assert running.contact_address(Hop("::1", 5060)) == ("::1", ports[3])
        assert running.contact_address(Hop("praxis.example", 0, "TCP")) == ("198.51.100.1", 5070)
        assert running.local_address_for("::1") == "::1"
        assert running.local_address_for("127.0.0.1") == "127.0.0.1"


async def test_the_largest_datagrams_are_received_and_sent():
    large = request("INVITE", body=b"v" * 60_000)
    async with transports(UDP) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            peer.setblocking(False)
            peer.bind(("127.0.0.1", 0))
            peer.sendto(large, running.address)
            data, source = await running.gathering.next()
            assert data == large
            running.send(Outgoing(large, source))
            assert await asyncio.get_running_loop().sock_recv(peer, 65_535) == large
            running.send(Outgoing(b"v" * 70_000, source, "a"))
            assert (await running.gathering.next_failure())[1] == "Message too long"


async def test_a_machine_in_two_networks_speaks_to_each_from_the_listener_there():
    networks = [
        Listener("127.0.0.2", 0, advertised_address="198.51.100.2"),
        Listener("127.0.0.1", 0, advertised_address="198.51.100.1"),
        Listener("0.0.0.0", 0, advertised_address="198.51.100.3"),
    ]
    async with transports(*networks) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            running.send(Outgoing(OPTIONS, Hop(*peer.getsockname())))
            assert peer.recvfrom(2_000)[1] == running.addresses[1][:2]
        assert running.local_address_for("127.0.0.1") == "198.51.100.1"
        assert running.contact_address(Hop("127.0.0.1", 5060))[0] == "198.51.100.1"
    async with transports(networks[0], networks[2]) as running:
        assert running.local_address_for("127.0.0.1") == "198.51.100.3"


async def test_the_end_of_a_connection_that_we_opened_is_told_and_that_of_others_is_not():
    ended = asyncio.Queue()
    async with transports(disconnected=ended.put_nowait) as running, listening() as (port, peers):
        async with connected(*running.address) as other:
            other.send(OPTIONS)
            await running.gathering.next()
        running.send(to(port))
        await (await peers.get()).close()
        async with asyncio.timeout(5):
            assert await ended.get() == Hop("127.0.0.1", port, "TCP")
        assert ended.empty()
