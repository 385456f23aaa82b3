"""What the practice lets callers be told, without any model."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import CallerTurn, Question
from gateway.dialogue.phrase import fixed_prompts
from gateway.practice.loader import load_profile

PRACTICE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")


def told(text, language, *before):
    dialogue = Dialogue(PRACTICE, clock=lambda: dt.datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Europe/Zurich")))
    dialogue.open()
    for turn in before:
        dialogue.take(CallerTurn(turn, language))
    decision = dialogue.take(CallerTurn(text, language))
    return " ".join(dialogue.sentences(decision)), decision


@pytest.mark.parametrize(
    ("language", "text", "entry"),
    [
        ("de", "Was kostet bei Ihnen eine Kontrolle?", "price-check-up"),
        ("de", "Haben Sie Parkplätze?", "parking"),
        ("de", "Kann ich auch mit Karte bezahlen?", "payment"),
        ("fr", "Combien coûte un détartrage?", "price-dental-hygiene"),
        ("fr", "Est-ce qu'il y a un ascenseur?", "wheelchair"),
        ("it", "Quanto costa una pulizia dei denti?", "price-dental-hygiene"),
        ("it", "C'è un parcheggio?", "parking"),
        ("en", "How much does a check-up cost?", "price-check-up"),
        ("en", "Do you treat children?", "children"),
    ],
)
def test_a_question_is_answered_with_the_practices_own_words(language, text, entry):
    words, decision = told(text, language)
    expected = next(known for known in PRACTICE.knowledge if known.id == entry).text.in_language(language)
    assert expected in words
    assert decision.state.asked is Question.ANYTHING_ELSE
    assert decision.facts == ()


@pytest.mark.parametrize("text", ["Was kostet ein Bleaching?", "Was kostet das?", "Zahlt das die Krankenkasse?"])
def test_a_question_that_no_entry_answers_is_left_to_the_practice(text):
    words, decision = told(text, "de")
    assert not any(entry.text.de in words for entry in PRACTICE.knowledge)
    assert decision.state.asked is Question.OFFER_CALLBACK


def test_the_task_goes_on_after_an_answer():
    words, decision = told("Kann ich mit Karte bezahlen?", "de", "Ich möchte einen Termin für eine Kontrolle")
    assert "Twint" in words
    assert decision.state.task is not None
    assert decision.state.asked is not Question.ANYTHING_ELSE


def test_a_wish_that_holds_words_of_an_entry_stays_a_wish():
    _, decision = told("Ich möchte einen Termin und mit Karte bezahlen", "de")
    assert decision.state.task is not None


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_entries_are_synthesised_ahead(language):
    words, _ = told({"de": "Haben Sie Parkplätze?", "fr": "Où est le parking?", "it": "C'è un parcheggio?",
                     "en": "Is there parking?"}[language], language)  # fmt: skip
    assert next(prompt for prompt in fixed_prompts(PRACTICE, language) if prompt in words and "3" not in prompt)
