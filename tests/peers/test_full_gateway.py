"""The whole gateway, as an operator starts it, registered with Kamailio: baresip calls its number and is greeted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from baresip_phone import BaresipPhone
from gateway_process import Gateway
from kamailio_proxy import SECRET, KamailioProxy

from gateway.records.journal import Journal
from gateway.records.model import CallStory

NUMBER = "0441234567"
SPOKEN_LEVEL = 300


def spoken_seconds(samples: npt.NDArray[np.int16]) -> float:
    """Return how many seconds of ``samples`` (8 kHz) are louder than silence."""
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    return 0.02 * float(np.count_nonzero(np.sqrt(np.mean(frames**2, axis=1)) > SPOKEN_LEVEL))


def trunks_file(folder: Path, proxy: KamailioProxy) -> Path:
    """Write the trunks file of a gateway that registers with the proxy."""
    path = folder / "trunks.yaml"
    described = {
        "id": "provider",
        "servers": [f"sip:127.0.0.1:{proxy.port}"],
        "username": NUMBER,
        "password_env": "PROVIDER_PASSWORD",
        "registration": {"expires_s": 60},
        "options_interval_s": 1,
    }
    path.write_text(yaml.safe_dump({"trunks": [described]}))
    return path


async def shown_as_up(gateway: Gateway) -> None:
    """Wait until ``gateway trunks`` shows the trunk as up."""
    async with asyncio.timeout(15):
        while True:
            shown = await asyncio.to_thread(gateway.command, "trunks")
            if shown.returncode == 0 and shown.stdout.splitlines()[1].split()[:4] == [
                "provider",
                "up",
                "registered",
                "up",
            ]:
                return
            await asyncio.sleep(0.1)


async def greeted(gateway: Gateway) -> None:
    """Wait until the gateway has spoken for a while, as the recording that is being written shows."""
    async with asyncio.timeout(30):
        while True:
            for path in (gateway.data / "recordings").glob("*/*.wav"):
                data = path.read_bytes()[44:]
                sides = np.frombuffer(data[: len(data) // 4 * 4], "<i2").reshape(-1, 2)
                if spoken_seconds(sides[:, 1]) > 1.5:
                    return
            await asyncio.sleep(0.1)


async def only_story(gateway: Gateway) -> CallStory:
    """Return the only call of this gateway once it is over."""
    journal = await Journal.open(gateway.database, read_only=True)
    try:
        async with asyncio.timeout(15):
            while True:
                for summary in await journal.calls(limit=10):
                    if summary.ended_at is not None and (story := await journal.call(summary.id)) is not None:
                        return story
                await asyncio.sleep(0.1)
    finally:
        await journal.close()


async def test_baresip_calls_the_number_at_the_proxy_and_hears_the_greeting(tmp_path):
    async with KamailioProxy(tmp_path / "proxy", "sip:127.0.0.1:9", algorithm="SHA-256") as proxy:
        settings = {"SIP_TRUNKS": str(trunks_file(tmp_path, proxy)), "PROVIDER_PASSWORD": SECRET}
        gateway = await asyncio.to_thread(Gateway, tmp_path, settings)
        try:
            await asyncio.to_thread(gateway.wait_until_healthy)
            assert NUMBER in await proxy.contact()
            await shown_as_up(gateway)
            account = f'"Anna Muster" <sip:0791234567@127.0.0.1:{proxy.port}>;auth_pass={SECRET};regint=60'
            async with BaresipPhone(tmp_path / "phone", account, frequency=0) as phone:
                await phone.dial(f"sip:{NUMBER}@127.0.0.1:{proxy.port}")
                await greeted(gateway)
                await phone.command("hangup")
                await phone.event("CALL_CLOSED")
            story = await only_story(gateway)
            assert (story.summary.caller_number, story.summary.called_number) == ("+41791234567", "+41441234567")
            assert story.summary.end_reason == "caller"
        finally:
            status = await asyncio.to_thread(gateway.stop)
        assert status == 0, gateway.tail()
        assert await proxy.contacts() == []
    assert spoken_seconds(phone.heard) > 1
