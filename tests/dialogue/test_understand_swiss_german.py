"""Swiss German callers' turns, as recognition writes dialect: by ear, half of it in standard German."""

from __future__ import annotations

import pytest
from dialogue_helpers import read, values

from gateway.dialogue.model import FactName, Intent, Question, Task
from gateway.dialogue.normalise import find_name

INTENTS = [
    ("Ich het gern en Termin.", Intent.BOOK),
    ("I hätt gern en Termin.", Intent.BOOK),
    ("Ich hetti gärn en Termin für d Kontrolle.", Intent.BOOK),
    ("Chan ich en Termin abmache?", Intent.BOOK),
    ("Ich bruche en Termin.", Intent.BOOK),
    ("Ich brüchti en Termin.", Intent.BOOK),
    ("Ich wett en Termin abmache.", Intent.BOOK),
    ("Ich möcht gern verbicho.", Intent.BOOK),
    ("Hend Sie no en Termin frei?", Intent.BOOK),
    ("Ich chum gern verbii, ich möcht verbiicho.", Intent.BOOK),
    ("Chani de Termin verschiebe?", Intent.MOVE),
    ("Ich sött min Termin verschiebe.", Intent.MOVE),
    ("Ich mues de Termin verschiebe.", Intent.MOVE),
    ("Chönd mir de Termin verlege?", Intent.MOVE),
    ("Ich möcht min Termin ändere.", Intent.MOVE),
    ("Ich mues min Termin absäge.", Intent.CANCEL),
    ("Ich mues abmälde.", Intent.CANCEL),
    ("Ich cha morn nöd cho.", Intent.CANCEL),
    ("Ich chan leider nid cho.", Intent.CANCEL),
    ("Ich mues de Termin absage.", Intent.CANCEL),
    ("Chönd Sie mich zrugglüte?", Intent.CALLBACK),
    ("Chönnd Sie mir aalüte?", Intent.CALLBACK),
    ("Lütet Sie mir bitte zrugg.", Intent.CALLBACK),
    ("Wänn händ Sie offe?", Intent.OPENING_HOURS),
    ("Wenn hend ihr offe?", Intent.OPENING_HOURS),
    ("Wo sind ihr?", Intent.ADDRESS),
    ("Was choschtet das?", Intent.OPEN_QUESTION),
    ("Chönd Sie das nomal säge?", Intent.REPEAT),
    ("Ich ha Sie nöd verstande.", Intent.REPEAT),
    ("Wie bitte?", Intent.REPEAT),
    ("Uf Widerluege.", Intent.GOODBYE),
    ("Adie mitenand.", Intent.GOODBYE),
    ("Chönd mer Dütsch rede?", Intent.CHANGE_LANGUAGE),
    ("Redet Sie au Französisch?", Intent.CHANGE_LANGUAGE),
]

ANSWERS = [
    ("Jo.", True),
    ("Jo gern.", True),
    ("Ja genau.", True),
    ("Jo, stimmt.", True),
    ("Isch guet.", True),
    ("Das isch richtig.", True),
    ("Passt.", True),
    ("Ebe ja.", True),
    ("Nei.", False),
    ("Nei, das stimmt nöd.", False),
    ("Nei merci.", False),
    ("Isch falsch.", False),
    ("Stimmt nid.", False),
    ("Nenei.", False),
    ("Das isch nöd guet.", False),
    ("Scho guet so.", True),
    ("Jawoll.", True),
    ("Das isch mini Nummere, ja.", True),
]

