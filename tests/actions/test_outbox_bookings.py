"""Bookings that a caller waits for: the outbox against a real HTTP server that books and fails, and a real database."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from booking_endpoint import serve_bookings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.actions.appointments import AppointmentStatus
from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, FactValue, NewCall

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a secret"
OPEN = (ActionStatus.PENDING, ActionStatus.DELIVERING)


class Clock:
    """A clock that is set by the test."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


class Practice:
    """A gateway's outbox and its application."""

    def __init__(self, journal, endpoint, call_id, clock):
        self.journal, self.endpoint, self.call_id, self.clock = journal, endpoint, call_id, clock
        self.outbox = self.new_outbox()

    def new_outbox(self, **options):
        return Outbox(self.journal, self.endpoint.url, SECRET, clock=self.clock, jitter=lambda: 0.0, **options)

    async def book(self, slot="A", deadline_s=5.0, outbox=None):
        return await (outbox or self.outbox).put_and_deliver(**self.request(slot), deadline_s=deadline_s)

    def request(self, slot):
        return {
            "kind": ActionKind.APPOINTMENT_REQUESTED,
            "practice_id": "lindengarten",
            "call": ActionCall(id=self.call_id, caller_number=None, language="de", started_at=START),
            "turn_id": None,
            "facts": [FactValue("name", "Anna Keller", "Anna Keller", 0.9, True)],
            "details": {"slot": slot, "slot_start": "s", "slot_end": "e", "language": "de"},
        }

    async def actions(self):
        return (await self.journal.call(self.call_id)).actions

    async def settle(self, outbox=None):
        """Let time go by until every action is delivered or failed; return them."""
        async with asyncio.timeout(20):
            while True:
                actions = await self.actions()
                if actions and all(action.status not in OPEN for action in actions):
                    return actions
                due = [action.next_attempt_at for action in actions if action.status is ActionStatus.PENDING]
                self.clock.now = max([self.clock.now, *filter(None, due)])
                (outbox or self.outbox).notify()
                await asyncio.sleep(0)

    @property
    def requests_without_slot(self):
        return [action["details"] for action in self.endpoint.requested.values()]


@asynccontextmanager
async def a_practice(folder, *script):
    clock = Clock()
    journal = await Journal.open(folder / "gateway.sqlite3", clock=clock, busy_timeout_ms=50)
    async with serve_bookings() as endpoint:
        endpoint.script = deque(script)
        practice = Practice(journal, endpoint, await journal.begin_call(NewCall("sip", "lindengarten", START)), clock)
        await practice.outbox.start()
        try:
            yield practice
        finally:
            endpoint.released.set()
            await practice.outbox.stop()
            await journal.close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def status(delivery):
    return delivery.appointment.status if delivery and delivery.appointment else None


async def test_a_booking_is_answered_while_the_caller_waits(tmp_path):
    async with a_practice(tmp_path) as practice:
        assert status(await practice.book()) is AppointmentStatus.BOOKED
        (action,) = await practice.settle()
        assert (action.status, action.attempts) == (ActionStatus.DELIVERED, 1)
        assert practice.endpoint.booked == {"A": practice.endpoint.keys[0]}


async def test_a_slot_that_somebody_else_has_is_told_and_leaves_nothing_behind(tmp_path):
    async with a_practice(tmp_path, "faster") as practice:
        assert status(await practice.book()) is AppointmentStatus.TAKEN
        await practice.settle()
        assert practice.requests_without_slot == []
        assert status(await practice.book("B")) is AppointmentStatus.BOOKED


@pytest.mark.parametrize("fault", ["forget", "lose", "lose_body"])
async def test_an_answer_that_got_lost_after_the_booking_is_asked_for_again_with_the_same_key(tmp_path, fault):
    async with a_practice(tmp_path, fault) as practice:
        waiting = asyncio.create_task(practice.book())
        await practice.settle()
        assert status(await waiting) is AppointmentStatus.BOOKED
        assert len(practice.endpoint.keys) == 2
        assert len(set(practice.endpoint.keys)) == 1
        assert len(practice.endpoint.booked) == 1


async def test_a_conflict_carries_the_answer_of_the_first_time(tmp_path):
    async with a_practice(tmp_path, "conflict") as practice:
        assert status(await practice.book()) is AppointmentStatus.BOOKED


async def test_an_answer_that_says_nothing_of_an_appointment_is_a_request(tmp_path):
    async with a_practice(tmp_path, "rubbish") as practice:
        assert status(await practice.book()) is AppointmentStatus.REQUESTED


