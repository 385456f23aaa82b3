"""What is believed of a model's reading: what the caller's own words bear out, and nothing that undoes anything."""

import json

import pytest
from assistance_helpers import CONTEXT, fact, facts, question, reading, said
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialogue.assistance import QuestionKind, merge, parse_reading, wanted_from_model
from gateway.dialogue.assistance.reading_prompt import SPANS, WANTED
from gateway.dialogue.model import CallerTurn, DialogueState, FactName, Intent, Question, Task
from gateway.dialogue.understand import understand

BOOKING = {"task": Task.BOOK}


@pytest.mark.parametrize(
    ("language", "asked", "text", "spans", "task", "expected"),
    [
        ("de", Question.PREFERRED_DATE, "also schauen Sie halt irgendwas am Dienstag in einer Woche oder so",
         [("preferred_date", "am Dienstag")], Task.BOOK, {"preferred_date": "2026-11-24"}),
        ("fr", Question.PREFERRED_DATE, "alors moi je dirais plutôt le jeudi si possible",
         [("preferred_date", "le jeudi")], Task.BOOK, {"preferred_date": "2026-11-26"}),
        ("it", Question.PREFERRED_TIME, "guardi per me andrebbe bene alle quindici e trenta magari",
         [("preferred_time", "alle quindici e trenta")], Task.BOOK, {"preferred_time": "15:30"}),
        ("en", Question.REASON, "well it is about a sort of cleaning thing really",
         [("reason", "cleaning")], Task.BOOK, {"reason": "dental-hygiene"}),
        ("de", Question.EXISTING_DATE, "das wäre glaub der Mittwoch gewesen",
         [("existing_date", "der Mittwoch")], Task.MOVE, {"existing_date": "2026-11-25"}),
    ],
)  # fmt: skip
def test_a_span_is_read_by_the_rules(language, asked, text, spans, *, task, expected):
    read = reading(text, said(spans=spans), language, asked, task=task)
    assert facts(read) == expected
    assert all(found.confidence <= 0.6 for found in read.facts)
    assert all(found.words in text for found in read.facts)


def test_accents_and_case_may_differ_since_recognition_drops_them_too():
    read = reading("vers la fin février le jeudi", said(spans=[("preferred_date", "LE Jeudi")]), "fr",
                   Question.PREFERRED_DATE, **BOOKING)  # fmt: skip
    assert facts(read) == {"preferred_date": "2026-11-26"}


@pytest.mark.parametrize(
    ("asked", "text", "spans", "why"),
    [
        (Question.PREFERRED_DATE, "irgendwann halt", [("preferred_date", "am Dienstag")], "nobody said it"),
        (Question.PREFERRED_DATE, "am Dienstag oder so", [("preferred_date", "Dienstag am")], "in another order"),
        (Question.PREFERRED_DATE, "der Dienstag geht nicht", [("preferred_date", "Dienstag")], "taken back"),
        (Question.PREFERRED_DATE, "nein nicht am Dienstag, am Montag", [("preferred_date", "am Dienstag")], "the same"),
        (Question.PREFERRED_DATE, "das ist halt so", [("preferred_date", "das ist halt so")], "no date in it"),
        (Question.PREFERRED_DATE, "am Dienstag", [("phone", "am Dienstag")], "no number in it"),
        (Question.PREFERRED_DATE, "der Keller ruft an", [("name", "Keller")], "a name was not asked for"),
        (Question.HELP, "am ersten Mai neunzehnhundert achtzig", [("date_of_birth", "am ersten Mai")], "not asked"),
        (Question.HELP, "ein Problem", [("reason", "ein Problem")], "no service, and not asked for"),
        (Question.HELP, "irgendwas", [("patient_status", "irgendwas")], "not for a model to say"),
        (Question.HELP, "irgendwas", [("pain", "irgendwas")], "the same"),
        (Question.MESSAGE, "am Dienstag bitte", [("preferred_date", "am Dienstag")], "a message is kept as it is"),
        (Question.PREFERRED_DATE, "am Dienstag", [("preferred_date", ""), ("preferred_date", "  ")], "no words"),
    ],
)
def test_a_span_that_the_caller_does_not_bear_out_is_dropped(asked, text, spans, why):
    assert reading(text, said(spans=spans), "de", asked, **BOOKING).facts == (), why


