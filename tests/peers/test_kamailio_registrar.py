"""The gateway registers with Kamailio, is called by way of it, and goes on with another one when it is gone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from gateway_line import GatewayLine
from jumping_clock import jump, with_jumping_clock
from kamailio_proxy import SECRET, KamailioProxy
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone
from trunks import trunk

from gateway.telephony.network.listener import Listener
from gateway.telephony.trunks.registration import RegistrationState
from gateway.telephony.trunks.trunk_monitor import Reachability

NUMBER = "0441234567"
NOBODY = "sip:127.0.0.1:9"
"""Where a proxy sends what it has nobody for."""


def trunk_at(folder: Path, *proxies: KamailioProxy, password: str = SECRET, **profile):
    """Return a trunk that registers with the proxies."""
    profile = {"registration": {"expires_s": 60}, **profile}
    servers = [f"sip:127.0.0.1:{proxy.port}" for proxy in proxies]
    return trunk(folder, id="provider", servers=servers, username=NUMBER, password=password, **profile)


async def registered(line: GatewayLine, state: RegistrationState = RegistrationState.REGISTERED) -> None:
    """Wait until the trunk's registration stands so."""
    async with asyncio.timeout(10):
        while line.agent.trunk_states()[0].registration is not state:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("algorithm", ["", "MD5", "SHA-256"])
async def test_the_gateway_registers_and_is_called(algorithm, tmp_path):
    async with KamailioProxy(tmp_path / "proxy", NOBODY, algorithm=algorithm) as proxy:
        async with (
            GatewayLine(tmp_path, sound=False, trunks=[trunk_at(tmp_path, proxy)]) as line,
            Pjsua2Phone(tmp_path / "phone") as phone,
        ):
            await registered(line)
            assert line.agent.trunk_states()[0].up
            assert await proxy.contact() == f"sip:{NUMBER}@127.0.0.1:{line.port}"
            answered = line.received(401)[0].headers.get("WWW-Authenticate")
            assert ("algorithm" in answered) is bool(algorithm)
            await phone.dial(f"sip:{NUMBER}@127.0.0.1:{proxy.port}")
            call = await line.next_call()
            assert call.call.trunk == "provider"
            await call.call.hang_up()
            await phone.event("state", state="DISCONNECTED")
        # At its end the gateway gave the registration back.
        assert await proxy.contacts() == []


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_a_wrong_password_is_tried_once(algorithm, tmp_path):
    async with (
        KamailioProxy(tmp_path / "proxy", NOBODY, algorithm=algorithm) as proxy,
        GatewayLine(tmp_path, sound=False, trunks=[trunk_at(tmp_path, proxy, password="falsch")]) as line,
    ):
        await registered(line, RegistrationState.REFUSED)
        assert not line.agent.trunk_states()[0].up
        assert len([request for request in line.sent("REGISTER") if "Authorization" in request.headers]) == 1
        assert await proxy.contacts() == []