async def test_a_caller_waits_no_longer_than_the_deadline_and_the_delivery_goes_on(tmp_path):
    async with a_practice(tmp_path, "hang") as practice:
        assert await practice.book(deadline_s=0.1) is None
        assert [action.status for action in await practice.actions()] == [ActionStatus.DELIVERING]
        practice.endpoint.released.set()
        (action,) = await practice.settle()
        assert action.status is ActionStatus.DELIVERED
        assert len(practice.endpoint.booked) == 1


async def test_who_turns_out_to_be_late_after_the_deadline_is_passed_on_without_the_slot(tmp_path):
    async with a_practice(tmp_path) as practice:
        practice.endpoint.booked["A"] = "somebody else"
        practice.endpoint.script.append("hang")
        assert await practice.book(deadline_s=0.1) is None
        practice.endpoint.released.set()
        await practice.settle()
        assert practice.requests_without_slot == [{"language": "de", "slot_not_booked": "A"}]


async def test_a_caller_who_hangs_up_while_it_is_booked_has_the_booking(tmp_path):
    async with a_practice(tmp_path, "hang") as practice:
        waiting = asyncio.create_task(practice.book())
        async with asyncio.timeout(10):
            while not practice.endpoint.keys:
                await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        practice.endpoint.released.set()
        await practice.settle()
        assert len(practice.endpoint.booked) == 1


async def test_a_caller_who_hangs_up_before_it_is_written_down_has_the_booking_too(tmp_path):
    async with a_practice(tmp_path) as practice:
        waiting = asyncio.create_task(practice.book())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await practice.settle()
        assert len(practice.endpoint.booked) == 1


async def test_an_application_that_refuses_the_booking_gets_the_wish_without_the_slot(tmp_path):
    async with a_practice(tmp_path, "forbid") as practice:
        delivery = await practice.book()
        assert delivery is not None
        assert delivery.appointment is None
        first, second = await practice.settle()
        assert (first.status, second.status) == (ActionStatus.FAILED, ActionStatus.DELIVERED)
        assert practice.requests_without_slot == [{"language": "de", "slot_not_booked": "A"}]


async def test_the_same_booking_asked_for_twice_is_one_and_both_hear_of_it(tmp_path):
    async with a_practice(tmp_path, "hang") as practice:
        both = [asyncio.create_task(practice.book()) for _ in range(2)]
        async with asyncio.timeout(10):
            while not practice.endpoint.keys:
                await asyncio.sleep(0)
        practice.endpoint.released.set()
        assert [status(await waiting) for waiting in both] == [AppointmentStatus.BOOKED] * 2
        assert status(await practice.book()) is AppointmentStatus.BOOKED
        assert len(practice.endpoint.keys) == 1


async def test_a_booking_does_not_overtake_an_earlier_action_of_its_call(tmp_path):
    async with a_practice(tmp_path, "refuse") as practice:
        await practice.outbox.put(**practice.request("B"))
        async with asyncio.timeout(10):
            while (await practice.actions())[0].status is not ActionStatus.PENDING or not practice.endpoint.keys:
                await asyncio.sleep(0)
        assert await practice.book("A", deadline_s=0.05) is None
        assert len(practice.endpoint.keys) == 1
        await practice.settle()
        assert list(practice.endpoint.booked) == ["B", "A"]


async def test_a_booking_does_not_wait_behind_other_calls_that_hang(tmp_path):
    async with a_practice(tmp_path, "hang", "hang") as practice:
        outbox = practice.new_outbox(concurrency=2)
        await practice.outbox.stop()
        await outbox.start()
        for _ in range(2):
            call_id = await practice.journal.begin_call(NewCall("sip", "lindengarten", START))
            request = practice.request("Z")
            request["call"] = request["call"].model_copy(update={"id": call_id})
            await outbox.put(**request)
        async with asyncio.timeout(10):
            while len(practice.endpoint.keys) < 2:
                await asyncio.sleep(0)
        assert status(await practice.book(outbox=outbox)) is AppointmentStatus.BOOKED
        practice.endpoint.released.set()
        await outbox.stop()


async def test_a_booking_that_cannot_be_written_is_raised_and_nothing_is_sent(tmp_path, monkeypatch):
    async with a_practice(tmp_path) as practice:

        async def fail(*_):
            raise RecordsError("The disk is full.")

        monkeypatch.setattr(practice.journal, "commit_action", fail)
        with pytest.raises(RecordsError):
            await practice.book()
        assert practice.endpoint.keys == []


