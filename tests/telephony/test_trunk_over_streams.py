"""A trunk that registers over TCP or TLS is called by the connection that it opened."""

import asyncio

import pytest
from sip_fixtures import invite, request, respond
from test_user_agent import QUICK
from tls_fixtures import Authority
from transport_fixtures import listening

from gateway.telephony.events import EndReason
from gateway.telephony.messages.message import parse_message
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.listener import Listener
from gateway.telephony.trunks import registration
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_profile import TrunkProfile
from gateway.telephony.user_agent import UserAgent


async def register(peer):
    """Take the REGISTER that comes, accept it and return it."""
    message = parse_message(await peer.read_message())
    assert message.method == "REGISTER"
    peer.send(respond(message, 200, headers=(f"Contact: {message.headers.get('Contact')};expires=600",)))
    return message


@pytest.mark.parametrize("kind", ["TCP", "TLS"])
async def test_calls_come_by_the_connection_of_the_registration_which_is_made_anew_when_it_is_lost(
    kind, tmp_path, monkeypatch
):
    monkeypatch.setattr(registration, "RENEW_AGAIN_S", 0.02)
    authority = Authority(tmp_path / "ours")
    secure = {"ssl": authority.server_context("localhost")} if kind == "TLS" else {}
    listener = authority.listener("praxis.example") if kind == "TLS" else Listener("127.0.0.1", 0, "TCP")
    calls = asyncio.Queue()

    async def on_invite(call):
        await call.answer(local_port=4000)
        await calls.put(call)

    async with listening(**secure) as (port, peers):
        server = f"sip:localhost:{port};transport={kind.lower()}"
        login = {"username": "line", "password_env": "X", "registration": {}}
        profile = TrunkProfile.model_validate({"id": "provider", "servers": [server], "options_interval_s": 0, **login})
        trunk = Trunk(profile, (parse_uri(server),), parse_uri(server), None, None)
        agent = UserAgent([listener], max_calls=2, timers=QUICK, trunks=[trunk], on_invite=on_invite)
        await agent.start()
        try:
            async with asyncio.timeout(10):
                peer = await peers.get()
                contact = (await register(peer)).headers.get("Contact")
                place = f"127.0.0.1:{agent.address[1]};transport={kind.lower()}"
                assert contact.startswith(f"<sip:line@{place}")
                provider = (f"Contact: <sip:provider@127.0.0.1:{port};transport={kind.lower()}>",)
                via = f"127.0.0.1:{port}"
                peer.send(invite(headers=provider, via=via).replace(b"/UDP", b"/" + kind.encode()))
                while (answer := parse_message(await peer.read_message())).status != 200:
                    pass
                ack = request("ACK", branch="k", to_tag=answer.to_address.tag, via=via)
                peer.send(ack.replace(b"/UDP", b"/" + kind.encode()))
                call = await calls.get()
                assert call.source == ("127.0.0.1", port)
                await call.hang_up()
                bye = parse_message(await peer.read_message())
                assert bye.method == "BYE"
                peer.send(respond(bye, 200))
                assert await call.ended() is EndReason.GATEWAY
                assert peers.empty()
                await peer.close()
                await register(await peers.get())
        finally:
            await agent.stop(grace_s=0.1)
