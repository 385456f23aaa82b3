"""The gateway registers with Kamailio over TLS or TCP and is called by that connection; it listens on UDP only."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from certificates import Certificates
from gateway_line import GatewayLine
from kamailio_proxy import SECRET, KamailioProxy
from pjsua2_phone import Pjsua2Phone
from trunks import trunk

from gateway.telephony.events import EndReason
from gateway.telephony.trunks.registration import RegistrationState

NUMBER = "0441234567"


def trunk_over(transport: str, folder: Path, proxy: KamailioProxy, certificates: Certificates):
    """Return a trunk that registers over ``transport``."""
    port = proxy.tls_port if transport == "TLS" else proxy.port
    return trunk(
        folder,
        id="provider",
        servers=[f"sip:127.0.0.1:{port};transport={transport.lower()}"],
        server_ca=str(certificates.authority),
        username=NUMBER,
        password=SECRET,
        registration={"expires_s": 60},
    )


async def registered(line: GatewayLine) -> None:
    """Wait until the trunk is registered."""
    async with asyncio.timeout(10):
        while line.agent.trunk_states()[0].registration is not RegistrationState.REGISTERED:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
async def test_calls_come_and_go_by_the_connection_of_the_registration(transport, tmp_path, certificates):
    async with Pjsua2Phone(tmp_path / "phone", answer_with=200) as phone:
        proxy = KamailioProxy(
            tmp_path / "proxy",
            phone.uri,
            certificate=certificates.certificate,
            key=certificates.key,
            authority=certificates.authority,
        )
        async with proxy:
            described = trunk_over(transport, tmp_path, proxy, certificates)
            async with GatewayLine(tmp_path, sound=False, trunks=[described]) as line:
                await registered(line)
                contact = await proxy.contact()
                assert contact.endswith(f";transport={transport.lower()}")
                assert f":{line.port};" not in contact
                number = await phone.dial(f"sip:{NUMBER}@127.0.0.1:{proxy.port}")
                call = await line.next_call()
                await phone.do("hang_up", call=number)
                assert await call.ended() is EndReason.PEER
                await phone.dial(f"sip:{NUMBER}@127.0.0.1:{proxy.port}")
                call = await line.next_call()
                await call.call.hang_up()
                assert await call.ended() is EndReason.GATEWAY
                back = await line.dial("+41791234567")
                await back.call.hang_up()
                assert await back.ended() is EndReason.GATEWAY
                assert line.agent.connections.counters.opened == 1
                assert {message.remote.transport for message in line.messages} == {transport}
        await phone.stop()
