"""German callers' turns, as recognition writes them."""

from __future__ import annotations

import pytest
from dialogue_helpers import fact, read, values

from gateway.dialogue.model import FactName, Intent, Question, Task

INTENTS = [
    ("Ich hätte gerne einen Termin.", Intent.BOOK),
    ("Guten Tag, ich möchte gerne einen Termin vereinbaren.", Intent.BOOK),
    ("Grüezi, ich hätte gern einen Termin bei Ihnen.", Intent.BOOK),
    ("Ich hatte gern einen Termin.", Intent.BOOK),
    ("Ich mochte einen Termin abmachen.", Intent.BOOK),
    ("Ich brauche einen Termin zur Kontrolle.", Intent.BOOK),
    ("Haben Sie noch einen Termin frei?", Intent.BOOK),
    ("Kann ich morgen einen Termin haben?", Intent.BOOK),
    ("Termin bitte.", Intent.BOOK),
    ("Ich wollte fragen, ob ich vorbeikommen kann. Ich möchte mal vorbeikommen.", Intent.BOOK),
    ("Ich würde gerne einen neuen Termin machen.", Intent.BOOK),
    ("Ich habe noch keinen Termin.", Intent.BOOK),
    ("Ich will mich für die Dentalhygiene anmelden, geht das? Ich möchte mich anmelden.", Intent.BOOK),
    ("Ich möchte meinen Termin verschieben.", Intent.MOVE),
    ("Ich muss den Termin am Dienstag verschieben.", Intent.MOVE),
    ("Können wir den Termin verlegen?", Intent.MOVE),
    ("Kann ich den Termin auf Donnerstag umbuchen?", Intent.MOVE),
    ("Ich sollte meinen Termin ändern.", Intent.MOVE),
    ("Ich muss meinen Termin absagen und möchte einen neuen Termin.", Intent.MOVE),
    ("Ich mochte meinen Termin verschiben.", Intent.MOVE),
    ("Ich möchte meinen Termin absagen.", Intent.CANCEL),
    ("Ich muss leider absagen.", Intent.CANCEL),
    ("Ich kann morgen leider nicht kommen.", Intent.CANCEL),
    ("Bitte stornieren Sie meinen Termin.", Intent.CANCEL),
    ("Ich kann den Termin nicht wahrnehmen.", Intent.CANCEL),
    ("Sagen Sie bitte meinen Termin ab.", Intent.CANCEL),
    ("Ich muss meinen Termin annullieren.", Intent.CANCEL),
    ("Können Sie mich zurückrufen?", Intent.CALLBACK),
    ("Ich hätte gern einen Rückruf.", Intent.CALLBACK),
    ("Bitte rufen Sie mich zurück.", Intent.CALLBACK),
    ("Kann mich jemand anrufen?", Intent.CALLBACK),
    ("Konnen Sie mich zuruckrufen?", Intent.CALLBACK),
    ("Ich habe einen Notfall!", Intent.EMERGENCY),
    ("Das ist ein Notfall, ich brauche sofort einen Termin.", Intent.EMERGENCY),
    ("Ich hatte einen Unfall, mein Zahn ist weg.", Intent.EMERGENCY),
    ("Es hört nicht auf zu bluten.", Intent.EMERGENCY),
    ("Ich blute ganz stark.", Intent.EMERGENCY),
    ("Mein Sohn hat sich einen Zahn ausgeschlagen.", Intent.EMERGENCY),
    ("Ich bekomme keine Luft.", Intent.EMERGENCY),
    ("Ich kann kaum schlucken.", Intent.EMERGENCY),
    ("Meine Wange ist stark geschwollen.", Intent.EMERGENCY),
    ("Die Schmerzen sind unerträglich.", Intent.EMERGENCY),
    ("Hilfe!", Intent.EMERGENCY),
    ("Wann haben Sie offen?", Intent.OPENING_HOURS),
    ("Wie sind Ihre Öffnungszeiten?", Intent.OPENING_HOURS),
    ("Wie sind die Offnungszeiten?", Intent.OPENING_HOURS),
    ("Bis wann sind Sie heute da?", Intent.OPENING_HOURS),
    ("Haben Sie am Samstag offen?", Intent.OPENING_HOURS),
    ("Sind Sie am Freitag geöffnet?", Intent.OPENING_HOURS),
    ("Wie ist Ihre Adresse?", Intent.ADDRESS),
    ("Wo sind Sie?", Intent.ADDRESS),
    ("Wo finde ich die Praxis?", Intent.ADDRESS),
    ("Wie komme ich zu Ihnen?", Intent.ADDRESS),
    ("Haben Sie Parkplätze?", Intent.ADDRESS),
    ("Ich möchte mit einem Menschen sprechen.", Intent.HUMAN),
    ("Kann ich mit jemandem sprechen?", Intent.HUMAN),
    ("Verbinden Sie mich bitte.", Intent.HUMAN),
    ("Können Sie mich mit dem Empfang verbinden?", Intent.HUMAN),
    ("Ich rede nicht mit einem Roboter.", Intent.HUMAN),
    ("Kann ich mit Frau Doktor Meier sprechen?", Intent.HUMAN),
    ("Können Sie das bitte wiederholen?", Intent.REPEAT),
    ("Wie bitte?", Intent.REPEAT),
    ("Noch einmal bitte.", Intent.REPEAT),
    ("Ich habe Sie nicht verstanden.", Intent.REPEAT),
    ("Was?", Intent.REPEAT),
    ("Auf Wiederhören.", Intent.GOODBYE),
    ("Tschüss!", Intent.GOODBYE),
    ("Danke, das war's, das war alles.", Intent.GOODBYE),
    ("Adieu, schönen Tag.", Intent.GOODBYE),
    ("Ich möchte keine Aufnahme.", Intent.REFUSE_RECORDING),
    ("Ich will nicht aufgenommen werden.", Intent.REFUSE_RECORDING),
    ("Bitte die Aufzeichnung stoppen.", Intent.REFUSE_RECORDING),
    ("Bitte nicht aufzeichnen.", Intent.REFUSE_RECORDING),
    ("Sprechen Sie Englisch?", Intent.CHANGE_LANGUAGE),
    ("Können wir Französisch sprechen?", Intent.CHANGE_LANGUAGE),
    ("Italienisch bitte.", Intent.CHANGE_LANGUAGE),
    ("Was kostet eine Zahnreinigung?", Intent.OPEN_QUESTION),
    ("Ich habe eine Frage zu meiner Rechnung.", Intent.OPEN_QUESTION),
    ("Mein Kind ist gestürzt und hat einen Zahn verloren.", Intent.EMERGENCY),
    ("Ich möchte gerne mit der Praxis sprechen.", Intent.HUMAN),
    ("Ich sött min Termin verschiebe.", Intent.MOVE),
    ("Das ist kein Notfall.", None),
    ("Das ist nicht ein Notfall.", None),
    ("Ich habe am Dienstag einen Termin.", None),
    ("Keller.", None),
    ("Am Dienstag um drei.", None),
    ("Mein Name ist Anna Keller.", None),
    ("Null sieben neun.", None),
    ("Ähm.", None),
    ("", None),
]

