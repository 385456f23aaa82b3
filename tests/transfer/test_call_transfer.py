"""Callers who are put through, over real sockets: a trunk on one side, a person's telephone on the other."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote

import numpy as np
import pytest
import pytest_asyncio
from transfer_fixtures import House, Person, Trunk, practice, target

from gateway.conversation.transfer import TransferMethod, TransferResult
from gateway.media.client.media_worker import MediaWorker
from gateway.media.client.media_worker_pool import MediaWorkers
from gateway.telephony.errors import CallEnded
from gateway.telephony.events import EndReason

NO_REFER = "INVITE, ACK, BYE, CANCEL"
pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def worker() -> AsyncIterator[MediaWorker]:
    """One worker for all tests; the one that kills it waits until it is there again."""
    worker = MediaWorker(port_min=28_600, port_max=28_699)
    await worker.start()
    yield worker
    await worker.stop()


class Scene:
    """A caller's trunk, the gateway and a person."""

    def __init__(self, house: House, trunk: Trunk, person: Person) -> None:
        self.house, self.trunk, self.person = house, trunk, person


@asynccontextmanager
async def scene(
    worker: MediaWorker | MediaWorkers,
    *,
    allow: str = "INVITE, ACK, BYE, REFER, NOTIFY",
    status: int | None = 200,
    **options: object,
) -> AsyncIterator[Scene]:
    """Begin a call that is put through at once; in the end nothing of it may be left."""
    async with Person(status=status) as person, House(worker, practice(target(person.uri, **options))) as house:
        trunk = Trunk(house.agent.address, allow=allow)
        try:
            await trunk.call()
            yield Scene(house, trunk, person)
            house.stay.set()
            await house.idle()
        finally:
            await trunk.close()


async def test_a_trunk_that_knows_refer_calls_the_person_itself(worker: MediaWorker) -> None:
    async with scene(worker) as it:
        refer = await it.trunk.referred()
        assert refer.headers.get("Refer-To") == f"<{it.person.uri}>"
        assert "127.0.0.1" in (refer.headers.get("Referred-By") or "")
        it.trunk.notify("100 Trying")
        it.trunk.notify("180 Ringing")
        assert not it.house.connected.is_set()
        it.trunk.notify("200 OK", "terminated;reason=noresource")
        assert await it.house.ends() is TransferResult.COMPLETED
        assert it.house.attempt.method is TransferMethod.REFER
        assert it.house.connected.is_set()
        await it.trunk.receive("BYE")
        assert it.person.calls == []


async def test_a_person_that_the_trunk_does_not_reach_brings_the_caller_back(worker: MediaWorker) -> None:
    async with scene(worker) as it:
        await it.trunk.referred()
        it.trunk.notify("486 Busy Here", "terminated;reason=noresource")
        assert await it.house.ends() is TransferResult.BUSY
        assert it.person.calls == []


@pytest.mark.parametrize("status", [403, 405, 501, 603])
async def test_a_trunk_that_refuses_refer_is_bridged(worker: MediaWorker, status: int) -> None:
    async with scene(worker) as it:
        await it.trunk.referred(status)
        await it.person.sound.hears(500)
        await it.trunk.sound.hears(700)
        assert it.house.attempt.method is TransferMethod.BRIDGE
        await it.person.calls[0].hang_up()
        assert await it.house.ends() is TransferResult.COMPLETED
        sound = it.house.attempt.sound
        assert sound is not None
        assert (sound.codec, sound.packets_received > 0, sound.packets_sent > 0) == ("PCMA", True, True)


