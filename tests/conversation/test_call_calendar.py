"""Calls that book: a conversation, the outbox, a real database, and the action receiver as the practice's calendar."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from action_receiver import ActionReceiver, Faults
from conversation_fakes import FakeLeg, FakeRecogniser, FakeSynthesiser
from practice_calendar import PracticeCalendar

from gateway.actions.calendar import Calendar
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.actions.retry import RetrySchedule
from gateway.conversation.calendar import CallCalendar
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.replying import AnswerDesk
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import Question
from gateway.media.leg import HungUp
from gateway.practice.loader import load_profile
from gateway.practice.opening import is_open_at
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, NewCall

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
NOW = dt.datetime.now(PROFILE.zone)
DAY = next(
    day
    for offset in range(10, 60)
    if is_open_at(PROFILE, dt.datetime.combine(day := NOW.date() + dt.timedelta(days=offset), dt.time(9), PROFILE.zone))
)
WISHES = (
    "Guten Tag, ich möchte einen Termin für eine Kontrolle.",
    f"Am {DAY.day}.{DAY.month}.{DAY.year}.",
    "Am Vormittag.",
    "Ich war schon bei Ihnen.",
)
DETAILS = ("Anna Keller.", "079 123 45 67.")


def a_slot(time: str) -> dict[str, str]:
    start = dt.datetime.combine(DAY, dt.time.fromisoformat(time), PROFILE.zone)
    return {"id": time, "start": start.isoformat(), "end": (start + dt.timedelta(minutes=30)).isoformat()}


@contextmanager
def a_practice(out: Path, *, taken_first: int = 0, **faults: float) -> Iterator[ActionReceiver]:
    """Run the receiver with two free times in a thread."""
    calendar = PracticeCalendar([a_slot("09:00"), a_slot("10:30")], taken_first=taken_first)
    receiver = ActionReceiver("127.0.0.1", 0, secret="s", out=out, calendar=calendar, faults=Faults(**faults))
    thread = threading.Thread(target=receiver.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


class Call:
    """One conversation with a practice that keeps a calendar."""

    def __init__(self, journal: Journal, call_id: str, receiver: ActionReceiver, out: Path, deadline_s: float) -> None:
        url = f"http://127.0.0.1:{receiver.server_port}/"
        self.journal, self.call_id, self.out = journal, call_id, out
        self.leg, self.synthesiser, self.recogniser = FakeLeg(), FakeSynthesiser(), FakeRecogniser()
        self.outbox = Outbox(journal, url, "s", schedule=RetrySchedule(first_s=0.1))
        self.client = Calendar(url, "s", deadline_s=deadline_s)
        call = ActionCall(id=call_id, caller_number=None, language="de", started_at=NOW)
        writer = CallJournal(journal, self.outbox, call, PROFILE.id, None)
        self.writer = writer
        self.calendar = CallCalendar(self.client, writer, PROFILE, booking_deadline_s=deadline_s)
        self.dialogue = Dialogue(
            PROFILE, clock=lambda: NOW, recording=False, calendar_available=lambda: self.calendar.available
        )
        desk = AnswerDesk(self.dialogue, PROFILE, calendar=self.calendar)
        self.conversation = Conversation(self.leg, Engines(self.recogniser, self.synthesiser), desk, writer)

    async def hold(self) -> None:
        await self.outbox.start()
        self.task = asyncio.create_task(self.conversation.run())
        await self.until_asked(Question.HELP)

    async def say(self, text: str, *, then: Question | None = None) -> None:
        """Say ``text``; wait until ``then`` is asked, or something else than before."""
        before = len(self.synthesiser.said)
        self.recogniser.answers.append(text)
        self.leg.speak()
        async with asyncio.timeout(10):
            while len(self.synthesiser.said) == before:
                await asyncio.sleep(0.005)
        if then is not None:
            await self.until_asked(then)

    async def until_asked(self, question: Question) -> None:
        """Wait until ``question`` was asked and heard to its end."""
        async with asyncio.timeout(10):
            while self.dialogue.state.asked is not question or not await self._heard():
                await asyncio.sleep(0.005)

    async def _heard(self) -> bool:
        story = await self.journal.call(self.call_id)
        assert story is not None
        last = [turn.heard_text for turn in story.turns if turn.speaker == "gateway"][-1:]
        return bool(last and self.synthesiser.said and (last[0] or "").endswith(self.synthesiser.said[-1]))

    async def confirm(self) -> None:
        """Say yes to the read-back, and let the caller wait for what comes of it."""
        self.recogniser.answers.append("Ja, das stimmt.")
        self.leg.speak()
        async with asyncio.timeout(10):
            while self.dialogue.state.asked is Question.READ_BACK:
                await asyncio.sleep(0.005)

    async def hang_up(self) -> None:
        self.leg.happen(HungUp("caller"))
        await self.task

    async def settled(self) -> list[dict]:
        """Wait until all actions are delivered; return them and their answers as the practice keeps them."""
        async with asyncio.timeout(10):
            while True:
                story = await self.journal.call(self.call_id)
                assert story is not None
                if story.actions and all(action.status is ActionStatus.DELIVERED for action in story.actions):
                    return [json.loads(line) for line in self.out.read_text().splitlines()]
                await asyncio.sleep(0.01)

    @property
    def said(self) -> str:
        return " ".join(self.synthesiser.said)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Practices:
    """Starts practices and calls to them, and ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ends: list = []

    async def call(self, *, deadline_s: float = 5.0, taken_first: int = 0, **faults: float) -> Call:
        out = self.folder / "actions.jsonl"
        practice = a_practice(out, taken_first=taken_first, **faults)
        receiver = practice.__enter__()
        journal = await Journal.open(self.folder / "records.sqlite3")
        call = Call(journal, await journal.begin_call(NewCall("sip", PROFILE.id, NOW)), receiver, out, deadline_s)
        self._ends.append((practice, call))
        await call.hold()
        return call

    async def end(self) -> None:
        for practice, call in self._ends:
            if not call.task.done():
                await call.hang_up()
            await call.client.close()
            await call.outbox.stop()
            await call.journal.close()
            practice.__exit__(None, None, None)


