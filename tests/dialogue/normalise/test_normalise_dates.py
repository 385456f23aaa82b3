"""What callers call days, in four languages, and what is no day."""

import datetime as dt

import pytest

from gateway.dialogue.normalise import find_birth_date, find_dates

MONDAY = dt.date(2026, 11, 23)

# Language, words, the days that they name: "MM-DD", "MM-DD..MM-DD", or with a year in front.
CASES = """
de | heute | 11-23
de | morgen früh | 11-24
de | Übermorgen. | 11-25
de | übermorgen Nachmittag | 11-25
de | am Dienstag | 11-24
de | dienstag | 11-24
de | am Montag | 11-30
de | Dienstag morgen | 11-24
de | Dienstagnachmittag | 11-24
de | diesen Freitag | 11-27
de | kommenden Freitag | 11-27
de | nächsten Dienstag | 12-01
de | nächsten Freitag | 11-27
de | nächsten Montag | 11-30
de | Dienstag in einer Woche | 12-01
de | Dienstag in acht Tagen | 12-01
de | heute in acht Tagen | 11-30
de | morgen in einer Woche | 12-01
de | nächste Woche Dienstag | 12-01
de | Dienstag nächster Woche | 12-01
de | am Dienstag, den 8. Dezember | 12-08
de | am sechzehnten Dezember | 12-16
de | am 16. Dezember um 14.30 Uhr | 12-16
de | den einundzwanzigsten Dezember | 12-21
de | am 8.12. | 12-08
de | am 8. 12. 2026 | 12-08
de | am achten zwölften | 12-08
de | am 3. Januar | 2027-01-03
de | am 16. | 12-16
de | am achten, bitte | 12-08
de | nächste Woche | 11-30..12-06
de | diese Woche | 11-23..11-29
de | übernächste Woche | 12-07..12-13
de | Ende nächster Woche | 12-03..12-04
de | Anfang Januar | 2027-01-01..2027-01-10
de | Mitte Dezember | 12-11..12-20
de | im Januar | 2027-01-01..2027-01-31
de | nächsten Monat | 12-01..12-31
de | in zwei Wochen | 12-07
de | in acht Tagen | 11-30
de | in den nächsten Tagen | 11-23..11-29
de | von Dienstag bis Donnerstag | 11-24..11-26
de | vom 12. bis 15. Dezember | 12-12..12-15
de | am 12. oder 15. Dezember | 12-12, 12-15
de | Mittwoch oder Freitag | 11-25, 11-27
de | ab dem 5. Januar | 2027-01-05..2027-02-01
de | vor dem 12. Dezember | 11-23..12-11
de | bis Freitag | 11-23..11-27
de | KW 50 | 12-07..12-13
de | nein, nicht Dienstag, Donnerstag | 11-26
de | warum nicht Dienstag | 11-24
de | Dienstag geht leider nicht |
de | ausser am Freitag |
de | ich habe seit zwei Tagen Zahnschmerzen |
de | ich habe seit Dienstag Schmerzen |
de | am letzten Freitag war ich da |
de | ich war gestern da |
de | vor zwei Wochen |
de | das geht im Moment nicht |
de | mein Name ist Mai |
de | Mittwoch ist schlecht, Donnerstag geht | 11-26
de | nicht vor Donnerstag | 11-26..12-23
de | Ich möchte vom Dienstag auf nächsten Freitag verschieben | 11-24, 11-27
de | es ist das zweite Mal |
de | ich bin am dritten Zahn unten links |
de | mein Sohn ist acht Jahre alt |
de | am 31. Februar |
de | das erste Mal |
de | um halb drei |
de | 079 123 45 67 |
de | morgens |
de | das ist mein dritter Termin |
fr | aujourd'hui | 11-23
fr | demain matin | 11-24
fr | après-demain | 11-25
fr | mardi | 11-24
fr | vendredi matin | 11-27
fr | mercredi prochain | 11-25
fr | lundi prochain | 11-30
fr | mardi en huit | 12-01
fr | mardi dans une semaine | 12-01
fr | mardi de la semaine prochaine | 12-01
fr | la semaine prochaine, mardi | 12-01
fr | le seize décembre | 12-16
fr | le 16 décembre à 14h30 | 12-16
fr | le premier décembre | 12-01
fr | le 1er décembre | 12-01
fr | le vingt et un décembre | 12-21
fr | le dix-neuf décembre | 12-19
fr | le jeudi 3 décembre 2026 | 12-03
fr | le 16 à 14h | 12-16
fr | 08/12/2026 | 12-08
fr | la semaine prochaine | 11-30..12-06
fr | cette semaine | 11-23..11-29
fr | le mois prochain | 12-01..12-31
fr | début janvier | 2027-01-01..2027-01-10
fr | en janvier | 2027-01-01..2027-01-31
fr | fin décembre | 12-21..12-31
fr | dans deux semaines | 12-07
fr | dans quinze jours | 12-07
fr | dans huit jours | 11-30
fr | du 12 au 15 décembre | 12-12..12-15
fr | du mardi au jeudi | 11-24..11-26
fr | à partir de mardi | 11-24..12-21
fr | mardi ou jeudi | 11-24, 11-26
fr | mardi je ne peux pas |
fr | pas mardi, jeudi | 11-26
fr | depuis mardi |
fr | vendredi dernier |
fr | il y a deux semaines |
fr | hier |
fr | jeudi ce n'est pas possible |
fr | je voudrais déplacer mon rendez-vous de mardi à vendredi prochain | 11-24, 11-27
fr | ça fait deux jours que j'ai mal |
fr | c'est la deuxième fois |
fr | j'ai mal à une dent |
fr | de bon matin |
fr | zéro sept neuf |
fr | il me faut dix minutes |
it | oggi | 11-23
it | domani pomeriggio | 11-24
it | dopodomani | 11-25
it | martedì | 11-24
it | martedi | 11-24
it | sabato mattina | 11-28
it | mercoledì prossimo | 11-25
it | lunedì prossimo | 11-30
it | martedì della prossima settimana | 12-01
it | la prossima settimana, martedì | 12-01
it | martedì fra una settimana | 12-01
it | il sedici dicembre | 12-16
it | il 16 dicembre alle 14 | 12-16
it | l'otto dicembre | 12-08
it | il primo dicembre | 12-01
it | il ventuno dicembre | 12-21
it | giovedì tre dicembre | 12-03
it | il sedici | 12-16
it | la settimana prossima | 11-30..12-06
it | questa settimana | 11-23..11-29
it | il mese prossimo | 12-01..12-31
it | all'inizio di gennaio | 2027-01-01..2027-01-10
it | a gennaio | 2027-01-01..2027-01-31
it | fra due settimane | 12-07
it | fra otto giorni | 11-30
it | da lunedì a mercoledì | 11-30..12-02
it | dal 12 al 15 dicembre | 12-12..12-15
it | da martedì in poi | 11-24..12-21
it | martedì o giovedì | 11-24, 11-26
it | martedì non posso |
it | non martedì, giovedì | 11-26
it | ho mal di denti da tre giorni |
it | da martedì |
it | venerdì scorso |
it | due settimane fa |
it | ieri |
it | giovedì non è possibile |
it | vorrei spostare l'appuntamento di martedì a venerdì prossimo | 11-24, 11-27
it | preferirei il pomeriggio, verso le tre |
it | il prima possibile |
it | le sette e cinque |
it | alle sedici |
it | non ho mai avuto dolori |
en | today | 11-23
en | tomorrow morning | 11-24
en | the day after tomorrow | 11-25
en | Tuesday | 11-24
en | on friday please | 11-27
en | this Friday | 11-27
en | next Monday | 11-30
en | next Tuesday | 12-01
en | Tuesday week | 12-01
en | a week on Tuesday | 12-01
en | two weeks from today | 12-07
en | Tuesday next week | 12-01
en | next week on Tuesday | 12-01
en | the sixteenth of December | 12-16
en | December 8th | 12-08
en | December the eighth | 12-08
en | on Tuesday the eighth | 12-08
en | the twenty-first | 12-21
en | the sixteenth | 12-16
en | next week | 11-30..12-06
en | the week after next | 12-07..12-13
en | next month | 12-01..12-31
en | early January | 2027-01-01..2027-01-10
en | in January | 2027-01-01..2027-01-31
en | in two weeks | 12-07
en | in a fortnight | 12-07
en | in eight days | 12-01
en | within the next two weeks | 11-23..12-07
en | from Monday to Wednesday | 11-30..12-02
en | between Tuesday and Thursday | 11-24..11-26
en | not before Thursday | 11-26..12-23
en | Tuesday or Wednesday | 11-24, 11-25
en | Tuesday doesn't work |
en | not on Tuesday, on Thursday | 11-26
en | I have had pain since Monday |
en | last Friday |
en | two weeks ago |
en | may I ask something |
en | I have a second question |
en | one moment please |
en | I can't on Thursday |
en | I'd like to move my appointment from Tuesday to next Friday | 11-24, 11-27
en | it has been three days |
en | I march on |
en | the first time |
"""


