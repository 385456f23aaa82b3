"""What was not heard was not read back, and no yes confirms it."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, PROFILE, Call, context
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dialogue_scripts import BOOKING, BOOKINGS, YES

from gateway.dialogue.confirmations import confirmed_action, unheard, unread
from gateway.dialogue.decide import decide
from gateway.dialogue.model import CallerTurn, DialogueState, Fact, FactName, Question, Task
from gateway.dialogue.phrase import phrase, phrase_acts
from gateway.dialogue.understand import understand
from gateway.language import LANGUAGES


def _at_read_back(language="de"):
    call = Call(language)
    call.say(*BOOKINGS[language][:-1])
    assert call.dialogue.state.asked is Question.READ_BACK
    return call


def _say(state, text, language="de"):
    return decide(state, understand(CallerTurn(text, language), state, context()), context())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_of_all_acts_are_what_is_said(language):
    decision = _at_read_back(language).last
    acts = phrase_acts(decision, language, PROFILE)
    assert tuple(act for act, _ in acts) == decision.acts
    assert tuple(sentence for _, said in acts for sentence in said) == phrase(decision, language, PROFILE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_yes_before_the_end_of_a_read_back_hears_the_rest_and_confirms_only_then(language):
    decision = _at_read_back(language).last
    state = unheard(decision.state, decision, 3, PROFILE)
    assert {fact.name for fact in unread(state)} == {FactName.PATIENT_STATUS, FactName.NAME, FactName.PHONE}
    answer = _say(state, YES[language], language)
    assert answer.action is None
    assert [act.name for act in answer.acts] == [
        "read_back_more",
        "read_back_patient_status_known",
        "read_back_name",
        "read_back_phone",
        "ask_read_back",
    ]
    done = _say(answer.state, YES[language], language)
    assert {str(fact.name): fact.value for fact in done.action.facts} == BOOKING


def test_a_yes_to_a_read_back_of_which_nothing_was_heard_confirms_nothing():
    decision = _at_read_back().last
    state = unheard(decision.state, decision, 0, PROFILE)
    answer = _say(state, "Ja.")
    assert answer.action is None
    assert answer.acts == decision.acts


def test_a_read_back_that_was_heard_but_for_its_question_is_confirmed():
    decision = _at_read_back().last
    state = unheard(decision.state, decision, len(phrase(decision, "de", PROFILE)) - 1, PROFILE)
    assert _say(state, "Ja.").action is not None


def test_what_is_heard_after_a_false_alarm_counts():
    decision = _at_read_back().last
    state = unheard(decision.state, decision, 1, PROFILE)
    assert unheard(state, decision, 99, PROFILE) == decision.state


def test_a_correction_within_a_read_back_is_read_back_with_what_was_not_heard():
    decision = _at_read_back().last
    state = unheard(decision.state, decision, 3, PROFILE)
    answer = _say(state, "Nein, um drei Uhr.")
    assert [act.name for act in answer.acts] == [
        "read_back_changed",
        "read_back_preferred_time",
        "read_back_patient_status_known",
        "read_back_name",
        "read_back_phone",
        "ask_read_back",
    ]


def test_a_repetition_counts_as_read_back():
    decision = _at_read_back().last
    state = unheard(decision.state, decision, 1, PROFILE)
    again = _say(state, "Wie bitte?")
    assert _say(unheard(again.state, again, 99, PROFILE), "Ja.").action is not None
    assert _say(again.state, "Ja.").action is None


def test_a_value_that_changed_since_it_was_said_is_not_taken_for_read_back():
    decision = _at_read_back().last
    state = unheard(decision.state, decision, 99, PROFILE)
    moved = tuple(
        Fact(fact.name, "16:00", "", 0.9) if fact.name is FactName.PREFERRED_TIME else fact for fact in state.facts
    )
    changed = DialogueState("de", task=Task.BOOK, facts=moved, asked=Question.READ_BACK, read_back=state.read_back)
    assert [fact.name for fact in unread(changed)] == [FactName.PREFERRED_TIME]
    with pytest.raises(ValueError, match="read back"):
        confirmed_action(changed, context())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), st.lists(st.integers(0, 12), min_size=1, max_size=6), st.booleans())
def test_no_action_rests_on_words_that_were_not_heard(language, heard, known_number):
    """Whatever part of each read-back is heard, a yes sends only what was said within the parts."""
    call = Call(language, caller=CALLER if known_number else None)
    call.say(*BOOKINGS[language][:5], YES[language] if known_number else BOOKINGS[language][5])
    decision, told = call.last, {}
    for sentences in heard:
        place = 0
        for act, said in phrase_acts(decision, language, PROFILE):
            place += len(said)
            if place <= sentences:
                told |= dict(act.reads)
        state = unheard(decision.state, decision, sentences, PROFILE)
        decision = _say(state, YES[language], language)
        if decision.action is not None:
            assert all(told.get(fact.name) == fact.value for fact in decision.action.facts)
            return
        assert unread(state)
