"""TLS listeners and connections, with certificates of an authority of our own."""

import asyncio
import socket
import ssl
from dataclasses import replace

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sip_fixtures import request
from tls_fixtures import Authority
from transport_fixtures import connected, listening, transports

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network.connections import ConnectionLimits
from gateway.telephony.network.listener import Listener, TlsFiles
from gateway.telephony.network.tls import TlsContexts
from gateway.telephony.network.transport import Hop, Outgoing

OPTIONS = request("OPTIONS")
RESPONSE = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


def secured(authority, address, name="praxis.example", **options):
    context = options.pop("context", None) or authority.client_context(**options)
    return connected(*address, ssl=context, server_hostname=name)


def serial(peer):
    shown = peer.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(shown).serial_number


async def test_a_request_over_tls_is_answered_by_its_connection(authority):
    async with (
        transports(authority.listener("praxis.example")) as running,
        secured(authority, running.address) as peer,
    ):
        peer.send(OPTIONS)
        data, source = await running.gathering.next()
        assert (data, source) == (OPTIONS, Hop(*peer.address, "TLS", 0))
        running.send(Outgoing(RESPONSE, source))
        assert await peer.read_message() == RESPONSE


async def test_a_server_is_connected_to_by_the_name_of_its_domain(authority):
    context = authority.server_context("provider.example")
    async with transports(authority.listener("praxis.example")) as running, listening(ssl=context) as (port, peers):
        hop = Hop("127.0.0.1", port, "TLS", server_name="provider.example")
        running.send(Outgoing(OPTIONS, hop, "a"))
        peer = await peers.get()
        assert await peer.read_message() == OPTIONS
        peer.send(RESPONSE)
        assert await running.gathering.next() == (RESPONSE, hop)


@pytest.mark.parametrize(
    ("names", "trusts", "problem"),
    [
        (["other.example"], True, "the certificate is not accepted: Hostname mismatch"),
        (["provider.example"], False, "the certificate is not accepted: unable to get local issuer certificate"),
    ],
)
async def test_a_server_that_cannot_show_who_it_is_gets_nothing(authority, tmp_path, names, trusts, problem):
    context = authority.server_context(*names)
    options = {} if trusts else {"server_ca": Authority(tmp_path / "theirs").file}
    async with (
        transports(authority.listener("praxis.example", **options)) as running,
        listening(ssl=context) as (port, peers),
    ):
        running.send(Outgoing(OPTIONS, Hop("127.0.0.1", port, "TLS", server_name="provider.example"), "a"))
        _, error = await running.gathering.next_failure()
        assert error.startswith(problem)
        assert peers.empty()


async def test_a_connection_for_one_domain_is_not_used_for_another(authority):
    context = authority.server_context("a.example", "b.example")
    async with transports(authority.listener("praxis.example")) as running, listening(ssl=context) as (port, peers):
        for name in ("a.example", "b.example", "a.example"):
            running.send(Outgoing(OPTIONS, Hop("127.0.0.1", port, "TLS", server_name=name), name))
            await asyncio.sleep(0)
        first, second = await peers.get(), await peers.get()
        assert sorted([len(await peer.read(len(OPTIONS))) for peer in (first, second)]) == [len(OPTIONS)] * 2
        assert peers.empty()


async def test_a_peer_that_connected_is_not_taken_for_a_server_that_must_show_its_name(authority):
    async with (
        transports(authority.listener("praxis.example")) as running,
        secured(authority, running.address) as peer,
    ):
        peer.send(request("OPTIONS", via="127.0.0.1:9"))
        await running.gathering.next()
        running.send(Outgoing(OPTIONS, Hop("127.0.0.1", 9, "TLS", server_name="provider.example"), "a"))
        assert (await running.gathering.next_failure())[1] == "Connection refused"


async def test_a_renewed_certificate_is_shown_without_a_restart_and_running_connections_stay(authority):
    async with (
        transports(authority.listener("praxis.example")) as running,
        secured(authority, running.address) as before,
    ):
        authority.files("praxis.example")
        async with secured(authority, running.address) as after:
            assert serial(before) != serial(after)
        before.send(OPTIONS)
        assert (await running.gathering.next())[0] == OPTIONS