async def test_a_person_is_told_first_and_then_takes_the_gateways_place(worker: MediaWorker) -> None:
    async with scene(worker, announce=True) as it:
        refer = await it.trunk.referred()
        consult = it.person.calls[0]
        refer_to = refer.headers.get("Refer-To") or ""
        uri, _, replaces = refer_to.strip("<>").partition("?Replaces=")
        call_id, to_tag, from_tag = unquote(replaces).split(";")
        assert uri == it.person.uri.replace("reception@", "")
        assert call_id == consult.sip_call_id
        dialog = consult._session.dialog
        assert (to_tag, from_tag) == (f"to-tag={dialog.local.tag}", f"from-tag={dialog.remote.tag}")
        assert len(it.house.voice.said) == 2
        it.trunk.notify("200 OK", "terminated;reason=noresource")
        await consult.hang_up()
        assert await it.house.ends() is TransferResult.COMPLETED
        assert it.house.attempt.method is TransferMethod.ATTENDED
        await it.trunk.receive("BYE")


async def test_the_gateway_leaves_a_person_whom_the_trunk_does_not_release(
    worker: MediaWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.transfer.call_transfer.RELEASED_WITHIN_S", 0.3)
    async with scene(worker, announce=True) as it:
        await it.trunk.referred(202, "Refer-Sub: false")
        assert await it.house.ends() is TransferResult.COMPLETED
        assert await it.person.calls[0].ended() is EndReason.PEER


async def test_a_trunk_that_cannot_replace_is_bridged_with_the_call_that_is_there(worker: MediaWorker) -> None:
    async with scene(worker, announce=True) as it:
        await it.trunk.referred(501)
        await it.trunk.sound.hears(700)
        assert len(it.person.calls) == 1
        assert it.house.attempt.method is TransferMethod.BRIDGE
        await it.person.calls[0].hang_up()
        assert await it.house.ends() is TransferResult.COMPLETED


async def test_the_caller_hears_it_ring_until_the_person_speaks(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER, status=None) as it:
        await it.person.rings()
        await it.trunk.sound.hears(425)
        heard = it.trunk.sound.samples
        assert np.abs(heard).max() < 32767 * 0.25
        it.trunk.send("BYE")
        assert await it.house.ends() is TransferResult.CALLER_LEFT


async def test_both_hear_each_other_and_keys_pass_through(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER) as it:
        await asyncio.gather(it.person.sound.hears(500), it.trunk.sound.hears(700))
        frames = it.trunk.sound.samples[-6400:].reshape(-1, 160).astype(float)
        # The median, since a machine that is busy may send the person's tone with a gap.
        level = np.median(np.sqrt(np.mean(frames**2, axis=1)))
        assert level == pytest.approx(6000 / np.sqrt(2), rel=0.03)
        it.trunk.sound.press("5")
        async with asyncio.timeout(5):
            while 5 not in it.person.sound.keys:
                await asyncio.sleep(0.02)
        assert it.house.connected.is_set()
        await it.person.calls[0].hang_up()
        assert await it.house.ends() is TransferResult.COMPLETED
        await it.trunk.receive("BYE")


async def test_the_caller_who_hangs_up_ends_the_persons_call(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER) as it:
        await it.trunk.sound.hears(700)
        it.trunk.send("BYE")
        assert await it.person.calls[0].ended() is EndReason.PEER


async def test_a_caller_who_hangs_up_while_it_rings_stops_the_ringing(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER, status=None) as it:
        ringing = await it.person.rings()
        it.trunk.send("BYE")
        assert await ringing.ended() is EndReason.CANCELLED
        assert await it.house.ends() is TransferResult.CALLER_LEFT


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (486, TransferResult.BUSY),
        (600, TransferResult.BUSY),
        (480, TransferResult.NO_ANSWER),
        (408, TransferResult.NO_ANSWER),
        (603, TransferResult.REFUSED),
        (404, TransferResult.REFUSED),
        (302, TransferResult.REFUSED),
    ],
)
async def test_a_person_who_is_not_reached_brings_the_caller_back(
    worker: MediaWorker, status: int, result: TransferResult
) -> None:
    async with scene(worker, allow=NO_REFER, status=status) as it:
        async with asyncio.timeout(5):
            assert await asyncio.shield(it.house.result) is result
        assert not it.house.call.is_over
        assert not it.house.connected.is_set()
        assert len(it.person.calls) == 1


