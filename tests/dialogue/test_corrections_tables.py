"""Corrections: of what was read back, of what was said turns ago, of part of a value, and within one breath."""

from __future__ import annotations

import pytest
from dialogue_helpers import Call, fact, read, values
from test_dialogue_scripts import BOOKING, BOOKINGS

from gateway.dialogue.model import FactName, Question, Task

FACTS = tuple(fact(FactName(name), value) for name, value in BOOKING.items())
DATE, TIME, NAME, PHONE, REASON = "preferred_date", "preferred_time", "name", "phone", "reason"

AT_READ_BACK = [
    # German: the day was 8 December (a Tuesday), half past two, Anna Keller, 079 456 12 34, hygiene.
    ("Nein, nicht Dienstag, Donnerstag.", "de", {DATE: "2026-11-26"}),
    ("Nicht am Dienstag, sondern am Donnerstag.", "de", {DATE: "2026-11-26"}),
    ("Nein, doch lieber am Mittwoch.", "de", {DATE: "2026-11-25"}),
    ("Quatsch, ich meine den neunten Dezember.", "de", {DATE: "2026-12-09"}),
    ("Ich meinte den 9. Dezember.", "de", {DATE: "2026-12-09"}),
    ("Nein, am neunten, nicht am achten.", "de", {DATE: "2026-12-09"}),
    ("Nicht um halb drei, um halb vier.", "de", {TIME: "15:30"}),
    ("Um halb vier, nicht um halb drei.", "de", {TIME: "15:30"}),
    ("Entschuldigung, ich meinte um drei Uhr.", "de", {TIME: "15:00"}),
    ("Die Zeit stimmt nicht, es ist um vier Uhr.", "de", {TIME: "16:00"}),
    ("Nein, Köhler.", "de", {NAME: "Anna Köhler"}),
    ("Nein, nicht Keller, Köhler.", "de", {NAME: "Anna Köhler"}),
    ("Mein Name ist nicht Keller, sondern Kehler.", "de", {NAME: "Anna Kehler"}),
    ("Nein, mein Name ist Anna Kellner.", "de", {NAME: "Anna Kellner"}),
    ("Die Nummer von vorhin war falsch, es ist 079 456 12 43.", "de", {PHONE: "+41794561243"}),
    (
        "Die Nummer ist falsch, sie ist null sieben acht, vier fünf sechs, zwölf, vierunddreissig.",
        "de",
        {PHONE: "+41784561234"},
    ),
    ("Nicht 34, sondern 43 am Schluss.", "de", {PHONE: "+41794561243"}),
    ("Am Schluss dreiundvierzig, nicht vierunddreissig.", "de", {PHONE: "+41794561243"}),
    ("Nein, die letzten zwei Ziffern sind 43.", "de", {PHONE: "+41794561243"}),
    ("Nein, 078, nicht 079.", "de", {PHONE: "+41784561234"}),
    ("Es ist keine Dentalhygiene, sondern eine Kontrolle.", "de", {REASON: "check-up"}),
    ("Nein, nicht Zahnreinigung, eine Füllung.", "de", {REASON: "filling"}),
    # French
    ("Non, pas mardi, jeudi.", "fr", {DATE: "2026-11-26"}),
    ("Non, plutôt mercredi.", "fr", {DATE: "2026-11-25"}),
    ("Pas le huit, le neuf décembre.", "fr", {DATE: "2026-12-09"}),
    ("Je voulais dire le neuf décembre.", "fr", {DATE: "2026-12-09"}),
    ("Non, à quinze heures trente.", "fr", {TIME: "15:30"}),
    ("Pas à quatorze heures trente, à seize heures.", "fr", {TIME: "16:00"}),
    ("Excusez-moi, je voulais dire à seize heures.", "fr", {TIME: "16:00"}),
    ("Non, c'est Anna Favre.", "fr", {NAME: "Anna Favre"}),
    (
        "Le numéro est faux, c'est le zéro sept neuf, quatre cent cinquante-six, douze, quarante-trois.",
        "fr",
        {PHONE: "+41794561243"},
    ),
    ("Pas trente-quatre, mais quarante-trois à la fin.", "fr", {PHONE: "+41794561243"}),
    ("À la fin c'est 43.", "fr", {PHONE: "+41794561243"}),
    ("Non, ce n'est pas un détartrage mais un contrôle.", "fr", {REASON: "check-up"}),
    # Italian
    ("No, non martedì, giovedì.", "it", {DATE: "2026-11-26"}),
    ("No, meglio mercoledì.", "it", {DATE: "2026-11-25"}),
    ("Scusi, volevo dire il nove dicembre.", "it", {DATE: "2026-12-09"}),
    ("Non l'otto, il nove dicembre.", "it", {DATE: "2026-12-09"}),
    ("No, alle quindici e trenta.", "it", {TIME: "15:30"}),
    ("Non alle quattordici e trenta ma alle sedici.", "it", {TIME: "16:00"}),
    ("Anzi, alle sedici.", "it", {TIME: "16:00"}),
    ("No, mi chiamo Anna Rossi.", "it", {NAME: "Anna Rossi"}),
    (
        "Il numero è sbagliato, è zero sette nove, quattro cinque sei, dodici, quarantatré.",
        "it",
        {PHONE: "+41794561243"},
    ),
    ("Alla fine quarantatré, non trentaquattro.", "it", {PHONE: "+41794561243"}),
    ("No, non una pulizia ma un controllo.", "it", {REASON: "check-up"}),
    # English
    ("No, not Tuesday, Thursday.", "en", {DATE: "2026-11-26"}),
    ("The ninth, not the eighth.", "en", {DATE: "2026-12-09"}),
    ("The sixteenth of December, not the sixtieth.", "en", {DATE: "2026-12-16"}),
    ("The sixteenth, not the sixtieth.", "en", {DATE: "2026-12-16"}),
    ("Sorry, I mean Wednesday.", "en", {DATE: "2026-11-25"}),
    ("Actually, Wednesday would be better.", "en", {DATE: "2026-11-25"}),
    ("No, at half past three.", "en", {TIME: "15:30"}),
    ("Not half past two, four o'clock.", "en", {TIME: "16:00"}),
    ("No, my name is Anna Kellner.", "en", {NAME: "Anna Kellner"}),
    ("The number is wrong, it's oh seven nine, four five six, one two, four three.", "en", {PHONE: "+41794561243"}),
    ("Not three four but four three at the end.", "en", {PHONE: "+41794561243"}),
    ("It ends in 43.", "en", {PHONE: "+41794561243"}),
    ("No, not a cleaning, a check-up.", "en", {REASON: "check-up"}),
]

