"""What callers call times of day, in four languages, and what is no time."""

import datetime as dt

import pytest

from gateway.dialogue.normalise import find_times

CASES = """
de | halb drei | 14:30
de | um halb zehn | 09:30
de | unhalb drei am Nachmittag | 14:30
de | halb eins | 12:30
de | Viertel vor drei | 14:45
de | viertel ab drei | 15:15
de | Viertel nach acht | 08:15
de | fünf vor halb drei | 14:25
de | zehn nach drei | 15:10
de | zehn vor zwölf | 11:50
de | drei Uhr nachmittags | 15:00
de | acht Uhr abends | 20:00
de | morgens um acht | 08:00
de | am Abend um sieben | 19:00
de | Dienstagnachmittag um vier | 16:00
de | 14 Uhr 30 | 14:30
de | vierzehn Uhr dreissig | 14:30
de | 14:30 | 14:30
de | um 14.30 Uhr | 14:30
de | um eins | 13:00
de | gegen zehn | 10:00
de | am Vormittag | 08:00..12:00
de | nachmittags | 12:00..18:00
de | über Mittag | 12:00..14:00
de | nach 16 Uhr | 16:00..18:00
de | ab 15 Uhr | 15:00..18:00
de | vor zehn | 08:00..10:00
de | nicht vor zehn Uhr | 10:00..18:00
de | zwischen zwei und vier | 14:00..16:00
de | zwischen elf und eins | 11:00..13:00
de | von zwei bis vier | 14:00..16:00
de | um drei oder um vier | 15:00, 16:00
de | nicht um drei, um vier | 16:00
de | drei | 15:00
de | um drei Tage verschieben |
de | nach zwei Wochen |
de | am 16. Dezember |
de | 079 123 45 67 |
de | Viertel drei |
de | 25 Uhr |
de | ich habe drei Kinder |
fr | quinze heures trente | 15:30
fr | à 15h30 | 15:30
fr | midi | 12:00
fr | midi et demi | 12:30
fr | trois heures et demie | 15:30
fr | trois heures moins le quart | 14:45
fr | dix heures moins dix | 09:50
fr | huit heures et quart | 08:15
fr | à trois heures de l'après-midi | 15:00
fr | huit heures du soir | 20:00
fr | à huit heures du matin | 08:00
fr | dix-sept heures | 17:00
fr | vers dix heures | 10:00
fr | le matin | 08:00..12:00
fr | l'après-midi | 12:00..18:00
fr | en fin d'après-midi | 16:00..18:00
fr | après seize heures | 16:00..18:00
fr | avant dix heures | 08:00..10:00
fr | pas avant dix heures | 10:00..18:00
fr | entre deux et quatre heures | 14:00..16:00
fr | de 14 à 16 heures | 14:00..16:00
fr | à une dent |
fr | le 16 |
fr | dans dix jours |
it | alle tre e mezza | 15:30
it | alle quindici e trenta | 15:30
it | le quattro e un quarto | 16:15
it | le cinque meno un quarto | 16:45
it | alle dieci e venti | 10:20
it | mezzogiorno | 12:00
it | mezzogiorno e mezzo | 12:30
it | alle 15:30 | 15:30
it | all'una | 13:00
it | alle nove del mattino | 09:00
it | alle otto di sera | 20:00
it | le tre del pomeriggio | 15:00
it | verso le dieci | 10:00
it | le dieci | 10:00
it | di mattina | 08:00..12:00
it | martedì pomeriggio | 12:00..18:00
it | dopo le quattro | 16:00..18:00
it | prima delle dieci | 08:00..10:00
it | tra le due e le quattro | 14:00..16:00
it | dalle due alle quattro | 14:00..16:00
it | ho tre figli |
it | alle due figlie |
it | il sedici |
en | half past two | 14:30
en | half two | 14:30
en | quarter to three | 14:45
en | quarter past eight | 08:15
en | at two thirty | 14:30
en | two thirty | 14:30
en | 3 pm | 15:00
en | 3 p.m. | 15:00
en | at nine am | 09:00
en | three o'clock | 15:00
en | three in the afternoon | 15:00
en | in the afternoon at three | 15:00
en | eight in the evening | 20:00
en | ten past two | 14:10
en | twenty to four | 15:40
en | noon | 12:00
en | at 14:30 | 14:30
en | around ten | 10:00
en | in the morning | 08:00..12:00
en | after four | 16:00..18:00
en | before ten | 08:00..10:00
en | not before ten | 10:00..18:00
en | between two and four | 14:00..16:00
en | from two to four | 14:00..16:00
en | I am here for two days |
en | after two weeks |
en | I have three teeth |
en | good morning |
"""


def _cases():
    for line in CASES.strip().splitlines():
        language, words, expected = (part.strip() for part in line.split("|"))
        yield pytest.param(language, words, expected, id=f"{language}: {words}")


def _written(span):
    first = span.first.strftime("%H:%M")
    return first if span.last is None else f"{first}..{span.last.strftime('%H:%M')}"


@pytest.mark.parametrize(("language", "words", "expected"), list(_cases()))
def test_times_are_found_as_callers_name_them(language, words, expected):
    found = find_times(words, language)
    assert ", ".join(_written(each.value) for each in found) == expected
    assert all(words[each.start : each.end] == each.words for each in found)


def test_a_bare_number_is_a_time_only_as_the_whole_answer_and_then_a_guess():
    (found,) = find_times("ja, drei", "de")
    assert found.value.first == dt.time(15)
    assert found.confidence == pytest.approx(0.5)
    assert find_times("ich habe drei Fragen", "de") == []
