"""What a call can do between its ends, as the rest of the gateway sees it: user agents over loopback."""

import asyncio
import ipaddress
import socket

import pytest
from sip_fixtures import invite

from gateway.telephony.errors import CallEnded, NotAcceptableHere, RequestRefused
from gateway.telephony.events import EndReason
from gateway.telephony.messages.headers import parse_name_address
from gateway.telephony.messages.message import parse_message
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.user_agent import UserAgent

QUICK = Timers(t1=0.02, t2=0.08, t4=0.05)


async def started(on_invite=None):
    agent = UserAgent(
        [Listener("127.0.0.1", 0)],
        allowed=[ipaddress.ip_network("127.0.0.0/8")],
        max_calls=10,
        timers=QUICK,
        on_invite=on_invite,
    )
    await agent.start()
    return agent


@pytest.fixture
async def line():
    """A gateway that answers, its incoming calls, and somebody who calls it."""
    calls = asyncio.Queue()

    async def answer(call):
        await call.answer(local_port=4000)
        await calls.put(call)

    gateway, peer = await started(answer), await started()
    yield peer, f"sip:praxis@127.0.0.1:{gateway.address[1]}", calls
    await peer.stop(grace_s=0.2)
    await gateway.stop(grace_s=0.2)


async def talking(line):
    peer, target, calls = line
    outgoing = await peer.invite(target, local_port=5000)
    return await calls.get(), outgoing


async def changed(call):
    """Return the stream of the next change of ``call``."""
    future = asyncio.get_running_loop().create_future()
    call.on_stream_changed = future.set_result
    async with asyncio.timeout(5):
        return await future


async def test_hold_and_resume_from_both_sides(line):
    incoming, outgoing = await talking(line)
    for ours, theirs in ((incoming, outgoing), (outgoing, incoming)):
        told = asyncio.create_task(changed(theirs))
        await asyncio.sleep(0)
        stream = await ours.hold()
        assert (stream.send, stream.receive) == (True, False)
        assert ours.is_on_hold
        assert not (await told).send
        assert theirs.is_held_by_peer
        stream = await ours.resume()
        assert (stream.send, stream.receive) == (True, True)
        assert not ours.is_on_hold


async def test_a_moved_port_is_where_the_peer_sends_to(line):
    incoming, outgoing = await talking(line)
    told = asyncio.create_task(changed(outgoing))
    await asyncio.sleep(0)
    await incoming.move(local_port=4444)
    assert (await told).remote_port == 4444


async def test_both_sides_may_ask_at_once(line):
    incoming, outgoing = await talking(line)
    async with asyncio.timeout(10):
        await asyncio.gather(incoming.hold(), outgoing.hold())
    assert incoming.is_on_hold
    assert outgoing.is_on_hold
    assert not incoming.stream.receive
    assert not outgoing.stream.receive


async def test_changes_that_are_asked_for_together_are_made_in_turn(line):
    incoming, _ = await talking(line)
    await asyncio.gather(incoming.hold(), incoming.move(local_port=4500), incoming.resume())
    assert not incoming.is_on_hold
    assert incoming.stream.receive


async def test_a_change_that_nobody_waits_for_any_more_does_not_pass_for_the_next_one(line):
    incoming, _ = await talking(line)
    holding = asyncio.create_task(incoming.hold())
    await asyncio.sleep(0)
    holding.cancel()
    await incoming.resume()
    assert not incoming.is_on_hold
    assert incoming.stream.receive


async def test_the_end_tells_the_peers_reason(line):
    incoming, outgoing = await talking(line)
    assert incoming.end is None
    await outgoing.hang_up("the door bell rings")
    assert await incoming.ended() is EndReason.PEER
    assert incoming.end.text == "the door bell rings"
    assert [(cause.protocol, cause.cause) for cause in incoming.end.causes] == [("Q.850", 16)]


async def test_keys_in_info_arrive_in_order(line):
    incoming, outgoing = await talking(line)
    keys = []
    incoming.on_dtmf = keys.append
    await outgoing.send_dtmf_info("0791*#")
    await asyncio.sleep(0)
    assert "".join(keys) == "0791*#"
    with pytest.raises(ValueError, match="keys"):
        await outgoing.send_dtmf_info("x")


