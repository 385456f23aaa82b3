"""Whole conversations on a leg without sound: what is said, written and done. Nothing waits for a clock."""

import asyncio
import datetime as dt
import errno
import json
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conversation_fakes import FakeLeg, FakeRecogniser, FakeSynthesiser, until

from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation import call_journal
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.endpointing import endpointing_for
from gateway.conversation.replying import AnswerDesk
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import Expectation
from gateway.dialogue.phrase import fallback
from gateway.media.leg import Dtmf, HungUp, MediaLost, PlaybackOutcome, RecordingFailed
from gateway.practice.loader import load_profile
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import CallStory, NewCall
from gateway.speech.interface import SpeechUnavailable

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


class Call:
    """One conversation with all that belongs to it."""

    def __init__(self, journal: Journal, call_id: str, recording: Path) -> None:
        self.journal, self.call_id, self.recording = journal, call_id, recording
        self.leg, self.synthesiser, self.recogniser = FakeLeg(), FakeSynthesiser(), FakeRecogniser()
        self.outbox = Outbox(journal, None, None)
        call = ActionCall(id=call_id, caller_number=None, language="de", started_at=NOW)
        self.story_writer = CallJournal(journal, self.outbox, call, PROFILE.id, recording)
        dialogue = Dialogue(PROFILE, clock=lambda: NOW, caller_number=None)
        engines = Engines(self.recogniser, self.synthesiser)
        self.conversation = Conversation(self.leg, engines, AnswerDesk(dialogue, PROFILE), self.story_writer)
        self.task = asyncio.create_task(self.conversation.run())

    async def heard(self, count: int) -> None:
        """Wait until the gateway has finished ``count`` replies and listens."""
        await until_turns(self, "gateway", count)

    async def say(self, text: str | Exception) -> None:
        """Let the caller say ``text`` and wait for the reply."""
        before = await turns(self, "gateway")
        self.recogniser.answers.append(text)
        self.leg.speak()
        await until_turns(self, "gateway", before + 1)

    async def story(self) -> CallStory:
        story = await self.journal.call(self.call_id)
        assert story is not None
        return story


async def turns(call: Call, speaker: str) -> int:
    return sum(turn.speaker == speaker for turn in (await call.story()).turns)


async def until_turns(call: Call, speaker: str, count: int) -> None:
    async with asyncio.timeout(10):
        while await turns(call, speaker) < count:
            await asyncio.sleep(0.005)


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    journal = await Journal.open(tmp_path / "records.sqlite3")
    call_id = await journal.begin_call(NewCall("sip", PROFILE.id, NOW))
    recording = tmp_path / "recording.wav"
    recording.write_bytes(b"sound")
    call = Call(journal, call_id, recording)
    await call.heard(1)
    yield call
    if not call.task.done():
        call.leg.happen(HungUp("caller"))
        assert await call.task == "caller"
    await journal.close()


async def test_the_greeting_announces_the_recording_and_cannot_be_interrupted_before_the_question(call: Call) -> None:
    barge_in = [playback.barge_in for playback in call.leg.playbacks]
    assert barge_in == [False] * (len(barge_in) - 1) + [True]
    (greeting,) = (await call.story()).turns
    assert PROFILE.recording.announcement.de in greeting.text


async def test_a_booking_ends_with_confirmed_facts_and_one_action(call: Call) -> None:
    for text in (
        "Guten Tag, ich möchte einen Termin für eine Kontrolle.",
        "Am Dienstag, dem 8. Dezember.",
        "Um 14 Uhr 30.",
        "Ich war schon bei Ihnen.",
        "Anna Keller.",
        "079 123 45 67.",
        "Ja, das stimmt.",
    ):
        await call.say(text)
    story = await call.story()
    (action,) = story.actions
    payload = json.loads(action.payload)
    facts = {fact["name"]: fact["value"] for fact in payload["facts"]}
    assert payload["type"] == "appointment.requested"
    assert facts["name"] == "Anna Keller"
    assert facts["preferred_date"] == "2026-12-08"
    assert facts["preferred_time"] == "14:30"
    assert facts["phone"] == "+41791234567"
    assert all(fact["confirmed"] for fact in payload["facts"])
    assert {fact.name for fact in story.current_facts if fact.confirmed} >= set(facts)
    assert all(fact.turn_id is not None for fact in story.current_facts)
    assert call.story_writer.outcome == "appointment.requested"