ANSWERS = [
    ("Ja.", True),
    ("Ja, gerne.", True),
    ("Ja genau.", True),
    ("Gerne.", True),
    ("Genau.", True),
    ("Richtig.", True),
    ("Das stimmt.", True),
    ("Stimmt so.", True),
    ("Das ist richtig.", True),
    ("Passt.", True),
    ("Das passt mir gut.", True),
    ("In Ordnung.", True),
    ("Alles klar.", True),
    ("Einverstanden.", True),
    ("Okay.", True),
    ("Ähm, ja.", True),
    ("Jawohl.", True),
    ("Also gut, ja.", True),
    ("Sehr gerne.", True),
    ("Kein Problem.", True),
    ("Natürlich.", True),
    ("Selbstverständlich.", True),
    ("Nein.", False),
    ("Nein danke.", False),
    ("Nee.", False),
    ("Stimmt nicht.", False),
    ("Das stimmt nicht.", False),
    ("Das stimmt so nicht.", False),
    ("Nein, das ist falsch.", False),
    ("Falsch.", False),
    ("Das ist nicht richtig.", False),
    ("Nicht ganz.", False),
    ("Auf keinen Fall.", False),
    ("Lieber nicht.", False),
    ("Noch nie.", False),
    ("Nein, das passt mir nicht.", False),
    ("Ja, aber das stimmt nicht.", False),
    ("Ich hätte gerne einen Termin.", None),
    ("Am Dienstag.", None),
    ("Keller.", None),
    ("Vielleicht.", None),
    ("Hm.", None),
]