async def test_a_refused_key_is_an_error_and_the_call_goes_on(line):
    incoming, outgoing = await talking(line)
    del outgoing._session.handlers["INFO"]
    with pytest.raises(RequestRefused, match="481"):
        await incoming.send_dtmf_info("1")
    assert not incoming.is_over


async def test_a_call_that_is_over_cannot_be_changed(line):
    incoming, outgoing = await talking(line)
    await outgoing.hang_up()
    assert await incoming.ended() is EndReason.PEER
    for request in (incoming.hold(), incoming.move(local_port=1), incoming.send_dtmf_info("1")):
        with pytest.raises(CallEnded):
            await request


async def test_a_call_that_ends_during_a_change_says_so(line):
    incoming, outgoing = await talking(line)
    holding = asyncio.create_task(incoming.hold())
    hanging_up = asyncio.create_task(incoming.hang_up())
    with pytest.raises(CallEnded):
        await holding
    await hanging_up
    assert await outgoing.ended() is EndReason.PEER


async def test_early_media_then_the_answer(line):
    peer, target, _ = line
    early, rings = [], []
    progressed = asyncio.Event()

    async def progress(call):
        stream = await call.progress(local_port=4100)
        assert (stream.remote_port, call.stream, call.early_stream) == (5000, None, stream)
        await progressed.wait()
        assert await call.answer(local_port=4100) == stream

    called = await started(progress)
    calling = asyncio.create_task(
        peer.invite(
            f"sip:praxis@127.0.0.1:{called.address[1]}",
            local_port=5000,
            on_ringing=rings.append,
            on_early_media=early.append,
        )
    )
    async with asyncio.timeout(5):
        while not early:
            await asyncio.sleep(0.005)
        assert not calling.done()
        progressed.set()
        call = await calling
    assert (rings, early[0].remote_port, call.stream.remote_port) == ([183], 4100, 4100)
    await call.hang_up()
    await called.stop(grace_s=0.2)
    assert target


async def test_an_offer_that_cannot_be_taken_early_can_still_be_refused(line):
    peer, _, _ = line
    errors = []

    async def progress(call):
        try:
            await call.progress(local_port=4100, local_address="::1")
        except NotAcceptableHere as error:
            errors.append(str(error))
            await call.reject(488)

    called = await started(progress)
    with pytest.raises(Exception, match="488"):
        await peer.invite(f"sip:praxis@127.0.0.1:{called.address[1]}", local_port=5000)
    assert errors == ["The offer's address is IPv4, which this side has not"]
    await called.stop(grace_s=0.2)


async def test_a_call_that_takes_another_over_knows_it(line):
    peer, target, calls = line
    first, outgoing = await talking(line)
    dialog = outgoing._session.dialog
    header = f"{dialog.call_id};to-tag={dialog.remote.tag};from-tag={dialog.local.tag}"
    second = peer._core.invite(
        target=parse_name_address(f"<{target}>"),
        caller=parse_name_address("<sip:x@127.0.0.1>"),
        hop=Hop("127.0.0.1", first._incoming.request.uri.port),
        negotiation=Negotiation("127.0.0.1", 5002),
        now=peer.now(),
        headers=(("Replaces", header),),
    )
    peer.flush()
    taking = await calls.get()
    assert taking.replaces is first
    assert await first.ended() is EndReason.REPLACED
    assert await outgoing.ended() is EndReason.PEER
    assert not taking.is_over
    assert second.end is None


async def test_an_answer_that_cannot_be_given_is_refused_with_a_warning():
    async def answer(call):
        await call.answer(local_port=4100, local_address="::1")

    called = await started(answer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        await asyncio.get_running_loop().sock_sendto(peer, invite(), ("127.0.0.1", called.address[1]))
        while (message := parse_message(await asyncio.get_running_loop().sock_recv(peer, 65_536))).status == 100:
            pass
    assert message.status == 488
    assert message.headers.get("Warning") == '399 gateway "The offer\'s address is IPv4, which this side has not"'
    await called.stop(grace_s=0.1)
