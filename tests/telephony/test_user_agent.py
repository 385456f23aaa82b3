"""User agents over real sockets on loopback, with each other and with a peer that writes its own datagrams."""

import asyncio
import ipaddress
import socket

import pytest
import structlog
from sip_fixtures import invite, request, respond, statuses

from gateway.media.parameters import Codec
from gateway.telephony.errors import CallEnded, CallFailed, CallRejected, TelephonyError
from gateway.telephony.events import EndReason
from gateway.telephony.messages.message import parse_message
from gateway.telephony.network.listener import Listener
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.user_agent import UserAgent

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
QUICK = Timers(t1=0.02, t2=0.08, t4=0.05)
"""Timers for tests that must see them run out: 64*T1 is 1.3 s."""


class Agents:
    """Starts user agents and stops them after the test."""

    def __init__(self):
        self.started = []

    async def __call__(self, on_invite=None, **options):
        options = {"allowed": LOOPBACK, "max_calls": 10, "timers": QUICK, **options}
        agent = UserAgent([Listener("127.0.0.1", 0)], on_invite=on_invite, **options)
        await agent.start()
        self.started.append(agent)
        return agent


@pytest.fixture
async def agents():
    maker = Agents()
    yield maker
    for agent in maker.started:
        await agent.stop(grace_s=0.2)


class Peer:
    """A UDP socket that speaks SIP by hand."""

    def __init__(self, agent):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.agent = agent.address
        self.address = self.socket.getsockname()
        self.source = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendto(data, self.source or self.agent)

    async def receive(self, *wanted):
        """Return the next message whose status or method is wanted."""
        async with asyncio.timeout(5):
            while True:
                data, self.source = await asyncio.get_running_loop().sock_recvfrom(self.socket, 65_536)
                message = parse_message(data)
                if not wanted or statuses([message])[0] in wanted:
                    return message

    async def is_silent(self, seconds=0.1):
        try:
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_recvfrom(self.socket, 65_536)
        except TimeoutError:
            return True
        return False


def target(agent, user="+41441234567"):
    return f"sip:{user}@127.0.0.1:{agent.address[1]}"


class Answering:
    """An ``on_invite`` that answers and remembers its calls."""

    def __init__(self):
        self.calls = []

    async def __call__(self, call):
        self.calls.append(call)
        await call.ring()
        await call.answer(local_port=4000)


async def test_two_agents_talk_and_the_caller_hangs_up(agents):
    answering = Answering()
    called, caller = await agents(answering), await agents()
    rings = []
    call = await caller.invite(
        target(called),
        local_port=5000,
        from_uri="sip:0791234567@127.0.0.1",
        display_name="Anna",
        on_ringing=rings.append,
    )
    (incoming,) = answering.calls
    assert (incoming.caller.number, incoming.caller.display_name) == ("+41791234567", "Anna")
    assert incoming.called_number == "+41441234567"
    assert incoming.source == caller.address
    assert incoming.sip_call_id == call.sip_call_id
    assert (call.stream.remote_address, call.stream.remote_port, call.stream.codec) == ("127.0.0.1", 4000, Codec.G722)
    assert incoming.stream.remote_port == 5000
    assert rings == [180]
    assert (called.calls, caller.calls) == (1, 1)
    await call.hang_up()
    await call.hang_up()
    assert await incoming.ended() is EndReason.PEER
    assert await call.ended() is EndReason.GATEWAY
    assert (called.calls, caller.calls) == (0, 0)


async def test_the_called_side_hangs_up(agents):
    answering = Answering()
    called, caller = await agents(answering), await agents()
    call = await caller.invite(target(called), local_port=5000)
    await answering.calls[0].hang_up("done")
    assert await call.ended() is EndReason.PEER


async def test_a_rejection_reaches_the_caller(agents):
    async def reject(call):
        await call.reject(486, "Busy Here")

    called, caller = await agents(reject), await agents()
    with pytest.raises(CallRejected) as caught:
        await caller.invite(target(called), local_port=5000)
    assert (caught.value.status, caught.value.reason) == (486, "Busy Here")


