"""Answers that a model words: only what the practice's entries bear out is said, sentence by sentence."""

import json

import pytest
from assistance_helpers import PRACTICE, question
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialogue.assistance import AnswerStream, QuestionKind
from gateway.dialogue.assistance.answer_guard import AnswerGuard, Fault
from gateway.dialogue.assistance.guard_words import FORBIDDEN
from gateway.dialogue.model import KnownAnswer

ENTRIES = {entry.id: entry for entry in PRACTICE.knowledge}
PRICES = "Eine Kontrolle kostet 120 Franken, eine Dentalhygiene 180 Franken."


def fault(sentence, language="de", *entries, texts=None):
    chosen = texts or tuple(ENTRIES[entry].text.in_language(language) for entry in entries or ENTRIES)
    return AnswerGuard(chosen, language).fault(sentence)


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_may_be_said_as_it_stands(language, entry):
    assert fault(ENTRIES[entry].text.in_language(language), language, entry) is None


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Ja, hinter dem Haus gibt es drei Parkplätze."),
        ("de", "Eine Kontrolle kostet bei uns zwischen hundertzwanzig und 160 Franken."),
        ("de", "Sie können mit Karte, Twint oder bar bezahlen."),
        ("fr", "Oui, vous pouvez payer par carte ou avec Twint."),
        ("it", "Sì, può pagare con la carta o con Twint."),
        ("en", "Yes, you can pay by card or with Twint."),
    ],
)
def test_an_answer_in_the_words_of_the_entries_is_said(language, sentence):
    assert fault(sentence, language) is None


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("de", "Eine Kontrolle kostet 90 Franken.", Fault.UNKNOWN_WORD),
        ("de", "Eine Kontrolle kostet neunzig Franken.", Fault.UNKNOWN_WORD),
        ("de", "Hinter dem Haus hat es keine Parkplätze.", Fault.NEGATION),
        ("de", "Hinter dem Haus hat es vier Parkplätze.", Fault.UNKNOWN_WORD),
        ("de", "Herr Doktor Huber behandelt Kinder.", Fault.UNKNOWN_WORD),
        ("de", "Sie haben am Dienstag um 15 Uhr einen Termin.", Fault.UNKNOWN_WORD),
        ("de", "Nehmen Sie eine Tablette.", Fault.FORBIDDEN),
        ("de", "Wir haben Ihren Termin gebucht.", Fault.FORBIDDEN),
        ("de", "Das ist harmlos.", Fault.FORBIDDEN),
        ("de", "Schreiben Sie an info@praxis.ch.", Fault.CHARACTERS),
        ("de", "You can pay by card or with Twint, and there are three parking spaces.", Fault.LANGUAGE),
        ("de", "Ja, gerne.", Fault.UNKNOWN_WORD),
        ("de", "", Fault.LENGTH),
        ("de", "Parkplätze " * 40, Fault.LENGTH),
        ("fr", "Prenez un comprimé.", Fault.FORBIDDEN),
        ("fr", "Un contrôle coûte 90 francs.", Fault.UNKNOWN_WORD),
        ("fr", "Vous ne pouvez pas payer par carte.", Fault.NEGATION),
        ("it", "Prenda una compressa.", Fault.FORBIDDEN),
        ("it", "Non può pagare con la carta.", Fault.NEGATION),
        ("en", "Take some ibuprofen.", Fault.FORBIDDEN),
        ("en", "You cannot pay by card.", Fault.NEGATION),
        ("en", "Your appointment is confirmed.", Fault.FORBIDDEN),
        ("en", "A check-up is free.", Fault.UNKNOWN_WORD),
    ],
)
def test_everything_else_is_refused(language, sentence, expected):
    assert fault(sentence, language) is expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Eine Kontrolle kostet 120 Franken.", None),
        ("Die Dentalhygiene 180 Franken.", None),
        ("Eine Kontrolle kostet 180 Franken.", Fault.NUMBER),
        ("Eine Dentalhygiene kostet 120 Franken.", Fault.NUMBER),
        ("Kontrolle und Dentalhygiene kosten 180 Franken.", Fault.NUMBER),
    ],
)
def test_a_price_stays_with_what_it_is_the_price_of(sentence, expected):
    assert fault(sentence, texts=(PRICES,)) is expected


@given(st.lists(st.sampled_from([*"0123456789"]), min_size=1, max_size=5).map("".join))
def test_no_number_is_said_that_stands_nowhere(number):
    sentence = f"Eine Kontrolle kostet {number} Franken."
    assert fault(sentence, texts=(PRICES,)) is None or number != "120"
    assert (fault(sentence, texts=(PRICES,)) is None) == (number == "120")


QUESTION = question("Was kostet eine Kontrolle und eine Dentalhygiene?", kind=QuestionKind.ANSWER)
FIRST = "Eine Kontrolle kostet zwischen 120 und 160 Franken."
SECOND = "Eine Dentalhygiene von einer Stunde kostet 180 Franken."
BOTH = ["price-check-up", "price-dental-hygiene"]


def streamed(text, cut=1):
    stream = AnswerStream(QUESTION)
    seen = []
    for start in range(0, len(text), cut):
        stream.feed(text[start : start + cut])
        seen.append(stream.known)
    return stream, seen


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_sentences_are_known_one_after_the_other_and_never_in_the_middle(cut):
    stream, seen = streamed(json.dumps({"entries": BOTH, "answer": f"{FIRST} {SECOND}"}), cut)
    assert stream.done
    assert stream.known == KnownAnswer(tuple(BOTH), f"{FIRST} {SECOND}")
    assert {known.words for known in seen} <= {"", FIRST, f"{FIRST} {SECOND}"}


def test_an_answer_that_breaks_off_is_its_whole_sentences():
    text = json.dumps({"entries": BOTH, "answer": f"{FIRST} {SECOND}"})
    stream, _ = streamed(text[: text.index("Stunde")])
    assert (stream.known.words, stream.done) == (FIRST, False)


def test_one_bad_sentence_takes_the_others_with_it():
    stream, _ = streamed(json.dumps({"entries": BOTH, "answer": f"{FIRST} Eine Dentalhygiene ist gratis."}))
    assert (stream.known, stream.fault) == (KnownAnswer(tuple(BOTH)), Fault.UNKNOWN_WORD)


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": FIRST},
        {"answer": FIRST, "entries": BOTH},
        {"entries": [], "answer": FIRST},
        {"entries": ["made-up"], "answer": FIRST},
        {"entries": "price-check-up", "answer": FIRST},
        {"entries": [3, None], "answer": FIRST},
        {"entries": ["parking"], "answer": "Hinter dem Haus hat es drei Parkplätze."},
    ],
)
def test_without_an_entry_that_was_offered_the_rules_answer_stands(answer):
    assert streamed(json.dumps(answer))[0].known == QUESTION.understanding.known


def test_more_than_two_sentences_are_too_many():
    stream, _ = streamed(json.dumps({"entries": BOTH, "answer": " ".join([FIRST] * 3)}))
    assert (stream.known.words, stream.fault) == ("", Fault.LENGTH)


@given(st.text(max_size=60), st.integers(1, 9))
def test_an_answer_of_any_kind_is_no_fault(text, cut):
    streamed(json.dumps({"entries": BOTH, "answer": text})[:-1] + text, cut)


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_every_forbidden_word_is_refused(language):
    for pattern in FORBIDDEN[language]:
        sentence = f"Twint {pattern.strip('=*').replace('_', ' ')} Twint."
        assert fault(sentence, language, texts=(sentence,)) is Fault.FORBIDDEN, pattern
