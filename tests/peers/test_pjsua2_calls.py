"""pjsua2 calls the gateway and is called by it."""

from __future__ import annotations

import asyncio

import pytest
from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone

from gateway.media.parameters import Codec
from gateway.telephony.errors import CallRejected
from gateway.telephony.events import EndReason


async def test_pjsua2_calls_and_both_hear_each_other(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone", frequency=500) as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        assert (call.call.caller.number, call.call.caller.display_name) == ("+41791234567", "Anna Muster")
        await call.play_tone(900, 1.0)
        await phone.do("hang_up", call=number)
        assert await call.ended() is EndReason.PEER
        await phone.stop()
    assert_tone(call.heard, 500)
    assert_tone(phone.heard(), 900)


async def test_pjsua2_is_called_and_both_hear_each_other(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone", answer_with=200) as phone:
        call = await line.dial(phone.uri, from_uri="sip:0441234567@127.0.0.1", display_name="Zahnarztpraxis Beispiel")
        incoming = await phone.event("incoming")
        assert incoming["caller"] == '"Zahnarztpraxis Beispiel" <sip:0441234567@127.0.0.1>'
        await phone.event("media", status="active")
        await call.play_tone(900, 1.0)
        await call.call.hang_up()
        await phone.event("state", state="DISCONNECTED")
        assert await call.ended() is EndReason.GATEWAY
        await phone.stop()
    assert_tone(call.heard, 500)
    assert_tone(phone.heard(), 900)


async def test_pjsua2_refuses_a_call(tmp_path):
    async with GatewayLine(tmp_path, sound=False) as line, Pjsua2Phone(tmp_path / "phone", answer_with=486) as phone:
        with pytest.raises(CallRejected) as refused:
            await line.dial(phone.uri)
        assert refused.value.status == 486


async def test_pjsua2_gives_up_while_it_rings(tmp_path):
    async with GatewayLine(tmp_path, sound=False, ring_s=5) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        await phone.event("state", state="EARLY", status=180)
        await phone.do("hang_up", call=number)
        await phone.event("state", state="DISCONNECTED", status=487)
        await line.all_over()
        assert line.received("CANCEL")


async def test_pjsua2_holds_and_resumes(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.do("hold", call=number)
        held = await asyncio.wait_for(call.changes.get(), 5)
        assert (held.send, held.receive) == (False, True)
        await phone.event("media", status="held by us")
        phone.forget_events()
        await phone.do("resume", call=number)
        resumed = await asyncio.wait_for(call.changes.get(), 5)
        assert (resumed.send, resumed.receive) == (True, True)
        await phone.event("media", status="active")
        await call.play_tone(900, 1.0)
        await phone.stop()
    assert_tone(phone.heard(), 900)


async def test_pjsua2_changes_the_codec_within_the_call(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        assert call.call.stream.codec is Codec.PCMA
        await phone.do("codecs", call=number, codecs=["PCMU/8000/1"])
        changed = await asyncio.wait_for(call.changes.get(), 5)
        assert changed.codec is Codec.PCMU
        assert await phone.do("codec", call=number) == "PCMU"
        await call.play_tone(900, 1.0)
        await phone.stop()
    assert_tone(call.heard, 500)
    assert_tone(phone.heard(), 900)


async def test_keys_go_both_ways(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("media", status="active")
        await phone.do("press", call=number, digits="19*#")
        assert [await asyncio.wait_for(call.keys.get(), 5) for _ in range(4)] == list("19*#")
        await call.leg.send_dtmf("70")
        await phone.event("key", digit="7")
        await phone.event("key", digit="0")


async def test_pjsua2_holds_four_calls_at_once(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        numbers = [await phone.dial(f"sip:praxis@127.0.0.1:{line.port}") for _ in range(4)]
        calls = [await line.next_call() for _ in numbers]
        assert line.agent.calls == 4
        await asyncio.gather(*(call.play_tone(700 + 200 * at, 1.0) for at, call in enumerate(calls)))
        for number in numbers:
            await phone.do("hang_up", call=number)
        assert [await call.ended() for call in calls] == [EndReason.PEER] * 4
        await phone.stop()
    for call in calls:
        assert_tone(call.heard, 500)
    for at, number in enumerate(numbers):
        assert_tone(phone.heard(number), 700 + 200 * at)