async def test_a_handler_that_raises_refuses_the_call_and_logs_it(agents):
    async def fail(call):
        raise RuntimeError("no media")

    called, caller = await agents(fail), await agents()
    with structlog.testing.capture_logs() as logs, pytest.raises(CallRejected) as caught:
        await caller.invite(target(called), local_port=5000)
    assert caught.value.status == 500
    assert "sip_call_handler_failed" in [entry["event"] for entry in logs]


async def test_a_handler_that_raises_after_the_answer_hangs_up(agents):
    async def fail(call):
        await call.answer(local_port=4000)
        raise RuntimeError("no media")

    called, caller = await agents(fail), await agents()
    call = await caller.invite(target(called), local_port=5000)
    assert await call.ended() is EndReason.PEER


async def test_a_handler_that_forgets_the_call_refuses_it(agents):
    async def forget(call):
        pass

    called, caller = await agents(forget), await agents()
    with pytest.raises(CallRejected, match="500"):
        await caller.invite(target(called), local_port=5000)


async def test_an_agent_without_a_handler_takes_no_call(agents):
    called, caller = await agents(), await agents()
    with pytest.raises(CallRejected, match="480"):
        await caller.invite(target(called), local_port=5000)


async def test_logs_hold_neither_numbers_nor_names(agents):
    answering = Answering()
    called, caller = await agents(answering), await agents()
    with structlog.testing.capture_logs() as logs:
        call = await caller.invite(
            target(called), local_port=5000, from_uri="sip:0791234567@127.0.0.1", display_name="Anna Muster"
        )
        await call.hang_up()
        await answering.calls[0].ended()
    assert logs
    assert not [word for word in ("791234567", "441234567", "Anna") if word in str(logs)]


async def test_cancelling_the_task_cancels_the_call(agents):
    seen = asyncio.Queue()

    async def ring_on(call):
        await call.ring()
        await seen.put(call)
        await call.ended()

    called, caller = await agents(ring_on), await agents()
    task = asyncio.create_task(caller.invite(target(called), local_port=5000))
    incoming = await seen.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await incoming.ended() is EndReason.CANCELLED
    with pytest.raises(CallEnded):
        await incoming.answer(local_port=4000)


async def test_nobody_answering_in_time_cancels_the_call(agents):
    seen = asyncio.Queue()

    async def ring_on(call):
        await call.ring()
        await seen.put(call)
        await call.ended()

    called, caller = await agents(ring_on), await agents()
    with pytest.raises(CallFailed, match=r"within 0\.1 seconds"):
        await caller.invite(target(called), local_port=5000, timeout_s=0.1)
    assert await (await seen.get()).ended() is EndReason.CANCELLED


async def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(agents):
    caller = await agents()
    with Peer(caller) as peer:
        task = asyncio.create_task(caller.invite(f"sip:x@127.0.0.1:{peer.address[1]}", local_port=5000))
        sent = await peer.receive("INVITE")
        peer.send(respond(sent, 180))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        contact = (f"Contact: <sip:127.0.0.1:{peer.address[1]}>",)
        peer.send(respond(sent, 200, headers=contact))
        assert (await peer.receive("ACK", "BYE")).method == "ACK"
        bye = await peer.receive("BYE")
        assert bye.to_address.tag == "b"


async def test_a_retransmitted_invite_is_one_call_and_gets_the_same_answer(agents):
    answering = Answering()
    called = await agents(answering)
    with Peer(called) as peer:
        for _ in range(3):
            peer.send(invite(via=f"127.0.0.1:{peer.address[1]}"))
        first = await peer.receive(200)
        again = await peer.receive(200)
        assert first == again
        assert len(answering.calls) == 1


async def test_a_lost_ack_has_the_answer_repeated_and_the_call_ended(agents):
    answering = Answering()
    called = await agents(answering)
    with Peer(called) as peer:
        peer.send(invite(headers=(f"Contact: <sip:127.0.0.1:{peer.address[1]}>",)))
        for _ in range(3):
            ok = await peer.receive(200)
        bye = await peer.receive("BYE")
        assert bye.from_address.tag == ok.to_address.tag
        peer.send(respond(bye, 200))
        assert await answering.calls[0].ended() is EndReason.NO_ACK