async def test_a_claim_that_fails_is_left_to_the_ordinary_delivery(tmp_path, monkeypatch):
    async with a_practice(tmp_path) as practice:

        async def fail(*_):
            raise RecordsError("The database is locked.")

        monkeypatch.setattr(practice.journal.actions, "claim", fail)
        assert status(await practice.book()) is AppointmentStatus.BOOKED
        assert len(practice.endpoint.keys) == 1


async def test_without_an_endpoint_nobody_waits(tmp_path):
    async with a_practice(tmp_path) as practice:
        await practice.outbox.stop()
        outbox = Outbox(practice.journal, None, None)
        assert await practice.book(outbox=outbox) is None
        assert [action.status for action in await practice.actions()] == [ActionStatus.PENDING]


async def test_a_booking_that_a_crash_interrupted_is_made_good_once_at_the_next_start(tmp_path):
    async with a_practice(tmp_path, "lose") as practice:
        assert await practice.book(deadline_s=0.05) is None
        await practice.outbox.stop()
        again = practice.new_outbox()
        await again.start()
        await practice.settle(again)
        await again.stop()
        assert len(practice.endpoint.booked) == 1
        assert len(set(practice.endpoint.keys)) == 1


ATTEMPT = st.tuples(
    st.sampled_from(["A", "B"]),
    st.sampled_from([0.0, 0.02, 0.5]),
    st.sampled_from(["stay", "hang up at once", "hang up later"]),
)
REPLIES = st.lists(
    st.sampled_from(["answer", "refuse", "forget", "lose", "lose_body", "rubbish", "conflict", "forbid", "faster"]),
    max_size=6,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ATTEMPT, min_size=1, max_size=4), REPLIES)
async def test_whatever_fails_each_slot_is_booked_once_and_no_wish_is_lost(attempts, replies):
    with TemporaryDirectory() as folder:
        async with a_practice(Path(folder), *replies) as practice:
            heard: dict[str, list[AppointmentStatus | None]] = {"A": [], "B": []}

            async def call(slot, deadline_s, manner):
                waiting = asyncio.create_task(practice.book(slot, deadline_s))
                if manner == "hang up at once":
                    await asyncio.sleep(0)
                    waiting.cancel()
                elif manner == "hang up later":
                    await asyncio.sleep(0.005)
                    waiting.cancel()
                try:
                    heard[slot].append(status(await waiting))
                except asyncio.CancelledError:
                    heard[slot].append(None)

            calls = [asyncio.create_task(call(*attempt)) for attempt in attempts]
            await asyncio.sleep(0)
            while any(not call.done() for call in calls):
                practice.clock.now += timedelta(seconds=2)
                practice.outbox.notify()
                await asyncio.wait(calls, timeout=0.01)
            actions = await practice.settle()
            endpoint = practice.endpoint

    keys = {slot: {action.idempotency_key for action in actions if _slot(action) == slot} for slot in ("A", "B")}
    for slot, answers in heard.items():
        assert len(keys[slot]) <= 1
        booked = endpoint.booked.get(slot) in keys[slot]
        assert all(booked for answer in answers if answer is AppointmentStatus.BOOKED)
        passed_on = any(details.get("slot_not_booked") == slot for details in practice.requests_without_slot)
        told = AppointmentStatus.TAKEN in answers
        unclear = any(action.last_status == 422 for action in actions if "slot_not_booked" in action.payload)
        if answers:
            assert booked or passed_on or told or unclear


def _slot(action):
    return json.loads(action.payload)["details"].get("slot")


async def test_a_wish_that_followed_a_lost_slot_is_taken_back_with_it(tmp_path):
    async with a_practice(tmp_path, "forbid") as practice:
        ids: list[str] = []
        await practice.outbox.put_and_deliver(**practice.request("A"), deadline_s=5.0, committed=ids.append)
        _, follower = await practice.settle()
        await practice.outbox.withdraw(ids[0])
        withdrawn = [json.loads(action.payload)["details"] for action in (await practice.actions())[2:]]
        assert [details["action"] for details in withdrawn] == [ids[0], follower.id]


async def test_a_booking_taken_back_before_its_slot_turned_out_to_be_lost_leaves_no_wish(tmp_path):
    async with a_practice(tmp_path) as practice:
        practice.endpoint.booked["A"] = "somebody else"
        practice.endpoint.script.append("hang")
        ids: list[str] = []
        assert (
            await practice.outbox.put_and_deliver(**practice.request("A"), deadline_s=0.1, committed=ids.append) is None
        )
        await practice.outbox.withdraw(ids[0])
        practice.endpoint.released.set()
        kinds = [action.kind for action in await practice.settle()]
        assert kinds == ["appointment.requested", "action.withdrawn"]