FACTS = [
    ("Anna Keller", Question.NAME, {"name": "Anna Keller"}),
    ("Keller.", Question.NAME, {"name": "Keller"}),
    (
        "Hans Müller. Geboren am 3. Mai 1985.",
        Question.NAME,
        {"name": "Hans Müller", "date_of_birth": "1985-05-03"},
    ),
    ("Keller.", Question.HELP, {}),
    ("Mein Name ist Anna Keller.", Question.HELP, {"name": "Anna Keller"}),
    ("Ich heisse Peter Müller.", Question.NAME, {"name": "Peter Müller"}),
    ("Der dritte Mai 1985.", Question.DATE_OF_BIRTH, {"date_of_birth": "1985-05-03"}),
    ("Ich bin am 3. Mai 1985 geboren.", Question.HELP, {"date_of_birth": "1985-05-03"}),
    ("079 456 12 34", Question.PHONE, {"phone": "+41794561234"}),
    ("Null sieben neun, vier fünf sechs, zwölf, vierunddreissig.", Question.PHONE, {"phone": "+41794561234"}),
    ("Meine Nummer ist 044 123 45 67.", Question.HELP, {"phone": "+41441234567"}),
    ("Ja, ich war schon bei Ihnen.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("Ja.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("Nein.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("Nein, noch nie.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("Ich bin zum ersten Mal bei Ihnen.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("Ich bin ein neuer Patient.", Question.HELP, {"patient_status": "new"}),
    ("Ich bin schon Patientin bei Ihnen.", Question.HELP, {"patient_status": "known"}),
    ("Für eine Kontrolle.", Question.REASON, {"reason": "check-up"}),
    ("Kontrol.", Question.REASON, {"reason": "check-up"}),
    ("Ich brauche einen Kontrolltermin.", Question.HELP, {"reason": "check-up"}),
    ("Eine Dental Hygiene bitte.", Question.REASON, {"reason": "hygiene"}),
    ("Ein Dentalhygienetermin.", Question.REASON, {"reason": "hygiene"}),
    ("Zahnreinigung", Question.REASON, {"reason": "hygiene"}),
    ("Zahn Reinigung", Question.REASON, {"reason": "hygiene"}),
    ("Mir ist eine Plombe rausgefallen.", Question.HELP, {"reason": "filling"}),
    ("Ich habe ein Loch im Zahn.", Question.REASON, {"reason": "filling"}),
    ("Fullung", Question.REASON, {"reason": "filling"}),
    ("Mein Zahn wackelt.", Question.REASON, {"reason": "Mein Zahn wackelt."}),
    ("Ich habe Zahnschmerzen.", Question.HELP, {"pain": "yes", "reason": "Zahnschmerzen"}),
    ("Mein Zahn tut weh.", Question.REASON, {"pain": "yes", "reason": "tut weh"}),
    ("Ja, ein bisschen.", Question.PAIN, {"pain": "yes"}),
    ("Nein, keine Schmerzen.", Question.PAIN, {"pain": "no"}),
    ("Am Dienstag.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("Am achten Dezember.", Question.PREFERRED_DATE, {"preferred_date": "2026-12-08"}),
    ("Morgen.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-21"}),
    ("So bald wie möglich.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-04"}),
    ("Das ist mir egal.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-18"}),
    ("Um halb drei.", Question.PREFERRED_TIME, {"preferred_time": "14:30"}),
    ("Um 15 Uhr 30.", Question.PREFERRED_TIME, {"preferred_time": "15:30"}),
    ("Egal.", Question.PREFERRED_TIME, {"preferred_time": "00:00/23:59"}),
    (
        "Am Dienstag um 14 Uhr zur Kontrolle.",
        Question.HELP,
        {"preferred_date": "2026-11-24", "preferred_time": "14:00", "reason": "check-up"},
    ),
    ("Bei Frau Doktor Meier.", Question.REASON, {"practitioner": "sandra-meier"}),
    ("Ich möchte zu Doktor Meyer.", Question.HELP, {"practitioner": "sandra-meier"}),
    ("Bei Herrn Bernasconi bitte.", Question.PREFERRED_DATE, {"practitioner": "luca-bernasconi"}),
    ("Es geht um meine Rechnung.", Question.MESSAGE, {"message": "Es geht um meine Rechnung."}),
    ("Nein.", Question.MESSAGE, {}),
    ("Bitte rufen Sie mich zurück wegen meiner Rechnung.", Question.HELP, {"message": "wegen meiner Rechnung."}),
    (
        "Guten Tag, mein Name ist Anna Keller, ich hätte gern Dienstag um 15 Uhr einen Termin zur Zahnreinigung.",
        Question.HELP,
        {"name": "Anna Keller", "preferred_date": "2026-11-24", "preferred_time": "15:00", "reason": "hygiene"},
    ),
    ("K E L L E R", Question.SPELLING, {"name": "Keller"}),
    ("Haben Sie am Samstag offen?", Question.HELP, {}),
    ("Was kostet eine Zahnreinigung?", Question.HELP, {"message": "Was kostet eine Zahnreinigung?"}),
    ("Ich habe seit gestern Zahnschmerzen.", Question.HELP, {"pain": "yes", "reason": "Zahnschmerzen"}),
]


@pytest.mark.parametrize(("text", "intent"), INTENTS)
def test_intents_of_german_callers_are_found(text, intent):
    understanding = read(text, "de")
    assert (understanding.intents or (None,))[0] == intent


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_yes_and_no_of_german_callers_are_found(text, answer):
    assert read(text, "de", Question.READ_BACK).answer is answer


@pytest.mark.parametrize(("text", "asked", "expected"), FACTS)
def test_facts_of_german_callers_are_read(text, asked, expected):
    assert values(read(text, "de", asked, Task.BOOK if asked is not Question.HELP else None)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nein, nicht Dienstag, Donnerstag.", {"preferred_date": "2026-11-26"}),
        ("Nein nicht Dienstag Donnerstag", {"preferred_date": "2026-11-26"}),
        ("Nein, nicht am Dienstag, sondern am Donnerstag.", {"preferred_date": "2026-11-26"}),
        ("Am Dienstag kann ich nicht, lieber am Donnerstag.", {"preferred_date": "2026-11-26"}),
        ("Donnerstag, nicht Dienstag.", {"preferred_date": "2026-11-26"}),
        ("Statt Dienstag lieber Donnerstag.", {"preferred_date": "2026-11-26"}),
        ("Nein, um vier, nicht um drei.", {"preferred_time": "16:00"}),
        ("Nicht um drei Uhr, um vier Uhr.", {"preferred_time": "16:00"}),
        ("Nein, mein Name ist nicht Keller, mein Name ist Köhler.", {"name": "Köhler"}),
        ("Keine Kontrolle, eine Zahnreinigung.", {"reason": "hygiene"}),
    ],
)
def test_a_negated_value_is_dropped_and_the_right_one_taken(text, expected):
    understanding = read(text, "de", Question.READ_BACK, Task.BOOK)
    assert {name: value.replace("04:00", "16:00") for name, value in values(understanding).items()} == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nein, die Telefonnummer stimmt nicht.", FactName.PHONE),
        ("Nein, die letzte Ziffer ist falsch.", FactName.PHONE),
        ("Nein, nicht am Dienstag.", FactName.PREFERRED_DATE),
        ("Nein, nicht um drei Uhr.", FactName.PREFERRED_TIME),
        ("Der Name ist falsch.", FactName.NAME),
        ("Die Uhrzeit ist nicht richtig.", FactName.PREFERRED_TIME),
        ("Das Datum stimmt nicht.", FactName.PREFERRED_DATE),
    ],
)
def test_a_fact_that_is_called_wrong_by_name_is_found(text, name):
    assert name in read(text, "de", Question.READ_BACK, Task.BOOK).rejected


