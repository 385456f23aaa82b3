"""What recognition runs together or mishears, and all facts in one breath."""

from __future__ import annotations

import pytest
from dialogue_helpers import read, values

from gateway.dialogue.model import Question, Task
from gateway.dialogue.repairs import repaired

PHONE = "+41794561234"


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("giovedifra due settimane", "it", "2026-12-10"),
        ("martediotto dicembre", "it", "2026-12-08"),
        ("martedì8 dicembre", "it", "2026-12-08"),
        ("mardi8 décembre", "fr", "2026-12-08"),
        ("mardihuit décembre", "fr", "2026-12-08"),
        ("amDienstag", "de", "2026-11-24"),
        ("Mit Woche in zwei Wochen", "de", "2026-12-09"),
        ("am mit Woch", "de", "2026-11-25"),
        ("Am 8.12.", "de", "2026-12-08"),
        ("8. 12. 2026", "de", "2026-12-08"),
        ("on the ate of December", "en", "2026-12-08"),
        ("December8th", "en", "2026-12-08"),
    ],
)
def test_garbled_days_are_read(text, language, value):
    assert values(read(text, language, Question.PREFERRED_DATE, Task.BOOK)) == {"preferred_date": value}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("at for o'clock", "en", "16:00"),
        ("at ate o'clock", "en", "08:00"),
        ("at to thirty", "en", "14:30"),
        ("half past to", "en", "14:30"),
        ("zehnUhr dreißig", "de", "10:30"),
        ("10 Uhr 30.", "de", "10:30"),
        ("14 heures30", "fr", "14:30"),
        ("alle14 e 30", "it", "14:30"),
    ],
)
def test_garbled_times_are_read(text, language, value):
    found = values(read(text, language, Question.PREFERRED_TIME, Task.BOOK))["preferred_time"]
    assert found in {value, f"{int(value[:2]) - 12:02d}{value[2:]}"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Oh seven nine, for five six, one to, three for.", "en"),
        ("079-456-12-34.", "en"),
        ("07 94 56 12 34", "en"),
        ("079.456.12.34", "de"),
        ("0 79, 456, 12, 34", "de"),
        ("Null siebennün vier fünf sechs zwölf vierunddreissig", "de"),
        ("nullsiebenneun vierfünfsechs zwölf vierunddreissig", "de"),
        ("zerosettenove quattrocinquesei unodue trequattro", "it"),
        ("zéroseptneuf quatrecinqsix undeux troisquatre", "fr"),
    ],
)
def test_garbled_numbers_are_read(text, language):
    assert values(read(text, language, Question.PHONE, Task.BOOK)) == {"phone": PHONE}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I'd like an appointment for my daughter.", "en"),
        ("I want to come on Tuesday from nine to five.", "en"),
        ("My number is 079 456 12 34, call me to confirm.", "en"),
        ("Anna McDonald", "en"),
        ("Ich heisse Anna DeLuca.", "de"),
        ("am Dienstagmorgen", "de"),
        ("les lundis", "fr"),
        ("un sabato", "it"),
    ],
)
def test_what_is_right_stays_as_it_is(text, language):
    assert repaired(text, language) == text


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        (
            "Guten Tag, mein Name ist Anna Keller, ich hätte gern am Donnerstag um 10 Uhr eine Kontrolle, meine Nummer"
            " ist 079 456 12 34 und ich bin am 3. Mai 1985 geboren.",
            "de",
            "Anna Keller",
        ),
        (
            "Meine Nummer ist 079 456 12 34, geboren bin ich am 3.5.1985, ich brauche eine Kontrolle, am Donnerstag um"
            " zehn Uhr, mein Name ist Anna Keller.",
            "de",
            "Anna Keller",
        ),
        (
            "Bonjour, je m'appelle Anne Favre, je suis née le 3 mai 1985, je voudrais un contrôle jeudi à dix heures,"
            " mon numéro est le 079 456 12 34.",
            "fr",
            "Anne Favre",
        ),
        (
            "Buongiorno, sono Marco Rossi, nato il 3 maggio 1985, vorrei un controllo giovedì alle dieci, il mio numero"
            " è 079 456 12 34.",
            "it",
            "Marco Rossi",
        ),
        (
            "Hi, this is Mary Baker, born on May 3rd 1985, I'd like a check-up on Thursday at ten, my number is"
            " 079 456 12 34.",
            "en",
            "Mary Baker",
        ),
    ],
)
def test_all_facts_in_one_breath_are_read_in_any_order(text, language, name):
    assert values(read(text, language)) == {
        "name": name,
        "date_of_birth": "1985-05-03",
        "reason": "check-up",
        "preferred_date": "2026-11-26",
        "preferred_time": "10:00",
        "phone": PHONE,
    }
