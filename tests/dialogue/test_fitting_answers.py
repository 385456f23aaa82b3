"""Answers no longer than asked for: the hours of one day, a part of the day by its name, the beginning of a story."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, fact, read

from gateway.dialogue.confirmations import read_back
from gateway.dialogue.long_messages import beginning, is_long
from gateway.dialogue.model import Decision, DialogueState, FactName, Question, SpeechAct, Task
from gateway.dialogue.normalise import PARTS_OF_DAY, find_times
from gateway.dialogue.wordings import WORDINGS
from gateway.language import LANGUAGES


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("de", "Haben Sie am Montag offen?", "Am Montag, den dreiundzwanzigsten November haben wir von acht Uhr bis"),
        ("fr", "Êtes-vous ouverts mardi?", "nous sommes ouverts de huit heures à douze heures"),
        ("it", "Siete aperti martedì?", "siamo aperti dalle otto alle dodici"),
        ("en", "Are you open on Monday?", "On Monday the twenty-third of November we are open from"),
    ],
)
def test_who_asks_for_the_hours_of_a_day_hears_those(language, text, told):
    call = Call(language)
    call.say(text)
    assert call.acts == ["opening_hours_on", "ask_anything_else"]
    assert told in call.words


def test_who_asks_for_a_closed_day_hears_that_and_when_it_opens_again():
    call = Call("de")
    call.say("Haben Sie am Samstag offen?")
    assert call.acts == ["date_closed", "next_open", "ask_anything_else"]
    call.say("Und haben Sie am 24. Dezember offen?")
    assert call.acts == ["date_closed_reason", "next_open", "ask_anything_else"]
    assert "Weihnachtsferien" in call.words


@pytest.mark.parametrize("text", ["Wann haben Sie offen?", "Wie sind Ihre Öffnungszeiten nächste Woche?"])
def test_the_hours_of_the_week_are_told_to_who_asks_for_them(text):
    call = Call("de")
    call.say(text)
    assert call.acts == ["opening_hours", "ask_anything_else"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS_OF_DAY)
def test_a_part_of_the_day_is_said_by_its_name_and_means_what_it_meant(language, part):
    said = WORDINGS[language].values[f"part_{part}"]
    assert [found.value for found in find_times(said, language)] == [PARTS_OF_DAY[part]]


def test_who_said_in_the_afternoon_hears_in_the_afternoon():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", "Am Dienstag.", "Am Nachmittag.")
    assert call.words.startswith("Am Nachmittag.")


STORY = (
    "Guten Tag, es geht um meine Rechnung vom Oktober. Da steht eine Behandlung drauf, die ich nicht hatte, und ich "
    "habe schon zweimal angerufen und niemanden erreicht, bitte schauen Sie das an und rufen Sie mich zurück."
)


def test_of_a_long_message_only_the_beginning_is_read_back_and_all_of_it_is_sent():
    call = Call("de", caller=CALLER)
    call.say("Ich möchte einen Rückruf.", STORY, "Anna Keller.", "Ja.")
    assert "Sie beginnt so: Guten Tag, es geht um meine Rechnung vom Oktober." in call.words
    assert "zweimal" not in call.words
    call.say("Ja, das stimmt.")
    assert call.actions[-1][1]["message"].startswith(STORY[:-1])


def test_a_message_without_sentences_is_begun_with_its_first_words():
    words = " ".join(f"wort{number}" for number in range(40))
    assert is_long(words)
    assert beginning(words).split() == words.split()[:12]
    assert not is_long("Es geht um eine Rechnung.")


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Können Sie auch Englisch?", "de", "en"),
        ("Chönd Sie Italienisch?", "de", "it"),
        ("Vous savez aussi l'allemand?", "fr", "de"),
        ("Sa anche il tedesco?", "it", "de"),
        ("Can you do German?", "en", "de"),
    ],
)
def test_who_asks_whether_another_language_can_be_spoken_asks_for_it(text, language, wanted):
    assert read(text, language).requested_language == wanted


@pytest.mark.parametrize("text", ["Kann ich einen englischen Zahnarzt haben?", "Ich kann am Dienstag."])
def test_what_only_mentions_a_language_asks_for_none(text):
    assert read(text, "de").requested_language is None


@pytest.mark.parametrize(
    ("caller", "patient", "spelled"),
    [("Anna Keller", "Lea Meyer", True), ("Anna Meyer", "Lea Meyer", False), ("Anna Keller", "Lea", False)],
)
def test_a_patients_name_that_has_twins_is_spelled_unless_it_is_the_callers(caller, patient, spelled):
    call = Call("de", caller=CALLER)
    call.say("Ich brauche einen Termin für meine Tochter zur Kontrolle.", "Am Dienstag um 15 Uhr.", "Nein.")
    call.say(patient, "3. Mai 2018.", caller, "Ja.")
    if call.dialogue.state.asked is Question.SPELLING:
        call.say("M E Y E R")
    names = [act.name for act in call.last.acts]
    assert ("read_back_patient_name_spelled" in names) is spelled


def test_the_spelling_of_a_patients_name_is_said_in_every_language():
    values = {"relation": "daughter", "patient_name": "Lea Meyer", "spelled": "Meyer"}
    for language in LANGUAGES:
        call = Call(language)
        decision = Decision(DialogueState(language), (SpeechAct("read_back_patient_name_spelled", values),))
        assert len(call.dialogue.sentences(decision)) == 2


def test_a_long_message_whose_beginning_was_heard_counts_as_read_back():
    message = (fact(FactName.MESSAGE, STORY),)
    state = DialogueState("de", task=Task.CALLBACK, facts=message)
    _, after = read_back(state)
    assert dict(after.read_back) == {FactName.MESSAGE: STORY}