@pytest.mark.parametrize(
    ("text", "task", "asked", "expected"),
    [
        (
            "Ich möchte meinen Termin vom Dienstag auf Donnerstag um 15 Uhr verschieben.",
            None,
            Question.HELP,
            {"existing_date": "2026-11-24", "preferred_date": "2026-11-26", "preferred_time": "15:00"},
        ),
        (
            "Ich muss meinen Termin am Dienstag um 14 Uhr verschieben.",
            None,
            Question.HELP,
            {"existing_date": "2026-11-24", "existing_time": "14:00"},
        ),
        ("Ich muss den Termin auf Mittwoch verschieben.", None, Question.HELP, {"preferred_date": "2026-11-25"}),
        ("Am Dienstag.", Task.MOVE, Question.EXISTING_DATE, {"existing_date": "2026-11-24"}),
        ("Am Donnerstag.", Task.MOVE, Question.PREFERRED_DATE, {"preferred_date": "2026-11-26"}),
        (
            "Am Dienstag kann ich leider nicht kommen, aber am Mittwoch.",
            Task.BOOK,
            Question.PREFERRED_DATE,
            {"preferred_date": "2026-11-25"},
        ),
        ("Um 15 Uhr.", Task.MOVE, Question.PREFERRED_TIME, {"preferred_time": "15:00"}),
        ("Ich muss den Termin am Montag absagen.", None, Question.HELP, {"existing_date": "2026-11-23"}),
    ],
)
def test_dates_belong_to_the_old_or_to_the_new_appointment(text, task, asked, expected):
    assert values(read(text, "de", asked, task)) == expected


def test_digits_of_a_number_that_comes_in_parts_are_put_together():
    first = read("null sieben neun, vier fünf sechs", "de", Question.PHONE, Task.BOOK)
    assert first.partial_digits == "079456"
    second = read("zwölf vierunddreissig", "de", Question.PHONE, Task.BOOK, partial_digits=first.partial_digits)
    assert values(second) == {"phone": "+41794561234"}


def test_a_spelled_surname_keeps_the_first_name():
    known = (fact(FactName.NAME, "Anna Kehler"),)
    assert values(read("K, E, L, L, E, R", "de", Question.SPELLING, Task.BOOK, known)) == {"name": "Anna Keller"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nein, mein Name ist Köhler.", "Anna Köhler"),
        ("Nein, mein Name ist Anja.", "Anja Kehler"),
        ("Nein, mein Name ist Anja Keller.", "Anja Keller"),
    ],
)
def test_a_corrected_part_of_the_name_keeps_the_other(text, name):
    known = (fact(FactName.NAME, "Anna Kehler"),)
    assert values(read(text, "de", Question.READ_BACK, Task.BOOK, known))["name"] == name
