"""What interrupts the gateway and is no turn."""

from __future__ import annotations

import pytest

from gateway.conversation.false_alarms import Interruption, Situation, false_alarm, repeats, same_as_keys
from gateway.conversation.turn_acts import FalseAlarm
from gateway.dialogue.model import Expectation

SAID = "Ihre Telefonnummer ist 079 123 45 67. Ist das so richtig?"


@pytest.mark.parametrize(
    ("text", "expectation", "asked", "expected"),
    [
        ("", Expectation.YES_NO, True, FalseAlarm.NOISE),
        ("...", Expectation.OPEN, False, FalseAlarm.NOISE),
        ("Ja.", Expectation.YES_NO, True, None),
        ("Ja.", Expectation.CHOICE, True, None),
        ("Ja.", Expectation.YES_NO, False, FalseAlarm.BACKCHANNEL),
        ("Ja.", Expectation.DATE, True, FalseAlarm.BACKCHANNEL),
        ("Genau.", Expectation.YES_NO, False, FalseAlarm.BACKCHANNEL),
        ("Mhm.", Expectation.YES_NO, True, None),
        ("Mhm.", Expectation.PHONE, True, FalseAlarm.BACKCHANNEL),
        ("Nein.", Expectation.YES_NO, False, None),
        ("Nein.", Expectation.OPEN, False, None),
        ("Halt, das ist falsch.", Expectation.YES_NO, False, None),
        ("Ehm", Expectation.OPEN, True, FalseAlarm.HESITATION),
        ("Also", Expectation.DATE, True, FalseAlarm.HESITATION),
        ("Ihre Telefonnummer ist 079 123", Expectation.YES_NO, False, FalseAlarm.ECHO),
        ("Telefonnummer ist 079", Expectation.YES_NO, False, None),
        ("Meine Telefonnummer ist 079 765 43 21", Expectation.YES_NO, False, None),
        ("Ja, um drei.", Expectation.YES_NO, False, None),
    ],
)
def test_only_what_brings_something_is_a_turn(
    text: str, expectation: Expectation, asked: bool, expected: FalseAlarm | None
) -> None:
    assert false_alarm(text, Situation(expectation, asked, SAID)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Eine Kontrolle.", FalseAlarm.REPETITION),
        ("Kontrolle", FalseAlarm.REPETITION),
        ("Eine Kontrolle am Dienstag.", None),
        ("Nein, eine Dentalhygiene.", None),
    ],
)
def test_who_says_it_again_because_both_spoke_at_once_says_nothing_new(text: str, expected: FalseAlarm | None) -> None:
    situation = Situation(Expectation.DATE, asked=False, said="Welcher Tag?", before="Ich möchte eine Kontrolle.")
    assert false_alarm(text, situation) is expected


@pytest.mark.parametrize(
    ("heard", "unheard", "expected"),
    [
        ("", 2, False),
        ("Ihre Telefonnummer ist 079", 2, False),
        ("Ihre Telefonnummer ist 079 123 45 67.", 1, False),
        ("Ihre Telefonnummer ist 079 123 45 67. Ist", 1, False),
        ("Ihre Telefonnummer ist 079 123 45 67. Ist das", 1, True),
        ("Ihre Telefonnummer ist 079 123 45 67. Ist das so", 1, True),
        (SAID, 0, True),
    ],
)
def test_a_question_counts_as_asked_once_half_of_it_was_heard(heard: str, unheard: int, expected: bool) -> None:
    sentences = ("Ihre Telefonnummer ist 079 123 45 67.", "Ist das so richtig?")
    interruption = Interruption(SAID, heard, sentences[2 - unheard :], 0)
    assert interruption.question_heard is expected


@pytest.mark.parametrize(
    ("start", "position", "expected"),
    [(8000, 8000, True), (8000, 10_000, True), (8000, 10_400, False), (8000, 4000, True), (None, 99_999, True)],
)
def test_starts_within_three_tenths_of_a_second_overlap(start: int | None, position: int, expected: bool) -> None:
    assert Interruption(SAID, "", (SAID,), start).overlaps(position, 8000) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Möchten Sie einen Termin vereinbaren, verschieben oder absagen?", True),
        ("möchten sie einen termin vereinbaren verschieben absagen", True),
        ("Einen Termin vereinbaren.", False),
        ("Ich möchte einen Termin absagen bitte", False),
        ("Möchten Sie", False),
        ("", False),
    ],
)
def test_a_sentence_of_ours_is_known_when_it_comes_back(text: str, expected: bool) -> None:
    assert repeats(text, "Möchten Sie einen Termin vereinbaren, verschieben oder absagen?") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ja", True),
        ("Nein.", True),
        ("eins", True),
        ("un", True),
        ("1", True),
        ("null sieben neun", True),
        ("079 123", True),
        ("", False),
        ("Ja, aber am Dienstag", False),
        ("Ich blute stark", False),
        ("Keller", False),
        ("Bitte verbinden Sie mich", False),
    ],
)
def test_words_that_say_what_was_pressed_are_known(text: str, expected: bool) -> None:
    assert same_as_keys(text) is expected
