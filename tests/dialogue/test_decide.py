"""What holds for every call, whatever is said in it."""

from __future__ import annotations

from dialogue_helpers import CALLER, Call
from hypothesis import given, settings
from hypothesis import strategies as st
from test_dialogue_scripts import BOOKINGS, CALLBACKS, CANCELLATIONS, EMERGENCIES, HUMANS, MOVES, NO_MORE, YES

from gateway.dialogue.model import Question
from gateway.dialogue.phrase import phrase
from gateway.language import LANGUAGES

TEXTS = sorted(
    {
        *(text for texts in BOOKINGS.values() for text in texts),
        *(text for texts in (*MOVES.values(), *CALLBACKS.values()) for text in texts),
        *CANCELLATIONS.values(),
        *EMERGENCIES.values(),
        *HUMANS.values(),
        *NO_MORE.values(),
        *YES.values(),
        *("", "Hm.", "Nein.", "Non.", "No.", "Ja.", "Oui.", "Sì.", "Yes.", "Tschüss.", "Wie bitte?"),
        *("Am Samstag.", "Um 22 Uhr.", "Gestern.", "Nein, nicht am Dienstag, am Mittwoch.", "um drei"),
        *("Der Name stimmt nicht.", "Die Nummer ist falsch.", "K E L L E R", "English please", "keine Aufnahme"),
        *("Wann haben Sie offen?", "Dove siete?", "044", "123 45 67", "egal", "so bald wie möglich", "weiss nicht"),
    }
)

TURNS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(TEXTS)),
    st.tuples(st.just("press"), st.sampled_from(["0", "1", "2", "9", "#", "0794561234", "07"])),
    st.tuples(st.just("silence"), st.just("")),
)
AFFIRMATIVE = {
    *YES.values(),
    *(text for texts in BOOKINGS.values() for text in (texts[3], texts[-1])),
    "Ja.",
    "Oui.",
    "Sì.",
    "Yes.",
    "1",
}
"""The turns among these that say yes and change nothing that was read back."""


@st.composite
def _turns(draw, language):
    """Draw a call that gets somewhere, with anything at all in between."""
    endings = (YES[language], YES[language], NO_MORE[language])
    course = draw(
        st.sampled_from(
            [
                (),
                (*BOOKINGS[language], NO_MORE[language]),
                (*MOVES[language], *endings),
                (CANCELLATIONS[language], "Marco Rossi", *endings),
                (*CALLBACKS[language], "Marco Rossi", *endings),
            ]
        )
    )
    turns = [(("say", text), language) for text in course]
    for turn in draw(st.lists(st.tuples(TURNS, st.sampled_from(LANGUAGES)), max_size=8)):
        turns.insert(draw(st.integers(0, len(turns))), turn)
    return turns


CALLS = st.sampled_from(LANGUAGES).flatmap(
    lambda language: st.tuples(st.just(language), st.sampled_from([None, CALLER]), st.booleans(), _turns(language))
)


def _play(language, caller, can_transfer, turns):
    """Yield for each turn: the state before, the turn, the decision."""
    call = Call(language, caller=caller, can_transfer=can_transfer)
    for (kind, text), heard_as in turns:
        before = call.dialogue.state
        if kind == "say":
            decision = call.say(text, language=heard_as)
        else:
            decision = call.press(text) if kind == "press" else call.silence()
        yield before, (kind, text), decision, call


@settings(max_examples=40, deadline=None)
@given(CALLS)
def test_every_decision_says_something_or_hangs_up(script):
    for before, _, decision, call in _play(*script):
        sentences = phrase(decision, decision.language, call.dialogue._profile)
        assert sentences or before.hung_up
        assert decision.hang_up or decision.transfer_target or decision.state.asked is not Question.NOTHING
        if decision.language == "de":
            assert not any("ß" in sentence for sentence in sentences)


@settings(max_examples=40, deadline=None)
@given(CALLS)
def test_an_action_rests_only_on_facts_that_were_read_back_and_confirmed_by_a_yes(script):
    for before, (_, text), decision, _ in _play(*script):
        if decision.action is None or decision.action.kind == "emergency.flagged":
            continue
        assert all(fact.confirmed for fact in decision.action.facts)
        if decision.action.kind == "transfer.requested":
            continue
        assert before.asked is Question.READ_BACK
        assert text in AFFIRMATIVE
        read_back = dict(before.read_back)
        assert decision.action.facts
        assert all(read_back[fact.name] == fact.value for fact in decision.action.facts)


@settings(max_examples=40, deadline=None)
@given(CALLS)
def test_an_action_never_lacks_name_and_number(script):
    for _, _, decision, _ in _play(*script):
        if decision.action and decision.action.kind not in {"emergency.flagged", "transfer.requested"}:
            assert {"name", "phone"} <= {str(fact.name) for fact in decision.action.facts}


@settings(max_examples=40, deadline=None)
@given(CALLS)
def test_emergencies_are_flagged_and_recordings_stopped_at_most_once(script):
    decisions = [decision for _, _, decision, _ in _play(*script)]
    assert sum(bool(decision.action) and decision.action.kind == "emergency.flagged" for decision in decisions) <= 1
    assert sum(decision.stop_recording for decision in decisions) <= 1


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(LANGUAGES), st.sampled_from([None, CALLER]), st.sampled_from(["", "Hm.", "xyz abc"]))
def test_a_caller_who_is_never_understood_is_not_kept_forever(language, caller, text):
    call = Call(language, caller=caller)
    for _ in range(30):
        if call.say(text).hang_up:
            return
    raise AssertionError("the call does not end")


@settings(max_examples=25, deadline=None)
@given(CALLS)
def test_the_same_turns_lead_to_the_same_decisions(script):
    first = [decision for _, _, decision, _ in _play(*script)]
    second = [decision for _, _, decision, _ in _play(*script)]
    assert first == second