IN_ONE_BREATH = [
    ("Am Dienstag, äh nein, am Donnerstag um drei Uhr.", "de", {DATE: "2026-11-26", TIME: "15:00"}),
    ("Um neun, Quatsch, um zehn Uhr.", "de", {TIME: "10:00"}),
    ("Am 8. Dezember, Entschuldigung, ich meine am 9. Dezember.", "de", {DATE: "2026-12-09"}),
    ("Morgen, nein übermorgen.", "de", {DATE: "2026-11-22"}),
    ("Am Montag um zehn, oder doch lieber um elf Uhr.", "de", {DATE: "2026-11-23", TIME: "11:00"}),
    ("Le mardi, non, le jeudi à neuf heures.", "fr", {DATE: "2026-11-26", TIME: "09:00"}),
    ("Mardi, enfin mercredi.", "fr", {DATE: "2026-11-25"}),
    ("À neuf heures, pardon, à dix heures.", "fr", {TIME: "10:00"}),
    ("Martedì, anzi giovedì alle nove.", "it", {DATE: "2026-11-26", TIME: "09:00"}),
    ("Alle nove, scusi, alle dieci.", "it", {TIME: "10:00"}),
    ("Lunedì, no, cioè martedì.", "it", {DATE: "2026-11-24"}),
    ("On Tuesday, no, Thursday at nine.", "en", {DATE: "2026-11-26", TIME: "09:00"}),
    ("At nine, sorry, at ten o'clock.", "en", {TIME: "10:00"}),
    ("Tuesday, I mean Wednesday, at 3 pm.", "en", {DATE: "2026-11-25", TIME: "15:00"}),
    ("Tuesday, make that Wednesday.", "en", {DATE: "2026-11-25"}),
]


@pytest.mark.parametrize(("text", "language", "expected"), AT_READ_BACK)
def test_a_correction_of_what_was_read_back_is_read(text, language, expected):
    done = tuple((fact.name, fact.value) for fact in FACTS)
    understood = read(text, language, Question.READ_BACK, Task.BOOK, FACTS, read_back=done)
    changed = {name: value for name, value in values(understood).items() if BOOKING.get(name) != value}
    assert changed == expected
    assert understood.answer is not True


@pytest.mark.parametrize(("text", "language", "expected"), AT_READ_BACK)
def test_a_correction_changes_what_it_says_and_is_read_back_before_anything_is_sent(text, language, expected):
    call = Call(language)
    call.say(*BOOKINGS[language][:-1], text)
    assert call.actions == []
    assert call.dialogue.state.asked is Question.READ_BACK
    read_back = {str(name): value for act in call.last.acts for name, value in act.reads}
    assert read_back == expected


@pytest.mark.parametrize(("text", "language", "expected"), IN_ONE_BREATH)
def test_the_last_of_what_is_said_in_one_breath_counts(text, language, expected):
    understood = values(read(text, language, Question.PREFERRED_DATE, Task.BOOK))
    assert understood == expected


@pytest.mark.parametrize(
    ("language", "turn", "expected"),
    [
        ("de", "Ach, der Tag von vorhin war falsch, ich meinte am Mittwoch.", {DATE: "2026-11-25"}),
        ("de", "Moment, nicht um halb drei, um drei Uhr.", {TIME: "15:00"}),
        ("fr", "Pardon, pas mardi, plutôt mercredi.", {DATE: "2026-11-25"}),
        ("it", "Scusi, non martedì, mercoledì.", {DATE: "2026-11-25"}),
        ("en", "Wait, I meant Wednesday.", {DATE: "2026-11-25"}),
    ],
)
def test_what_was_said_turns_ago_is_corrected_in_the_middle_of_another_question(language, turn, expected):
    call = Call(language)
    call.say(*BOOKINGS[language][:4], turn)
    known = {str(fact.name): fact.value for fact in call.dialogue.state.facts}
    assert known == {**{name: BOOKING[name] for name in (REASON, DATE, TIME, "patient_status")}, **expected}
    assert call.dialogue.state.asked is Question.NAME
