"""baresip, an independent telephone, calls the user agent, holds the call, takes it back and hangs up."""

import asyncio
import ipaddress
import wave

import pytest

from gateway.media.parameters import Codec
from gateway.telephony.events import EndReason
from gateway.telephony.listener import Listener
from gateway.telephony.user_agent import UserAgent

pytestmark = pytest.mark.e2e

CONFIGURATION = """
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module_app account.so
module_app menu.so
audio_source aufile,{folder}/caller.wav
audio_player aufile,{folder}/heard.wav
audio_alert aufile,{folder}/alert.wav
rtp_ports 20000-20100
"""


@pytest.fixture
def telephone(tmp_path):
    """The folder of a baresip configuration whose microphone is a silent file."""
    (tmp_path / "config").write_text(CONFIGURATION.format(folder=tmp_path))
    (tmp_path / "accounts").write_text('"Anna Muster" <sip:0791234567@127.0.0.1>;regint=0\n')
    with wave.open(str(tmp_path / "caller.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 8000 * 20))
    return tmp_path


async def test_baresip_calls_holds_and_hangs_up(telephone):
    calls, changes = asyncio.Queue(), asyncio.Queue()

    async def on_invite(call):
        call.on_stream_changed = changes.put_nowait
        await call.ring()
        await call.answer(local_port=4000)
        await calls.put(call)

    agent = UserAgent(
        [Listener("127.0.0.1", 0)], allowed=[ipaddress.ip_network("127.0.0.0/8")], max_calls=2, on_invite=on_invite
    )
    await agent.start()
    process = await asyncio.create_subprocess_exec(
        *("baresip", "-f", str(telephone), "-e", f"d sip:praxis@127.0.0.1:{agent.address[1]}", "-t", "30"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(15):
            call = await calls.get()
            assert (call.caller.number, call.caller.display_name) == ("+41791234567", "Anna Muster")
            assert call.stream.codec is Codec.PCMA
            assert call.stream.telephone_event_payload_type == 101
            for key, sends in ((b"x", False), (b"X", True)):
                process.stdin.write(key)
                assert (await changes.get()).send is sends
            process.stdin.write(b"b")
            assert await call.ended() is EndReason.PEER
    finally:
        process.stdin.write(b"q")
        process.stdin.close()
        await process.wait()
        await agent.stop()