async def test_a_response_finds_its_way_through_a_nat(agents):
    called = await agents()
    with Peer(called) as peer:
        peer.send(request("OPTIONS", via="10.1.1.1:5060"))
        ok = await peer.receive(200)
        assert ok.top_via.parameters.get("rport") == str(peer.address[1])
        assert ok.top_via.parameters.get("received") == "127.0.0.1"


async def test_a_caller_who_cancels_gets_487(agents):
    seen = asyncio.Queue()

    async def ring_on(call):
        await call.ring()
        await seen.put(call)
        await call.ended()

    called = await agents(ring_on)
    with Peer(called) as peer:
        peer.send(invite())
        await peer.receive(180)
        peer.send(request("CANCEL"))
        assert str((await peer.receive(200)).cseq) == "1 CANCEL"
        assert str((await peer.receive(487)).cseq) == "1 INVITE"
        assert await (await seen.get()).ended() is EndReason.CANCELLED


async def test_an_invite_without_an_offer_is_answered_when_its_ack_comes(agents):
    streams = asyncio.Queue()

    async def answer(call):
        await streams.put(await call.answer(local_port=4000))

    called = await agents(answer)
    with Peer(called) as peer:
        peer.send(invite(b""))
        ok = await peer.receive(200)
        assert b"m=audio 4000" in ok.body
        assert streams.empty()
        body = ok.body.replace(b"m=audio 4000", b"m=audio 9200")
        peer.send(
            request("ACK", branch="k", to_tag=ok.to_address.tag, headers=("Content-Type: application/sdp",), body=body)
        )
        assert (await streams.get()).remote_port == 9200


async def test_a_re_invite_is_told_to_the_call(agents):
    answering = Answering()
    called = await agents(answering)
    changes = asyncio.Queue()
    with Peer(called) as peer:
        peer.send(invite())
        tag = (await peer.receive(200)).to_address.tag
        peer.send(request("ACK", branch="k", to_tag=tag))
        answering.calls[0].on_stream_changed = changes.put_nowait
        held = parse_message(invite()).body + b"a=sendonly\r\n"
        peer.send(invite(held, branch="re", cseq=2, to_tag=tag))
        assert b"a=recvonly" in (await peer.receive(200)).body
        assert not (await changes.get()).send


async def test_strangers_hear_nothing(agents):
    called = await agents(allowed=[ipaddress.ip_network("192.0.2.0/24")])
    with Peer(called) as peer:
        peer.send(request("OPTIONS"))
        assert await peer.is_silent()
    assert called.admission.counters.dropped_foreign == 1


async def test_a_call_too_many_is_busy(agents):
    called, caller = await agents(Answering(), max_calls=2), await agents()
    for _ in range(2):
        await caller.invite(target(called), local_port=5000)
    with pytest.raises(CallRejected, match="486"):
        await caller.invite(target(called), local_port=5000)


async def test_stopping_ends_every_call_and_waits_for_the_answers(agents):
    called, caller = await agents(Answering()), await agents()
    calls = [await caller.invite(target(called), local_port=5000) for _ in range(3)]
    await called.stop()
    assert [await call.ended() for call in calls] == [EndReason.PEER] * 3
    await called.stop()


async def test_a_taken_port_is_named_in_the_error(agents):
    taken = await agents()
    second = UserAgent([Listener("127.0.0.1", taken.address[1])], allowed=LOOPBACK, max_calls=1)
    with pytest.raises(TelephonyError, match=f"127.0.0.1 port {taken.address[1]}"):
        await second.start()
    with pytest.raises(TelephonyError, match="not started"):
        _ = second.address


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("praxis", "not a URI"),
        ("tel:+41441234567", "names no host"),
        ("sip:x@[::1];transport=tcp", "there is no listener for IPv6"),
        ("sip:x@[::1]", "there is no UDP listener for IPv6"),
        ("sip:x@no-such-host.invalid", "cannot be found"),
    ],
)
async def test_a_target_that_cannot_be_called_is_told_in_one_sentence(agents, uri, problem):
    caller = await agents()
    with pytest.raises(CallFailed, match=problem):
        await caller.invite(uri, local_port=5000)


