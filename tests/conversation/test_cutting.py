"""The leg is told to cut otherwise only where it shall, and to be harder to interrupt where the line is noisy."""

from gateway.conversation.cutting import Cutting
from gateway.conversation.turn_acts import FalseAlarm, ResumeSpeech, SetEndpointing, TakeTurn
from gateway.media.leg import Endpointing
from gateway.speech.interface import Transcript

NOISE = ResumeSpeech(FalseAlarm.NOISE)
WORDS = TakeTurn((Transcript("Ja", "de", 0.9),), 0, 1, 2)


def test_the_same_times_are_said_once() -> None:
    cutting = Cutting()
    assert cutting.by(Endpointing(end_ms=480)) == [SetEndpointing(Endpointing(end_ms=480))]
    assert cutting.by(Endpointing(end_ms=480)) == []
    assert cutting.by(Endpointing(end_ms=600)) == [SetEndpointing(Endpointing(end_ms=600))]


def test_nothing_is_taken_back_that_was_never_said() -> None:
    cutting = Cutting()
    assert cutting.again_by(Endpointing(end_ms=480)) == []
    cutting.by(Endpointing(end_ms=300))
    assert cutting.again_by(Endpointing(end_ms=480)) == [SetEndpointing(Endpointing(end_ms=480))]


def test_noise_makes_the_gateway_harder_to_interrupt_and_words_make_it_easy_again() -> None:
    cutting = Cutting()
    for _ in range(3):
        cutting.learn(NOISE)
    assert cutting.by(Endpointing(end_ms=480)) == [SetEndpointing(Endpointing(end_ms=480, barge_in_ms=256))]
    cutting.learn(ResumeSpeech(FalseAlarm.BACKCHANNEL))
    assert cutting.by(Endpointing(end_ms=480)) == []
    cutting.learn(WORDS)
    assert cutting.by(Endpointing(end_ms=480)) == [SetEndpointing(Endpointing(end_ms=480))]
