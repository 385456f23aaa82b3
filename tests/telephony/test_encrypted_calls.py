"""Calls whose trunks have SRTP, between two user agents over real sockets on loopback."""

import asyncio
import base64
import contextlib

import pytest
import structlog
from test_user_agent import QUICK

from gateway.media.parameters import Codec
from gateway.telephony.diagnostics.trace import MaskingTracer
from gateway.telephony.diagnostics.trace_store import TraceStore
from gateway.telephony.errors import CallRejected
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.listener import Listener
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_profile import TrunkProfile
from gateway.telephony.user_agent import UserAgent


def trunk(srtp, *servers, **fields):
    described = {"id": "line", "servers": servers, "allowed": ["127.0.0.0/8"], "options_interval_s": 0, "srtp": srtp}
    return Trunk(TrunkProfile.model_validate({**described, **fields}), tuple(map(parse_uri, servers)))


class Pair:
    """A user agent that answers every call by a trunk, another that calls it by one, and what was kept of both."""

    def __init__(self):
        self.store = TraceStore()
        self.answered = asyncio.Queue()
        self._agents = contextlib.AsyncExitStack()

    async def start(self, called, calling, **fields):
        self.called = await self._agent(trunk(called, **fields), on_invite=self._answer)
        server = f"sip:127.0.0.1:{self.called.address[1]}"
        self.calling = await self._agent(trunk(calling, server, **fields), tracer=MaskingTracer([self.store]))
        async with asyncio.timeout(5):
            while self.calling.trunk_states()[0].server is None:
                await asyncio.sleep(0.005)

    async def call(self):
        mine = await self.calling.invite("+41441234567", local_port=5000)
        return mine, await asyncio.wait_for(self.answered.get(), 5)

    async def stop(self):
        await self._agents.aclose()

    async def _agent(self, trunk, **options):
        agent = UserAgent([Listener("127.0.0.1", 0)], max_calls=10, timers=QUICK, trunks=[trunk], **options)
        await agent.start()
        self._agents.push_async_callback(agent.stop, grace_s=0.5)
        return agent

    async def _answer(self, call):
        await call.ring()
        await call.answer(local_port=4000)
        self.answered.put_nowait(call)


@pytest.fixture
async def pair():
    pair = Pair()
    yield pair
    await pair.stop()


@pytest.mark.parametrize(
    ("called", "calling"),
    [("required", "required"), ("required", "preferred"), ("preferred", "required"), ("preferred", "preferred")],
)
async def test_both_sides_have_each_others_key_and_keep_it_through_a_hold(pair, called, calling):
    await pair.start(called, calling)
    mine, theirs = await pair.call()
    keys = mine.stream.srtp
    assert (keys.local, keys.remote) == (theirs.stream.srtp.remote, theirs.stream.srtp.local)
    assert keys.local != keys.remote
    held = await mine.hold()
    assert (held.receive, held.srtp) == (False, keys)
    resumed = await theirs.resume()
    assert (resumed.srtp.local, resumed.srtp.remote) == (keys.remote, keys.local)


@pytest.mark.parametrize(("called", "calling"), [("off", "preferred"), ("preferred", "off"), ("off", "off")])
async def test_without_srtp_on_one_side_the_call_is_plain(pair, called, calling):
    await pair.start(called, calling)
    mine, theirs = await pair.call()
    assert (mine.stream.srtp, theirs.stream.srtp) == (None, None)


@pytest.mark.parametrize(("called", "calling"), [("off", "required"), ("required", "off")])
async def test_where_one_side_demands_srtp_and_the_other_has_it_not_there_is_no_call(pair, called, calling):
    await pair.start(called, calling)
    with structlog.testing.capture_logs() as logs, pytest.raises(CallRejected) as refused:
        await pair.call()
    assert refused.value.status == 488
    (entry,) = [entry for entry in logs if entry["event"] == "sip_call_not_acceptable"]
    assert entry["trunk"] == "line"
    assert ("switched off" if called == "off" else "a=crypto") in entry["problem"]


async def test_keys_are_in_no_trace_no_log_and_no_text_of_a_call(pair):
    with structlog.testing.capture_logs() as logs:
        await pair.start("required", "required")
        mine, theirs = await pair.call()
        await mine.hold()
        await mine.hang_up()
        await theirs.ended()
    secrets = [mine.stream.srtp.local, mine.stream.srtp.remote]
    (dialog,) = pair.store.find(mine.sip_call_id)
    messages = b"".join(message.data for message in dialog.messages)
    assert messages.count(b"a=crypto:1 AEAD_AES_256_GCM inline:*") >= 4
    shown = repr((logs, mine, theirs, mine.stream, mine._session.negotiation.__dict__, mine._session))
    for secret in secrets:
        assert base64.b64encode(secret)[:16] not in messages
        assert base64.b64encode(secret).decode()[:16] not in shown
        assert repr(secret)[2:-1] not in shown


async def test_a_trunks_codecs_are_those_of_its_calls_both_ways(pair):
    await pair.start("off", "off", codecs=["opus", "PCMU"])
    mine, theirs = await pair.call()
    assert (mine.stream.codec, theirs.stream.codec) == (Codec.OPUS, Codec.OPUS)
    assert mine.stream.payload_type == theirs.stream.payload_type
    assert mine.stream.opus.max_playback_rate == 16_000
