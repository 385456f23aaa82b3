import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.caller.conversation import CallerConversation
from gateway.caller.conversation_log import ConversationLog
from gateway.caller.hearing import Hearing
from gateway.caller.options import Ending
from gateway.caller.steps import HangUp, PressKeys, Say, Turn
from gateway.caller.turn_taking import Patience, TurnTaking
from gateway.language import Language
from gateway.media.leg import (
    Endpointing,
    Heard,
    HungUp,
    LegEvent,
    LegStatistics,
    PlaybackOutcome,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from gateway.speech.interface import RecognitionHints, SpeechUnavailable, Transcript

FAREWELL = Say("Goodbye.")


def sound(milliseconds: int) -> Pcm:
    return Pcm(np.full(milliseconds * 8, 1000, np.int16), TELEPHONE_RATE)


class FakePlayback:
    playback_id = 1

    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    async def stop(self) -> Heard:
        return self._heard

    async def finished(self) -> Heard:
        return self._heard


class FakeLeg:
    """A line that plays at once and whose events come from the test."""

    rate = TELEPHONE_RATE

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[LegEvent] = asyncio.Queue()
        self.played: list[Pcm] = []
        self.pressed: list[str] = []
        self.position = 0
        self.acted = asyncio.Event()

    def emit(self, *events: LegEvent) -> None:
        for event in events:
            self.inbox.put_nowait(event)

    def other_says(self, milliseconds: int = 1000, *, start: int | None = None) -> None:
        begin = self.position if start is None else start
        end = begin + milliseconds * 8
        self.position = end
        pcm = sound(milliseconds)
        self.emit(SpeechStarted(begin), SpeechPaused(begin, end, pcm), SpeechEnded(begin, end, end + 7200, pcm))

    async def next_act(self) -> None:
        async with asyncio.timeout(5):
            await self.acted.wait()
        self.acted.clear()

    async def events(self) -> AsyncIterator[LegEvent]:
        while True:
            event = await self.inbox.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def play(self, stream: AsyncIterator[Pcm], *, barge_in: bool = True) -> FakePlayback:
        assert not barge_in
        (pcm,) = [chunk async for chunk in stream]
        self.played.append(pcm)
        start, self.position = self.position, self.position + len(pcm)
        self.acted.set()
        return FakePlayback(Heard(PlaybackOutcome.FINISHED, start, len(pcm), len(pcm)))

    async def send_dtmf(self, digits: str) -> None:
        self.pressed.append(digits)
        self.acted.set()

    async def hang_up(self) -> None:
        self.emit(HungUp("gateway"))

    async def set_endpointing(self, endpointing: Endpointing) -> None:
        raise AssertionError("not expected")

    async def record(self, path: Path | None) -> None:
        raise AssertionError("not expected")

    async def statistics(self) -> LegStatistics:
        raise AssertionError("not expected")


class FakeRecogniser:
    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.cancelled = 0
        self.gate: asyncio.Event | None = None

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        language: Language = hints.languages[0]
        try:
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if not self.texts:
            raise SpeechUnavailable("no more")
        return Transcript(self.texts.pop(0), language, 1.0)


class Call:
    def __init__(
        self, *turns: Turn, recogniser: FakeRecogniser | None = None, patience: Patience | None = None
    ) -> None:
        self.leg = FakeLeg()
        self.printed: list[str] = []
        self.log = ConversationLog(lambda line: self.printed.append(f"{line.speaker}: {line.text}"))
        moves = [move for turn in turns for move in turn.moves if isinstance(move, Say)]
        self.sounds = {move: sound(100 * (index + 1)) for index, move in enumerate([*moves, FAREWELL])}
        self.conversation = CallerConversation(
            self.leg,
            taking=TurnTaking(turns, patience or Patience()),
            sounds=self.sounds,
            farewell=FAREWELL,
            hearing=Hearing(recogniser),
            log=self.log,
        )

    def start(self, longest_s: float = 30) -> asyncio.Task[Ending]:
        return asyncio.create_task(self.conversation.run(longest_s))


def saying(text: str, when: str | None = None) -> Turn:
    return Turn((Say(text),), when=re.compile(when) if when else None)


async def test_lines_are_said_when_the_other_side_is_done_and_all_is_printed_in_order():
    call = Call(saying("a"), saying("b"), recogniser=FakeRecogniser("Hello", "Yes?"))
    running = call.start()
    call.leg.other_says()
    await call.leg.next_act()
    call.leg.other_says()
    await call.leg.next_act()
    call.leg.emit(HungUp("caller"))
    assert await running is Ending.OTHER_SIDE
    assert call.leg.played == [call.sounds[Say("a")], call.sounds[Say("b")]]
    assert call.printed == [
        "gateway: Hello",
        "caller: a",
        "gateway: Yes?",
        "caller: b",
        "line: (the other side hung up)",
    ]


async def test_a_line_is_not_delayed_by_recognition_unless_it_depends_on_it():
    recogniser = FakeRecogniser("Hello")
    recogniser.gate = asyncio.Event()
    call = Call(saying("a"), recogniser=recogniser)
    running = call.start()
    call.leg.other_says()
    await call.leg.next_act()
    assert call.printed == []
    recogniser.gate.set()
    call.leg.emit(HungUp("caller"))
    await running
    assert call.printed[:2] == ["gateway: Hello", "caller: a"]


async def test_a_line_with_a_condition_waits_for_the_words():
    call = Call(saying("name", "name"), saying("phone", "number"), recogniser=FakeRecogniser("Your number?"))
    running = call.start()
    call.leg.other_says()
    await call.leg.next_act()
    call.leg.emit(HungUp("caller"))
    await running
    assert call.leg.played == [call.sounds[Say("phone")]]


async def test_without_a_recogniser_the_length_of_the_speech_is_shown():
    call = Call(saying("a"))
    running = call.start()
    call.leg.other_says(3200)
    await call.leg.next_act()
    call.leg.emit(HungUp("caller"))
    await running
    assert call.printed[0] == "gateway: (3.2 s of speech)"


async def test_a_recogniser_that_fails_does_not_disturb_the_call():
    call = Call(saying("a"), recogniser=FakeRecogniser())
    running = call.start()
    call.leg.other_says(1000)
    await call.leg.next_act()
    call.leg.emit(HungUp("caller"))
    assert await running is Ending.OTHER_SIDE
    assert call.printed[0] == "gateway: (1.0 s of speech)"


async def test_recognition_that_began_in_a_breath_is_dropped():
    recogniser = FakeRecogniser("whole")
    recogniser.gate = asyncio.Event()
    call = Call(saying("a"), recogniser=recogniser)
    running = call.start()
    call.leg.emit(
        SpeechStarted(0), SpeechPaused(0, 800, sound(100)), SpeechResumed(1600), SpeechPaused(0, 8000, sound(1000))
    )
    call.leg.emit(SpeechEnded(0, 8000, 15200, sound(1000)))
    await call.leg.next_act()
    recogniser.gate.set()
    call.leg.emit(HungUp("caller"))
    await running
    assert call.printed[0] == "gateway: whole"


async def test_a_piece_of_long_speech_is_shown_but_is_not_the_end_of_a_turn():
    call = Call(saying("a"), recogniser=FakeRecogniser("first part", "second part"))
    running = call.start()
    call.leg.emit(SpeechStarted(0), SpeechEnded(0, 8000, 8000, sound(1000), forced=True))
    call.leg.emit(SpeechStarted(8000))
    call.leg.emit(SpeechEnded(8000, 16000, 23200, sound(1000)))
    await call.leg.next_act()
    call.leg.emit(HungUp("caller"))
    await running
    assert call.printed[:3] == ["gateway: first part", "gateway: second part", "caller: a"]


async def test_keys_are_pressed():
    call = Call(Turn((PressKeys("9#"),)))
    running = call.start()
    call.leg.other_says()
    await call.leg.next_act()
    call.leg.emit(HungUp("caller"))
    await running
    assert call.leg.pressed == ["9#"]
    assert "caller: (presses 9#)" in call.printed


async def test_the_caller_hangs_up_when_the_script_says_so():
    call = Call(Turn((HangUp(),)))
    running = call.start()
    call.leg.other_says()
    assert await asyncio.wait_for(running, 5) is Ending.CALLER


async def test_the_caller_says_goodbye_after_silence():
    call = Call(patience=Patience(after_last_ms=0, otherwise_ms=0))
    assert await asyncio.wait_for(call.start(), 5) is Ending.CALLER
    assert call.leg.played == [call.sounds[FAREWELL]]


async def test_all_that_was_heard_is_shown_when_the_time_is_up():
    recogniser = FakeRecogniser("Hello")
    recogniser.gate = asyncio.Event()
    call = Call(saying("a"), recogniser=recogniser)
    running = call.start(longest_s=0.2)
    call.leg.other_says()
    await call.leg.next_act()
    asyncio.get_running_loop().call_later(0.4, recogniser.gate.set)
    assert await asyncio.wait_for(running, 5) is Ending.TOO_LONG
    assert call.printed == ["gateway: Hello", "caller: a"]
    assert 200 <= call.conversation.ended_ms < 400, "the wait for the words is no part of the call"


async def test_a_call_does_not_last_longer_than_allowed():
    call = Call(saying("a"))
    assert await asyncio.wait_for(call.start(longest_s=0), 5) is Ending.TOO_LONG


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        ("caller", Ending.OTHER_SIDE),
        ("gateway", Ending.CALLER),
        ("media_lost", Ending.LINE_LOST),
        ("worker_lost", Ending.LINE_LOST),
        ("error", Ending.LINE_LOST),
    ],
)
async def test_the_end_is_named(reason, ending):
    call = Call(saying("a"))
    running = call.start()
    call.leg.emit(HungUp(reason))
    assert await asyncio.wait_for(running, 5) is ending


async def test_speech_that_is_cut_off_by_the_end_is_shown_too():
    call = Call(saying("a"), recogniser=FakeRecogniser("Good"))
    running = call.start()
    call.leg.emit(SpeechStarted(0), SpeechPaused(0, 8000, sound(1000)), HungUp("caller"))
    await running
    assert call.printed == ["gateway: Good", "line: (the other side hung up)"]


async def test_a_failing_line_ends_the_call_with_its_error():
    call = Call(saying("a"))

    async def fail(_stream: AsyncIterator[Pcm], *, barge_in: bool = True) -> FakePlayback:
        raise OSError("broken")

    call.leg.play = fail  # type: ignore[method-assign]
    running = call.start()
    call.leg.other_says()
    with pytest.raises(OSError, match="broken"):
        await asyncio.wait_for(running, 5)
