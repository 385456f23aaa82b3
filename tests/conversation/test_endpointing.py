"""How long a silence ends a turn, by what was asked and by what was said already."""

import pytest

from gateway.conversation.endpointing import UNFINISHED, endpointing_after, endpointing_for
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.speech.interface import Transcript


def after(text: str, expectation: Expectation, spoken: Language = "de", held_in: Language = "de") -> int:
    """Return the milliseconds of silence that end a turn of which ``text`` was heard."""
    return endpointing_after(Transcript(text, spoken, 0.9), expectation, held_in).end_ms


def test_a_yes_ends_sooner_than_a_telephone_number() -> None:
    assert endpointing_for(Expectation.YES_NO).end_ms < endpointing_for(Expectation.DATE).end_ms
    assert endpointing_for(Expectation.PHONE).end_ms >= 1000
    assert endpointing_for(Expectation.SPELLING).end_ms >= 1000


@pytest.mark.parametrize("expectation", list(Expectation))
def test_every_expectation_has_its_times(expectation: Expectation) -> None:
    times = endpointing_for(expectation)
    assert times.pause_ms < times.end_ms


@pytest.mark.parametrize("expectation", list(Expectation))
def test_no_words_change_nothing(expectation: Expectation) -> None:
    assert after("", expectation) == endpointing_for(expectation).end_ms


@pytest.mark.parametrize("expectation", list(Expectation))
def test_a_sentence_that_breaks_off_is_waited_for_whatever_was_asked(expectation: Expectation) -> None:
    assert after("Also ich möchte,", expectation) == UNFINISHED.end_ms


@pytest.mark.parametrize(
    ("text", "expectation", "language"),
    [
        ("079 123 45 67", Expectation.PHONE, "de"),
        ("Null sieben neun, eins zwei drei, vier fünf, sechs sieben.", Expectation.PHONE, "de"),
        ("zéro sept neuf, un deux trois, quatre cinq, six sept", Expectation.PHONE, "fr"),
        ("Ja.", Expectation.YES_NO, "de"),
        ("Oui.", Expectation.YES_NO, "fr"),
        ("Am 8. Dezember.", Expectation.DATE, "de"),
        ("3. Mai 1975", Expectation.BIRTH_DATE, "de"),
        ("Um halb drei.", Expectation.TIME, "de"),
        ("Der erste.", Expectation.CHOICE, "de"),
    ],
)
def test_a_whole_answer_needs_hardly_a_wait(text: str, expectation: Expectation, language: Language) -> None:
    assert after(text, expectation, language, language) <= 400


@pytest.mark.parametrize(
    ("text", "expectation"),
    [
        ("079 123", Expectation.PHONE),
        ("079 123 45", Expectation.PHONE),
        ("M E", Expectation.SPELLING),
        ("3. Mai", Expectation.BIRTH_DATE),
        ("Ja, aber", Expectation.YES_NO),
    ],
)
def test_half_an_answer_is_waited_for(text: str, expectation: Expectation) -> None:
    assert after(text, expectation) == UNFINISHED.end_ms


@pytest.mark.parametrize(
    ("text", "expectation"),
    [
        ("+49 30 123456", Expectation.PHONE),
        ("Das weiss ich nicht.", Expectation.PHONE),
        ("079 123 45 67", Expectation.OPEN),
        ("Am Dienstag.", Expectation.DATE),
        ("M E I E R", Expectation.SPELLING),
    ],
)
def test_where_words_do_not_tell_the_question_does(text: str, expectation: Expectation) -> None:
    assert after(text, expectation) == endpointing_for(expectation).end_ms


def test_a_name_alone_is_waited_for_less_than_a_sentence_that_breaks_off() -> None:
    alone = after("Keller.", Expectation.NAME)
    assert endpointing_for(Expectation.NAME).end_ms < alone < UNFINISHED.end_ms
    assert after("Ehm", Expectation.NAME) == after("Mein Name ist", Expectation.NAME) == UNFINISHED.end_ms


def test_an_answer_in_another_language_than_the_conversations_is_judged_by_its_own() -> None:
    assert after("Oui.", Expectation.YES_NO, "fr", "de") == 300
    assert after("Je voudrais", Expectation.OPEN, "fr", "de") == UNFINISHED.end_ms
    assert after("Ja.", Expectation.YES_NO, "fr", "de") == 300