def test_words_that_are_said_to_be_two_things_are_neither():
    spans = [("preferred_date", "Mittwoch"), ("existing_date", "am Mittwoch")]
    assert reading("am Mittwoch", said(spans=spans), "de", Question.NAME, task=Task.MOVE).facts == ()


def test_what_is_known_is_not_changed_but_when_it_is_asked_for_or_read_back():
    known = (fact(FactName.PREFERRED_DATE, "2026-11-25"),)
    spans = [("preferred_date", "am Dienstag")]
    text = "so am Dienstag halt"
    assert not reading(text, said(spans=spans), "de", Question.NAME, facts=known, **BOOKING).facts
    for asked in (Question.PREFERRED_DATE, Question.READ_BACK, Question.WHAT_IS_WRONG):
        read = reading(text, said(spans=spans), "de", asked, facts=known, **BOOKING)
        assert facts(read) == {"preferred_date": "2026-11-24"}


def test_a_name_that_a_model_found_is_spelled():
    read = reading("das ist die äh Keller Anna also", said(spans=[("name", "Keller Anna")]), "de", Question.NAME,
                   **BOOKING)  # fmt: skip
    assert [found.confidence < 0.5 for found in read.facts] == [True]


@pytest.mark.parametrize("intent", [*WANTED, "goodbye", "change_language", "transfer_money", "", "BOOK"])
def test_an_intent_needs_the_callers_words_and_a_place_in_the_list(intent):
    text = "also das geht so nicht mehr weiter mit mir"
    with_words = reading(text, said([(intent, "geht so nicht mehr")])).intents
    assert [str(found) for found in with_words] == ([intent] if intent in set(WANTED) else [])
    assert reading(text, said([(intent, "etwas anderes")])).intents == ()


@pytest.mark.parametrize("intent", ["book", "move", "cancel", "callback"])
def test_no_task_begins_while_another_is_under_way(intent):
    for asked in (Question.READ_BACK, Question.NAME, Question.PREFERRED_DATE):
        assert reading("mach das weg bitte", said([(intent, "mach das weg")]), "de", asked, **BOOKING).intents == ()


@pytest.mark.parametrize("asked", Question)
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_model_answers_no_question_that_confirms_anything(asked, answer):
    read = reading("so und so halt", said(answer=answer), "de", asked, **BOOKING)
    allowed = {Question.PAIN, Question.PATIENT_STATUS, Question.OFFER_CALLBACK}
    assert (read.answer is not None) == (asked in allowed)


def test_a_yes_to_pain_becomes_the_fact_that_it_is():
    assert facts(reading("und wie", said(answer="yes"), "de", Question.PAIN, **BOOKING)) == {"pain": "yes"}


def test_the_rules_word_stands_against_a_models():
    asked = question("ich möchte einen Termin am Montag", "de")
    read = parse_reading(
        json.dumps(said([("cancel", "einen Termin")], [("preferred_date", "einen Termin am Montag")])), asked
    )
    merged = merge(asked.understanding, read)
    assert merged.intents == asked.understanding.intents
    assert facts(merged) == facts(asked.understanding)


def test_an_emergency_is_added_and_never_taken_away():
    quiet, loud = question("mein Kiefer macht komische Sachen"), question("das ist ein Notfall")
    added = parse_reading(json.dumps(said([("emergency", "mein Kiefer macht komische Sachen")])), quiet)
    assert merge(quiet.understanding, added).intents == (Intent.EMERGENCY,)
    assert Intent.EMERGENCY in merge(loud.understanding, parse_reading(json.dumps(said()), loud)).intents


