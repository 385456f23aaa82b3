"""Reliable provisional responses (RFC 3262) and sound before the answer, with pjsua2."""

from __future__ import annotations

import asyncio

import pytest
from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone
from trunks import trunk_to


@pytest.mark.parametrize(
    ("ours", "theirs", "acknowledged"),
    [
        ("supported", "supported", True),
        ("supported", "required", True),
        ("required", "required", True),
        ("off", "supported", False),
    ],
)
async def test_pjsua2_calls(ours, theirs, acknowledged, tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", reliable_provisional=theirs)
    async with (
        phone,
        GatewayLine(tmp_path, sound=False, ring_s=0.1, trunks=[trunk_to(phone, reliable_provisional=ours)]) as line,
    ):
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        await line.next_call()
        await phone.event("state", state="CONFIRMED")
        assert bool(line.received("PRACK")) is acknowledged, line.ladder()
        assert ("RSeq" in line.sent(180)[0].headers) is acknowledged
        # Acknowledged at once, it is not sent again.
        assert len(line.sent(180)) == 1


async def test_a_trunk_without_them_refuses_pjsua2_that_demands_them(tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", reliable_provisional="required")
    async with phone, GatewayLine(tmp_path, sound=False, trunks=[trunk_to(phone, reliable_provisional="off")]) as line:
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        await phone.event("state", state="DISCONNECTED", status=420)
        (refusal,) = line.sent(420)
        assert refusal.headers.get("Unsupported") == "100rel"


@pytest.mark.parametrize(("ours", "theirs"), [("supported", "required"), ("required", "supported")])
async def test_pjsua2_is_called(ours, theirs, tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", reliable_provisional=theirs, answer_with=180)
    async with phone, GatewayLine(tmp_path, sound=False, trunks=[trunk_to(phone, reliable_provisional=ours)]) as line:
        calling = asyncio.create_task(line.dial("0791234567"))
        incoming = await phone.event("incoming")
        async with asyncio.timeout(5):
            while not line.sent("PRACK"):
                await asyncio.sleep(0.01)
        await phone.do("answer", call=incoming["call"])
        call = await calling
        assert not call.call.is_over
        assert "RSeq" in line.received(180)[0].headers
        assert len(line.received(180)) == 1


@pytest.mark.parametrize("reliable", ["off", "supported", "required"])
async def test_pjsua2_hears_the_gateway_before_it_answers(reliable, tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", reliable_provisional=reliable)
    async with GatewayLine(tmp_path, early_tone=1100) as line, phone:
        await phone.dial(f"sip:praxis@127.0.0.1:{line.port}")
        await phone.event("state", state="EARLY", status=183)
        await phone.event("media", status="active")
        call = await line.next_call()
        await phone.do("hang_up", call=0)
        await call.ended()
        await phone.stop()
    assert_tone(phone.heard(), 1100)


async def test_the_gateway_hears_pjsua2_before_it_answers(tmp_path):
    phone = Pjsua2Phone(tmp_path / "phone", reliable_provisional="supported", answer_with=183)
    async with GatewayLine(tmp_path) as line, phone:
        leg = await line.allocate()
        calling = asyncio.create_task(line.agent.invite(phone.uri, local_port=leg.local_port))
        incoming = await phone.event("incoming")
        await phone.event("media", status="active")
        await phone.do("answer", call=incoming["call"])
        call = await calling
        assert call.early_stream is not None
        assert call.early_stream == call.stream
        await leg.release()
