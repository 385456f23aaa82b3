"""Conversations without a telephone: the same story as on one, and nobody is waited for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from http_line_fakes import UTTERANCE, practice

from gateway.conversation.exchange import (
    ConversationBusy,
    NoSuchConversation,
    TooManyConversations,
    UnknownPractice,
)
from gateway.speech.interface import SpeechError


async def test_a_conversation_begins_with_the_greeting_and_its_sound(tmp_path: Path) -> None:
    async with practice(tmp_path) as given:
        begun = await given.line.begin()
        (greeting,) = begun.said
        assert greeting.speaker == "gateway"
        assert "aufgezeichnet" in greeting.text
        assert begun.sound.seconds == pytest.approx(0.1 * len(greeting.text.split()), abs=0.3)
        assert begun.end_reason is None
        assert given.line.calls == 1


async def test_an_utterance_is_answered_with_transcript_reply_and_facts(tmp_path: Path) -> None:
    async with practice(tmp_path, "Guten Tag, ich hätte gern einen Termin am Donnerstag um zehn Uhr.") as given:
        begun = await given.line.begin()
        exchange = await given.line.hear(begun.call_id, UTTERANCE)
        heard, answered = exchange.said
        assert (heard.speaker, answered.speaker) == ("caller", "gateway")
        assert heard.text.startswith("Guten Tag")
        assert ("preferred_time", "10:00") in [(fact.name, fact.value) for fact in exchange.facts]
        assert len(exchange.sound)
        assert heard.start_sample >= begun.said[0].end_sample
        assert answered.start_sample >= heard.end_sample


async def test_what_was_exchanged_stands_in_the_records_and_both_sides_in_the_recording(tmp_path: Path) -> None:
    async with practice(tmp_path, "Wann haben Sie heute offen?") as given:
        begun = await given.line.begin()
        await given.line.hear(begun.call_id, UTTERANCE)
        await given.line.end(begun.call_id)
        story = await given.journal.call(begun.call_id)
        assert story.summary.line == "http"
        assert story.summary.end_reason == "caller"
        assert [turn.speaker for turn in story.turns] == ["gateway", "caller", "gateway"]
        assert story.summary.recording_path.stat().st_size > 32_000
        assert given.kept == [(begun.call_id, story.summary.recording_path)]
        assert given.line.calls == 0


async def test_the_gateway_hangs_up_after_its_goodbye(tmp_path: Path) -> None:
    async with practice(tmp_path, "Auf Wiederhören.") as given:
        begun = await given.line.begin()
        exchange = await given.line.hear(begun.call_id, UTTERANCE)
        assert exchange.end_reason == "gateway"
        with pytest.raises(NoSuchConversation):
            await given.line.hear(begun.call_id, UTTERANCE)


async def test_a_recogniser_that_fails_is_apologised_for(tmp_path: Path) -> None:
    async with practice(tmp_path, SpeechError("down"), "Wann haben Sie heute offen?") as given:
        begun = await given.line.begin()
        failed = await given.line.hear(begun.call_id, UTTERANCE)
        assert [turn.speaker for turn in failed.said] == ["gateway"]
        again = await given.line.hear(begun.call_id, UTTERANCE)
        assert [turn.speaker for turn in again.said] == ["caller", "gateway"]


async def test_a_second_utterance_before_the_answer_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    async with practice(tmp_path, "Wann haben Sie heute offen?") as given:
        begun = await given.line.begin()
        first = asyncio.create_task(given.line.hear(begun.call_id, UTTERANCE))
        await asyncio.sleep(0)
        with pytest.raises(ConversationBusy):
            await given.line.hear(begun.call_id, UTTERANCE)
        assert len((await first).said) == 2


async def test_no_more_conversations_are_held_than_may_be(tmp_path: Path) -> None:
    async with practice(tmp_path, most=1) as given:
        begun = await given.line.begin()
        with pytest.raises(TooManyConversations):
            await given.line.begin()
        await given.line.end(begun.call_id)
        await given.line.begin()


async def test_a_conversation_that_nobody_goes_on_with_is_ended(tmp_path: Path) -> None:
    async with practice(tmp_path, idle_s=0.05) as given:
        begun = await given.line.begin()
        async with asyncio.timeout(5):
            while given.line.calls:
                await asyncio.sleep(0.01)
        assert (await given.journal.call(begun.call_id)).summary.end_reason == "idle"


async def test_a_practice_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    async with practice(tmp_path) as given:
        with pytest.raises(UnknownPractice, match="lindengarten"):
            await given.line.begin("elsewhere")


async def test_the_stop_of_the_gateway_ends_every_conversation(tmp_path: Path) -> None:
    async with practice(tmp_path) as given:
        begun = await given.line.begin()
        await given.line.close()
        assert (await given.journal.call(begun.call_id)).summary.end_reason == "gateway"
