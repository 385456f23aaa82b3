"""A caller who is put through to a person, as the conversation sees it: what is said, written and done."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conversation_fakes import FakeLeg, FakeRecogniser, FakeSynthesiser

from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.replying import AnswerDesk
from gateway.conversation.transfer import TransferAttempt, TransferMethod, TransferResult
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import Question
from gateway.media.leg import Dtmf, HungUp, LegStatistics, PlaybackOutcome
from gateway.practice.loader import load_profile
from gateway.records.journal import Journal
from gateway.records.model import CallStory, NewCall

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
PERSONS_LEG = LegStatistics(995, 5, 0, 0, 1000, 1.0, 160_000, mos=4.2, codec="PCMU")
HUMAN = "Ich möchte mit einem Menschen sprechen."


class FakeTransferrer:
    """Puts nobody through until the test says what comes of it."""

    def __init__(self) -> None:
        self.attempts: list[TransferAttempt] = []
        self.withdrawn = 0
        self._results: asyncio.Queue[TransferResult | Exception] = asyncio.Queue()

    async def transfer(self, attempt: TransferAttempt) -> TransferResult:
        attempt.method = TransferMethod.BRIDGE
        self.attempts.append(attempt)
        try:
            result = await self._results.get()
        except asyncio.CancelledError:
            self.withdrawn += 1
            raise
        if isinstance(result, Exception):
            raise result
        return result

    def end(self, result: TransferResult | Exception) -> None:
        self._results.put_nowait(result)


class Call:
    """One conversation that can be handed to a person."""

    def __init__(self, journal: Journal, call_id: str, transferrer: FakeTransferrer | None) -> None:
        self.journal, self.call_id, self.transferrer = journal, call_id, transferrer
        self.leg, self.synthesiser, self.recogniser = FakeLeg(), FakeSynthesiser(), FakeRecogniser()
        call = ActionCall(id=call_id, caller_number=None, language="de", started_at=NOW)
        writer = CallJournal(journal, Outbox(journal, None, None), call, PROFILE.id, Path("call.wav"))
        dialogue = Dialogue(PROFILE, clock=lambda: NOW, caller_number=None, can_transfer=True)
        engines = Engines(self.recogniser, self.synthesiser)
        self.conversation = Conversation(
            self.leg, engines, AnswerDesk(dialogue, PROFILE), writer, transferrer=transferrer
        )
        self.dialogue = dialogue
        self.task = asyncio.create_task(self.conversation.run())

    async def say(self, text: str) -> None:
        self.recogniser.answers.append(text)
        self.leg.speak()

    async def spoken(self, words: str) -> None:
        """Wait until the gateway has said a sentence with ``words``, and it is written down."""
        async with asyncio.timeout(10):
            while not any(words in turn.text for turn in (await self.story()).turns if turn.speaker == "gateway"):
                await asyncio.sleep(0.005)

    async def asks(self, question: Question) -> None:
        """Wait until the gateway has asked ``question`` and listens."""
        async with asyncio.timeout(10):
            while self.dialogue.state.asked is not question or self.conversation._voice.speech is not None:
                await asyncio.sleep(0.005)

    async def story(self) -> CallStory:
        story = await self.journal.call(self.call_id)
        assert story is not None
        return story

    async def event(self, name: str) -> dict:
        async with asyncio.timeout(10):
            while True:
                for event in (await self.story()).events:
                    if event.name == name:
                        return dict(event.data)
                await asyncio.sleep(0.005)

    async def asked_for_a_human(self) -> TransferAttempt:
        await self.say(HUMAN)
        async with asyncio.timeout(10):
            while not self.transferrer.attempts:
                await asyncio.sleep(0.005)
        return self.transferrer.attempts[-1]


async def said_more(call: Call, before: int) -> None:
    async with asyncio.timeout(10):
        while len(call.leg.playbacks) == before:
            await asyncio.sleep(0.005)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path / "records.sqlite3")
    yield journal
    await journal.close()


@pytest.fixture
async def call(journal: Journal) -> AsyncIterator[Call]:
    call = Call(journal, await journal.begin_call(NewCall("sip", PROFILE.id, NOW)), FakeTransferrer())
    await call.spoken("helfen")
    yield call
    if not call.task.done():
        call.leg.happen(HungUp("caller"))
        await call.task


async def test_the_caller_hears_it_before_anybody_rings(call: Call) -> None:
    call.leg.hold = True
    before = len(call.leg.playbacks)
    await call.say(HUMAN)
    await said_more(call, before)
    said = call.leg.playbacks[-1]
    assert not said.barge_in
    assert call.transferrer.attempts == []
    async with asyncio.timeout(10):
        while not call.transferrer.attempts:
            for playback in call.leg.playbacks:
                playback.end()
            await asyncio.sleep(0.005)
    assert "Ich verbinde Sie." in call.synthesiser.said
    assert call.transferrer.attempts[0].target_id == "reception"
    assert await call.event("transfer_started") == {"target": "reception"}


async def test_the_practice_is_told_before_anybody_rings(call: Call) -> None:
    await call.asked_for_a_human()
    (action,) = (await call.story()).actions
    assert action.kind == "transfer.requested"
    assert '"target":"reception"' in action.payload.replace(" ", "")


async def test_nothing_that_is_said_while_it_rings_is_a_turn(call: Call) -> None:
    await call.asked_for_a_human()
    before = len(call.recogniser.hints)
    await call.say("Hallo?")
    call.leg.happen(Dtmf("9", 0))
    call.transferrer.end(TransferResult.NO_ANSWER)
    await call.spoken("niemand erreichbar")
    assert len(call.recogniser.hints) == before


@pytest.mark.parametrize(
    "result", [TransferResult.NO_ANSWER, TransferResult.BUSY, TransferResult.REFUSED, TransferResult.FAILED]
)
async def test_the_assistant_comes_back_listens_and_books_a_callback(call: Call, result: TransferResult) -> None:
    await call.asked_for_a_human()
    call.transferrer.end(result)
    await call.spoken("niemand erreichbar")
    story = await call.event("transfer_ended")
    assert (story["target"], story["method"], story["outcome"]) == ("reception", "bridge", str(result))
    assert story["seconds"] >= 0
    call.recogniser.answers.clear()
    await call.say("Ja, gerne.")
    await call.spoken("Worum geht es")
    assert call.leg.recordings == []


async def test_a_connected_caller_is_not_recorded_and_the_call_ends_with_the_talk(call: Call) -> None:
    attempt = await call.asked_for_a_human()
    assert call.leg.recordings == []
    await attempt.connect()
    assert call.leg.recordings == [None]
    assert await call.event("recording_stopped") == {"cause": "transfer"}
    call.transferrer.end(TransferResult.COMPLETED)
    assert await call.task == "transferred"
    assert (await call.event("transfer_ended"))["outcome"] == "completed"


async def test_a_caller_who_hangs_up_while_it_rings_ends_it(call: Call) -> None:
    await call.asked_for_a_human()
    call.leg.happen(HungUp("caller"))
    assert await call.task == "caller"
    assert call.transferrer.withdrawn == 1
    assert (await call.event("transfer_ended"))["outcome"] == "caller_left"


async def test_how_the_persons_leg_was_is_written_whatever_came_of_it(call: Call) -> None:
    attempt = await call.asked_for_a_human()
    await attempt.connect()
    attempt.sound = PERSONS_LEG
    call.leg.happen(HungUp("caller"))
    await call.task
    (leg,) = (await call.story()).legs
    assert (leg.party, leg.codec, leg.seconds, leg.packets_lost, leg.mos) == ("person", "PCMU", 20.0, 5, 4.2)


async def test_a_leg_that_was_never_connected_is_not_written(call: Call) -> None:
    attempt = await call.asked_for_a_human()
    attempt.sound = LegStatistics(0, 0, 0, 0, 0, 0.0, 0)
    call.transferrer.end(TransferResult.NO_ANSWER)
    await call.event("transfer_ended")
    await call.spoken("niemand erreichbar")
    assert (await call.story()).legs == ()


async def test_a_caller_who_hangs_up_after_the_talk_was_transferred(call: Call) -> None:
    attempt = await call.asked_for_a_human()
    await attempt.connect()
    call.leg.happen(HungUp("caller"))
    assert await call.task == "transferred"
    assert (await call.event("transfer_ended"))["outcome"] == "completed"


async def test_keys_that_were_pressed_before_the_wish_do_not_lose_the_transfer(call: Call) -> None:
    await call.say("Bitte rufen Sie mich zurück, es geht um meine Rechnung.")
    await call.asks(Question.NAME)
    await call.say("Thomas Zimmermann.")
    await call.asks(Question.PHONE)
    call.leg.happen(Dtmf("0", 0), Dtmf("7", 0))
    call.leg.hold = True
    before = len(call.leg.playbacks)
    await call.say(HUMAN)
    await said_more(call, before)
    # A pause after keys would end them here, and the answer to them would take the place of what is being said.
    assert call.conversation._turns.deadline is None
    async with asyncio.timeout(10):
        while not call.transferrer.attempts:
            for playback in call.leg.playbacks:
                playback.end()
            await asyncio.sleep(0.005)
    call.leg.hold = False
    call.transferrer.end(TransferResult.NO_ANSWER)
    await call.spoken("niemand erreichbar")


async def test_a_fault_in_a_transfer_ends_the_call_and_is_raised(call: Call) -> None:
    await call.asked_for_a_human()
    call.transferrer.end(RuntimeError("a fault"))
    with pytest.raises(RuntimeError, match="a fault"):
        await call.task


async def test_in_an_emergency_the_numbers_are_said_first_and_cannot_be_cut_off(call: Call) -> None:
    await call.say("Das ist ein Notfall, ich habe einen Unfall!")
    async with asyncio.timeout(10):
        while not call.transferrer.attempts:
            await asyncio.sleep(0.005)
    assert call.transferrer.attempts[0].target_id == "on-call"
    numbers = next(index for index, said in enumerate(call.synthesiser.said) if "144" in said or "1 4 4" in said)
    assert numbers < call.synthesiser.said.index("Ich verbinde Sie.")
    assert [action.kind for action in (await call.story()).actions] == ["emergency.flagged"]
    call.transferrer.end(TransferResult.NO_ANSWER)
    await call.spoken("niemand erreichbar")
    await call.spoken("Nummern wiederholen")


async def test_without_a_line_that_can_transfer_the_assistant_stays(journal: Journal) -> None:
    call = Call(journal, await journal.begin_call(NewCall("sip", PROFILE.id, NOW)), None)
    await call.spoken("helfen")
    await call.say(HUMAN)
    await call.spoken("niemand erreichbar")
    assert (await call.event("transfer_ended"))["outcome"] == "failed"
    call.leg.happen(HungUp("caller"))
    assert await call.task == "caller"


async def test_a_playback_that_is_lost_begins_no_transfer(call: Call) -> None:
    call.leg.hold = True
    before = len(call.leg.playbacks)
    await call.say(HUMAN)
    await said_more(call, before)
    call.leg.playbacks[-1].end(PlaybackOutcome.LINE_LOST)
    call.leg.happen(HungUp("caller"))
    assert await call.task == "caller"
    assert call.transferrer.attempts == []
