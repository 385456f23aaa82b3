"""Engines fail in the middle of a conversation: each fault has a sound, and no fault is a silence."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from conversation_fakes import FakeLeg, FakeRecogniser, FakeSynthesiser, until

from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.audio import Pcm
from gateway.conversation import conversation as conversation_module
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.replying import AnswerDesk
from gateway.conversation.turn_taking import TurnTaking, TurnTakingTimes
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.phrase import fallback
from gateway.language import Language
from gateway.media.leg import HungUp
from gateway.practice.loader import load_profile
from gateway.records.journal import Journal
from gateway.records.model import NewCall
from gateway.speech import bounded as bounded_module
from gateway.speech.client import HttpRecogniser, HttpSynthesiser
from gateway.speech.fallback import FallbackSynthesiser, InProcessSynthesiser
from gateway.speech.interface import (
    Recogniser,
    RecognitionHints,
    SpeechError,
    SpeechTimeout,
    SpeechUnavailable,
    Synthesiser,
    Transcript,
)

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
APOLOGY = fallback("apology", "de", PROFILE)
NOWHERE = "http://127.0.0.1:9"


class Voices:
    """Does for each sentence what ``faults`` says of it: fails, hangs, or breaks off after its first word."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.said: list[str] = []

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        fault = self.faults.get(text, self.faults.get("*", ""))
        if fault == "fails":
            raise SpeechError("no voice")
        if fault == "hangs":
            await asyncio.Event().wait()
        self.said.append(text)
        for _ in text.split():
            yield Pcm(np.ones(800, np.int16), 8000)
            if fault == "breaks off":
                await asyncio.Event().wait()


class Hanging:
    """A recogniser that never answers, until its deadline of ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        await asyncio.sleep(self.seconds)
        raise SpeechTimeout("late")


class Line:
    """A conversation with these engines; ``leg`` is what the caller hears."""

    def __init__(self, journal: Journal, call_id: str, recogniser: Recogniser, synthesiser: Synthesiser) -> None:
        self.leg = FakeLeg()
        self.journal, self.call_id = journal, call_id
        call = ActionCall(id=call_id, caller_number=None, language="de", started_at=NOW)
        story = CallJournal(journal, Outbox(journal, None, None), call, PROFILE.id, None)
        desk = AnswerDesk(Dialogue(PROFILE, clock=lambda: NOW, caller_number=None, recording=False), PROFILE)
        self.task = asyncio.create_task(Conversation(self.leg, Engines(recogniser, synthesiser), desk, story).run())

    async def heard(self) -> list[str]:
        """Return what the caller has heard, speech by speech, as it is written down."""
        story = await self.journal.call(self.call_id)
        assert story is not None
        return [turn.heard_text or "" for turn in story.turns if turn.speaker == "gateway"]

    async def until_heard(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(heard := await self.heard()) < count:
                await asyncio.sleep(0.005)
        return heard


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path / "records.sqlite3")
    yield journal
    await journal.close()


async def answered(journal: Journal, recogniser: Recogniser, synthesiser: Synthesiser) -> Line:
    """Return a call whose greeting is over."""
    call_id = await journal.begin_call(NewCall("sip", PROFILE.id, NOW))
    line = Line(journal, call_id, recogniser, synthesiser)
    await line.until_heard(1)
    return line


async def hang_up(line: Line) -> None:
    line.leg.happen(HungUp("caller"))
    await line.task


@pytest.mark.parametrize("fault", [SpeechError("broken"), SpeechUnavailable("down"), SpeechTimeout("late")])
async def test_a_recogniser_that_fails_is_an_apology(journal: Journal, fault: SpeechError) -> None:
    line = await answered(journal, FakeRecogniser(fault), FakeSynthesiser())
    line.leg.speak()
    assert (await line.until_heard(2))[1] == " ".join(APOLOGY)
    await hang_up(line)


async def test_a_recogniser_that_hangs_is_a_moment_please_and_then_an_apology(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(_times: TurnTakingTimes | None, *, rate: int) -> TurnTaking:
        return TurnTaking(TurnTakingTimes(recognition_s=0.05), rate=rate)

    monkeypatch.setattr(conversation_module, "TurnTaking", hurried)
    line = await answered(journal, Hanging(0.2), FakeSynthesiser())
    line.leg.speak()
    heard = await line.until_heard(3)
    assert heard[1:] == [" ".join(fallback("please_wait", "de", PROFILE)), " ".join(APOLOGY)]
    await hang_up(line)


async def test_a_recogniser_that_understands_nothing_is_asked_again(journal: Journal) -> None:
    line = await answered(journal, FakeRecogniser(""), FakeSynthesiser())
    line.leg.speak()
    assert (await line.until_heard(2))[1], "the caller is told that nothing was understood"
    await hang_up(line)


@pytest.mark.parametrize("fault", ["fails", "hangs", "breaks off"])
@pytest.mark.parametrize("which", [0, -1])
async def test_one_sentence_that_cannot_be_made_leaves_the_others(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, fault: str, which: int
) -> None:
    _hurry(monkeypatch)
    voices, silent = Voices(), Voices()
    line = await answered(journal, FakeRecogniser("Ich möchte einen Termin."), FallbackSynthesiser(voices, silent))
    dialogue = Dialogue(PROFILE, clock=lambda: NOW, caller_number=None, recording=False)
    greeting = dialogue.sentences(dialogue.open())
    assert voices.said == list(greeting)
    line.leg.speak()
    (answer,) = (await line.until_heard(2))[1:]
    sentences = [text for text in voices.said if text not in greeting]
    assert len(sentences) > 1
    await hang_up(line)

    for broken in (voices, silent):
        broken.faults = {sentences[which]: fault}
    second = await answered(journal, FakeRecogniser("Ich möchte einen Termin."), FallbackSynthesiser(voices, silent))
    second.leg.speak()
    (heard,) = (await second.until_heard(2))[1:]
    assert heard != answer
    for sentence in sentences:
        assert (sentence in heard) == (sentence != sentences[which])
    await hang_up(second)


async def test_without_any_speech_server_the_greeting_is_heard_in_the_voice_inside_the_process(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesiser = HttpSynthesiser(NOWHERE)
    recogniser = HttpRecogniser(NOWHERE)
    line = await answered(journal, recogniser, FallbackSynthesiser(synthesiser, InProcessSynthesiser()))
    greeting = line.leg.playbacks[0]
    assert greeting.samples > 8000, "a sentence of some seconds"
    line.leg.speak()
    assert (await line.until_heard(2))[1] == " ".join(APOLOGY)
    assert all(playback.samples > 8000 for playback in line.leg.playbacks)
    await hang_up(line)
    await synthesiser.close()
    await recogniser.close()


async def test_where_no_voice_can_be_made_at_all_the_caller_hears_the_tone_of_a_call_that_cannot_go_on(
    journal: Journal,
) -> None:
    voices = Voices()
    voices.faults = {"*": "fails"}
    call_id = await journal.begin_call(NewCall("sip", PROFILE.id, NOW))
    line = Line(journal, call_id, FakeRecogniser(), FallbackSynthesiser(voices, voices))
    await until(lambda: any(playback.samples for playback in line.leg.playbacks))
    assert [playback.samples > 0 for playback in line.leg.playbacks].count(True) == 1
    if not line.task.done():
        line.leg.happen(HungUp("caller"))
    await line.task


def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first_s", "next_s"):
        monkeypatch.setitem(bounded_module.bounded.__kwdefaults__, name, 0.03)
