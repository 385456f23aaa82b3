"""Calls that a killed process left open are ended by the next one: over real sockets, and on a clock of one's own."""

import asyncio
import ipaddress

import pytest
from dialog_fixtures import snapshot
from sip_fixtures import CoreDriver, respond, statuses

from gateway.telephony.events import EndReason
from gateway.telephony.network.listener import Listener
from gateway.telephony.recovery.dialog_recovery import DialogRecovery
from gateway.telephony.recovery.dialog_snapshot import CSEQ_MARGIN
from gateway.telephony.recovery.orphaned_dialog import RETRY_AFTER_S, OrphanedDialog, Outcome
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.user_agent import UserAgent

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
QUICK = Timers(t1=0.02, t2=0.08, t4=0.05)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "open-dialogs"


# BYE


class Ending:
    """An orphaned dialog in a core with a clock of its own."""

    def __init__(self, credentials=None):
        self.driver = CoreDriver()
        self.outcomes = []
        self.orphan = OrphanedDialog(
            self.driver.core,
            snapshot().restore(1),
            credentials,
            start_at=self.driver.now + 1,
            done=self.outcomes.append,
        )
        self.driver.core.schedule(self.orphan)

    def bye(self, after_s: float = 1.0):
        (bye,) = self.driver.advance(after_s)
        return bye


def test_the_bye_says_why_and_goes_the_way_of_the_dialog():
    ending = Ending()
    assert ending.driver.advance(0.9) == []
    bye = ending.bye(0.2)
    assert bye.method == "BYE"
    assert str(bye.uri) == "sip:caller@192.0.2.9:5070;transport=udp"
    assert bye.headers.get_all("Route") == ["<sip:192.0.2.7;lr>", "<sip:192.0.2.8;lr;x=1>"]
    assert ending.driver.hops[0][:3] == ("192.0.2.7", 5060, "UDP")
    assert (bye.from_address.tag, bye.to_address.tag) == ("ours", "a")
    assert bye.cseq.number == 3 + CSEQ_MARGIN + 1
    assert bye.headers.get("Reason") == 'SIP;cause=500;text="gateway restarted"'
    ending.driver.receive(respond(bye, 100))
    assert ending.outcomes == []
    ending.driver.receive(respond(bye, 200))
    assert ending.outcomes == [Outcome.ENDED]
    assert ending.driver.core.is_idle


@pytest.mark.parametrize(("status", "outcome"), [(481, Outcome.GONE), (404, Outcome.GONE), (403, Outcome.REFUSED)])
def test_a_refusal_is_final(status, outcome):
    ending = Ending()
    ending.driver.receive(respond(ending.bye(), status))
    assert ending.outcomes == [outcome]
    assert ending.driver.advance(100) == []


def test_a_bye_that_nobody_answers_is_given_up():
    ending = Ending()
    sent = ending.driver.advance(1 + 32.1)
    assert set(statuses(sent)) == {"BYE"}
    assert len({str(bye.cseq) for bye in sent}) == 1
    assert ending.outcomes == [Outcome.UNREACHABLE]
    assert ending.driver.advance(100) == []
    assert ending.driver.core.is_idle


def test_a_server_that_is_not_able_now_is_asked_again_with_a_higher_number_and_then_no_more():
    ending = Ending()
    byes = [ending.bye()]
    for pause in RETRY_AFTER_S:
        assert ending.driver.receive(respond(byes[-1], 503)) == []
        byes.append(ending.bye(pause))
    ending.driver.receive(respond(byes[-1], 503))
    assert [bye.cseq.number - byes[0].cseq.number for bye in byes] == list(range(len(byes)))
    assert ending.outcomes == [Outcome.REFUSED]


def test_a_bye_that_cannot_be_sent_is_tried_again():
    ending = Ending()
    ending.driver.core.poll(ending.driver.now + 1)
    (outgoing,) = ending.driver.core.take_outgoing()
    ending.driver.core.transport_failed(outgoing.transaction, "Network is unreachable", ending.driver.now + 1)
    assert ending.outcomes == []
    bye = ending.bye(1 + RETRY_AFTER_S[0])
    ending.driver.receive(respond(bye, 200))
    assert ending.outcomes == [Outcome.ENDED]


