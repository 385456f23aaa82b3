"""A message after hours: its words, its place in the recording, and what is sent when the caller just hangs up."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path

from conversation_fakes import FakeLeg, FakeRecogniser, FakeSynthesiser

from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.replying import AnswerDesk, caller_turn
from gateway.conversation.turn_acts import TakeTurn
from gateway.dialogue.dialogue import Dialogue
from gateway.media.leg import Dtmf, HungUp
from gateway.practice.loader import load_profile
from gateway.records.journal import Journal
from gateway.records.model import CallStory, NewCall
from gateway.speech.interface import Transcript

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
NIGHT = dt.datetime(2026, 11, 23, 21, 0, tzinfo=dt.UTC)
MESSAGE = "Ich brauche bitte mein Röntgenbild für den neuen Zahnarzt."


async def hold(tmp_path: Path, *said: str, key: str = "", last: str = "") -> tuple[CallStory, FakeLeg]:
    """Hold a call at night: the caller presses ``key``, says everything in ``said``, then hangs up.

    The words of ``last`` are said and the caller hangs up at once.
    """
    journal = await Journal.open(tmp_path / "records.sqlite3")
    call_id = await journal.begin_call(NewCall("sip", PROFILE.id, NIGHT))
    recording = tmp_path / "recording.wav"
    recording.write_bytes(b"sound")
    leg, recogniser = FakeLeg(), FakeRecogniser()
    call = ActionCall(id=call_id, caller_number="+41791234567", language="de", started_at=NIGHT)
    writer = CallJournal(journal, Outbox(journal, None, None), call, PROFILE.id, recording)
    dialogue = Dialogue(PROFILE, clock=lambda: NIGHT, caller_number="+41791234567")
    desk = AnswerDesk(dialogue, PROFILE)
    task = asyncio.create_task(Conversation(leg, Engines(recogniser, FakeSynthesiser()), desk, writer).run())

    async def replied(count: int) -> None:
        async with asyncio.timeout(10):
            while sum(turn.speaker == "gateway" for turn in (await journal.call(call_id)).turns) < count:
                await asyncio.sleep(0.005)

    await replied(1)
    if key:
        leg.happen(Dtmf(key, 0))
        await replied(2)
    for count, text in enumerate(said, start=3 if key else 2):
        recogniser.answers.append(text)
        leg.speak()
        await replied(count)
    if last:
        recogniser.answers.append(last)
        leg.say_and_hang_up()
    else:
        leg.happen(HungUp("caller"))
    assert await task == "caller"
    story = await journal.call(call_id)
    await journal.close()
    return story, leg


def test_a_turn_carries_its_place_in_the_call_to_the_dialogue():
    transcript = Transcript("Bitte rufen Sie mich zurück.", "de", 0.9)
    turn = caller_turn(TakeTurn((transcript,), 80_000, 128_400, 130_000))
    assert turn.span == (80_000, 128_400)


async def test_who_asks_for_a_human_at_night_leaves_a_message_that_is_sent_once_confirmed(tmp_path):
    story, _ = await hold(
        tmp_path, "Ich möchte mit einem Menschen sprechen.", MESSAGE, "Anna Keller.", "Ja.", "Ja, das stimmt."
    )
    (action,) = story.actions
    payload = json.loads(action.payload)
    assert payload["type"] == "callback.requested"
    assert {fact["name"]: fact["value"] for fact in payload["facts"]}["message"] == MESSAGE
    assert all(fact["confirmed"] for fact in payload["facts"])
    said = next(turn for turn in story.turns if turn.text == MESSAGE)
    assert payload["details"]["recorded_message_from_s"] == f"{said.start_sample / 8000:.1f}"
    assert payload["details"]["recorded_message_to_s"] == f"{said.end_sample / 8000:.1f}"


async def test_a_message_is_not_lost_when_the_caller_hangs_up_behind_it(tmp_path):
    story, _ = await hold(tmp_path, "Ich möchte mit einem Menschen sprechen.", MESSAGE)
    (action,) = story.actions
    payload = json.loads(action.payload)
    assert payload["facts"] == []
    assert payload["details"]["cause"] == "message_left"
    assert payload["details"]["words"] == MESSAGE


async def test_the_end_of_a_message_is_not_lost_when_the_caller_hangs_up_at_once(tmp_path):
    story, _ = await hold(tmp_path, "Ich möchte mit einem Menschen sprechen.", last=MESSAGE)
    assert MESSAGE in [turn.text for turn in story.turns if turn.speaker == "caller"]
    (action,) = story.actions
    payload = json.loads(action.payload)
    assert payload["details"]["cause"] == "message_left"
    assert payload["details"]["words"] == MESSAGE


async def test_a_refusal_is_stamped_with_its_time_and_leaves_no_recording_to_point_at(tmp_path):
    story, leg = await hold(tmp_path, "Ich möchte mit einem Menschen sprechen.", MESSAGE, key="9")
    assert leg.recordings == [None]
    assert not (tmp_path / "recording.wav").exists()
    assert story.summary.recording_consent == "refused"
    (refused,) = [event for event in story.events if event.name == "recording_refused"]
    assert refused.at.tzinfo is not None
    (action,) = story.actions
    assert not any(name.startswith("recorded_message") for name in json.loads(action.payload)["details"])
