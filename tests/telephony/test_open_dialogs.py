"""What of a call is kept on disk while it is open, and what is read of it again."""

import json
import os
import stat

import pytest
from dialog_fixtures import NOW, dialog, snapshot
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import accept, confirmed, invite, negotiation, request, respond, ring_in

from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.transport import Hop
from gateway.telephony.recovery.dialog_keeper import REWRITE_AFTER, DialogKeeper
from gateway.telephony.recovery.dialog_snapshot import CSEQ_MARGIN, DialogSnapshot
from gateway.telephony.recovery.dialog_store import MAX_AGE_S, DialogStore


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


def test_a_snapshot_is_written_again_only_when_the_peer_moves_or_many_requests_went_out(driver, memory):
    session, tag = confirmed(driver)
    assert memory.writes == 1
    again = {"branch": "re", "cseq": 2, "to_tag": tag}
    driver.receive(invite(headers=("Contact: <sip:caller@192.0.2.9:5099>",), **again))
    (kept,) = memory.dialogs.values()
    assert (memory.writes, kept.remote_target) == (2, "sip:caller@192.0.2.9:5099")
    session.dialog.origin = Hop("192.0.2.9", 5098)
    driver.core.touch(session)
    (kept,) = memory.dialogs.values()
    assert (memory.writes, kept.origin) == (3, ("192.0.2.9", 5098, "UDP"))
    session.dialog.local_cseq += REWRITE_AFTER
    driver.core.touch(session)
    (kept,) = memory.dialogs.values()
    assert (memory.writes, kept.local_cseq) == (4, REWRITE_AFTER)


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