@pytest.mark.parametrize(("status", "header"), [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")])
def test_a_challenge_is_answered_with_the_trunks_credentials(status, header):
    ending = Ending(Credentials("practice", "secret"))
    first = ending.bye()
    challenge = (f'{header}: Digest realm="provider", nonce="n1", qop="auth", algorithm=SHA-256',)
    (second,) = ending.driver.receive(respond(first, status, headers=challenge))
    answer = second.headers.get("Authorization" if status == 401 else "Proxy-Authorization")
    assert 'username="practice"' in answer
    assert second.cseq.number == first.cseq.number + 1
    ending.driver.receive(respond(second, status, headers=challenge))
    assert ending.outcomes == [Outcome.REFUSED], "the password is wrong: it is not tried for ever"


def test_a_challenge_without_credentials_is_a_refusal():
    ending = Ending()
    challenge = ('WWW-Authenticate: Digest realm="provider", nonce="n1"',)
    assert ending.driver.receive(respond(ending.bye(), 401, headers=challenge)) == []
    assert ending.outcomes == [Outcome.REFUSED]


# Everything together, over real sockets


async def started(port: int = 0, on_invite=None, transport="UDP", **options) -> UserAgent:
    listener = Listener("127.0.0.1", port, transport)
    agent = UserAgent([listener], allowed=LOOPBACK, max_calls=50, timers=QUICK, on_invite=on_invite, **options)
    await agent.start()
    return agent


async def opened(folder) -> DialogRecovery:
    recovery = DialogRecovery(folder)
    await recovery.open()
    return recovery


async def killed(agent: UserAgent, recovery: DialogRecovery) -> None:
    """Let an agent vanish as ``kill -9`` does: its sockets close, and nothing is said to anybody."""
    agent._calls.clear()
    agent._core._running.clear()
    agent._core._dialogs.clear()
    await agent.stop(grace_s=0)
    await recovery.close()


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_callers_get_bye_from_the_process_that_comes_after_the_one_that_was_killed(folder, transport):
    async def hold(call):
        await call.answer(local_port=4000)
        await call.ended()

    recovery = await opened(folder)
    first = await started(0, hold, transport, dialog_observer=recovery.keeper)
    port = first.address[1]
    caller = await started(transport=transport)
    target = f"sip:practice@127.0.0.1:{port};transport={transport}"
    calls = [await caller.invite(target, local_port=5000 + 2 * n) for n in range(5)]
    await calls[0].hang_up()
    await until(lambda: first.calls == 4)
    await killed(first, recovery)
    assert len(list(folder.glob("*.json"))) == 4
    assert not any(call.is_over for call in calls[1:])

    recovery = await opened(folder)
    second = await started(port, hold, transport, dialog_observer=recovery.keeper)
    assert recovery.orphans == 4
    recovery.end_orphans(second)
    assert await asyncio.wait_for(asyncio.gather(*(call.ended() for call in calls[1:])), 5) == [EndReason.PEER] * 4
    await until(lambda: recovery.orphans == 0)

    new = await caller.invite(target, local_port=5020)
    await new.hang_up()
    await until(lambda: second.calls == 0)
    await caller.stop()
    await second.stop()
    await recovery.close()
    assert list(folder.glob("*")) == []


async def test_a_caller_who_is_gone_too_delays_nothing(folder):
    async def hold(call):
        await call.answer(local_port=4000)
        await call.ended()

    recovery = await opened(folder)
    first = await started(on_invite=hold, dialog_observer=recovery.keeper)
    caller_recovery = await opened(folder.with_name("of-the-caller"))
    caller = await started(dialog_observer=caller_recovery.keeper)
    await caller.invite(f"sip:practice@127.0.0.1:{first.address[1]}", local_port=5000)
    await killed(first, recovery)
    await killed(caller, caller_recovery)

    recovery = await opened(folder)
    second = await started(on_invite=hold, dialog_observer=recovery.keeper)
    recovery.end_orphans(second)
    await until(lambda: recovery.orphans == 0)
    await second.stop()
    await recovery.close()
    assert list(folder.glob("*.json")) == []
