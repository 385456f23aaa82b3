"""Either side changes the call while it lasts: re-INVITE, UPDATE and INFO, with pjsua2."""

from __future__ import annotations

import asyncio

from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone


async def test_the_gateway_holds_and_resumes(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("media", status="active")
        held = await call.call.hold()
        assert (held.send, held.receive) == (True, False)
        await phone.event("media", status="held by peer")
        phone.forget_events()
        resumed = await call.call.resume()
        assert (resumed.send, resumed.receive) == (True, True)
        await phone.event("media", status="active")
        await call.play_tone(900, 1.0)
        await phone.stop()
    assert_tone(phone.heard(), 900)
    assert_tone(call.heard, 500)


async def test_the_gateway_moves_its_sound_to_another_leg(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("media", status="active")
        other = await line.allocate()
        await other.connect(await call.call.move(local_port=other.local_port))
        await call.leg.release()
        async with asyncio.timeout(5):
            while (await other.statistics()).packets_received < 20:
                await asyncio.sleep(0.05)
        await other.release()


async def test_pjsua2_updates_its_description(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("state", state="CONFIRMED")
        phone.forget_events()
        await phone.do("update", call=number)
        await phone.event("media", status="active")
        (update,) = line.received("UPDATE")
        assert update.body
        await call.play_tone(900, 1.0)
        await phone.stop()
    assert_tone(phone.heard(), 900)


async def test_both_hold_each_other(tmp_path):
    async with GatewayLine(tmp_path, sound=False) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("state", state="CONFIRMED")
        await phone.do("hold", call=number)
        assert (await asyncio.wait_for(call.changes.get(), 5)).send is False
        await call.call.hold()
        assert (call.call.stream.send, call.call.stream.receive) == (False, False)
        await call.call.resume()
        await phone.do("resume", call=number)
        async with asyncio.timeout(5):
            while not (call.call.stream.send and call.call.stream.receive):
                await asyncio.sleep(0.02)


async def test_keys_go_both_ways_in_info(tmp_path):
    async with GatewayLine(tmp_path) as line, Pjsua2Phone(tmp_path / "phone") as phone:
        number = await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        await phone.event("state", state="CONFIRMED")
        await phone.do("press_by_info", call=number, digits="4#")
        assert [await asyncio.wait_for(call.keys.get(), 5) for _ in range(2)] == list("4#")
        await call.call.send_dtmf_info("82")
        await phone.event("key", digit="8")
        await phone.event("key", digit="2")
