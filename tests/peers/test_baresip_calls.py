"""baresip calls the gateway and is called by it."""

from __future__ import annotations

import asyncio

import pytest
from baresip_phone import BaresipPhone
from gateway_line import GatewayLine
from tones import assert_tone, read_both_sides

from gateway.media.parameters import Codec
from gateway.telephony.errors import CallRejected
from gateway.telephony.events import EndReason

ANNA = '"Anna Muster" <sip:0791234567@127.0.0.1>;regint=0'


async def test_baresip_calls_and_both_hear_each_other(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        BaresipPhone(tmp_path / "phone", ANNA, frequency=500) as phone,
    ):
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        assert (call.call.caller.number, call.call.caller.display_name) == ("+41791234567", "Anna Muster")
        assert call.call.stream.codec is Codec.PCMA
        await call.play_tone(900, 1.0)
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
        await phone.event("CALL_CLOSED")
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


async def test_baresip_is_called_and_both_hear_each_other(tmp_path):
    account = f"{ANNA};answermode=auto"
    async with GatewayLine(tmp_path) as line, BaresipPhone(tmp_path / "phone", account) as phone:
        call = await line.dial(f"sip:0791234567@127.0.0.1:{phone.sip_port}", from_uri="sip:0441234567@127.0.0.1")
        established = await phone.event("CALL_ESTABLISHED")
        assert established["peeruri"] == "sip:0441234567@127.0.0.1"
        await call.play_tone(900, 1.0)
        await call.call.hang_up()
        await phone.event("CALL_CLOSED")
        assert await call.ended() is EndReason.GATEWAY
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


async def test_baresip_answers_after_a_while(tmp_path):
    async with GatewayLine(tmp_path, sound=False) as line, BaresipPhone(tmp_path / "phone", ANNA) as phone:
        statuses = []
        calling = asyncio.create_task(
            line.dial(f"sip:0791234567@127.0.0.1:{phone.sip_port}", on_ringing=statuses.append)
        )
        await phone.event("CALL_INCOMING")
        await phone.command("accept")
        call = await calling
        assert 180 in statuses
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER


async def test_baresip_refuses_a_call(tmp_path):
    async with GatewayLine(tmp_path, sound=False) as line, BaresipPhone(tmp_path / "phone", ANNA) as phone:
        calling = asyncio.create_task(line.dial(f"sip:0791234567@127.0.0.1:{phone.sip_port}"))
        await phone.event("CALL_INCOMING")
        await phone.command("hangup")
        with pytest.raises(CallRejected) as refused:
            await calling
        assert refused.value.status == 486


async def test_baresip_holds_and_resumes(tmp_path):
    async with GatewayLine(tmp_path) as line, BaresipPhone(tmp_path / "phone", ANNA) as phone:
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await call.play_tone(900, 1.0)
        await phone.command("hold")
        held = await asyncio.wait_for(call.changes.get(), 5)
        assert (held.send, held.receive) == (False, True)
        await call.leg.record(tmp_path / "resumed.wav")
        await phone.command("resume")
        resumed = await asyncio.wait_for(call.changes.get(), 5)
        assert (resumed.send, resumed.receive) == (True, True)
        before = (await call.leg.statistics()).packets_sent
        await call.play_tone(900, 1.0)
        assert (await call.leg.statistics()).packets_sent >= before + 20
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
    assert_tone(read_both_sides(tmp_path / "resumed.wav")[0], 500)
    # baresip's own recording ends where it held the call.
    assert_tone(phone.heard, 900)


async def test_keys_go_both_ways(tmp_path):
    async with GatewayLine(tmp_path) as line, BaresipPhone(tmp_path / "phone", ANNA) as phone:
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("CALL_RTPESTAB")
        for key in "19*#":
            await phone.command("sndcode", key)
            assert await asyncio.wait_for(call.keys.get(), 5) == key
        await call.leg.send_dtmf("70")
        await phone.event("CALL_DTMF_START", param="7")
        await phone.event("CALL_DTMF_START", param="0")
