"""Calls that a killed process left open are ended by the next one: over real sockets, and on a clock of one's own."""

import asyncio
import ipaddress
import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import CoreDriver, accept, confirmed, invite, negotiation, request, respond, ring_in, statuses

from gateway.telephony.dialog import Dialog
from gateway.telephony.dialog_keeper import REWRITE_AFTER, DialogKeeper
from gateway.telephony.dialog_recovery import DialogRecovery
from gateway.telephony.dialog_snapshot import CSEQ_MARGIN, DialogSnapshot
from gateway.telephony.dialog_store import MAX_AGE_S, DialogStore
from gateway.telephony.events import EndReason
from gateway.telephony.headers import NameAddress, parse_name_address
from gateway.telephony.listener import Listener
from gateway.telephony.orphaned_dialog import RETRY_AFTER_S, OrphanedDialog, Outcome
from gateway.telephony.session_parameters import Credentials
from gateway.telephony.timers import Timers
from gateway.telephony.transport import Hop
from gateway.telephony.uri import SipUri, parse_uri
from gateway.telephony.user_agent import UserAgent

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
QUICK = Timers(t1=0.02, t2=0.08, t4=0.05)
NOW = 1_795_000_000.0


def dialog(**fields) -> Dialog:
    return Dialog(
        **{
            "call_id": "c1",
            "local": parse_name_address('"Praxis \\"Süd\\"" <sip:+41441234567@192.0.2.1>;tag=ours'),
            "remote": parse_name_address("<sip:0791234567@192.0.2.9>;tag=a"),
            "remote_target": parse_uri("sip:caller@192.0.2.9:5070;transport=udp"),
            "route_set": (parse_name_address("<sip:192.0.2.7;lr>"), parse_name_address("<sip:192.0.2.8;lr;x=1>")),
            "local_cseq": 3,
            "origin": Hop("192.0.2.9", 5060, "UDP", 0),
            **fields,
        }
    )


def snapshot(call_id: str = "c1", began_at: float = NOW) -> DialogSnapshot:
    return DialogSnapshot.of(dialog(call_id=call_id), trunk="provider", began_at=began_at)


class Memory:
    """A store that keeps what it is told."""

    def __init__(self):
        self.dialogs = {}
        self.writes = 0

    def save(self, dialog_id, saved):
        self.dialogs[dialog_id] = saved
        self.writes += 1

    def delete(self, dialog_id):
        del self.dialogs[dialog_id]


@pytest.fixture
def memory(driver):
    store = Memory()
    driver.core.dialog_observer = DialogKeeper(store, clock=lambda: NOW)
    return store


# Snapshots


def test_a_dialog_comes_back_as_it_was_with_numbers_above_all_that_were_used():
    before = dialog()
    after = DialogSnapshot.parse(snapshot().serialise()).restore(1)
    assert after.local_cseq == before.local_cseq + CSEQ_MARGIN
    after.local_cseq = before.local_cseq
    assert after == before


def test_a_listener_that_is_gone_is_not_asked_for():
    assert snapshot().restore(1).origin.listener == 0
    assert snapshot().restore(0).origin.listener is None


@given(st.binary(max_size=200))
def test_what_is_no_snapshot_is_refused(data):
    with pytest.raises(ValueError):  # noqa: PT011 - its subclasses from JSON and UTF-8 are meant too
        DialogSnapshot.parse(data)


@given(st.data())
def test_a_snapshot_with_a_field_of_another_kind_is_refused_or_can_be_restored(data):
    fields = json.loads(snapshot().serialise())
    name = data.draw(st.sampled_from(sorted(fields)))
    fields[name] = data.draw(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.just({}))
    )
    try:
        read = DialogSnapshot.parse(json.dumps(fields).encode())
    except ValueError:
        return
    read.restore(1).create_request("BYE", "")


# What is kept


def test_an_incoming_call_is_kept_from_its_answer_until_its_bye_is_answered(driver, memory):
    session = ring_in(driver)
    assert memory.dialogs == {}
    session.answer(negotiation(), driver.now)
    (kept,) = memory.dialogs.values()
    (ok,) = driver.sent()
    assert kept.local.endswith(f";tag={ok.to_address.tag}")
    assert kept.remote_target == "sip:caller@192.0.2.9:5070"
    driver.receive(request("ACK", branch="ack", to_tag=ok.to_address.tag))
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    assert len(memory.dialogs) == 1, "the BYE may be lost with the process"
    driver.receive(respond(bye, 200))
    assert memory.dialogs == {}


