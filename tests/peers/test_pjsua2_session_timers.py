"""Session timers (RFC 4028) with pjsua2, either side refreshing; a clock is put forward to what is due."""

from __future__ import annotations

import asyncio

from gateway_line import GatewayLine
from jumping_clock import jump, with_jumping_clock
from pjsua2_phone import Pjsua2Phone
from trunks import trunk, trunk_to

from gateway.telephony.events import EndReason


async def refreshes(line, count, *, sent=False):
    """Wait for this many refreshes and return them."""
    async with asyncio.timeout(10):
        while len(found := line.sent("UPDATE") if sent else line.received("UPDATE")) < count:
            await asyncio.sleep(0.02)
    return found


async def test_pjsua2_calls_and_refreshes(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False) as line,
        Pjsua2Phone(tmp_path / "phone", clock_jumps=True, session_timer="always", session_expires_s=90) as phone,
    ):
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("state", state="CONFIRMED")
        assert line.sent(200)[0].headers.get("Session-Expires") == "90;refresher=uac"
        phone.jump(46)
        await refreshes(line, 1)
        phone.jump(92)
        for refresh in await refreshes(line, 2):
            assert refresh.headers.get("Session-Expires") == "90;refresher=uac"
        await phone.do("hang_up", call=number)
        assert await call.ended() is EndReason.PEER
        assert [message.headers.get("Session-Expires") for message in line.sent(200)][-2:] == ["90;refresher=uac", None]


@with_jumping_clock
async def test_a_call_that_pjsua2_refreshes_no_more_is_ended(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False) as line,
        Pjsua2Phone(tmp_path / "phone", session_timer="always", session_expires_s=90) as phone,
    ):
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("state", state="CONFIRMED")
        await jump(59)
        assert not line.sent("BYE")
        await jump(2)
        assert await call.ended() is EndReason.EXPIRED
        (bye,) = line.sent("BYE")
        assert "cause=408" in bye.headers.get("Reason")
        await phone.event("state", state="DISCONNECTED")


@with_jumping_clock
async def test_the_gateway_calls_and_refreshes(tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", clock_jumps=True, session_timer="supported", answer_with=200)
    async with phone, GatewayLine(tmp_path, sound=False, trunks=[trunk_to(phone, session_expires_s=90)]) as line:
        call = await line.dial("0791234567")
        (invite,) = line.sent("INVITE")
        assert invite.headers.get("Session-Expires") == "90"
        assert line.received(200)[0].headers.get("Session-Expires") == "90;refresher=uac"
        for count in (1, 2):
            await jump(46)
            phone.jump(46 * count)
            refresh = (await refreshes(line, count, sent=True))[-1]
            assert refresh.headers.get("Session-Expires") == "90;refresher=uac"
        assert not call.call.is_over
        # From here on nobody refreshes: pjsua2 ends the call before it would expire.
        phone.jump(2 * 46 + 89)
        assert await call.ended() is EndReason.PEER


async def test_too_short_an_interval_is_asked_for_again(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False, trunks=[trunk(tmp_path, min_se_s=120)]) as line,
        Pjsua2Phone(tmp_path / "phone", session_timer="required", session_expires_s=90) as phone,
    ):
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        await line.next_call()
        (refusal,) = line.sent(422)
        assert refusal.headers.get("Min-SE") == "120"
        assert [invite.headers.get("Session-Expires") for invite in line.received("INVITE")] == ["90", "120"]
        await phone.event("state", state="CONFIRMED")


async def test_the_gateway_asks_again_where_its_interval_is_too_short(tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", session_timer="supported", min_se_s=200, answer_with=200)
    async with phone, GatewayLine(tmp_path, sound=False, trunks=[trunk_to(phone, session_expires_s=90)]) as line:
        call = await line.dial("0791234567")
        assert line.received(422)
        assert line.sent("INVITE")[-1].headers.get("Session-Expires") == "200"
        assert not call.call.is_over


async def test_without_session_timers_there_are_none(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False) as line,
        Pjsua2Phone(tmp_path / "phone", session_timer="off") as phone,
    ):
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        await line.next_call()
        await phone.event("state", state="CONFIRMED")
        assert not any(message.headers.get("Session-Expires") for message in line.sent(200))


async def test_a_trunk_that_demands_session_timers_refuses_pjsua2_without(tmp_path):
    async with (
        GatewayLine(tmp_path, sound=False, trunks=[trunk(tmp_path, session_timer="required")]) as line,
        Pjsua2Phone(tmp_path / "phone", session_timer="off") as phone,
    ):
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        await phone.event("state", state="DISCONNECTED", status=421)