async def test_every_reply_carries_its_times_by_stage(call: Call) -> None:
    await call.say("Wann haben Sie geöffnet?")
    reply = (await call.story()).turns[-1]
    assert reply.speaker == "gateway"
    assert set(reply.latency_ms) == {
        "endpointing_ms",
        "recognition_ms",
        "dialogue_ms",
        "first_audio_ms",
        "response_ms",
        "recogniser_ms",
    }
    assert reply.latency_ms["endpointing_ms"] == 500


async def test_a_telephone_number_that_is_complete_is_not_waited_for_any_longer(call: Call) -> None:
    await call.say("Bitte rufen Sie mich zurück, es geht um meine Rechnung.")
    await call.say("Thomas Zimmermann.")
    assert call.leg.endpointing[-1] == endpointing_for(Expectation.PHONE)
    times = len(call.leg.endpointing)
    before = await turns(call, "gateway")
    call.recogniser.answers.append("079 123 45 67.")
    await call.leg.speak_slowly(until_recognised=lambda: len(call.leg.endpointing) > times)
    assert call.leg.endpointing[times].end_ms < endpointing_for(Expectation.YES_NO).end_ms
    await until_turns(call, "gateway", before + 1)
    assert call.leg.endpointing[-1] == endpointing_for(Expectation.CONFIRMATION)


async def test_a_failed_recognition_is_answered_with_the_apology_and_the_next_turn_works(call: Call) -> None:
    await call.say(SpeechUnavailable("killed"))
    apology = (await call.story()).turns[-1]
    assert apology.speaker == "gateway"
    assert apology.text
    await call.say("Wann haben Sie geöffnet?")
    assert (await turns(call, "caller")) == 1
    assert [event.name for event in (await call.story()).events] == ["recognition_failed"]


async def test_after_three_failures_in_a_row_the_practice_is_asked_to_call_back(call: Call) -> None:
    for _ in range(3):
        await call.say(SpeechUnavailable("down"))
    assert await call.task == "gateway"
    (action,) = (await call.story()).actions
    assert action.kind == "callback.requested"


async def test_key_nine_stops_and_deletes_the_recording(call: Call) -> None:
    call.leg.happen(Dtmf("9", 0))
    await call.heard(2)
    assert call.leg.recordings == [None]
    assert not call.recording.exists()
    story = await call.story()
    assert story.summary.recording_consent == "refused"


