"""What a patient makes of what the gateway says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsal_helpers import PROFILE, TODAY

from gateway.dialogue.model import FactName as F
from gateway.dialogue.model import SpeechAct
from gateway.dialogue.phrase import _sentences
from gateway.dialogue.values import Telling
from gateway.dialogue.wordings import WORDINGS
from gateway.language import LANGUAGES, Language
from gateway.rehearsal.wordings_heard import QUESTIONS, WordingEar, question_of

EAR = WordingEar(PROFILE)
TELLING = Telling("de", PROFILE, TODAY)
KNOWS = {
    F.NAME: "Sandra Fischer",
    F.PHONE: "+41784562311",
    F.REASON: "check-up",
    F.PREFERRED_DATE: "2026-12-01",
    F.PREFERRED_TIME: "14:30",
    F.PATIENT_STATUS: "known",
}


def said(language: Language, *acts: SpeechAct) -> str:
    return " ".join(sentence for act in acts for sentence in _sentences(act, Telling(language, PROFILE, TODAY)))


def read_back(language: Language, **values: str) -> str:
    acts = [SpeechAct("read_back_book")]
    if "preferred_date" in values and "preferred_time" in values:
        moment = {name: values.pop(name) for name in ("preferred_date", "preferred_time")}
        acts.append(SpeechAct("read_back_preferred_date_time", moment))
    for name, value in values.items():
        in_name = name in ("patient_status", "pain")
        acts.append(
            SpeechAct(f"read_back_{name}_{value}") if in_name else SpeechAct(f"read_back_{name}", {name: value})
        )
    return said(language, *acts, SpeechAct("ask_read_back"))


def plain(knows: dict[F, str]) -> dict[str, str]:
    return {str(name): value for name, value in knows.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_of_every_language_is_known_when_it_is_asked(language: Language):
    for name, sentences in WORDINGS[language].sentences.items():
        if not name.startswith("ask_") or any("{" in sentence for sentence in sentences):
            continue
        heard = [one.question for one in EAR.heard(" ".join(sentences)) if one.question]
        if question_of(name) != "calendar":
            assert question_of(name) in heard, (name, heard)


def test_the_last_question_stands_behind_what_was_said_before():
    heard = EAR.heard("Am Dienstag, den ersten Dezember. Um welche Zeit passt es Ihnen?")
    assert [one.question for one in heard] == ["preferred_time"]


def test_a_wait_asks_nothing():
    assert [one.question for one in EAR.heard("Einen Moment, bitte.") if one.question] == []


def test_words_that_are_no_wording_are_passed_over():
    assert EAR.heard("Parkplätze gibt es hinter dem Haus, und der Kaffee ist gut.") == ()


def test_words_that_were_recognised_with_errors_are_known_by_their_likeness():
    (heard,) = EAR.heard("Quel son vos prénom et nom")
    assert (heard.question, heard.language) == ("name", "fr")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_words_are_too_strange(words: str):
    EAR.heard(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_true_read_back_is_not_called_wrong(language: Language):
    heard = EAR.heard(read_back(language, **plain(KNOWS)))
    assert EAR.wrong_facts(heard, KNOWS, TELLING) == ()
    assert heard[-1].question == "read_back"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        (F.NAME, "Sandra Vischer"),
        (F.PHONE, "+41784562312"),
        (F.REASON, "dental-hygiene"),
        (F.PREFERRED_DATE, "2026-12-03"),
        (F.PREFERRED_TIME, "13:00"),
        (F.PREFERRED_TIME, "12:00/18:00|14:30"),
        (F.PATIENT_STATUS, "new"),
    ],
)
def test_each_wrong_fact_is_noticed(language: Language, name: F, value: str):
    heard = EAR.heard(read_back(language, **plain({**KNOWS, name: value})))
    assert EAR.wrong_facts(heard, KNOWS, TELLING) == (name,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_by_itself_is_checked_as_one(language: Language):
    right = said(language, SpeechAct("read_back_preferred_date", {"preferred_date": "2026-12-01"}))
    wrong = said(language, SpeechAct("read_back_preferred_date", {"preferred_date": "2026-12-02"}))
    assert EAR.wrong_facts(EAR.heard(right), KNOWS, TELLING) == ()
    assert F.PREFERRED_DATE in EAR.wrong_facts(EAR.heard(wrong), KNOWS, TELLING)


def test_questions_have_names_that_scenarios_use():
    assert {"name", "phone", "preferred_date", "read_back", "anything_else", "help"} <= QUESTIONS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_day_is_checked_behind_the_old_one(language: Language):
    knows = {F.EXISTING_DATE: "2026-12-07", F.PREFERRED_DATE: "2026-12-09", F.PREFERRED_TIME: "09:00"}
    moment = {"preferred_date": "2026-12-08", "preferred_time": "09:00"}
    heard = EAR.heard(
        said(
            language,
            SpeechAct("read_back_move"),
            SpeechAct("read_back_existing_date", {"existing_date": "2026-12-07"}),
            SpeechAct("read_back_preferred_date_time", moment),
            SpeechAct("ask_read_back"),
        )
    )
    assert EAR.wrong_facts(heard, knows, TELLING) == (F.PREFERRED_DATE,)