async def test_a_peer_that_is_not_there_is_told(agents):
    caller = await agents()
    with pytest.raises(CallFailed, match=r"Nobody responds at 127\.0\.0\.1 port 9"):
        await caller.invite("sip:x@127.0.0.1:9", local_port=5000)


async def test_a_route_that_the_system_refuses_is_told_at_once(agents):
    caller = await agents()
    with pytest.raises(CallFailed, match=r"Nothing can be sent to 255\.255\.255\.255"):
        await caller.invite("sip:x@255.255.255.255", local_port=5000)


async def test_the_address_in_sdp_is_the_advertised_one_or_the_routes():
    wide = UserAgent([Listener("0.0.0.0", 0)], allowed=LOOPBACK, max_calls=1)
    await wide.start()
    assert wide.local_address_for("127.0.0.1") == "127.0.0.1"
    await wide.stop()
    behind_nat = UserAgent([Listener("127.0.0.1", 0, advertised_address="203.0.113.5")], allowed=LOOPBACK, max_calls=1)
    await behind_nat.start()
    assert behind_nat.local_address_for("127.0.0.1") == "203.0.113.5"
    await behind_nat.stop()


async def test_a_call_gets_the_media_address_of_the_listener_that_it_came_by():
    """One listener for the house, one for the world: sound between telephones of a house must not leave it."""
    answering = Answering()
    listeners = [Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, advertised_address="203.0.113.5")]
    agent = UserAgent(listeners, allowed=LOOPBACK, max_calls=4, timers=QUICK, on_invite=answering)
    await agent.start()
    for place, address in zip(agent.addresses, ["127.0.0.1", "203.0.113.5"], strict=True):
        with Peer(agent) as peer:
            peer.agent = (place.host, place.port)
            peer.send(invite(call_id=f"to-{place.port}", branch=f"to-{place.port}"))
            ok = await peer.receive(200)
            assert f"c=IN IP4 {address}\r\n".encode() in ok.body
    await agent.stop(grace_s=0.2)


async def test_ipv6_works():
    answering = Answering()
    options = {"allowed": [ipaddress.ip_network("::1/128")], "max_calls": 2, "timers": QUICK}
    called, caller = (
        UserAgent([Listener("::1", 0)], on_invite=answering, **options),
        UserAgent([Listener("::1", 0)], **options),
    )
    await called.start()
    await caller.start()
    call = await caller.invite(f"sip:x@[::1]:{called.address[1]}", local_port=5000)
    assert call.stream.remote_address == "::1"
    await call.hang_up()
    assert await answering.calls[0].ended() is EndReason.PEER
    await called.stop()
    await caller.stop()


async def test_draining_refuses_calls_and_pings_but_lets_running_calls_finish(agents):
    answering = Answering()
    called, caller = await agents(answering), await agents()
    call = await caller.invite(target(called), local_port=5000)
    called.drain()
    with pytest.raises(CallRejected) as refused:
        await caller.invite(target(called), local_port=5002)
    assert refused.value.status == 503
    with Peer(called) as peer:
        peer.send(request("OPTIONS", branch="ping", call_id="ping", via=f"127.0.0.1:{peer.address[1]}"))
        assert (await peer.receive(503)).headers.get("Retry-After") == "10"
    assert called.calls == 1
    assert not answering.calls[0].is_over
    await call.hang_up()
    await answering.calls[0].ended()
    assert called.calls == 0


class Alarm:
    """Something that is polled once, at ``deadline``."""

    def __init__(self, deadline, ring):
        self.deadline = deadline
        self._ring = ring

    def poll(self, now):
        self.deadline = None
        self._ring()


async def test_what_fails_when_its_time_comes_does_not_stop_the_timers_of_all_others(agents):
    agent = await agents()
    rung = asyncio.Event()

    def fail():
        raise RuntimeError("of our own making")

    agent.signalling.schedule(Alarm(agent.now() + 0.01, fail))
    agent.signalling.schedule(Alarm(agent.now() + 0.02, rung.set))
    with structlog.testing.capture_logs() as logs:
        agent.flush()
        async with asyncio.timeout(2):
            await rung.wait()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["sip_timer_failed"]
