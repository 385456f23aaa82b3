"""Peers call over TCP and TLS, and are called over them."""

from __future__ import annotations

import pytest
from baresip_phone import BaresipPhone
from certificates import Certificates
from gateway_line import GatewayLine
from pjsua2_phone import Pjsua2Phone
from tones import assert_tone

from gateway.telephony.errors import CallFailed
from gateway.telephony.events import EndReason
from gateway.telephony.network.listener import Listener

TRANSPORTS = ["TCP", "TLS"]


def line_with(transport, folder, certificates, **options) -> GatewayLine:
    tls = certificates.of_listener if transport == "TLS" else None
    return GatewayLine(folder, Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, transport, tls=tls), **options)


def assert_all_over(transport, line) -> None:
    assert {message.remote.transport for message in line.messages} == {transport}, line.ladder()


def baresip(folder, certificates, parameters="") -> BaresipPhone:
    account = f'"Anna Muster" <sip:0791234567@127.0.0.1>;regint=0{parameters}'
    return BaresipPhone(folder, account, certificate=certificates.both, authority=certificates.authority)


def pjsua2(folder, transport, certificates, **options) -> Pjsua2Phone:
    files = {"certificate": certificates.certificate, "key": certificates.key, "authority": certificates.authority}
    return Pjsua2Phone(folder, transport=transport, **{name: str(path) for name, path in files.items()}, **options)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_baresip_calls(transport, tmp_path, certificates):
    async with (
        line_with(transport, tmp_path, certificates) as line,
        baresip(tmp_path / "phone", certificates) as phone,
    ):
        await phone.dial(line.uri(transport))
        call = await line.next_call()
        await call.play_tone(900, 1.0)
        await call.call.hang_up()
        await phone.event("CALL_CLOSED")
        assert await call.ended() is EndReason.GATEWAY
        assert_all_over(transport, line)
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_baresip_is_called(transport, tmp_path, certificates):
    async with (
        line_with(transport, tmp_path, certificates) as line,
        baresip(tmp_path / "phone", certificates, ";answermode=auto") as phone,
    ):
        port = phone.sip_port + (transport == "TLS")
        call = await line.dial(f"sip:0791234567@127.0.0.1:{port};transport={transport.lower()}")
        await phone.event("CALL_ESTABLISHED")
        await call.play_tone(900, 1.0)
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
        assert_all_over(transport, line)
    assert_tone(call.heard, 500)
    assert_tone(phone.heard, 900)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_pjsua2_calls(transport, tmp_path, certificates):
    async with (
        line_with(transport, tmp_path, certificates) as line,
        pjsua2(tmp_path / "phone", transport, certificates) as phone,
    ):
        number = await phone.dial(line.uri(transport))
        call = await line.next_call()
        await phone.event("media", status="active")
        await call.play_tone(900, 1.0)
        await phone.do("hang_up", call=number)
        assert await call.ended() is EndReason.PEER
        assert_all_over(transport, line)
        await phone.stop()
    assert_tone(call.heard, 500)
    assert_tone(phone.heard(), 900)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_pjsua2_is_called(transport, tmp_path, certificates):
    async with (
        line_with(transport, tmp_path, certificates) as line,
        pjsua2(tmp_path / "phone", transport, certificates, answer_with=200) as phone,
    ):
        call = await line.dial(phone.uri)
        await phone.event("media", status="active")
        await call.play_tone(900, 1.0)
        await call.call.hang_up()
        await phone.event("state", state="DISCONNECTED")
        assert await call.ended() is EndReason.GATEWAY
        assert_all_over(transport, line)
        await phone.stop()
    assert_tone(call.heard, 500)
    assert_tone(phone.heard(), 900)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_baresip_calls_and_is_called_over_ipv6(transport, tmp_path):
    account = '"Anna Muster" <sip:0791234567@[::1]>;regint=0;answermode=auto'
    async with (
        GatewayLine(tmp_path, Listener("::1", 0, transport)) as line,
        BaresipPhone(tmp_path / "phone", account, host="::1") as phone,
    ):
        await phone.dial(line.uri(transport))
        call = await line.next_call()
        assert call.call.stream.remote_address == "::1"
        await call.play_tone(900, 1.0)
        await phone.command("hangup")
        assert await call.ended() is EndReason.PEER
        parameter = "" if transport == "UDP" else ";transport=tcp"
        back = await line.dial(f"sip:0791234567@[::1]:{phone.sip_port}{parameter}")
        await back.call.hang_up()
        await back.ended()
    assert_tone(call.heard, 500)


async def test_pjsua2_does_not_call_where_it_does_not_trust_the_certificate(tmp_path, certificates):
    others = Certificates.issue(tmp_path / "others")
    async with (
        line_with("TLS", tmp_path, certificates, sound=False) as line,
        pjsua2(tmp_path / "phone", "TLS", others) as phone,
    ):
        await phone.dial(line.uri("TLS"))
        await phone.event("state", state="DISCONNECTED", status=503)
        assert not line.messages


@pytest.mark.parametrize("make_phone", [baresip, lambda *some: pjsua2(some[0], "TLS", some[1])])
async def test_the_gateway_does_not_call_whose_certificate_it_does_not_trust(make_phone, tmp_path, certificates):
    others = Certificates.issue(tmp_path / "others")
    async with (
        line_with("TLS", tmp_path, certificates, sound=False) as line,
        make_phone(tmp_path / "phone", others) as phone,
    ):
        port = phone.sip_port + isinstance(phone, BaresipPhone)
        with pytest.raises(CallFailed, match="certificate"):
            await line.dial(f"sip:0791234567@127.0.0.1:{port};transport=tls")