@pytest.fixture
async def practices(tmp_path: Path) -> AsyncIterator[Practices]:
    practices = Practices(tmp_path)
    yield practices
    await practices.end()


async def until_read_back(call: Call) -> None:
    for text in WISHES[:-1]:
        await call.say(text)
    await call.say(WISHES[-1], then=Question.SLOT)
    await call.say("Der erste.", then=Question.NAME)
    await call.say(DETAILS[0], then=Question.PHONE)
    await call.say(DETAILS[1], then=Question.READ_BACK)


async def test_a_free_time_is_offered_chosen_booked_and_told(practices: Practices) -> None:
    call = await practices.call()
    await until_read_back(call)
    assert "um neun Uhr oder um zehn Uhr dreissig" in call.said
    await call.confirm()
    await call.until_asked(Question.ANYTHING_ELSE)
    (line,) = await call.settled()
    assert line["answer"]["appointment"]["status"] == "booked"
    assert line["action"]["details"]["slot"] == "09:00"
    assert "eingetragen" in call.said
    events = [event.name for event in (await call.journal.call(call.call_id)).events]
    assert events.count("calendar_asked") == events.count("calendar_booked") == 1


async def test_an_answer_lost_after_the_booking_is_found_again_and_there_is_one_booking(practices: Practices) -> None:
    call = await practices.call(lose_bookings=1)
    await until_read_back(call)
    await call.confirm()
    await call.until_asked(Question.ANYTHING_ELSE)
    assert len(await call.settled()) == 1
    assert "eingetragen" in call.said


async def test_a_booking_that_is_not_answered_in_time_is_told_as_a_request_and_made_once(practices: Practices) -> None:
    call = await practices.call(deadline_s=0.4, booking_delay_s=0.8)
    await until_read_back(call)
    await call.confirm()
    await call.until_asked(Question.ANYTHING_ELSE)
    assert "eingetragen" not in call.said
    assert len(await call.settled()) == 1


