"""TCP and TLS trunks of a gateway that listens on UDP only: calls come and go by the connections that it opens."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
from sip_fixtures import accept, invite, request, respond
from test_trunk_calls import until
from test_user_agent import LOOPBACK, QUICK
from tls_fixtures import Authority
from transport_fixtures import UDP, StreamPeer, listening, transports

from gateway.telephony.errors import CallFailed, CallRejected
from gateway.telephony.events import EndReason
from gateway.telephony.messages.message import Request, parse_message
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.stream_connection import StreamConnection
from gateway.telephony.network.stream_socket import StreamSocket
from gateway.telephony.network.transport import Hop, Outgoing
from gateway.telephony.trunks import registration
from gateway.telephony.trunks.registration import RegistrationState
from gateway.telephony.trunks.trunk_file import load_trunks
from gateway.telephony.user_agent import UserAgent

OPTIONS = request("OPTIONS")
FILE = """\
listeners:
  - {host: 127.0.0.1, port: 0}
trunks:
  - id: provider
    servers: ["sip:localhost:%(port)d;transport=%(transport)s"]
    username: line
    password_env: PASSWORD
    registration: {}
    options_interval_s: 0
    %(more)s
"""


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.fixture(params=["TCP", "TLS"])
def kind(request):
    return request.param


@asynccontextmanager
async def provider(kind, authority):
    """Listen as a provider; yields the port and the connections that come."""
    async with listening(**({"ssl": authority.server_context("localhost")} if kind == "TLS" else {})) as listening_at:
        yield listening_at


@asynccontextmanager
async def gateway(tmp_path, port, kind="TLS", *, server_ca=True, **options):
    """Run a user agent by a trunks file with one UDP listener and a trunk of ``kind``."""
    path = tmp_path / "trunks.yaml"
    more = "server_ca: ours/authority.pem" if server_ca else ""
    path.write_text(FILE % {"port": port, "transport": kind.lower(), "more": more})
    plan = load_trunks(path, {"PASSWORD": "secret"})
    agent = UserAgent(plan.listeners, trunks=plan.trunks, max_calls=2, timers=QUICK, **options)
    await agent.start()
    try:
        async with asyncio.timeout(10):
            yield agent
    finally:
        await agent.stop(grace_s=0.1)


def far_end(peer: StreamPeer) -> str:
    host, port = peer.writer.get_extra_info("peername")[:2]
    return f"{host}:{port}"


async def take(peer, method):
    """Return the next request, which is of ``method``; responses before it are passed over."""
    while not isinstance(message := parse_message(await peer.read_message()), Request):
        pass
    assert message.method == method
    return message


async def accepted(peer, method, call_id):
    """Return the 200 to our request; other messages before it are passed over."""
    while True:
        message = parse_message(await peer.read_message())
        if not isinstance(message, Request) and (message.cseq.method, message.call_id) == (method, call_id):
            assert message.status <= 200
            if message.status == 200:
                return message


async def register(peer, **via):
    """Take the REGISTER that comes and accept it; ``via`` are parameters to add to its Via."""
    message = await take(peer, "REGISTER")
    response = respond(message, 200, headers=(f"Contact: {message.headers.get('Contact')};expires=600",))
    for name, value in via.items():
        response = response.replace(b";rport;" if name == "rport" else b";alias", f";{name}={value};".encode(), 1)
    peer.send(response)
    return message


def over(kind, data):
    return data.replace(b"/UDP", b"/" + kind.encode(), 1)


async def test_a_trunk_registers_and_is_called_by_its_own_connection_without_a_listener(
    kind, authority, tmp_path, monkeypatch
):
    monkeypatch.setattr(registration, "RENEW_AGAIN_S", 0.02)
    calls = asyncio.Queue()

    async def on_invite(call):
        await call.answer(local_port=4000)
        await calls.put(call)

    async with (
        provider(kind, authority) as (port, peers),
        gateway(tmp_path, port, kind, on_invite=on_invite) as agent,
    ):
        peer = await peers.get()
        registered = await register(peer)
        contact = f"<sip:line@{far_end(peer)};transport={kind.lower()}>"
        assert registered.headers.get("Contact") == contact
        assert f"{registered.top_via.host}:{registered.top_via.port}" == far_end(peer)
        assert registered.top_via.transport == kind
        theirs = (f"Contact: <sip:provider@127.0.0.1:{port};transport={kind.lower()}>",)
        via = f"127.0.0.1:{port}"
        for ending in ("theirs", "ours"):
            peer.send(over(kind, invite(headers=theirs, via=via, call_id=ending, branch=ending)))
            answer = await accepted(peer, "INVITE", ending)
            assert answer.headers.get("Contact") == f"<sip:{far_end(peer)};transport={kind.lower()}>"
            dialog = {"call_id": ending, "to_tag": answer.to_address.tag, "via": via}
            peer.send(over(kind, request("ACK", branch=f"ack-{ending}", **dialog)))
            call = await calls.get()
            if ending == "theirs":
                peer.send(over(kind, request("BYE", branch="bye", cseq=2, **dialog)))
                await accepted(peer, "BYE", ending)
                assert await call.ended() is EndReason.PEER
            else:
                await call.hang_up()
                peer.send(respond(await take(peer, "BYE"), 200))
                assert await call.ended() is EndReason.GATEWAY
        assert peers.empty()
        await peer.close()
        again = await peers.get()
        renewed = await register(again)
        now, before = renewed.headers.get_all("Contact")
        assert now == f"<sip:line@{far_end(again)};transport={kind.lower()}>"
        assert before == f"{contact};expires=0"
        assert agent.trunk_states()[0].registration is RegistrationState.REGISTERED


async def test_a_trunk_calls_out_by_the_connection_of_its_registration(kind, authority, tmp_path):
    async with provider(kind, authority) as (port, peers), gateway(tmp_path, port, kind) as agent:
        peer = await peers.get()
        await register(peer)
        ours = f"<sip:{far_end(peer)};transport={kind.lower()}>"
        theirs = f"Contact: <sip:called@127.0.0.1:{port};transport={kind.lower()}>"
        for ending in ("theirs", "ours"):
            placing = asyncio.create_task(agent.invite("+41441234567", local_port=4000))
            invited = await take(peer, "INVITE")
            assert invited.headers.get("Contact") == ours
            answer = accept(invited)
            peer.send(answer.replace(b"Contact: <sip:called@192.0.2.9:5070>", theirs.encode()))
            await take(peer, "ACK")
            call = await placing
            if ending == "theirs":
                tags = {"from_tag": "b", "to_tag": invited.from_address.tag, "call_id": invited.call_id}
                peer.send(over(kind, request("BYE", via=f"127.0.0.1:{port}", **tags)))
                await accepted(peer, "BYE", invited.call_id)
                assert await call.ended() is EndReason.PEER
            else:
                await call.hang_up()
                peer.send(respond(await take(peer, "BYE"), 200))
                assert await call.ended() is EndReason.GATEWAY
        assert peers.empty()


async def test_a_call_whose_connection_is_lost_is_ended_by_a_new_one(kind, authority, tmp_path):
    async with provider(kind, authority) as (port, peers), gateway(tmp_path, port, kind) as agent:
        peer = await peers.get()
        await register(peer)
        placing = asyncio.create_task(agent.invite("+41441234567", local_port=4000))
        theirs = f"Contact: <sip:called@127.0.0.1:{port};transport={kind.lower()}>"
        answer = accept(await take(peer, "INVITE"))
        peer.send(answer.replace(b"Contact: <sip:called@192.0.2.9:5070>", theirs.encode()))
        await take(peer, "ACK")
        call = await placing
        await peer.close()
        await until(lambda: not len(agent.connections))
        await call.hang_up()
        again = await peers.get()
        bye = await take(again, "BYE")
        assert f"{bye.top_via.host}:{bye.top_via.port}" == far_end(again)
        again.send(respond(bye, 200))
        assert await call.ended() is EndReason.GATEWAY


@pytest.mark.parametrize("form", ["sip:x@localhost:%d;transport=tls", "sips:x@localhost:%d"])
async def test_a_tls_address_is_called_without_a_listener_and_either_side_hangs_up(authority, monkeypatch, form):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    calls = asyncio.Queue()

    async def on_invite(call):
        await call.answer(local_port=4000)
        await calls.put(call)

    callee = UserAgent(
        [authority.listener("localhost")], allowed=LOOPBACK, max_calls=2, timers=QUICK, on_invite=on_invite
    )
    caller = UserAgent([UDP], max_calls=2, timers=QUICK)
    await callee.start()
    await caller.start()
    try:
        async with asyncio.timeout(10):
            for ending in (caller, callee):
                placed = await caller.invite(form % callee.address[1], local_port=5000)
                taken = await calls.get()
                first, second = (placed, taken) if ending is caller else (taken, placed)
                await first.hang_up()
                assert await second.ended() is EndReason.PEER
            assert callee.connections.counters.accepted == caller.connections.counters.opened == 1
            assert callee.connections.counters.opened == 0
    finally:
        await caller.stop(grace_s=0.2)
        await callee.stop(grace_s=0.2)


async def test_a_server_that_no_authority_of_the_trunk_vouches_for_gets_nothing(authority, tmp_path):
    async with provider("TLS", authority) as (port, peers), gateway(tmp_path, port, server_ca=False) as agent:
        await until(lambda: agent.trunk_states()[0].error is not None)
        assert "the certificate is not accepted" in agent.trunk_states()[0].error
        assert peers.empty()
        with pytest.raises(CallFailed, match="the certificate is not accepted"):
            await agent.invite("+41441234567", local_port=4000)


async def test_each_trunk_has_authorities_of_its_own(authority, tmp_path):
    other = Authority(tmp_path / "theirs")
    both = {"a.example": authority.file, "b.example": other.file}
    async with (
        listening(ssl=authority.server_context("a.example", "b.example")) as (port, peers),
        transports(UDP, server_authorities=both) as running,
    ):
        running.send(Outgoing(OPTIONS, Hop("127.0.0.1", port, "TLS", server_name="b.example"), "b"))
        assert (await running.gathering.next_failure())[1].startswith("the certificate is not accepted")
        running.send(Outgoing(OPTIONS, Hop("127.0.0.1", port, "TLS", server_name="A.example"), "a"))
        assert await (await peers.get()).read_message() == OPTIONS


async def test_a_listener_shows_its_certificate_to_the_server_of_a_trunk_with_other_authorities(authority, tmp_path):
    listener = authority.listener("praxis.example", server_ca=Authority(tmp_path / "theirs").file)
    context = authority.server_context("provider.example")
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    async with (
        listening(ssl=context) as (port, peers),
        transports(listener, server_authorities={"provider.example": authority.file}) as running,
    ):
        running.send(Outgoing(OPTIONS, Hop("127.0.0.1", port, "TLS", server_name="provider.example"), "a"))
        assert await (await peers.get()).read_message() == OPTIONS


async def test_behind_nat_the_connection_is_named_as_the_registrar_sees_it(authority, tmp_path):
    async with provider("TLS", authority) as (port, peers), gateway(tmp_path, port) as agent:
        peer = await peers.get()
        private = (await register(peer, rport="40001;received=203.0.113.9")).headers.get("Contact")
        moved = await register(peer)
        public = "<sip:line@203.0.113.9:40001;transport=tls>"
        assert moved.headers.get_all("Contact") == [public, f"{private};expires=0"]
        placing = asyncio.create_task(agent.invite("+41441234567", local_port=4000))
        invited = await take(peer, "INVITE")
        assert invited.headers.get("Contact") == "<sip:203.0.113.9:40001;transport=tls>"
        peer.send(respond(invited, 486))
        with pytest.raises(CallRejected):
            await placing


async def test_via_and_contact_name_the_connection_before_it_is_open_and_the_next_one_once_it_is_lost():
    async with transports(UDP) as running, listening() as (port, peers):
        hop = Hop("127.0.0.1", port, "TCP")
        planned = running.contact_address(hop)
        assert running.contact_address(hop._replace(listener=0)) == planned
        running.send(Outgoing(OPTIONS, hop, "a"))
        assert running.contact_address(hop) == planned
        peer = await peers.get()
        assert await peer.read_message() == OPTIONS
        assert far_end(peer) == "{}:{}".format(*planned)
        assert running.contact_address(hop) == planned
        await peer.close()
        await running.gathering.next_failure()
        assert running.contact_address(hop) != planned


async def test_a_connection_goes_out_from_the_address_of_the_listener_of_its_ip_version():
    async with transports(Listener("127.0.0.3", 0), Listener("::1", 0)) as running, listening() as (port, peers):
        running.send(Outgoing(OPTIONS, Hop("127.0.0.1", port, "TCP"), "a"))
        peer = await peers.get()
        assert far_end(peer).startswith("127.0.0.3:")


class OpenTransport(asyncio.Transport):
    """What asyncio hands to a protocol once its socket is connected."""

    def __init__(self, raw):
        super().__init__({"socket": raw, "sockname": raw.getsockname()})

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def is_closing(self):
        return False


@pytest.mark.parametrize("accepted", [True, False])
async def test_no_message_is_held_back_to_be_sent_together_with_the_next(accepted):
    def ignore(*_):
        pass

    with socket.socket() as raw:  # asyncio itself sees to sockets of its own making only
        connection = StreamConnection(0.0, accepted=accepted)
        stream = StreamSocket(
            Hop("127.0.0.1", 5060, "TCP"), connection, accepted=accepted, opened=ignore, received=ignore, closed=ignore
        )
        stream.connection_made(OpenTransport(raw))
        stream.connection_lost(None)
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_server_that_takes_no_connection_is_told_and_asked_again():
    async with transports(UDP) as running, listening() as (port, _):
        pass
    async with transports(UDP) as running:
        hop = Hop("127.0.0.1", port, "TCP")
        for _ in range(2):
            running.contact_address(hop)
            running.send(Outgoing(OPTIONS, hop, "a"))
            assert (await running.gathering.next_failure())[1] == "Connection refused"
