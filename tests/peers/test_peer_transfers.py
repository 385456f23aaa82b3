"""The gateway hands a caller over to somebody else; caller and target are foreign telephones."""

from __future__ import annotations

import asyncio

import pytest
from baresip_phone import BaresipPhone
from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone

from gateway.telephony.events import EndReason
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.sessions.referral import ReferralResult

ANNA = '"Anna Muster" <sip:0791234567@127.0.0.1>;regint=0'
RECEPTION = "<sip:reception@127.0.0.1>;regint=0"


def target(uri: str) -> NameAddress:
    return NameAddress(parse_uri(uri))


async def test_pjsua2_is_referred_to_baresip(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        Pjsua2Phone(tmp_path / "caller", frequency=500) as caller,
        BaresipPhone(tmp_path / "reception", f"{RECEPTION};answermode=auto", frequency=700) as reception,
    ):
        number = await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await caller.event("media", status="active")
        outcome = await call.call.refer(target(f"sip:reception@127.0.0.1:{reception.sip_port}"))
        assert (outcome.result, outcome.status) == (ReferralResult.SUCCEEDED, 200)
        await call.call.hang_up()
        await caller.event("state", call=number, state="DISCONNECTED")
        assert await call.ended() is EndReason.GATEWAY
        await asyncio.sleep(1.2)
        await caller.stop()
    assert_tone(caller.heard(1), 700)
    assert_tone(reception.heard, 500)


async def test_baresip_is_referred_to_pjsua2(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        BaresipPhone(tmp_path / "caller", ANNA, frequency=500) as caller,
        Pjsua2Phone(tmp_path / "reception", user="reception", answer_with=200, frequency=700) as reception,
    ):
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        assert "REFER" in call.call.peer_methods
        outcome = await call.call.refer(target(reception.uri))
        assert (outcome.result, outcome.status) == (ReferralResult.SUCCEEDED, 200)
        await reception.event("media", status="active")
        await call.call.hang_up()
        assert await call.ended() in (EndReason.GATEWAY, EndReason.PEER)
        await asyncio.sleep(1.2)
        await reception.stop()
    assert_tone(reception.heard(), 500)


@pytest.mark.parametrize("make_caller", [Pjsua2Phone, lambda folder: BaresipPhone(folder, ANNA)])
async def test_the_call_goes_on_when_the_target_is_busy(make_caller, tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        make_caller(tmp_path / "caller") as caller,
        Pjsua2Phone(tmp_path / "reception", user="reception", answer_with=486) as reception,
    ):
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        outcome = await call.call.refer(target(reception.uri))
        assert (outcome.result, outcome.status) == (ReferralResult.FAILED, 486)
        assert not call.call.is_over
        await call.play_tone(900, 1.0)
        await call.call.hang_up()
        await call.ended()
    assert_tone(call.heard, 500)


async def test_pjsua2_takes_over_a_consultation_with_another_pjsua2(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        Pjsua2Phone(tmp_path / "caller", frequency=500) as caller,
        Pjsua2Phone(tmp_path / "reception", user="reception", answer_with=200, frequency=700) as reception,
    ):
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        consultation = await line.dial(reception.uri)
        outcome = await call.call.refer(consultation.call.replacing)
        assert (outcome.result, outcome.status) == (ReferralResult.SUCCEEDED, 200)
        await reception.event("replaced")
        assert await consultation.ended() is EndReason.PEER
        await call.call.hang_up()
        await asyncio.sleep(1.2)
        await caller.stop()
        await reception.stop()
    assert_tone(caller.heard(1), 700)
    assert_tone(reception.heard(1), 500)


async def test_the_gateway_joins_two_telephones(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        BaresipPhone(tmp_path / "caller", ANNA, frequency=500) as caller,
        Pjsua2Phone(tmp_path / "reception", user="reception", answer_with=200, frequency=700) as reception,
    ):
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        onward = await line.dial(reception.uri)
        await call.leg.bridge(onward.leg)
        await asyncio.sleep(1.2)
        await call.leg.unbridge()
        await onward.call.hang_up()
        await caller.command("hangup")
        await asyncio.gather(call.ended(), onward.ended())
        await reception.stop()
    assert_tone(caller.heard, 700)
    assert_tone(reception.heard(), 500)


async def test_pjsua2_hands_its_caller_over_to_the_gateway(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        Pjsua2Phone(tmp_path / "caller", answer_with=200, frequency=500) as caller,
        Pjsua2Phone(tmp_path / "reception", user="reception", frequency=700) as reception,
    ):
        with_caller = await reception.dial(caller.uri)
        with_gateway = await reception.dial(f"sip:praxis@127.0.0.1:{line.port}")
        consultation = await line.next_call()
        await reception.event("state", call=with_gateway, state="CONFIRMED")
        await reception.do("transfer_to_call", call=with_caller, other=with_gateway)
        taken_over = await line.next_call()
        assert taken_over.call.replaces is consultation.call
        await reception.event("transfer", call=with_caller, status=200, final=True)
        await consultation.ended()
        await taken_over.play_tone(900, 1.0)
        await taken_over.call.hang_up()
        await taken_over.ended()
        await caller.stop()
    assert_tone(taken_over.heard, 500)
    assert_tone(caller.heard(1), 900)


async def test_baresip_may_not_send_the_gateway_elsewhere(tmp_path):
    async with GatewayLine(tmp_path, sound=False) as line, BaresipPhone(tmp_path / "caller", ANNA) as caller:
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await caller.command("transfer", "sip:0900123456@127.0.0.1")
        async with asyncio.timeout(5):
            while 405 not in line.statuses():
                await asyncio.sleep(0.02)
        assert not line.sent("INVITE")
        assert not call.call.is_over