def test_a_reading_of_another_turn_adds_nothing():
    one, two = question("also der Dienstag halt"), question("also der Mittwoch halt")
    read = parse_reading(json.dumps(said([("book", "also der Dienstag")])), one)
    assert read.intents
    assert merge(two.understanding, read) == two.understanding
    assert merge(two.understanding, None) == two.understanding


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*WANTED, *SPANS, "am Dienstag"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["intents", "spans", "answer", "entry", "intent", "fact", "words", "entries"]), inner
        )
    ),
    max_leaves=20,
)


@given(SHAPES, st.sampled_from(list(QuestionKind)), st.sampled_from(list(Question)))
def test_json_of_any_shape_adds_only_what_was_said(value, kind, asked):
    ask = question("am Dienstag kostet das wohl was", "de", asked, kind, task=Task.BOOK)
    read = parse_reading(json.dumps(value), ask)
    assert all(found.words in ask.turn.text for found in read.facts)
    assert read.answer is None or asked in {Question.PAIN, Question.PATIENT_STATUS, Question.OFFER_CALLBACK}


@given(st.text(max_size=200), st.sampled_from(list(QuestionKind)))
def test_text_of_any_kind_is_no_fault(text, kind):
    parse_reading(text, question("was kostet das", kind=kind))


@pytest.mark.parametrize(
    "answer", ["", "null", "[]", "{", "}{", '{"intents": 3}', "[" * 100_000, "{" * 100_000, "x" * 99_999]
)
def test_rubbish_adds_nothing(answer):
    assert reading("irgendwas", answer).is_empty


def test_json_in_a_fence_is_read_all_the_same():
    fenced = f"Sure!\n```json\n{json.dumps(said([('book', 'einen Platz')]))}\n```"
    assert reading("ich brauche da mal einen Platz bei euch", fenced).intents == (Intent.BOOK,)


def wanted(text, asked=Question.HELP, language="de", **state):
    before = DialogueState(language, asked=asked, **state)
    turn = CallerTurn(text, language)
    found = wanted_from_model(turn, understand(turn, before, CONTEXT), before, CONTEXT)
    return None if found is None else found.kind


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Ja also das ist so eine Sache mit dem Ding", Question.HELP, QuestionKind.READ),
        ("Dings", Question.HELP, None),
        ("", Question.HELP, None),
        ("Ich möchte einen Termin", Question.HELP, None),
        ("Das ist ein Notfall", Question.HELP, None),
        ("Ich will mit einem Menschen sprechen", Question.HELP, None),
        ("Auf Wiederhören", Question.HELP, None),
        ("Ja genau", Question.READ_BACK, None),
        ("Wie man es halt nimmt", Question.READ_BACK, QuestionKind.READ),
        ("null sieben neun", Question.PHONE, None),
        ("das ist so eine Sache", Question.MESSAGE, None),
        ("das ist so eine Sache", Question.SPELLING, None),
        ("Was kostet eine Kontrolle?", Question.HELP, None),
        ("Was kostet eine Kontrolle und eine Dentalhygiene?", Question.HELP, QuestionKind.ANSWER),
        ("Was kostet bei Ihnen eine Schiene für die Nacht?", Question.HELP, QuestionKind.ANSWER),
        ("Guten Tag ja also ich hätte gerne einen Termin und zwar weil mir mein Kollege gesagt hat dass man bei euch"
         " so gut aufgehoben ist", Question.HELP, QuestionKind.READ),
    ],
)  # fmt: skip
def test_a_model_is_asked_where_the_rules_fall_short(text, asked, expected):
    assert wanted(text, asked) == expected


def test_keys_are_not_for_a_model():
    before = DialogueState("de", asked=Question.HELP)
    turn = CallerTurn("", "de", keys="5")
    assert wanted_from_model(turn, understand(turn, before, CONTEXT), before, CONTEXT) is None


def test_an_answer_is_worded_in_the_language_that_the_first_turn_settles():
    before = DialogueState("de", asked=Question.HELP)
    turn = CallerTurn("Can you tell me what is the price of a check-up and of a cleaning please?", "en")
    found = wanted_from_model(turn, understand(turn, before, CONTEXT), before, CONTEXT)
    assert "English" in found.request().messages[0].content
    assert "A check-up costs" in found.request().messages[0].content
