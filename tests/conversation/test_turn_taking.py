"""Turn-taking: timed sequences of events and the acts that they must lead to. Nothing sleeps; the clock is a number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio import Pcm
from gateway.conversation.endpointing import endpointing_for
from gateway.conversation.turn_acts import (
    AskForPatience,
    BreakSilence,
    DropRecognition,
    Recognise,
    ReportFailure,
    SetEndpointing,
    Speculate,
    TakeKeys,
    TakeTurn,
)
from gateway.conversation.turn_taking import TurnTaking
from gateway.conversation.turn_times import TurnTakingTimes
from gateway.dialogue.model import Expectation
from gateway.media.leg import Dtmf, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from gateway.speech.interface import Transcript

PCM = Pcm(np.zeros(800, np.int16), 8000)
TIMES = TurnTakingTimes(silence_s=7, recognition_s=2, keys_s=3)


def said(text: str) -> Transcript:
    return Transcript(text, "de", 0.9)


def paused(start: int = 0, end: int = 8000) -> SpeechPaused:
    return SpeechPaused(start, end, PCM)


def ended(start: int = 0, end: int = 8000, decided: int = 12800) -> SpeechEnded:
    return SpeechEnded(start, end, decided, PCM)


@pytest.fixture
def turns() -> TurnTaking:
    return TurnTaking(TIMES)


def test_recognition_starts_at_the_pause_and_the_turn_is_taken_at_its_end(turns: TurnTaking) -> None:
    assert turns.on_event(SpeechStarted(0), 0.0) == []
    assert turns.on_event(paused(), 1.2) == [Recognise(1, PCM)]
    speculation = Speculate(1, TakeTurn((said("Guten Tag"),), 0, 8000, 8000))
    assert turns.on_transcript(1, said("Guten Tag"), 1.4) == [
        SetEndpointing(endpointing_for(Expectation.OPEN)),
        speculation,
    ]
    assert turns.on_event(ended(), 1.6) == [TakeTurn((said("Guten Tag"),), 0, 8000, 12800, speculation=1)]


def test_a_late_transcript_is_taken_when_it_comes(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(paused(), 1.2)
    assert turns.on_event(ended(), 1.6) == []
    assert turns.on_transcript(1, said("Ja"), 1.9) == [TakeTurn((said("Ja"),), 0, 8000, 12800)]


def test_a_caller_who_goes_on_voids_the_recognition_of_the_pause(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(paused(), 1.2)
    assert turns.on_event(SpeechResumed(9000), 1.3) == [DropRecognition(1)]
    assert turns.on_transcript(1, said("zu früh"), 1.9) == []
    assert turns.on_event(paused(0, 16000), 2.2) == [Recognise(2, PCM)]
    turns.on_transcript(2, said("Guten Tag"), 1.9)
    assert turns.on_event(ended(0, 16000, 20000), 2.7) == [
        TakeTurn((said("Guten Tag"),), 0, 16000, 20000, speculation=1)
    ]


def test_an_end_without_a_pause_before_it_is_recognised_as_well(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    assert turns.on_event(ended(), 20.0) == [Recognise(1, PCM)]
    assert turns.on_transcript(1, said("lang"), 1.9) == [TakeTurn((said("lang"),), 0, 8000, 12800)]


def test_two_utterances_before_an_answer_are_one_turn(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(paused(), 1.2)
    turns.on_event(ended(), 1.6)
    turns.on_event(SpeechStarted(14000), 1.8)
    assert turns.on_transcript(1, said("Am Dienstag"), 1.9) == []
    turns.on_event(paused(14000, 20000), 2.6)
    turns.on_event(ended(14000, 20000, 24000), 3.0)
    (turn,) = turns.on_transcript(2, said("um drei"), 1.9)
    assert isinstance(turn, TakeTurn)
    assert (turn.text, turn.start, turn.end, turn.decided) == ("Am Dienstag um drei", 0, 20000, 24000)


def test_a_failed_recognition_is_reported_once_the_turn_is_over(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(paused(), 1.2)
    assert turns.on_failure(1, 1.9) == []
    assert turns.on_event(ended(), 1.6) == [ReportFailure()]


def test_noise_is_a_turn_without_words(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(paused(), 1.2)
    turns.on_transcript(1, said(""), 1.9)
    (turn,) = turns.on_event(ended(), 1.6)
    assert isinstance(turn, TakeTurn)
    assert turn.text == ""


def test_silence_is_broken_after_the_gateway_has_spoken(turns: TurnTaking) -> None:
    assert turns.deadline is None
    turns.gateway_fell_silent(10.0)
    assert turns.deadline == 17.0
    assert turns.on_time(16.9) == []
    assert turns.on_time(17.0) == [BreakSilence()]
    assert turns.on_time(99.0) == []


@pytest.mark.parametrize("disturbance", ["speech", "keys", "gateway"])
def test_silence_is_not_broken_when_somebody_does_something(turns: TurnTaking, disturbance: str) -> None:
    turns.gateway_fell_silent(10.0)
    if disturbance == "speech":
        turns.on_event(SpeechStarted(0), 12.0)
    elif disturbance == "keys":
        turns.on_event(Dtmf("5", 0), 12.0)
    else:
        turns.gateway_speaks()
    assert turns.on_time(17.0) == []


def test_the_silence_does_not_count_while_the_caller_speaks(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 9.0)
    turns.gateway_fell_silent(10.0)
    assert turns.on_time(50.0) == []


def test_a_slow_recogniser_leads_to_one_request_for_patience(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(paused(), 1.2)
    turns.on_event(ended(), 1.6)
    assert turns.on_time(3.5) == []
    assert turns.on_time(3.6) == [AskForPatience()]
    assert turns.on_time(9.0) == []


def test_no_patience_is_asked_for_once_the_transcript_is_there(turns: TurnTaking) -> None:
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(paused(), 1.2)
    turns.on_event(ended(), 1.6)
    turns.on_transcript(1, said("Ja."), 1.9)
    assert turns.deadline is None


def test_a_single_key_is_taken_at_once(turns: TurnTaking) -> None:
    assert turns.on_event(Dtmf("9", 0), 1.0) == [TakeKeys("9")]


def test_ten_keys_are_a_phone_number(turns: TurnTaking) -> None:
    turns.expect(Expectation.PHONE)
    acts = [act for digit in "0791234567" for act in turns.on_event(Dtmf(digit, 0), 1.0)]
    assert acts == [TakeKeys("0791234567")]


@pytest.mark.parametrize("ending", ["#", "time"])
def test_fewer_keys_are_taken_at_the_hash_or_after_a_pause(turns: TurnTaking, ending: str) -> None:
    turns.expect(Expectation.PHONE)
    turns.on_event(Dtmf("1", 0), 1.0)
    turns.on_event(Dtmf("4", 0), 2.0)
    assert turns.on_time(4.9) == []
    acts = turns.on_event(Dtmf("#", 0), 4.95) if ending == "#" else turns.on_time(5.0)
    assert acts == [TakeKeys("14")]
    assert turns.deadline is None


EVENTS = st.sampled_from(
    ["start", "pause", "resume", "end", "transcript", "failure", "time", "key", "gateway", "quiet"]
)


@given(st.lists(EVENTS, max_size=60))
def test_every_utterance_that_ends_is_answered_at_most_once_and_none_is_forgotten(script: list[str]) -> None:
    turns = TurnTaking(TIMES)
    now, position, open_requests, unanswered, speaking = 0.0, 0, [], 0, False
    for step in script:
        now += 0.5
        position += 4000
        acts = []
        match step:
            case "start" if not speaking:
                speaking = True
                acts = turns.on_event(SpeechStarted(position), now)
            case "pause" if speaking:
                acts = turns.on_event(paused(0, position), now)
            case "resume" if speaking:
                acts = turns.on_event(SpeechResumed(position), now)
            case "end" if speaking:
                speaking = False
                unanswered += 1
                acts = turns.on_event(ended(0, position - 100, position), now)
            case "transcript" if open_requests:
                acts = turns.on_transcript(open_requests.pop(0), said("x"), now)
            case "failure" if open_requests:
                acts = turns.on_failure(open_requests.pop(0), now)
            case "time":
                acts = turns.on_time(now)
            case "key":
                acts = turns.on_event(Dtmf("1", position), now)
            case "gateway":
                turns.gateway_speaks()
            case "quiet":
                turns.gateway_fell_silent(now)
        for act in acts:
            if isinstance(act, Recognise):
                open_requests.append(act.utterance)
            elif isinstance(act, DropRecognition):
                open_requests = [number for number in open_requests if number != act.utterance]
            elif isinstance(act, TakeTurn | ReportFailure):
                assert unanswered > 0
                assert not speaking
                unanswered = 0
    if speaking:
        acts = turns.on_event(ended(0, position, position + 1), now)
        unanswered += 1
        open_requests += [act.utterance for act in acts if isinstance(act, Recognise)]
    final = [act for number in open_requests for act in turns.on_transcript(number, said("y"), now)]
    assert bool(final) == bool(unanswered)
    assert turns.on_time(now + 1000) == [] or not final


def test_once_the_gateway_was_stopped_for_a_turn_a_yes_is_no_sign_of_listening_any_more(turns: TurnTaking) -> None:
    turns.expect(Expectation.YES_NO)
    turns.gateway_speaks(("Ist das so richtig?",))
    turns.on_event(SpeechStarted(0), 0.0)
    turns.on_event(ended(), 1.6)
    (stopped,) = turns.on_transcript(1, said("Halt, falsch."), 1.8)
    assert isinstance(stopped, TakeTurn)
    turns.on_event(SpeechStarted(16000), 2.0)
    turns.on_event(ended(16000, 20000, 24000), 3.0)
    (turn,) = turns.on_transcript(2, said("Ja."), 3.1)
    assert isinstance(turn, TakeTurn)
