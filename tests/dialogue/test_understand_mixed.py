"""Turns in which languages mix, or recognition took one for another; keys; the caller's language."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, context, read, values
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialogue.model import CallerTurn, DialogueState, FactName, Intent, Question, Task
from gateway.dialogue.understand import understand
from gateway.language import LANGUAGES


@pytest.mark.parametrize(
    ("text", "heard_as", "intent"),
    [
        ("Je voudrais annuler mon rendez-vous", "de", Intent.CANCEL),
        ("Ich möchte einen Termin abmachen", "en", Intent.BOOK),
        ("Vorrei spostare il mio appuntamento", "fr", Intent.MOVE),
        ("I need to cancel my appointment", "de", Intent.CANCEL),
        ("C'est une urgence", "de", Intent.EMERGENCY),
        ("Ich habe einen Notfall", "fr", Intent.EMERGENCY),
        ("Notfall! Je voudrais un rendez-vous", "fr", Intent.EMERGENCY),
        ("Grüezi, je voudrais un rendez-vous", "fr", Intent.BOOK),
    ],
)
def test_intents_are_found_in_another_language_than_recognition_took(text, heard_as, intent):
    assert read(text, heard_as).intents[0] == intent


@pytest.mark.parametrize(
    ("text", "heard_as", "answer"),
    [
        ("Ja.", "en", True),
        ("Oui.", "de", True),
        ("Nein.", "fr", False),
        ("Sì.", "de", True),
        ("Merci, ja.", "de", True),
    ],
)
def test_yes_and_no_are_found_in_another_language(text, heard_as, answer):
    assert read(text, heard_as, Question.READ_BACK).answer is answer


@pytest.mark.parametrize(
    ("text", "heard_as", "speaks"),
    [
        ("Ich möchte einen Termin", "de", "de"),
        ("Ich möchte gerne einen Termin", "en", "de"),
        ("Bonjour", "fr", "fr"),
        ("Lundi matin si possible.", "fr", None),
        ("I would like to come on Monday", "de", "en"),
        ("Je voudrais un rendez-vous", "fr", "fr"),
        ("Keller", "de", None),
        ("079 456 12 34", "de", None),
    ],
)
def test_the_language_is_told_from_the_words(text, heard_as, speaks):
    assert read(text, heard_as).speaks == speaks


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("English please", "de", "en"),
        ("Parlez-vous français?", "de", "fr"),
        ("Parla italiano?", "de", "it"),
        ("Sprechen Sie Deutsch?", "fr", "de"),
        ("Können wir Hochdeutsch reden?", "de", "de"),
        ("Je ne parle pas allemand", "fr", None),
        ("Ich spreche kein Französisch", "de", None),
    ],
)
def test_a_language_that_is_asked_for_is_found(text, language, wanted):
    assert read(text, language).requested_language == wanted


def _press(keys: str, asked: Question, **changes):
    state = DialogueState("de", task=Task.BOOK, asked=asked, **changes)
    return understand(CallerTurn("", "de", keys=keys), state, context(caller_number=CALLER))


def test_key_0_asks_for_a_human_and_key_9_refuses_recording():
    assert _press("0", Question.HELP).intents == (Intent.HUMAN,)
    assert _press("9", Question.REASON).intents == (Intent.REFUSE_RECORDING,)


def test_keys_1_and_2_mean_yes_and_no():
    assert _press("1", Question.READ_BACK).answer is True
    assert _press("2", Question.READ_BACK).answer is False
    assert values(_press("2", Question.PATIENT_STATUS)) == {"patient_status": "new"}


def test_keys_give_the_telephone_number_when_it_was_asked():
    assert values(_press("0794561234#", Question.PHONE)) == {"phone": "+41794561234"}


def test_keys_of_a_number_may_come_one_after_the_other():
    first = _press("0", Question.PHONE)
    assert first.intents == ()
    assert first.partial_digits == "0"
    assert values(_press("794561234", Question.PHONE, partial_digits="0")) == {"phone": "+41794561234"}


def test_a_fact_is_less_sure_when_recognition_was():
    state = DialogueState("de", task=Task.BOOK, asked=Question.NAME)
    sure = understand(CallerTurn("Anna Keller", "de", 1.0), state, context()).facts[0]
    unsure = understand(CallerTurn("Anna Keller", "de", 0.5), state, context()).facts[0]
    assert sure.name is FactName.NAME
    assert unsure.confidence == pytest.approx(sure.confidence / 2)


@given(
    text=st.text(max_size=80),
    language=st.sampled_from(LANGUAGES),
    asked=st.sampled_from(Question),
    task=st.sampled_from([None, *Task]),
    keys=st.sampled_from(["", "", "", "1", "0", "9", "12", "*", "#", "0794561234", "A"]),
)
def test_no_text_and_no_key_makes_understanding_fail(text, language, asked, task, keys):
    state = DialogueState("de", task=task, asked=asked)
    understanding = understand(CallerTurn(text, language, keys=keys), state, context())
    assert all(fact.value for fact in understanding.facts)
    assert all(0 <= fact.confidence <= 1 for fact in understanding.facts)
