"""baresip and pjsua2 take REFER: they call whom the gateway names, or take its place toward a person (Replaces)."""

from __future__ import annotations

import asyncio

from baresip_phone import BaresipPhone
from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone

from gateway.telephony.events import EndReason
from gateway.telephony.headers import NameAddress
from gateway.telephony.referral import ReferralResult
from gateway.telephony.uri import parse_uri

ANNA = '"Anna Muster" <sip:0791234567@127.0.0.1>;regint=0'
RECEPTION = "<sip:reception@127.0.0.1>;regint=0"


async def test_baresip_calls_the_person_that_it_is_referred_to_and_tells_how_it_goes(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        BaresipPhone(tmp_path / "caller", ANNA) as caller,
        BaresipPhone(tmp_path / "person", f"{RECEPTION};answermode=auto") as person,
    ):
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        assert "REFER" in call.call.peer_methods
        target = NameAddress(parse_uri(f"sip:reception@127.0.0.1:{person.sip_port}"))
        outcome = await asyncio.wait_for(call.call.refer(target), 15)
        assert (outcome.result, outcome.status) == (ReferralResult.SUCCEEDED, 200)
        assert (await person.event("CALL_ESTABLISHED"))["peeruri"].startswith("sip:0791234567@127.0.0.1")
        await call.call.hang_up()
        assert await call.ended() in (EndReason.GATEWAY, EndReason.PEER)


async def test_baresip_tells_that_the_person_is_busy(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        BaresipPhone(tmp_path / "caller", ANNA) as caller,
        BaresipPhone(tmp_path / "person", RECEPTION) as person,
    ):
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        target = NameAddress(parse_uri(f"sip:reception@127.0.0.1:{person.sip_port}"))
        referring = asyncio.create_task(call.call.refer(target))
        await person.event("CALL_INCOMING")
        await person.command("hangup")
        outcome = await asyncio.wait_for(referring, 15)
        assert outcome.result is ReferralResult.FAILED
        assert outcome.status >= 400
        assert not call.call.is_over
        await call.call.hang_up()
        await call.ended()


async def test_pjsua2_takes_the_gateways_place_toward_a_person(tmp_path):
    async with (
        GatewayLine(tmp_path) as line,
        Pjsua2Phone(tmp_path / "caller") as caller,
        Pjsua2Phone(tmp_path / "person", user="reception", answer_with=200) as person,
    ):
        await caller.dial(f"sip:praxis@127.0.0.1:{line.port}")
        call = await line.next_call()
        consult = await line.dial(person.uri)
        outcome = await asyncio.wait_for(call.call.refer(consult.call.replacing), 15)
        assert (outcome.result, outcome.status) == (ReferralResult.SUCCEEDED, 200), line.ladder()
        assert await consult.ended() is EndReason.PEER
        await call.call.hang_up()
        await call.ended()
        await person.event("replaced")
        await caller.stop()
        await person.stop()
