"""Barge-ins and prompts, counted where they happen."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conversation_fakes import FakeLeg, FakeRecogniser, FakeSynthesiser
from prometheus_client import CollectorRegistry

from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.call_metrics import CallMetrics
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.replying import AnswerDesk
from gateway.dialogue.dialogue import Dialogue
from gateway.media.leg import HungUp
from gateway.practice.loader import load_profile
from gateway.records.journal import Journal
from gateway.records.model import NewCall
from gateway.speech.prompt_cache import CachingSynthesiser

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
async def journal(tmp_path):
    journal = await Journal.open(tmp_path / "gateway.sqlite3")
    yield journal
    await journal.close()


async def until(condition):
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.005)


async def test_a_caller_who_interrupts_is_counted_with_the_time_that_we_went_on(journal, registry):
    call_id = await journal.begin_call(NewCall("sip", PROFILE.id, START))
    leg, recogniser = FakeLeg(), FakeRecogniser("Ich möchte einen Termin.", "Guten Tag.")
    call = ActionCall(id=call_id, caller_number=None, language="de", started_at=START)
    figures = CallMetrics(registry).of("sip")
    writer = CallJournal(journal, Outbox(journal, None, None), call, PROFILE.id, None, figures=figures)
    dialogue = Dialogue(PROFILE, clock=lambda: START, caller_number=None)
    engines = Engines(recogniser, FakeSynthesiser())
    running = asyncio.create_task(Conversation(leg, engines, AnswerDesk(dialogue, PROFILE), writer).run())

    async def turns():
        story = await journal.call(call_id)
        return len(story.turns)

    async def greeted():
        return await turns() == 1

    async def replying():
        return len(leg.playbacks) > greeting and leg.playbacks[greeting].samples > 0

    async def counted():
        return registry.get_sample_value("gateway_barge_in_seconds_count", {"language": "de"}) == 1

    await until(greeted)
    greeting = len(leg.playbacks)
    leg.hold = True
    leg.speak()
    await until(replying)
    await leg.barge_in()
    await until(counted)
    leg.happen(HungUp("caller"))
    await running
    talked_over = max(playback.start + int(playback.samples * 0.1) for playback in leg.playbacks[greeting:])
    began = leg.playbacks[greeting].start
    total = registry.get_sample_value("gateway_barge_in_seconds_sum", {"language": "de"})
    assert 0 < total <= (talked_over - began) / leg.rate


async def test_prompts_are_counted_by_where_their_sound_came_from(tmp_path):
    async def say(cache, text):
        return [chunk async for chunk in cache.synthesise(text, "de")]

    first = CachingSynthesiser(FakeSynthesiser(), tmp_path, "1")
    await first.warm([("Guten Tag.", "de")])
    await say(first, "Guten Tag.")
    await say(first, "Frau Keller.")
    assert first.found == {"memory": 1, "disk": 0, "made": 1, "passed": 1}
    second = CachingSynthesiser(FakeSynthesiser(), tmp_path, "1")
    second.fix([("Guten Tag.", "de")])
    await say(second, "Guten Tag.")
    assert second.found == {"memory": 0, "disk": 1, "made": 0, "passed": 0}