FACTS = [
    ("Am Zischtig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("Am Mentig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-23"}),
    ("Am Mäntig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-23"}),
    ("Am Mittwuch.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-25"}),
    ("Am Dunschtig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-26"}),
    ("Am Donschtig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-26"}),
    ("Am Fritig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-27"}),
    ("Am Friitig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-27"}),
    ("Hüt.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20"}),
    ("Hütt.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20"}),
    ("Morn.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-21"}),
    ("Übermorn.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-22"}),
    ("Nöchscht Wuche.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-23/2026-11-29"}),
    ("Nächscht Wuche.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-23/2026-11-29"}),
    ("Am nächschte Zischtig.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("Am drüezwänzigste Novämber.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-23"}),
    ("Am achte Dezämber.", Question.PREFERRED_DATE, {"preferred_date": "2026-12-08"}),
    ("Am dritte Dezember.", Question.PREFERRED_DATE, {"preferred_date": "2026-12-03"}),
    ("Am zwölfte Jänner.", Question.PREFERRED_DATE, {"preferred_date": "2027-01-12"}),
    ("Am halbi drü.", Question.PREFERRED_TIME, {"preferred_time": "14:30"}),
    ("Halbi drü.", Question.PREFERRED_TIME, {"preferred_time": "14:30"}),
    ("Am zwoi.", Question.PREFERRED_TIME, {"preferred_time": "14:00"}),
    ("Am zwei.", Question.PREFERRED_TIME, {"preferred_time": "14:00"}),
    ("Am nüni.", Question.PREFERRED_TIME, {"preferred_time": "09:00"}),
    ("Am zähni.", Question.PREFERRED_TIME, {"preferred_time": "10:00"}),
    ("Viertel ab drü.", Question.PREFERRED_TIME, {"preferred_time": "15:15"}),
    ("Viertel vor vieri.", Question.PREFERRED_TIME, {"preferred_time": "15:45"}),
    ("Am föifi.", Question.PREFERRED_TIME, {"preferred_time": "17:00"}),
    ("Am elfi.", Question.PREFERRED_TIME, {"preferred_time": "11:00"}),
    ("Am Morge.", Question.PREFERRED_TIME, {"preferred_time": "08:00/12:00"}),
    ("Am Namittag.", Question.PREFERRED_TIME, {"preferred_time": "12:00/18:00"}),
    ("Am Nomittag.", Question.PREFERRED_TIME, {"preferred_time": "12:00/18:00"}),
    ("Am Vormittag.", Question.PREFERRED_TIME, {"preferred_time": "08:00/12:00"}),
    ("Um füfzäh Uhr.", Question.PREFERRED_TIME, {"preferred_time": "15:00"}),
    ("Um vierzäh Uhr drissg.", Question.PREFERRED_TIME, {"preferred_time": "14:30"}),
    ("Füf vor halbi drü.", Question.PREFERRED_TIME, {"preferred_time": "14:25"}),
    ("Zäh ab drü.", Question.PREFERRED_TIME, {"preferred_time": "15:10"}),
    ("Ich ha Zahnweh.", Question.HELP, {"pain": "yes", "reason": "Zahnweh"}),
    ("Min Zahn tuet weh.", Question.REASON, {"pain": "yes", "reason": "tuet weh"}),
    ("Min Name isch Anna Keller.", Question.HELP, {"name": "Anna Keller"}),
    ("Ich heisse Anna Keller.", Question.NAME, {"name": "Anna Keller"}),
    ("I bi d Anna Keller.", Question.NAME, {"name": "Anna Keller"}),
    ("Null sibe nün, vier füf sächs, zwölf, vieredrissg.", Question.PHONE, {"phone": "+41794561234"}),
    ("Null sibe nüün, vier foif sächs, eis zwöi, drü vier.", Question.PHONE, {"phone": "+41794561234"}),
    ("Ja, ich bi scho bi Ihne gsi.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("Nei, no nie.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("I bi neu.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("So schnell wie möglich.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-04"}),
    ("Isch mir glich.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-18"}),
    ("Isch mer egal.", Question.PREFERRED_TIME, {"preferred_time": "00:00/23:59"}),
]


@pytest.mark.parametrize(("text", "intent"), INTENTS)
def test_intents_in_dialect_are_found(text, intent):
    assert read(text, "de").intents[0] == intent


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_yes_and_no_in_dialect_are_found(text, answer):
    assert read(text, "de", Question.READ_BACK).answer is answer


@pytest.mark.parametrize(("text", "asked", "expected"), FACTS)
def test_facts_in_dialect_are_read(text, asked, expected):
    assert values(read(text, "de", asked, Task.BOOK if asked is not Question.HELP else None)) == expected


def test_a_day_of_the_month_is_no_hour():
    assert values(read("Am acht Dezember.", "de", Question.PREFERRED_DATE, Task.BOOK)) == {
        "preferred_date": "2026-12-08"
    }
    assert values(read("Am acht.", "de", Question.PREFERRED_TIME, Task.BOOK)) == {"preferred_time": "08:00"}


@pytest.mark.parametrize("name", ["Hans Sachs", "Elfi Huber", "Peter Vieri", "Jackie Chan", "Nina Nun"])
def test_names_that_look_like_dialect_stay_names(name):
    assert find_name(name, "de", expected=True).value == name
    assert values(read(name, "de", Question.NAME, Task.BOOK)) == {str(FactName.NAME): name}


def test_now_is_no_number():
    assert read("Null sieben neun, nun ja", "de", Question.PHONE, Task.BOOK).partial_digits == "079"