@with_jumping_clock
async def test_the_registration_is_renewed(tmp_path):
    async with (
        KamailioProxy(tmp_path / "proxy", NOBODY) as proxy,
        GatewayLine(tmp_path, sound=False, trunks=[trunk_at(tmp_path, proxy)]) as line,
    ):
        await registered(line)
        before = len(line.received(200))
        await jump(50)
        async with asyncio.timeout(10):
            while len(line.received(200)) == before:
                await asyncio.sleep(0.02)
        await registered(line)
        renewals = [request.headers.get("Call-ID") for request in line.sent("REGISTER")]
        assert len({*renewals}) == 1


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_the_gateway_proves_who_calls(algorithm, tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", user="0791234567", answer_with=200)
    async with KamailioProxy(tmp_path / "proxy", NOBODY, algorithm=algorithm) as proxy:
        phone.register_with(f"sip:127.0.0.1:{proxy.port}", SECRET)
        async with GatewayLine(tmp_path, trunks=[trunk_at(tmp_path, proxy)]) as line, phone:
            await phone.event("registration", status=200)
            await registered(line)
            call = await line.dial(f"sip:guarded0791234567@127.0.0.1:{proxy.port}")
            assert line.received(407)
            assert "Proxy-Authorization" in line.sent("INVITE")[-1].headers
            await phone.event("media", status="active")
            await call.play_tone(900, 1.0)
            await phone.stop()
    assert_tone(phone.heard(), 900)


async def test_the_gateway_goes_to_the_next_proxy_when_the_first_is_gone(tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", user="+41791234567", answer_with=200)
    async with (
        KamailioProxy(tmp_path / "first", NOBODY) as first,
        KamailioProxy(tmp_path / "second", NOBODY) as second,
    ):
        phone.register_with(f"sip:127.0.0.1:{second.port}", SECRET)
        async with GatewayLine(tmp_path, sound=False, trunks=[trunk_at(tmp_path, first, second)]) as line, phone:
            await registered(line)
            assert len(await first.contacts()) == 1
            await first.stop()
            call = await line.dial("0791234567")
            assert call.call.source[1] == second.port
            await call.call.hang_up()
            await phone.event("state", state="DISCONNECTED")


@with_jumping_clock
async def test_the_gateway_notices_that_the_proxy_is_gone(tmp_path):
    async with (
        KamailioProxy(tmp_path / "proxy", NOBODY) as proxy,
        GatewayLine(tmp_path, sound=False, trunks=[trunk_at(tmp_path, proxy, options_interval_s=30)]) as line,
    ):
        await registered(line)
        async with asyncio.timeout(300):
            while line.agent.trunk_states()[0].reachability is not Reachability.UP:
                await jump(4)
                await asyncio.sleep(0.1)
            assert "OPTIONS" in {response.cseq.method for response in line.received(200)}
            await proxy.stop()
            while line.agent.trunk_states()[0].reachability is not Reachability.DOWN:
                await jump(4)
                await asyncio.sleep(0.1)
        assert not line.agent.trunk_states()[0].up


@with_jumping_clock
async def test_the_registration_moves_to_the_next_proxy_when_the_first_is_gone(tmp_path):
    async with (
        KamailioProxy(tmp_path / "first", NOBODY) as first,
        KamailioProxy(tmp_path / "second", NOBODY) as second,
        GatewayLine(tmp_path, sound=False, trunks=[trunk_at(tmp_path, first, second)]) as line,
    ):
        await registered(line)
        await first.stop()
        await jump(50)
        assert await second.contact() == f"sip:{NUMBER}@127.0.0.1:{line.port}"
        await registered(line)
        assert line.agent.trunk_states()[0].server == f"127.0.0.1:{second.port} UDP"


async def test_the_gateway_registers_over_tls_and_is_called_over_it(tmp_path, certificates):
    proxy = KamailioProxy(
        tmp_path / "proxy",
        NOBODY,
        certificate=certificates.certificate,
        key=certificates.key,
        authority=certificates.authority,
    )
    listener = Listener("127.0.0.1", 0, "TLS", tls=certificates.of_listener)
    async with proxy, Pjsua2Phone(tmp_path / "phone") as phone:
        described = trunk(
            tmp_path,
            id="provider",
            servers=[f"sip:127.0.0.1:{proxy.tls_port};transport=tls"],
            username=NUMBER,
            password=SECRET,
            registration={"expires_s": 60},
        )
        async with GatewayLine(tmp_path, listener, trunks=[described]) as line:
            await registered(line)
            assert "transport=tls" in await proxy.contact()
            number = await phone.dial(f"sip:{NUMBER}@127.0.0.1:{proxy.port}")
            call = await line.next_call()
            await phone.event("media", status="active")
            await call.play_tone(900, 1.0)
            await phone.do("hang_up", call=number)
            await call.ended()
            assert {message.remote.transport for message in line.messages} == {"TLS"}
            await phone.stop()
    assert_tone(phone.heard(), 900)
    assert_tone(call.heard, 500)
