"""How long a silence ends a turn, by what was asked and by what was said already."""

import pytest

from gateway.conversation.endpointing import COMPLETE, endpointing_for, is_complete
from gateway.dialogue.model import Expectation
from gateway.language import Language


def test_a_yes_ends_sooner_than_a_telephone_number() -> None:
    assert endpointing_for(Expectation.YES_NO).end_ms < endpointing_for(Expectation.DATE).end_ms
    assert endpointing_for(Expectation.PHONE).end_ms >= 1000
    assert endpointing_for(Expectation.SPELLING).end_ms >= 1000


@pytest.mark.parametrize("expectation", list(Expectation))
def test_every_expectation_has_its_times(expectation: Expectation) -> None:
    times = endpointing_for(expectation)
    assert times.pause_ms < times.end_ms


@pytest.mark.parametrize(
    ("text", "expectation", "language", "complete"),
    [
        ("079 123 45 67", Expectation.PHONE, "de", True),
        ("Null sieben neun, eins zwei drei, vier fünf, sechs sieben.", Expectation.PHONE, "de", True),
        ("zéro sept neuf, un deux trois, quatre cinq, six sept", Expectation.PHONE, "fr", True),
        ("079 123", Expectation.PHONE, "de", False),
        ("079 123 45", Expectation.PHONE, "de", False),
        ("+49 30 123456", Expectation.PHONE, "de", False),
        ("Moment, ich suche sie.", Expectation.PHONE, "de", False),
        ("", Expectation.PHONE, "it", False),
        ("079 123 45 67", Expectation.OPEN, "de", False),
    ],
)
def test_a_whole_swiss_number_needs_no_longer_wait(
    text: str, expectation: Expectation, language: Language, complete: bool
) -> None:
    assert is_complete(text, expectation, language) is complete


def test_a_complete_answer_is_taken_sooner() -> None:
    assert COMPLETE.end_ms < endpointing_for(Expectation.PHONE).end_ms
