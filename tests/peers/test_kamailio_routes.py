"""Kamailio stands between the gateway and telephones and records its route."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from baresip_phone import BaresipPhone
from gateway_line import GatewayLine
from kamailio_proxy import SECRET, KamailioProxy
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone

from gateway.telephony.errors import CallRejected
from gateway.telephony.events import EndReason


def proxy_to(line: GatewayLine, folder: Path) -> KamailioProxy:
    return KamailioProxy(folder / "proxy", f"sip:praxis@127.0.0.1:{line.port}")


def registered(proxy: KamailioProxy) -> str:
    """Return baresip's account of somebody who is registered at the proxy."""
    return f'"Anna Muster" <sip:0791234567@127.0.0.1:{proxy.port}>;auth_pass={SECRET};regint=60'


def assert_all_by_way_of(proxy: KamailioProxy, line: GatewayLine) -> None:
    assert {message.remote.port for message in line.messages} == {proxy.port}, line.ladder()


async def test_a_registered_baresip_calls_through_the_proxy(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        proxy_to(line, tmp_path) as proxy,
        BaresipPhone(tmp_path / "phone", registered(proxy)) as phone,
    ):
        await proxy.contact()
        await phone.dial(f"sip:praxis@127.0.0.1:{proxy.port}")
        call = await line.next_call()
        assert call.call.caller.number == "+41791234567"
        await call.play_tone(900, 1.0)
        await call.call.hang_up()
        await phone.event("CALL_CLOSED")
        (bye,) = line.sent("BYE")
        assert f"127.0.0.1:{proxy.port};lr" in bye.headers.get("Route")
        assert await call.ended() is EndReason.GATEWAY
        assert_all_by_way_of(proxy, line)
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


async def test_the_gateway_calls_a_registered_baresip_through_the_proxy(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        proxy_to(line, tmp_path) as proxy,
        BaresipPhone(tmp_path / "phone", registered(proxy) + ";answermode=auto") as phone,
    ):
        await proxy.contact()
        call = await line.dial(f"sip:0791234567@127.0.0.1:{proxy.port}")
        await phone.event("CALL_ESTABLISHED")
        await call.play_tone(900, 1.0)
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
        assert_all_by_way_of(proxy, line)
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


async def test_pjsua2_holds_and_resumes_through_the_proxy(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False) as line,
        proxy_to(line, tmp_path) as proxy,
        Pjsua2Phone(tmp_path / "phone") as phone,
    ):
        number = await phone.dial(f"sip:praxis@127.0.0.1:{proxy.port}")
        call = await line.next_call()
        await phone.do("hold", call=number)
        assert (await asyncio.wait_for(call.changes.get(), 5)).send is False
        await phone.do("resume", call=number)
        assert (await asyncio.wait_for(call.changes.get(), 5)).send is True
        await phone.do("hang_up", call=number)
        assert await call.ended() is EndReason.PEER
        assert_all_by_way_of(proxy, line)


async def test_a_call_is_cancelled_through_the_proxy(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False, ring_s=10) as line,
        proxy_to(line, tmp_path) as proxy,
        Pjsua2Phone(tmp_path / "phone") as phone,
    ):
        number = await phone.dial(f"sip:praxis@127.0.0.1:{proxy.port}")
        await phone.event("state", state="EARLY", status=180)
        await phone.do("hang_up", call=number)
        await phone.event("state", state="DISCONNECTED", status=487)
        await line.all_over()
        assert line.received("CANCEL")


async def test_a_call_that_was_forked_to_the_gateway_twice_is_taken_once(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False, ring_s=0.2) as line,
        proxy_to(line, tmp_path) as proxy,
        Pjsua2Phone(tmp_path / "phone") as phone,
    ):
        number = await phone.dial(f"sip:forked@127.0.0.1:{proxy.port}")
        call = await line.next_call()
        assert len(line.received("INVITE")) == 2
        assert len(line.sent(482)) == 1, line.ladder()
        assert line.agent.calls == 1
        await phone.event("state", state="CONFIRMED")
        await phone.do("hang_up", call=number)
        assert await call.ended() is EndReason.PEER


async def test_the_gateway_calls_somebody_who_is_not_registered(tmp_path):
    async with GatewayLine(tmp_path, sound=False) as line, proxy_to(line, tmp_path) as proxy:
        with pytest.raises(CallRejected) as refused:
            await line.dial(f"sip:nobody@127.0.0.1:{proxy.port}")
        assert refused.value.status == 404


async def test_the_proxy_probes_the_gateway_and_leaves_out_one_that_drains(tmp_path):
    async with GatewayLine(tmp_path, sound=False) as line, proxy_to(line, tmp_path) as proxy, asyncio.timeout(10):
        while await proxy.gateway_flags() != "AP":
            await asyncio.sleep(0.05)
        assert line.sent(200)
        line.agent.drain()
        while await proxy.gateway_flags() != "IP":
            await asyncio.sleep(0.05)
        assert line.sent(503)