async def test_a_renewal_that_is_half_written_leaves_the_old_certificate_in_force(authority):
    listener = authority.listener("praxis.example")
    async with transports(listener) as running:
        async with secured(authority, running.address) as before:
            shown = serial(before)
        whole = listener.tls.certificate.read_bytes()
        listener.tls.certificate.write_bytes(whole[:100])
        with structlog.testing.capture_logs() as logs:
            async with secured(authority, running.address) as during:
                assert serial(during) == shown
        assert [entry["event"] for entry in logs].count("sip_certificate_not_reloaded") == 1
        authority.files("praxis.example")
        async with secured(authority, running.address) as after:
            assert serial(after) != shown


async def test_a_client_without_the_certificate_that_is_asked_for_is_refused(authority):
    listener = authority.listener("praxis.example", client_ca=authority.file)
    async with transports(listener) as running:
        async with secured(authority, running.address, files=authority.files("trunk.example")) as peer:
            peer.send(OPTIONS)
            await running.gathering.next()
        async with secured(authority, running.address) as peer:
            peer.send(OPTIONS)
            assert await peer.read_to_end() == b""
        while not running.connections.counters.failed_handshakes:
            await asyncio.sleep(0)
        assert running.gathering.received.empty()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_tls_older_than_1_2_is_refused(authority):
    context = authority.client_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with transports(authority.listener("praxis.example")) as running:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            async with secured(authority, running.address, context=context):
                pass


async def test_a_handshake_that_does_not_come_is_given_up(authority):
    limits = ConnectionLimits(handshake_s=0.05, total=1)
    async with transports(authority.listener("praxis.example"), limits=limits) as running:
        async with connected(*running.address) as silent:
            assert await silent.read_to_end() == b""
        async with secured(authority, running.address) as peer:
            peer.send(OPTIONS)
            await running.gathering.next()


async def test_a_server_that_never_answers_the_handshake_is_given_up(authority):
    limits = ConnectionLimits(connect_s=0.05)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        async with transports(authority.listener("praxis.example"), limits=limits) as running:
            running.send(Outgoing(OPTIONS, Hop(*deaf.getsockname(), "TLS"), "a"))
            assert (await running.gathering.next_failure())[1] == "no connection came about in time"


async def test_stopping_during_handshakes_leaves_nothing_behind(authority):
    async with transports(authority.listener("praxis.example")) as running:
        with socket.create_connection(running.address), socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen()
            running.send(Outgoing(OPTIONS, Hop(*deaf.getsockname(), "TLS"), "a"))
            while not running.connections.counters.accepted:
                await asyncio.sleep(0)
            await running.stop()


def test_files_that_cannot_be_used_are_named(authority, tmp_path):
    files = authority.files("praxis.example")
    other = authority.files("other.example")
    encrypted = tmp_path / "encrypted.key"
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("rubbish")
    for wrong, problem in (
        (replace(files, key=tmp_path / "none.key"), r"none\.key is not there"),
        (replace(files, key=other.key), "cannot be used: key values mismatch"),
        (replace(files, key=encrypted), "is encrypted"),
        (replace(files, certificate=rubbish), "rubbish.pem and key .* cannot be used"),
        (replace(files, client_ca=rubbish), "The TLS authorities .*rubbish.pem cannot be used"),
        (replace(files, server_ca=tmp_path / "none.pem"), "The TLS authorities .*none.pem cannot be used"),
    ):
        with pytest.raises(TelephonyError, match=problem):
            TlsContexts(wrong)


async def test_only_tls_takes_a_certificate(tmp_path):
    files = TlsFiles(tmp_path / "a", tmp_path / "b")
    with pytest.raises(TelephonyError, match=r"The TCP listener on 127\.0\.0\.1 port 0 takes no certificate"):
        async with transports(Listener("127.0.0.1", 0, "TCP", tls=files)):
            pass


async def test_a_request_of_a_call_goes_back_by_the_connection_of_a_peer_that_has_a_name(authority):
    async with (
        transports(authority.listener("praxis.example")) as running,
        secured(authority, running.address) as peer,
    ):
        peer.send(request("OPTIONS", via="localhost:5099"))
        await running.gathering.next()
        running.send(Outgoing(OPTIONS, Hop("localhost", 5099, "TLS"), "a"))
        assert await peer.read_message() == OPTIONS
