"""Wordings: complete in four languages, filled, and fixed where they can be."""

from __future__ import annotations

import re

import pytest
from dialogue_helpers import CALLER, PROFILE, Call
from test_dialogue_scripts import BOOKINGS, EMERGENCIES, MOVES, NO_MORE, YES

from gateway.dialogue.model import Decision, DialogueState, Question, SpeechAct
from gateway.dialogue.phrase import FALLBACKS, fallback, fixed_prompts, phrase, placeholders, split_sentences
from gateway.dialogue.values import FORMATTERS, practice_values
from gateway.dialogue.wordings import WORDINGS
from gateway.language import LANGUAGES

SAMPLES = {
    "date": "2026-12-08",
    "preferred_date": "2026-12-08/2026-12-11",
    "existing_date": "2026-12-07",
    "time": "15:30",
    "preferred_time": "08:00/12:00",
    "existing_time": "00:00/23:59",
    "phone": CALLER,
    "name": "Anna Keller",
    "patient_name": "Lea Keller",
    "relation": "daughter",
    "spelled": "Meier",
    "reason": "hygiene",
    "practitioner": "sandra-meier",
    "date_of_birth": "1985-05-03",
    "message": "Es heisst Weißbier. Danke.",
    "message_beginning": "Es heisst Weißbier. Danke.",
    "hours_on": "2026-12-08",
    "closure": "2026-12-25",
    "slot": "2026-12-08T15:30",
    "slots": "2026-12-08T09:00|2026-12-09T10:30@sandra-meier",
}


def _said(act: SpeechAct, language) -> tuple[str, ...]:
    return phrase(Decision(DialogueState(language), (act,)), language, PROFILE)


def _act(name: str) -> SpeechAct:
    needed = {value for template in WORDINGS["de"].sentences[name] for value in placeholders(template)}
    return SpeechAct(name, {value: SAMPLES[value] for value in needed & set(SAMPLES)})


def test_every_wording_exists_in_all_languages_with_the_same_values():
    for name, sentences in WORDINGS["de"].sentences.items():
        needed = {value for template in sentences for value in placeholders(template)}
        for language in LANGUAGES:
            other = WORDINGS[language].sentences[name]
            assert {value for template in other for value in placeholders(template)} == needed, (name, language)
    for language in LANGUAGES:
        assert WORDINGS[language].sentences.keys() == WORDINGS["de"].sentences.keys()
        assert WORDINGS[language].values.keys() == WORDINGS["de"].values.keys()


def test_every_value_of_a_wording_can_be_filled():
    known = set(FORMATTERS) | set(practice_values(PROFILE, "de"))
    for name, sentences in WORDINGS["de"].sentences.items():
        assert {value for template in sentences for value in placeholders(template)} <= known, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(WORDINGS["de"].sentences))
def test_every_act_is_said_in_whole_sentences(name, language):
    sentences = _said(_act(name), language)
    assert sentences
    for sentence in sentences:
        assert not re.search(r"[{}]|\s\s|\.\.|None", sentence)
        assert sentence[0] == sentence[0].upper()
        assert sentence[-1] in ".?!:"
        if language == "de":
            assert "ß" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_its_wordings(language):
    names = WORDINGS[language].sentences
    for question in Question:
        if question is not Question.NOTHING:
            assert f"ask_{question}" in names
            assert f"ask_{question}_again" in names


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_without_values_of_the_call_are_prompts_exactly_as_they_are_said(language):
    prompts = fixed_prompts(PROFILE, language)
    assert len(prompts) == len(set(prompts))
    for name, templates in WORDINGS[language].sentences.items():
        if not any(set(placeholders(template)) & set(FORMATTERS) for template in templates):
            assert set(_said(SpeechAct(name), language)) <= set(prompts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_booking_only_sentences_with_values_are_no_prompts(language):
    prompts = set(fixed_prompts(PROFILE, language))
    call = Call(language)
    for text in (*BOOKINGS[language], NO_MORE[language]):
        call.say(text)
        *_, last = call.dialogue.sentences(call.last)
        assert last in prompts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FALLBACKS)
def test_fallbacks_are_prompts(name, language):
    sentences = fallback(name, language, PROFILE)
    assert sentences
    assert set(sentences) <= set(fixed_prompts(PROFILE, language))


def test_the_apology_tells_the_number_of_the_practice():
    assert "0 4 4" in " ".join(fallback("apology", "de", PROFILE))


def test_an_unknown_fallback_is_refused():
    with pytest.raises(KeyError):
        fallback("ask_help", "de", PROFILE)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Guten Tag. Wie geht es?", ("Guten Tag.", "Wie geht es?")),
        ("Hier ist die Praxis von Dr. Meier. Guten Tag!", ("Hier ist die Praxis von Dr. Meier.", "Guten Tag!")),
        ("Am 3. Mai sind wir da.", ("Am 3. Mai sind wir da.",)),
        ("Ein Satz ohne Punkt", ("Ein Satz ohne Punkt",)),
        ("", ()),
    ],
)
def test_texts_are_split_into_sentences(text, sentences):
    assert split_sentences(text) == sentences


def test_a_far_date_is_said_with_its_year():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle", "Am 10. November 2027.")
    assert "zweitausendsiebenundzwanzig" in call.words


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Dentalhygiene, am Dienstag, den achten Dezember, um fünfzehn Uhr dreissig."),
        ("fr", "Hygiène dentaire, le mardi huit décembre, à quinze heures trente."),
        ("it", "Igiene dentale, martedì otto dicembre, alle quindici e trenta."),
        ("en", "Dental hygiene, on Tuesday the eighth of December, at three thirty in the afternoon."),
    ],
)
def test_what_was_understood_is_said_in_one_sentence(language, said):
    values = {"reason": "hygiene", "preferred_date": "2026-12-08", "preferred_time": "15:30"}
    assert _said(SpeechAct("acknowledge", values), language) == (said,)


def test_italian_prepositions_melt_into_the_article():
    assert "dalle otto alle dodici e dalle tredici alle diciassette" in " ".join(
        _said(SpeechAct("opening_hours"), "it")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_calls_are_said_without_a_gap(language):
    for texts in (MOVES[language], (EMERGENCIES[language],)):
        call = Call(language, caller=CALLER)
        for text in (*texts, YES[language], YES[language]):
            call.say(text)
            assert call.words