def test_a_call_that_the_peer_ends_is_forgotten(driver, memory):
    _, tag = confirmed(driver)
    assert len(memory.dialogs) == 1
    driver.receive(request("BYE", branch="bye", cseq=2, to_tag=tag))
    assert memory.dialogs == {}


def test_a_call_that_was_answered_without_an_offer_is_kept_before_its_ack(driver, memory):
    session = ring_in(driver, invite(body=b""))
    session.answer(negotiation(), driver.now)
    assert len(memory.dialogs) == 1


def test_a_refused_call_is_never_kept(driver, memory):
    ring_in(driver).reject(driver.now, 486)
    assert memory.writes == 0


def test_an_outgoing_call_is_kept_once_it_is_answered(driver, memory):
    driver.core.invite(
        target=NameAddress(SipUri("192.0.2.9", "called")),
        caller=NameAddress(SipUri("192.0.2.1")),
        hop=Hop("192.0.2.9", 5060),
        negotiation=negotiation(),
        now=driver.now,
    )
    (sent,) = driver.sent()
    driver.receive(respond(sent, 180))
    assert memory.writes == 0
    driver.receive(accept(sent))
    (kept,) = memory.dialogs.values()
    assert kept.local_cseq == 1
    assert kept.remote_target == "sip:called@192.0.2.9:5070"


def test_a_snapshot_is_written_again_only_when_the_target_moves_or_many_requests_went_out(driver, memory):
    session, tag = confirmed(driver)
    assert memory.writes == 1
    again = {"branch": "re", "cseq": 2, "to_tag": tag}
    driver.receive(invite(headers=("Contact: <sip:caller@192.0.2.9:5099>",), **again))
    (kept,) = memory.dialogs.values()
    assert (memory.writes, kept.remote_target) == (2, "sip:caller@192.0.2.9:5099")
    session.dialog.local_cseq += REWRITE_AFTER
    driver.core.touch(session)
    (kept,) = memory.dialogs.values()
    assert (memory.writes, kept.local_cseq) == (3, REWRITE_AFTER)


# The files


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "open-dialogs"


def written(folder, *snapshots):
    """Write snapshots and close the store."""
    store = DialogStore(folder)
    assert store.load() == []
    store.start()
    for item in snapshots:
        store.save(item.restore(0).dialog_id, item)
    store.close()
    assert store.failures == 0


def test_what_is_saved_is_there_for_the_next_process_and_for_nobody_else(folder):
    later, earlier = snapshot("c1", NOW), snapshot("../../c2\0", NOW - 60)
    written(folder, later, earlier)
    assert DialogStore(folder, clock=lambda: NOW + 1).load() == [earlier, later]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_dialog_that_ended_leaves_no_file(folder):
    written(folder, snapshot())
    store = DialogStore(folder, clock=lambda: NOW)
    (left,) = store.load()
    store.start()
    store.delete(left.restore(0).dialog_id)
    store.delete(left.restore(0).dialog_id)
    store.close()
    assert list(folder.iterdir()) == []
    assert store.failures == 0


def test_a_file_that_cannot_be_read_is_moved_aside_and_the_others_are_read(folder):
    written(folder, snapshot())
    (good,) = folder.iterdir()
    whole = good.read_bytes()
    (folder / "half.json").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.json").write_bytes(b"")
    (folder / "draft.tmp").write_bytes(whole[:10])
    assert DialogStore(folder, clock=lambda: NOW).load() == [snapshot()]
    assert sorted(path.name for path in (folder / "unreadable").iterdir()) == ["empty.json", "half.json"]
    assert sorted(path.name for path in folder.iterdir()) == sorted([good.name, "unreadable"])


def test_a_dialog_from_long_ago_is_discarded(folder):
    written(folder, snapshot())
    assert DialogStore(folder, clock=lambda: NOW + MAX_AGE_S + 1).load() == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("obstacle", ["file", "no rights"])
def test_a_folder_that_cannot_be_used_costs_no_call_and_no_start(folder, obstacle, monkeypatch):
    if obstacle == "file":
        folder.parent.mkdir()
        folder.write_text("not a folder")
    else:
        monkeypatch.setattr(os, "open", _refuse)
    store = DialogStore(folder)
    assert store.load() == []
    store.start()
    store.save(("c1", "a", "b"), snapshot())
    store.close()
    assert store.failures == 1


def _refuse(*_arguments):
    raise PermissionError(13, "Permission denied")


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
