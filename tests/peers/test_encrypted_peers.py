"""SRTP with keys in SDP (SDES) between the gateway and peers: whoever decrypts wrongly hears noise or nothing."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from baresip_phone import BaresipPhone
from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone
from trunks import trunk, trunk_to

from gateway.telephony.errors import CallRejected
from gateway.telephony.events import EndReason

ANNA = "<sip:0791234567@127.0.0.1>;regint=0"
MODES = [
    ("required", "required", "RTP/SAVP"),
    ("preferred", "required", "RTP/SAVP"),
    ("required", "preferred", "RTP/AVP"),
    ("preferred", "preferred", "RTP/AVP"),
]
"""What the trunk has, what the peer wants of the calls that it makes, and what these are then."""
BARESIP = {"required": "srtp-mand", "preferred": "srtp"}


@pytest.mark.parametrize(("ours", "theirs", "protocol"), MODES)
async def test_baresip_calls_with_srtp(tmp_path, ours, theirs, protocol):
    account = f"{ANNA};mediaenc={BARESIP[theirs]}"
    async with (
        GatewayLine(tmp_path, trunks=[trunk(tmp_path, srtp=ours)]) as line,
        BaresipPhone(tmp_path / "phone", account) as phone,
    ):
        await phone.dial(line.uri())
        call = await line.next_call()
        assert f" {protocol} ".encode() in line.received("INVITE")[0].body
        assert call.call.stream.srtp is not None
        await call.play_tone(900, 1.0)
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


@pytest.mark.parametrize("suite", ["AES_CM_128_HMAC_SHA1_32", "AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"])
@pytest.mark.parametrize(("ours", "theirs"), [("required", "required"), ("preferred", "preferred")])
async def test_baresip_is_called_with_srtp(tmp_path, monkeypatch, ours, theirs, suite):
    monkeypatch.setattr("gateway.telephony.sessions.srtp_negotiation.OFFERED_SUITES", (suite,))
    account = f"{ANNA};answermode=auto;mediaenc={BARESIP[theirs]}"
    async with BaresipPhone(tmp_path / "phone", account) as phone:
        provider = trunk(tmp_path, srtp=ours, servers=[f"sip:127.0.0.1:{phone.sip_port}"])
        async with GatewayLine(tmp_path, trunks=[provider]) as line:
            call = await line.dial(f"sip:0791234567@127.0.0.1:{phone.sip_port}")
            assert call.call.stream.srtp.suite == suite
            await phone.event("CALL_ESTABLISHED")
            await call.play_tone(900, 1.0)
            await call.call.hang_up()
            await phone.event("CALL_CLOSED")
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


async def test_baresip_without_srtp_is_called_in_clear_where_it_is_only_preferred(tmp_path):
    async with BaresipPhone(tmp_path / "phone", f"{ANNA};answermode=auto") as phone:
        provider = trunk(tmp_path, srtp="preferred", servers=[f"sip:127.0.0.1:{phone.sip_port}"])
        async with GatewayLine(tmp_path, trunks=[provider]) as line:
            call = await line.dial(f"sip:0791234567@127.0.0.1:{phone.sip_port}")
            assert call.call.stream.srtp is None
            await call.play_tone(900, 1.0)
            await call.call.hang_up()
            await phone.event("CALL_CLOSED")
    assert_tone(phone.heard, 900)


async def test_a_call_in_clear_is_refused_where_srtp_is_required(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False, trunks=[trunk(tmp_path, srtp="required")]) as line,
        BaresipPhone(tmp_path / "phone", ANNA) as phone,
    ):
        await phone.dial(line.uri())
        closed = await phone.event("CALL_CLOSED")
        assert closed["param"].startswith("488")


@pytest.mark.parametrize(("ours", "theirs", "protocol"), MODES)
async def test_pjsua2_calls_with_srtp(tmp_path, ours, theirs, protocol):
    async with (
        GatewayLine(tmp_path, trunks=[trunk(tmp_path, srtp=ours)]) as line,
        Pjsua2Phone(tmp_path / "phone", srtp=theirs) as phone,
    ):
        number = await phone.dial(line.uri())
        call = await line.next_call()
        assert f" {protocol} ".encode() in line.received("INVITE")[0].body
        assert call.call.stream.srtp is not None
        await call.play_tone(900, 1.0)
        await phone.do("hang_up", call=number)
        assert await call.ended() is EndReason.PEER
        await phone.stop()
    assert_tone(call.heard, 500)
    assert_tone(phone.heard(), 900)


@pytest.mark.parametrize(("ours", "theirs"), [("required", "required"), ("preferred", "preferred")])
async def test_pjsua2_is_called_with_srtp_and_hears_on_through_a_hold(tmp_path, ours, theirs):
    async with Pjsua2Phone(tmp_path / "phone", answer_with=200, srtp=theirs) as phone:
        async with GatewayLine(tmp_path, trunks=[trunk_to(phone, srtp=ours)]) as line:
            call = await line.dial(phone.uri)
            before = call.call.stream.srtp
            assert before is not None
            await phone.event("media", status="active")
            await call.call.hold()
            await call.call.resume()
            assert call.call.stream.srtp == before
            await call.play_tone(900, 1.0)
            await call.call.hang_up()
            await phone.event("state", state="DISCONNECTED")
        await phone.stop()
    assert_tone(call.heard, 500)
    assert_tone(phone.heard(), 900)


async def test_pjsua2_holds_and_resumes_with_the_keys_that_it_had(tmp_path):
    async with (
        GatewayLine(tmp_path, trunks=[trunk(tmp_path, srtp="required")]) as line,
        Pjsua2Phone(tmp_path / "phone", srtp="required") as phone,
    ):
        number = await phone.dial(line.uri())
        call = await line.next_call()
        await phone.event("media", status="active")
        before = call.call.stream.srtp
        await phone.do("hold", call=number)
        await asyncio.wait_for(call.changes.get(), 5)
        await phone.do("resume", call=number)
        resumed = await asyncio.wait_for(call.changes.get(), 5)
        assert resumed.srtp == before
        await call.play_tone(900, 1.0)
        await phone.do("hang_up", call=number)
        await call.ended()
        await phone.stop()
    assert_tone(phone.heard(), 900)


async def test_pjsua2_refuses_a_call_in_clear_and_is_refused_where_the_trunk_has_no_srtp(tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", answer_with=200, srtp="required")
    async with phone, GatewayLine(tmp_path, sound=False, trunks=[trunk_to(phone)]) as line:
        with pytest.raises(CallRejected) as refused:
            await line.dial(phone.uri)
        assert refused.value.status in (406, 488)
        await phone.dial(line.uri())
        await phone.event("state", state="DISCONNECTED", status=488)


async def test_two_gateways_change_their_keys_within_the_call_and_hear_each_other_on(tmp_path):
    (tmp_path / "person").mkdir()
    async with GatewayLine(tmp_path / "person", trunks=[trunk(tmp_path, srtp="required")]) as person:
        server = f"sip:127.0.0.1:{person.port}"
        async with GatewayLine(tmp_path, trunks=[trunk(tmp_path, srtp="required", servers=[server])]) as line:
            mine = await line.dial(server)
            theirs = await person.next_call()
            before = mine.call.stream.srtp
            await asyncio.gather(mine.play_tone(900, 0.5), theirs.play_tone(500, 0.5))
            # Nothing in the gateway asks for new keys by itself: it takes them from a session that has none in force.
            negotiation = mine.call._session.negotiation
            negotiation._stream = dataclasses.replace(negotiation._stream, srtp=None)
            renewed = (await mine.call.hold()).srtp
            assert {before.local, before.remote}.isdisjoint({renewed.local, renewed.remote})
            assert (await mine.call.resume()).srtp == renewed
            await asyncio.gather(mine.play_tone(900, 1.0), theirs.play_tone(500, 1.0))
            await mine.call.hang_up()
            await asyncio.gather(mine.ended(), theirs.ended())
            figures = [await call.leg.statistics() for call in (mine, theirs)]
    assert [each.packets_rejected for each in figures] == [0, 0]
    assert_tone(mine.heard, 500, seconds=1.2)
    assert_tone(theirs.heard, 900, seconds=1.2)
