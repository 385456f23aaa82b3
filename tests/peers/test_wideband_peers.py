"""G.722 and Opus between the gateway and peers, which hear what no telephone of old could carry."""

from __future__ import annotations

import asyncio

import pytest
from baresip_phone import BaresipPhone
from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone
from tones import AMPLITUDE, assert_tone
from trunks import trunk, trunk_to

from gateway.media.parameters import Codec
from gateway.telephony.events import EndReason

ANNA = "<sip:0791234567@127.0.0.1>;regint=0"
BARESIP = {Codec.G722: ("g722", "g711"), Codec.OPUS: ("opus", "g711")}
HIGH = 5000
"""A tone in Hz that G.711 cannot carry."""
PJSIP_AMPLITUDE = AMPLITUDE / 2
"""PJSIP sends G.722 6 dB lower than baresip, Asterisk and FFmpeg do."""


@pytest.mark.parametrize("codec", BARESIP)
async def test_baresip_calls_in_wideband_unless_told_otherwise(tmp_path, codec):
    async with (
        GatewayLine(tmp_path) as line,
        BaresipPhone(tmp_path / "phone", ANNA, codecs=BARESIP[codec]) as phone,
    ):
        await phone.dial(line.uri())
        call = await line.next_call()
        assert call.call.stream.codec is codec
        await call.play_tone(HIGH, 1.0, 16_000)
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
    assert_tone(call.heard, 500)
    heard = phone.heard_at_its_rate
    assert_tone(heard.samples, HIGH, rate=heard.rate)


@pytest.mark.parametrize("codec", BARESIP)
async def test_baresip_is_called_in_the_trunks_codec(tmp_path, codec):
    async with BaresipPhone(tmp_path / "phone", f"{ANNA};answermode=auto", codecs=BARESIP[codec]) as phone:
        server = f"sip:127.0.0.1:{phone.sip_port}"
        async with GatewayLine(
            tmp_path, trunks=[trunk(tmp_path, servers=[server], codecs=[codec.value, "PCMA"])]
        ) as line:
            call = await line.dial(f"sip:0791234567@127.0.0.1:{phone.sip_port}")
            assert call.call.stream.codec is codec
            await phone.event("CALL_ESTABLISHED")
            await call.play_tone(HIGH, 1.0, 16_000)
            await call.call.hang_up()
            await phone.event("CALL_CLOSED")
    assert_tone(call.heard, 500)
    heard = phone.heard_at_its_rate
    assert_tone(heard.samples, HIGH, rate=heard.rate)


@pytest.mark.parametrize("codec", BARESIP)
async def test_keys_go_both_ways_in_wideband(tmp_path, codec):
    async with (
        GatewayLine(tmp_path) as line,
        BaresipPhone(tmp_path / "phone", ANNA, codecs=BARESIP[codec]) as phone,
    ):
        await phone.dial(line.uri())
        call = await line.next_call()
        await phone.event("CALL_RTPESTAB")
        for key in "19*#":
            await phone.command("sndcode", key)
            assert await asyncio.wait_for(call.keys.get(), 5) == key
        await call.leg.send_dtmf("70")
        await phone.event("CALL_DTMF_START", param="7")
        await phone.event("CALL_DTMF_START", param="0")


async def test_opus_is_encrypted_like_any_other_codec(tmp_path):
    account = f"{ANNA};mediaenc=srtp-mand"
    async with (
        GatewayLine(tmp_path, trunks=[trunk(tmp_path, srtp="required")]) as line,
        BaresipPhone(tmp_path / "phone", account, codecs=BARESIP[Codec.OPUS]) as phone,
    ):
        await phone.dial(line.uri())
        call = await line.next_call()
        assert (call.call.stream.codec, call.call.stream.srtp is not None) == (Codec.OPUS, True)
        await call.play_tone(HIGH, 1.0, 16_000)
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
    assert_tone(call.heard, 500)
    heard = phone.heard_at_its_rate
    assert_tone(heard.samples, HIGH, rate=heard.rate)


async def test_pjsua2_changes_from_g722_to_a_law_within_the_call(tmp_path):
    codecs = ["G722/16000/1", "PCMA/8000/1"]
    async with (
        GatewayLine(tmp_path) as line,
        Pjsua2Phone(tmp_path / "phone", codecs=codecs, rate=16_000, rtcp_mux=True) as phone,
    ):
        number = await phone.dial(line.uri())
        call = await line.next_call()
        assert (call.call.stream.codec, call.call.stream.rtcp_mux) == (Codec.G722, True)
        await call.play_tone(HIGH, 1.0, 16_000)
        await phone.do("codecs", call=number, codecs=["PCMA/8000/1"])
        changed = await asyncio.wait_for(call.changes.get(), 5)
        assert changed.codec is Codec.PCMA
        await call.play_tone(900, 1.0)
        await phone.do("hang_up", call=number)
        await call.ended()
        await phone.stop()
    assert_tone(call.heard, 500, 1.0, amplitude=PJSIP_AMPLITUDE)
    heard = phone.heard_at_its_rate()
    half = len(heard.samples) // 2
    assert_tone(heard.samples[:half], HIGH, rate=heard.rate)
    assert_tone(heard.samples[half:], 900, rate=heard.rate)


async def test_pjsua2_is_called_in_g722(tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", answer_with=200, codecs=["G722/16000/1", "PCMA/8000/1"], rate=16_000)
    async with phone, GatewayLine(tmp_path, trunks=[trunk_to(phone)]) as line:
        call = await line.dial(phone.uri)
        assert call.call.stream.codec is Codec.G722
        await phone.event("media", status="active")
        await call.play_tone(HIGH, 1.0, 16_000)
        await call.call.hang_up()
        await phone.event("state", state="DISCONNECTED")
        await phone.stop()
    assert_tone(call.heard, 500, amplitude=PJSIP_AMPLITUDE)
    heard = phone.heard_at_its_rate()
    assert_tone(heard.samples, HIGH, rate=heard.rate)