async def test_slots_that_do_not_come_in_time_make_it_a_request(practices: Practices) -> None:
    call = await practices.call(deadline_s=0.2, slots_delay_s=0.5)
    for text in WISHES[:-1]:
        await call.say(text)
    await call.say(WISHES[-1], then=Question.NAME)
    await call.say(DETAILS[0], then=Question.PHONE)
    await call.say(DETAILS[1], then=Question.READ_BACK)
    await call.say("Ja, das stimmt.", then=Question.ANYTHING_ELSE)
    (line,) = await call.settled()
    assert "slot" not in line["action"]["details"]


async def test_who_hangs_up_before_the_yes_has_booked_nothing(practices: Practices) -> None:
    call = await practices.call()
    await until_read_back(call)
    await call.hang_up()
    assert (await call.journal.call(call.call_id)).actions == ()
    assert not call.out.exists()


async def test_who_hangs_up_while_it_is_booked_has_the_booking(practices: Practices) -> None:
    call = await practices.call(booking_delay_s=0.3)
    await until_read_back(call)
    await call.confirm()
    await call.hang_up()
    (line,) = await call.settled()
    assert line["answer"]["appointment"]["status"] == "booked"


async def test_who_speaks_while_it_is_booked_hears_what_became_of_it_and_has_one_booking(practices: Practices) -> None:
    call = await practices.call(booking_delay_s=0.3)
    await until_read_back(call)
    await call.confirm()
    await call.say("Ja, genau, danke.")
    await call.until_asked(Question.ANYTHING_ELSE)
    assert len(await call.settled()) == 1
    assert "eingetragen" in call.said


async def test_a_taken_time_is_told_and_the_other_one_booked_by_another_action(practices: Practices) -> None:
    call = await practices.call(taken_first=1)
    await until_read_back(call)
    await call.confirm()
    await call.until_asked(Question.SLOT)
    await call.say("Ja, gerne.", then=Question.READ_BACK)
    await call.confirm()
    await call.until_asked(Question.ANYTHING_ELSE)
    lines = await call.settled()
    assert [line["answer"]["appointment"]["status"] for line in lines] == ["taken", "booked"]
    assert len({line["idempotency_key"] for line in lines}) == 2


async def test_who_hangs_up_on_a_taken_time_is_passed_on_to_be_called_back(practices: Practices) -> None:
    call = await practices.call(taken_first=1)
    await until_read_back(call)
    await call.confirm()
    await call.until_asked(Question.SLOT)
    await call.hang_up()
    taken, wish = await call.settled()
    assert taken["answer"]["appointment"]["status"] == "taken"
    assert wish["action"]["details"]["slot_not_booked"] == "09:00"
    assert "slot" not in wish["action"]["details"]
    assert all(fact["confirmed"] for fact in wish["action"]["facts"])


async def test_a_booking_that_the_caller_takes_back_is_withdrawn_and_told_and_its_facts_stay(
    practices: Practices,
) -> None:
    call = await practices.call()
    await until_read_back(call)
    await call.confirm()
    await call.until_asked(Question.ANYTHING_ELSE)
    (booked,) = await call.settled()
    await call.say("Ach, ich brauche doch keinen Termin.", then=Question.ANYTHING_ELSE)
    async with asyncio.timeout(10):
        while len(lines := await call.settled()) < 2:
            await asyncio.sleep(0.01)
    withdrawn = lines[1]["action"]
    assert withdrawn["type"] == "action.withdrawn"
    assert withdrawn["details"]["action"] == booked["action"]["id"]
    assert "wieder gestrichen" in call.said
    await call.hang_up()
    story = await call.journal.call(call.call_id)
    assert call.writer.outcome == "action.withdrawn"
    assert {"name", "phone"} <= {fact.name for fact in story.facts}
    assert "action_withdrawn" in [event.name for event in story.events]


async def test_a_wish_that_is_given_up_after_its_time_was_taken_does_not_reach_the_practice(
    practices: Practices,
) -> None:
    call = await practices.call(taken_first=1)
    await until_read_back(call)
    await call.confirm()
    await call.until_asked(Question.SLOT)
    await call.say("Nein, vergessen Sie es.", then=Question.ANYTHING_ELSE)
    await call.hang_up()
    kinds = [line["action"]["details"].get("slot_not_booked") for line in await call.settled()]
    assert kinds == [None]
