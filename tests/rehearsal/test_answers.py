"""What patients answer by themselves."""

from pathlib import Path

import pytest
from rehearsal_helpers import PROFILE, TODAY, scenario_of

from gateway.caller.steps import PressKeys, Say
from gateway.language import LANGUAGES
from gateway.rehearsal.answers import Answers, Asked
from gateway.rehearsal.wordings_heard import QUESTIONS

KNOWS = """
language: {language}
from: "+41791234567"
wants: x
knows:
  name: Anna O'Neill-Weber
  phone: "+41784562311"
  reason: check-up
  preferred_date: "2026-12-01"
  preferred_time: "09:00"
  existing_date: "2026-12-04/2026-12-05"
  existing_time: "15:30"
  date_of_birth: "1985-05-03"
  patient_status: new
  pain: "yes"
  practitioner: sandra-meier
  message: {{m}}
expect: {{actions: []}}
"""


def answers(folder: Path, language: str, more: str = "") -> Answers:
    text = KNOWS.format(language=language).replace("{m}", "Etwas.")
    return Answers(scenario_of(folder, text + more), PROFILE, TODAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_an_answer_in_every_language(tmp_path: Path, language: str):
    given = answers(tmp_path, language)
    for question in sorted(QUESTIONS):
        for _ in range(3):
            (move,) = given.to(Asked(question))
            assert isinstance(move, Say), question
            assert move.text
            assert "{" not in move.text


@pytest.mark.parametrize(
    ("language", "question", "said"),
    [
        ("de", "phone", "Null sieben acht, Vier fünf sechs, Zwei drei, Eins eins."),
        ("fr", "phone", "Zéro, sept, huit. Quatre, cinq, six. Deux, trois. Un, un."),
        ("de", "spelling", "O, N, E, I, L, L, W, E, B, E, R."),
        ("de", "preferred_date", "Dienstag."),
        ("fr", "preferred_date", "Ce serait bien mardi."),
        ("de", "preferred_time", "Am Vormittag um neun Uhr."),
        ("it", "preferred_time", "La mattina alle nove."),
        ("it", "existing_time", "Alle quindici e trenta."),
        ("en", "existing_time", "At three thirty in the afternoon."),
        ("de", "patient_status", "Nein, ich bin zum ersten Mal bei Ihnen."),
        ("de", "caller_number", "Nein, bitte unter einer anderen Nummer."),
        ("de", "pain", "Ja, ich habe Schmerzen."),
        ("de", "slot", "Ja, gerne."),
    ],
)
def test_facts_are_said_as_people_say_them(tmp_path: Path, language: str, question: str, said: str):
    if question == "existing_time":
        given = answers(tmp_path, language)
        assert given._times("15:30") == (said,)
        return
    assert answers(tmp_path, language).to(Asked(question)) == (Say(said),)


def test_another_wording_is_tried_when_asked_again(tmp_path: Path):
    given = answers(tmp_path, "de")
    said = [given.to(Asked("name")) for _ in range(3)]
    assert said[0] != said[1] == said[2]


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("phone", "0784562311"),
        ("preferred_time", "0900"),
        ("preferred_date", "0112"),
        ("existing_date", "0412"),
        ("date_of_birth", "03051985"),
        ("pain", "1"),
        ("patient_status", "2"),
        ("caller_number", "2"),
        ("read_back", "1"),
        ("emergency_repeat", "2"),
    ],
)
def test_keys_are_pressed_where_they_are_wanted(tmp_path: Path, question: str, keys: str):
    assert answers(tmp_path, "de").to(Asked(question, by_keys=True)) == (PressKeys(keys),)


def test_a_name_is_said_although_keys_are_wanted(tmp_path: Path):
    assert isinstance(answers(tmp_path, "de").to(Asked("name", by_keys=True))[0], Say)


def test_the_scenario_goes_first_until_keys_are_wanted_of_who_was_not_understood(tmp_path: Path):
    given = answers(tmp_path, "de", "answers: {phone: [Eins., Zwei.]}\n")
    assert given.to(Asked("phone")) == (Say("Eins."),)
    assert given.to(Asked("phone")) == (Say("Zwei."),)
    assert given.to(Asked("phone", by_keys=True)) == (PressKeys("0784562311"),)
