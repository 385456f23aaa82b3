"""Nothing leaves the house but what the caller heard and said yes to, whatever is said and however much is heard."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, PROFILE, Call, context, read
from hypothesis import given, settings
from hypothesis import strategies as st
from test_corrections_tables import AT_READ_BACK
from test_decide import AFFIRMATIVE, TEXTS
from test_dialogue_scripts import BOOKINGS, YES

from gateway.dialogue.confirmations import unheard
from gateway.dialogue.decide import decide
from gateway.dialogue.model import CallerTurn, DialogueState, Question, Task
from gateway.dialogue.phrase import phrase_acts
from gateway.dialogue.understand import understand
from gateway.language import LANGUAGES

EXTRA = [
    "Ich brauche den Termin für meine Tochter Lea.",
    "Sie heisst Lea Keller.",
    "Am Montag oder Dienstag.",
    "Nein, am 31. Februar.",
    "3. Mai 1985",
    "0812",
]
TURN = st.tuples(
    st.sampled_from([*TEXTS, *EXTRA, *(text for text, _, _ in AT_READ_BACK)]),
    st.floats(0.2, 1.0),
    st.integers(0, 14),
)


@st.composite
def _calls(draw):
    language = draw(st.sampled_from(LANGUAGES))
    turns = [(text, 1.0, 14) for text in BOOKINGS[language]]
    for turn in draw(st.lists(TURN, max_size=6)):
        turns.insert(draw(st.integers(0, len(turns))), turn)
    turns += [(YES[language], 1.0, heard) for heard in draw(st.lists(st.integers(0, 14), min_size=1, max_size=4))]
    return language, draw(st.sampled_from([None, CALLER])), turns


@settings(max_examples=80, deadline=None)
@given(_calls())
def test_an_appointment_rests_only_on_facts_that_were_heard_and_confirmed(call):
    language, caller, turns = call
    surroundings = context(caller_number=caller)
    state, told = DialogueState(language, asked=Question.HELP), {}
    for text, confidence, sentences in turns:
        asked = state.asked
        decision = decide(state, understand(CallerTurn(text, language, confidence), state, surroundings), surroundings)
        if decision.action is not None and decision.action.kind.startswith(("appointment.", "callback.")):
            assert asked is Question.READ_BACK
            assert text in AFFIRMATIVE | set(YES.values())
            assert decision.action.facts
            assert all(fact.confirmed for fact in decision.action.facts)
            assert all(told.get(fact.name) == fact.value for fact in decision.action.facts)
            told = {}
        place = 0
        for act, said in phrase_acts(decision, decision.language, PROFILE):
            place += len(said)
            if place <= sentences:
                told |= dict(act.reads)
        state = unheard(decision.state, decision, sentences, PROFILE)


@pytest.mark.parametrize(
    "answer",
    ["Ja Moment, nein doch nicht", "Ja stimmt so, nein warten Sie", "Äh ja also eigentlich nicht", "Ja, warten Sie"],
)
def test_nothing_leaves_the_house_on_half_a_yes(answer):
    call = Call("de", caller="+41791234567")
    call.say("Bitte rufen Sie mich zurück", "Es geht um die Rechnung", "Anna Keller", "ja", answer)
    assert call.actions == []
    assert call.acts == ["ask_read_back_again"]
    call.say("ja")
    assert [kind for kind, _ in call.actions] == ["callback.requested"]


@pytest.mark.parametrize(
    ("answer", "language", "doubtful"),
    [
        ("Oui, attendez", "fr", True),
        ("Oui, pas de problème", "fr", False),
        ("Sì, aspetti", "it", True),
        ("Sì, tutto giusto", "it", False),
        ("Yes, well, not really", "en", True),
        ("Yes, it can stay like this", "en", False),
        ("Ja, kein Problem", "de", False),
    ],
)
def test_a_second_thought_beside_a_yes_is_noticed(answer, language, doubtful):
    understanding = read(answer, language, Question.READ_BACK, Task.BOOK)
    assert (understanding.answer, understanding.wavers) == (True, doubtful)