async def test_nobody_answers_within_the_ringing_time(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER, status=None, rings_s=0.7) as it:
        ringing = await it.person.rings()
        assert await it.house.ends() is TransferResult.NO_ANSWER
        assert await ringing.ended() is EndReason.CANCELLED


async def test_a_redirection_is_not_followed(worker: MediaWorker) -> None:
    async with Person() as elsewhere, Person(status=302) as person:
        async with House(worker, practice(target(person.uri))) as house:
            trunk = Trunk(house.agent.address, allow=NO_REFER)
            await trunk.call()
            assert await house.ends() is TransferResult.REFUSED
            await house.idle()
            await trunk.close()
        assert elsewhere.calls == []


async def test_a_person_has_to_press_1_where_that_is_wanted(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER, announce=True, confirm=True) as it:
        await it.person.sound.hears(1200, 0.2)
        it.person.sound.press("4")
        await asyncio.sleep(0.3)
        assert not it.house.connected.is_set()
        it.person.sound.press("1")
        await it.person.sound.hears(500)
        assert it.house.connected.is_set()
        await it.person.calls[0].hang_up()
        assert await it.house.ends() is TransferResult.COMPLETED


async def test_a_mailbox_gets_no_caller(worker: MediaWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.transfer.announcement.CONFIRM_WITHIN_S", 0.3)
    async with scene(worker, allow=NO_REFER, announce=True, confirm=True) as it:
        assert await it.house.ends() is TransferResult.REFUSED
        assert await it.person.calls[0].ended() is EndReason.PEER
        assert not it.house.connected.is_set()


async def test_a_person_who_hangs_up_at_the_announcement_brings_the_caller_back(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER, announce=True, confirm=True) as it:
        await it.person.sound.hears(1200, 0.2)
        await it.person.calls[0].hang_up()
        assert await it.house.ends() is TransferResult.REFUSED


async def test_a_number_without_a_trunk_is_a_failure_and_the_caller_stays(worker: MediaWorker) -> None:
    async with House(worker, practice(target("+41441234560"))) as house:
        trunk = Trunk(house.agent.address, allow=NO_REFER)
        await trunk.call()
        assert await house.ends() is TransferResult.FAILED
        await house.idle()
        await trunk.close()


async def test_a_worker_that_dies_ends_both_calls(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER) as it:
        await it.trunk.sound.hears(700)
        os.kill(worker.pid, signal.SIGKILL)
        await it.trunk.receive("BYE")
        assert await it.person.calls[0].ended() is EndReason.PEER
    await (await worker.allocate()).release()


async def test_of_several_workers_one_carries_both_parties_and_another_may_die() -> None:
    workers = MediaWorkers(port_min=28_600, port_max=28_699, count=2)
    await workers.start()
    try:
        async with scene(workers, allow=NO_REFER) as it:
            await asyncio.gather(it.person.sound.hears(500), it.trunk.sound.hears(700))
            assert sorted(status.legs for status in workers.status) == [0, 2]
            idle, carrying = sorted(workers.status, key=lambda status: status.legs)
            os.kill(idle.pid, signal.SIGKILL)
            it.person.sound.forget()
            it.trunk.sound.forget()
            await asyncio.gather(it.person.sound.hears(500), it.trunk.sound.hears(700))
            os.kill(carrying.pid, signal.SIGKILL)
            await it.trunk.receive("BYE")
            assert await it.person.calls[0].ended() is EndReason.PEER
    finally:
        await workers.stop()


async def test_a_call_that_is_over_cannot_be_referred(worker: MediaWorker) -> None:
    async with scene(worker, allow=NO_REFER, status=486) as it:
        assert await it.house.ends() is TransferResult.BUSY
        await it.house.idle()
        with pytest.raises(CallEnded):
            _ = it.house.call.replacing