def _cases():
    for line in CASES.strip().splitlines():
        language, words, expected = (part.strip() for part in line.split("|"))
        yield pytest.param(language, words, expected, id=f"{language}: {words}")


def _written(span):
    def day(date):
        return date.strftime("%m-%d") if date.year == 2026 else date.isoformat()

    return day(span.first) if span.is_day else f"{day(span.first)}..{day(span.last)}"


@pytest.mark.parametrize(("language", "words", "expected"), list(_cases()))
def test_days_are_found_as_callers_name_them(language, words, expected):
    assert ", ".join(_written(found.value) for found in find_dates(words, language, MONDAY)) == expected


@pytest.mark.parametrize(("language", "words", "expected"), list(_cases()))
def test_what_is_found_stands_at_its_place(language, words, expected):
    for found in find_dates(words, language, MONDAY):
        assert words[found.start : found.end] == found.words != ""
        assert 0 < found.confidence <= 1


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("de", "gestern", dt.date(2026, 11, 22)),
        ("de", "am letzten Freitag", dt.date(2026, 11, 20)),
        ("de", "am Dienstag", dt.date(2026, 11, 17)),
        ("de", "vor zwei Wochen", dt.date(2026, 11, 9)),
        ("fr", "vendredi dernier", dt.date(2026, 11, 20)),
        ("fr", "il y a deux semaines", dt.date(2026, 11, 9)),
        ("it", "venerdì scorso", dt.date(2026, 11, 20)),
        ("it", "due settimane fa", dt.date(2026, 11, 9)),
        ("en", "last Friday", dt.date(2026, 11, 20)),
        ("en", "on the 16th of December", dt.date(2025, 12, 16)),
    ],
)
def test_the_past_is_found_when_it_is_asked_for(language, words, expected):
    assert [found.value.first for found in find_dates(words, language, MONDAY, prefer="past")] == [expected]


