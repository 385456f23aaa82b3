"""Recognitions that are begun at a pause: what is refused to them is asked for again once the caller is done."""

import asyncio

import numpy as np
import pytest
from conversation_fakes import until

from gateway.audio import Pcm
from gateway.conversation.recognition import Recognised, Recognitions
from gateway.speech.interface import RecognitionHints, SpeechTimeout, SpeechUnavailable, Transcript

SOUND = Pcm(np.zeros(8000, np.int16), 8000)
HINTS = RecognitionHints(language="de")


class Recogniser:
    """Answers each request with the next of ``answers``; None waits for ever."""

    def __init__(self, *answers: str | Exception | None) -> None:
        self.answers = list(answers)
        self.partial: list[bool] = []
        self.cancelled = 0

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        self.partial.append(hints.partial)
        answer = self.answers.pop(0)
        if answer is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        if isinstance(answer, Exception):
            raise answer
        return Transcript(str(answer), "de", 0.9)


def recognitions(recogniser: Recogniser) -> tuple[Recognitions, list[Recognised]]:
    reported: list[Recognised] = []
    return Recognitions(recogniser, reported.append, lambda task: task), reported


async def test_a_final_utterance_that_fails_is_reported_at_once() -> None:
    recogniser = Recogniser(SpeechTimeout("late"))
    works, reported = recognitions(recogniser)
    works.start(1, SOUND, HINTS)
    await until(lambda: bool(reported))
    assert (reported[0].utterance, reported[0].transcript, recogniser.partial) == (1, None, [False])


async def test_a_partial_utterance_is_marked_and_reported_before_it_is_over() -> None:
    recogniser = Recogniser("ja")
    works, reported = recognitions(recogniser)
    works.start(1, SOUND, HINTS, partial=True)
    await until(lambda: bool(reported))
    assert recogniser.partial == [True]
    assert reported[0].transcript is not None


@pytest.mark.parametrize("error", [SpeechUnavailable("overloaded"), SpeechTimeout("late")])
async def test_a_partial_utterance_that_was_refused_is_asked_for_again_once_it_is_over(error: Exception) -> None:
    recogniser = Recogniser(error, "ja")
    works, reported = recognitions(recogniser)
    works.start(1, SOUND, HINTS, partial=True)
    await until(lambda: not recogniser.answers[1:])
    for _ in range(10):
        await asyncio.sleep(0)
    assert reported == []
    works.promote()
    await until(lambda: bool(reported))
    assert recogniser.partial == [True, False]
    assert reported[0].transcript is not None
    assert reported[0].transcript.text == "ja"


async def test_a_partial_utterance_that_fails_twice_is_reported_as_failed() -> None:
    works, reported = recognitions(Recogniser(SpeechUnavailable("down"), SpeechUnavailable("down")))
    works.start(1, SOUND, HINTS, partial=True)
    works.promote()
    await until(lambda: bool(reported))
    assert reported[0].transcript is None


async def test_a_partial_utterance_that_used_up_its_time_is_not_tried_again() -> None:
    recogniser = Recogniser(SpeechTimeout("late"), "ja")
    works, reported = recognitions(recogniser)
    works.start(1, SOUND, RecognitionHints(deadline_ms=400), partial=True)
    await until(lambda: bool(recogniser.partial))
    works.promote()
    await until(lambda: bool(reported))
    assert reported[0].transcript is None
    assert recogniser.partial == [True]


async def test_an_utterance_that_goes_on_is_withdrawn_and_never_reported() -> None:
    recogniser = Recogniser(None, "mehr")
    works, reported = recognitions(recogniser)
    works.start(1, SOUND, HINTS, partial=True)
    await until(lambda: len(recogniser.partial) == 1)
    works.drop(1)
    works.promote()
    works.start(2, SOUND, HINTS, partial=True)
    await until(lambda: bool(reported))
    assert [one.utterance for one in reported] == [2]
    assert recogniser.cancelled == 1


async def test_closing_withdraws_all_that_is_in_flight() -> None:
    recogniser = Recogniser(None, None)
    works, reported = recognitions(recogniser)
    works.start(1, SOUND, HINTS)
    works.start(2, SOUND, HINTS, partial=True)
    await until(lambda: len(recogniser.partial) == 2)
    works.close()
    await until(lambda: recogniser.cancelled == 2)
    assert reported == []