@pytest.mark.parametrize("fault", ["fails", "hangs"])
async def test_a_disk_that_does_not_delete_a_refused_recording_does_not_end_the_call(
    call: Call, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    released = threading.Event()

    def unlink(_: Path, *, missing_ok: bool) -> None:
        if fault == "hangs":
            released.wait(20)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(call_journal, "_DELETION_DEADLINE_S", 0.05)
    monkeypatch.setattr(Path, "unlink", unlink)
    call.leg.happen(Dtmf("9", 0))
    await call.heard(2)
    released.set()
    assert not call.task.done()
    # The next start deletes it by this mark.
    assert (await call.story()).summary.recording_consent == "refused"


async def test_a_disk_that_hangs_leaves_the_event_loops_threads_to_others(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    monkeypatch.setattr(call_journal, "_DELETION_DEADLINE_S", 0.05)
    monkeypatch.setattr(Path, "unlink", lambda _, **__: released.wait(20))
    try:
        await call.story_writer.refuse_recording()
        async with asyncio.timeout(5):
            await asyncio.to_thread(int)
    finally:
        released.set()


async def test_after_a_barge_in_by_noise_the_rest_is_said_again(call: Call) -> None:
    call.leg.hold = True
    call.recogniser.answers.append("Wann haben Sie geöffnet?")
    said = len(call.synthesiser.said)
    call.leg.speak()
    await until(lambda: len(call.synthesiser.said) > said)
    await asyncio.sleep(0.01)
    interrupted = call.leg.playbacks[-1]
    repeated = len(call.synthesiser.said)
    call.recogniser.answers.append("")
    await call.leg.barge_in()
    await until(lambda: len(call.synthesiser.said) > repeated)
    assert call.synthesiser.said[repeated] in call.synthesiser.said[said:repeated]
    assert interrupted.barge_in


def break_the_database(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*arguments: object) -> str:
        raise RecordsError("The disk is full.")

    monkeypatch.setattr(call.journal, "commit_action", fail)


async def test_a_caller_is_not_promised_what_could_not_be_written(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    await call.say("Bitte rufen Sie mich zurück, es geht um meine Rechnung.")
    for text in ("Thomas Zimmermann.", "079 123 45 67."):
        await call.say(text)
    break_the_database(call, monkeypatch)
    await call.say("Ja, das stimmt.")
    assert (await call.story()).turns[-1].text == " ".join(fallback("apology", "de", PROFILE))
    assert (await call.story()).actions == ()
    assert call.story_writer.outcome is None


async def test_in_an_emergency_the_number_is_said_even_when_nothing_can_be_written(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_the_database(call, monkeypatch)
    await call.say("Hilfe, ich blute stark aus dem Mund und kann kaum atmen, es ist ein Notfall!")
    said = (await call.story()).turns[-1].text
    assert PROFILE.emergency.text.de.split(".")[0] in said


async def test_a_lost_line_ends_the_call(call: Call) -> None:
    call.leg.happen(MediaLost(20_000))
    assert await call.task == "gateway"
    assert (await call.story()).events[-1].name == "media_lost"


async def test_a_recording_that_fails_is_written_down_and_the_conversation_goes_on(call: Call) -> None:
    call.leg.happen(RecordingFailed("the recording ended early: No space left on device"))
    await call.say("Wann haben Sie geöffnet?")
    story = await call.story()
    assert [(event.name, event.data) for event in story.events] == [
        ("recording_failed", {"cause": "the recording ended early: No space left on device"})
    ]
    assert story.turns[-1].speaker == "gateway"
    assert not call.task.done()


async def test_a_caller_who_hangs_up_while_the_gateway_speaks_ends_the_conversation(call: Call) -> None:
    call.leg.hold = True
    call.recogniser.answers.append("Wann haben Sie geöffnet?")
    played = len(call.leg.playbacks)
    call.leg.speak()
    await until(lambda: len(call.leg.playbacks) > played)
    for playback in call.leg.playbacks:
        playback.end(PlaybackOutcome.LINE_LOST, 0.2)
    call.leg.happen(HungUp("caller"))
    assert await call.task == "caller"


async def test_a_fault_in_the_conversation_is_raised_and_not_a_silence(call: Call) -> None:
    call.recogniser.answers.append(ZeroDivisionError("a fault of ours"))
    call.leg.speak()
    with pytest.raises(ZeroDivisionError):
        await call.task


async def test_the_language_is_chosen_by_the_recogniser_in_the_first_turn_and_assumed_in_short_answers(
    call: Call,
) -> None:
    call.recogniser.language = "fr"
    await call.say("Bonjour, je voudrais un rendez-vous pour un contrôle.")
    await call.say("Mardi prochain.")
    first, second = call.recogniser.hints
    assert first.language is None
    assert second.language == "fr"


async def test_a_caller_to_whom_nothing_can_be_said_is_called_back(call: Call) -> None:
    call.synthesiser.fails = True
    call.recogniser.answers += ["Wann haben Sie geöffnet?", "Wie bitte?"]
    call.leg.speak()
    await until_turns(call, "gateway", 2)
    assert not call.leg.hung_up
    call.leg.speak()
    assert await call.task == "gateway"
    (action,) = (await call.story()).actions
    assert action.kind == "callback.requested"
    assert json.loads(action.payload)["details"]["cause"] == "synthesis_unavailable"