def test_a_weekday_that_contradicts_its_date_is_doubted():
    (found,) = find_dates("am Freitag, den 8. Dezember", "de", MONDAY)
    assert found.confidence < 0.5


def test_next_weekday_within_the_week_is_doubted_because_callers_differ():
    (found,) = find_dates("nächsten Freitag", "de", MONDAY)
    assert found.confidence == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("de", "dritter Mai neunzehnhundertfünfundachtzig", "1985-05-03"),
        ("de", "dritter Mai neunzehn fünfundachtzig", "1985-05-03"),
        ("de", "3.5.85", "1985-05-03"),
        ("de", "3. Mai 85", "1985-05-03"),
        ("de", "12. 4. 1972", "1972-04-12"),
        ("de", "am 12. April 1972", "1972-04-12"),
        ("de", "dritter fünfter fünfundachtzig", "1985-05-03"),
        ("de", "den einundzwanzigsten zwölften zweitausendfünf", "2005-12-21"),
        ("de", "dritter Mai zweitausendeins", "2001-05-03"),
        ("de", "geboren bin ich am 3.5.12", "2012-05-03"),
        ("de", "03051985", "1985-05-03"),
        ("de", "31.2.1980", None),
        ("de", "3. Mai 2030", None),
        ("de", "3. Mai 1850", None),
        ("de", "am 3. Mai um 10 Uhr", None),
        ("de", "079 123 45 67", None),
        ("fr", "le trois mai mille neuf cent quatre-vingt-cinq", "1985-05-03"),
        ("fr", "le trois mai mille neuf cent huitante-cinq", "1985-05-03"),
        ("fr", "le 12 avril 1972", "1972-04-12"),
        ("fr", "douze quatre mille neuf cent soixante-douze", "1972-04-12"),
        ("fr", "le premier janvier deux mille", "2000-01-01"),
        ("fr", "le trois mai nonante-cinq", "1995-05-03"),
        ("fr", "12/04/1972", "1972-04-12"),
        ("fr", "le dix-sept juin septante-sept", "1977-06-17"),
        ("it", "il tre maggio millenovecentottantacinque", "1985-05-03"),
        ("it", "il 3 maggio 1985", "1985-05-03"),
        ("it", "tre maggio ottantacinque", "1985-05-03"),
        ("it", "primo gennaio duemila", "2000-01-01"),
        ("it", "il ventitré dicembre duemilaquattro", "2004-12-23"),
        ("en", "third of May nineteen eighty-five", "1985-05-03"),
        ("en", "May 3rd 1985", "1985-05-03"),
        ("en", "the twenty-first of March two thousand and five", "2005-03-21"),
        ("en", "March third nineteen oh nine", "1909-03-03"),
        ("en", "December 1st, 1999", "1999-12-01"),
        ("en", "3rd May twenty ten", "2010-05-03"),
        ("en", "1985-05-03", "1985-05-03"),
    ],
)
def test_birth_dates_are_found_and_impossible_ones_are_not(language, words, expected):
    found = find_birth_date(words, language, MONDAY)
    assert (found and found.value.isoformat()) == expected
