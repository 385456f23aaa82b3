import pytest

from gateway.speech.engines.inventions import echoes, is_invented, is_like, plain, repeats_itself


def judged(text, seconds=3.0, no_speech=0.02, log_probability=-0.4):
    return is_invented(text, seconds=seconds, no_speech=no_speech, average_log_probability=log_probability)


@pytest.mark.parametrize(
    "text",
    [
        "Untertitel der Amara.org-Community",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Sous-titres réalisés para la communauté d'Amara.org",
        "Sous-titrage Société Radio-Canada",
        "Sottotitoli creati dalla comunità Amara.org",
        "Sottotitoli e revisione a cura di QTSS",
        "Thanks for watching!",
        "Vielen Dank fürs Zuschauen!",
        "",
        " … ",
    ],
)
def test_what_nobody_says_to_a_practice_is_dropped_however_sure_the_model_is(text):
    assert judged(text)


@pytest.mark.parametrize("text", ["Vielen Dank.", "Merci.", "Thank you.", "Ja", "Grazie!"])
def test_courtesies_are_dropped_only_when_the_model_doubts_that_anybody_spoke(text):
    assert not judged(text)
    assert judged(text, no_speech=0.8)
    assert judged(text, log_probability=-1.2)


@pytest.mark.parametrize(
    "text",
    [
        "Ich möchte einen Termin.",
        "Null sieben neun, sieben sieben sieben, sieben sieben, sieben sieben.",
        "Haben Sie auch Untertitel im Wartezimmer?",
        "Non, non, non, pas demain.",
        "079 777 77 77",
    ],
)
def test_what_callers_say_is_kept(text):
    assert not judged(text, seconds=5.0)


def test_unlikely_text_is_dropped():
    assert judged("I'm going to get the car.", no_speech=0.3, log_probability=-1.9)
    assert judged("I'm going to get the car.", no_speech=0.6, log_probability=-1.1)
    assert not judged("I'm going to get the car.", no_speech=0.3, log_probability=-1.1)


def test_loops_and_texts_faster_than_anybody_speaks_are_dropped():
    assert repeats_itself("und dann und dann " * 10)
    assert judged("Ich möchte gern einen Termin für nächste Woche am Dienstag", seconds=1.0)


def test_plain_drops_case_accents_and_punctuation():
    assert plain("Où êtes-VOUS, Zürich?") == "ou etes vous zurich"


PROMPT = "Vorname und Nachname: Peter Müller, Ursula Schmid, Daniel Weber."


@pytest.mark.parametrize(
    "text",
    ["Peter Müller", "Ursula Schmid, Daniel Weber.", "Vorname und Nachname", "peter muller", "Weber, Klingel, Weber"],
)
def test_words_that_stand_in_the_prompt_may_be_its_echo(text):
    assert echoes(text, PROMPT)


@pytest.mark.parametrize("text", ["Anna Müller", "Ursula Schmidt", "Müll", "", "Mein Name ist Peter Müller"])
def test_other_words_are_none(text):
    assert not echoes(text, PROMPT)


def test_without_a_prompt_there_is_no_echo():
    assert not echoes("Peter Müller", None)
    assert not echoes("Peter Müller", "")


@pytest.mark.parametrize(
    ("text", "other", "like"),
    [
        ("Ursula Brunner", "Ursola Bruner", True),
        ("Peter Müller", "Peta Mülle.", True),
        ("Peter Müller", "Nein, danke.", False),
        ("Ursula Schmid", "Ja, gerne", False),
    ],
)
def test_two_spellings_of_one_sound_are_alike(text, other, like):
    assert is_like(text, other) is like
