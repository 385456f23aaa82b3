"""Whole calls of user agents over TCP and TLS, with each other and with a peer that writes its own messages."""

import asyncio
import ipaddress
from contextlib import asynccontextmanager

import pytest
from sip_fixtures import invite, request, respond
from tls_fixtures import Authority
from transport_fixtures import connected, listening

from gateway.telephony.errors import CallFailed
from gateway.telephony.events import EndReason
from gateway.telephony.messages.message import parse_message
from gateway.telephony.network.listener import Listener
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.user_agent import UserAgent

QUICK = Timers(t1=0.02, t2=0.08, t4=0.05)
EVERYWHERE = [ipaddress.ip_network(network) for network in ("127.0.0.0/8", "::1/128")]


@asynccontextmanager
async def agent(*listeners, on_invite=None):
    running = UserAgent(listeners, allowed=EVERYWHERE, max_calls=5, on_invite=on_invite, timers=QUICK)
    await running.start()
    try:
        yield running
    finally:
        await running.stop(grace_s=0.5)


class Answering:
    """Answers and remembers its calls."""

    def __init__(self):
        self.calls = []

    async def __call__(self, call):
        self.calls.append(call)
        await call.ring()
        await call.answer(local_port=4000)


def tcp(host="127.0.0.1"):
    return Listener(host, 0, "TCP")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.mark.parametrize("caller_hangs_up", [True, False])
@pytest.mark.parametrize("kind", ["TCP", "TLS", "SIPS", "IPv6"])
async def test_a_call_is_made_and_ended_over(authority, kind, caller_hangs_up):
    if kind in ("TLS", "SIPS"):
        listeners = [authority.listener("127.0.0.1"), authority.listener("127.0.0.1")]
    else:
        listeners = [tcp("::1" if kind == "IPv6" else "127.0.0.1") for _ in range(2)]
    answering = Answering()
    async with agent(listeners[0], on_invite=answering) as called, agent(listeners[1]) as caller:
        host, port = called.address
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        target = f"sips:x@{place}" if kind == "SIPS" else f"sip:x@{place};transport={'tls' if kind == 'TLS' else 'tcp'}"
        call = await caller.invite(target, local_port=5000)
        (incoming,) = answering.calls
        assert incoming.stream.remote_port == 5000
        first, second = (call, incoming) if caller_hangs_up else (incoming, call)
        await first.hang_up()
        assert await second.ended() is EndReason.PEER
        assert await first.ended() is EndReason.GATEWAY


async def test_one_agent_serves_every_transport_at_once(authority):
    answering = Answering()
    listeners = [Listener("127.0.0.1", 0), tcp(), authority.listener("127.0.0.1"), Listener("::1", 0)]
    async with agent(*listeners, on_invite=answering) as called, agent(*listeners) as caller:
        for hop in called.addresses:
            place = f"[{hop.host}]" if ":" in hop.host else hop.host
            call = await caller.invite(f"sip:x@{place}:{hop.port};transport={hop.transport.lower()}", local_port=5000)
            await call.hang_up()
            assert await answering.calls[-1].ended() is EndReason.PEER
        assert len(answering.calls) == 4


async def test_a_peer_without_a_connection_is_told_at_once():
    async with agent(tcp()) as gone:
        port = gone.address[1]
    async with agent(tcp()) as caller:
        with pytest.raises(CallFailed, match=f"127.0.0.1 port {port}: Connection refused"):
            await caller.invite(f"sip:x@127.0.0.1:{port};transport=tcp", local_port=5000)


async def test_a_server_whose_certificate_is_not_for_it_is_not_called(authority):
    async with agent(authority.listener("other.example")) as called, agent(authority.listener("127.0.0.1")) as caller:
        with pytest.raises(CallFailed, match="the certificate is not accepted"):
            await caller.invite(f"sips:x@127.0.0.1:{called.address[1]}", local_port=5000)


def over_tcp(data):
    return data.replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP")


async def final_response(peer):
    while True:
        response = parse_message(await peer.read_message())
        if response.status >= 200:
            return response


async def test_contact_and_via_name_the_transport_and_port_of_the_listener():
    answering = Answering()
    async with (
        agent(Listener("127.0.0.1", 0), tcp(), on_invite=answering) as called,
        connected(*called.addresses[1][:2]) as peer,
    ):
        peer.send(over_tcp(invite(headers=("Contact: <sip:caller@192.0.2.9;transport=tcp>",))))
        response = await final_response(peer)
        here = f"127.0.0.1:{called.addresses[1].port}"
        assert response.headers.get("Contact") == f"<sip:{here};transport=tcp>"


async def test_a_call_outlives_the_connection_that_it_came_by():
    answering = Answering()
    async with agent(tcp(), on_invite=answering) as called, listening() as (port, peers):
        contact = f"Contact: <sip:caller@127.0.0.1:{port};transport=tcp>"
        async with connected(*called.address) as peer:
            peer.send(over_tcp(invite(headers=(contact,), via=f"127.0.0.1:{port}")))
            tag = (await final_response(peer)).to_address.tag
            peer.send(over_tcp(request("ACK", branch="k", to_tag=tag)))
            await answering.calls[0].wait_established()
        await answering.calls[0].hang_up()
        again = await peers.get()
        bye = parse_message(await again.read_message())
        assert (bye.method, str(bye.uri)) == ("BYE", f"sip:caller@127.0.0.1:{port};transport=tcp")
        again.send(respond(bye, 200))


async def test_a_call_over_a_connection_that_breaks_before_the_answer_fails_at_once():
    async def never(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    async with agent(tcp()) as caller:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(CallFailed, match="The connection was closed by the peer"):
            await caller.invite(f"sip:x@127.0.0.1:{port};transport=tcp", local_port=5000)
    server.close()
    await server.wait_closed()


async def test_our_contact_in_a_call_to_a_sips_uri_is_one_too(authority):
    answering = Answering()
    listeners = [authority.listener("127.0.0.1"), authority.listener("127.0.0.1")]
    async with agent(listeners[0], on_invite=answering) as called, agent(listeners[1]) as caller:
        call = await caller.invite(f"sips:x@127.0.0.1:{called.address[1]}", local_port=5000)
        contacts = [side._session.dialog.remote_target for side in (call, answering.calls[0])]
        assert [str(contact) for contact in contacts] == [
            f"sips:127.0.0.1:{called.address[1]}",
            f"sips:127.0.0.1:{caller.address[1]}",
        ]
        await call.hang_up()
