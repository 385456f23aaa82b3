"""Figures, symbols and abbreviations as a receptionist of the language says them."""

import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.language import LANGUAGES
from gateway.speech.spoken_text import LONGEST_WORD, spoken_words

GERMAN = """
Unter 079 123 45 67. | Unter null sieben neun, eins zwei drei, vier fünf, sechs sieben.
+41 44 123 45 60 | null vier vier, eins zwei drei, vier fünf, sechs null
Tel. 044/123 45 67 | Telefon null vier vier, eins zwei drei, vier fünf, sechs sieben
+33 1 42 68 53 00 | plus drei drei, eins, vier zwei, sechs acht, fünf drei, null null
0800 123 456 | null acht null null, eins zwei drei, vier fünf sechs
0 7 9, 1 2 3, 4 5, 6 7 | null sieben neun, eins zwei drei, vier fünf, sechs sieben
Wählen Sie 144. | Wählen Sie eins vier vier.
Der Notruf 117 | Der Notruf eins eins sieben
am 26.11.2026 um 15.30 Uhr | am sechsundzwanzigsten November zweitausendsechsundzwanzig um fünfzehn Uhr dreißig
Dienstag, 8. Dezember 2026, 14:30 | Dienstag, den achten Dezember zweitausendsechsundzwanzig, vierzehn Uhr dreißig
der 8. Dezember | der achte Dezember
Termin: 3. März | Termin: dritter März
am 1.3. um 9 Uhr | am ersten März um neun Uhr
geboren am 3.5.1985 | geboren am dritten Mai neunzehnhundertfünfundachtzig
vom 1.-3. Dezember | vom ersten bis dritten Dezember
zwischen dem 8. und 10. Dezember | zwischen dem achten und zehnten Dezember
2026-12-08 | achter Dezember zweitausendsechsundzwanzig
am 24. Dez. | am vierundzwanzigsten Dezember
Im Dezember 2026 | Im Dezember zweitausendsechsundzwanzig
seit 1998 | seit neunzehnhundertachtundneunzig
8–12 Uhr | acht bis zwölf Uhr
8.00–12.00 Uhr | acht Uhr bis zwölf Uhr
Mo–Fr 8.00–12.00, 13.30–17.00 Uhr | Montag bis Freitag acht Uhr bis zwölf Uhr, dreizehn Uhr dreißig bis siebzehn Uhr
von 8.30 bis 12 Uhr | von acht Uhr dreißig bis zwölf Uhr
um 1.30 Uhr | um ein Uhr dreißig
um 1 Uhr | um ein Uhr
14h30 | vierzehn Uhr dreißig
00:15 | null Uhr fünfzehn
um 14.30 | um vierzehn Uhr dreißig
CHF 120.50 | einhundertzwanzig Franken fünfzig
Fr. 120.– | einhundertzwanzig Franken
CHF 120.-- | einhundertzwanzig Franken
CHF 120–160 | einhundertzwanzig bis einhundertsechzig Franken
120 bis 160 Franken | einhundertzwanzig bis einhundertsechzig Franken
CHF 1'200.– | eintausend zweihundert Franken
1’200 Franken | eintausend zweihundert Franken
CHF 0.50 | fünfzig Rappen
CHF 1.– | ein Franken
1 Franken | ein Franken
12.50 Franken | zwölf Franken fünfzig
20 € | zwanzig Euro
50% | fünfzig Prozent
12,5 % | zwölf Komma fünf Prozent
2,5 mg | zwei Komma fünf Milligramm
2x täglich 400 mg | zweimal täglich vierhundert Milligramm
1x pro Woche | einmal pro Woche
30 ml Wasser | dreißig Milliliter Wasser
37.5 °C | siebenunddreißig Komma fünf Grad
-5 Grad | minus fünf Grad
3 cm | drei Zentimeter
ca. 5 Min. | zirka fünf Minuten.
Blutdruck 120/80 | Blutdruck einhundertzwanzig zu achtzig
½ Tablette | einhalb Tablette
Lindengartenstrasse 12, 8032 Zürich | Lindengartenstraße zwölf, achtzig zweiunddreißig Zürich
Bahnhofstr. 3, 6003 Luzern | Bahnhofstraße drei, sechzig null drei Luzern
8000 Zürich | achttausend Zürich
in 9000 St. Gallen | in neuntausend Sankt Gallen
info@praxis-linden.ch | info ät praxis Bindestrich linden Punkt C H
www.praxis.ch | w w w Punkt praxis Punkt C H
Im 3. Stock | Im dritten Stock
die 2. Behandlung | die zweite Behandlung
Ihr 1. Termin | Ihr erster Termin
3 Termine und 1 Termin | drei Termine und ein Termin
1 Stunde, 1 Behandlung | eine Stunde, eine Behandlung
Drücken Sie die 1, um fortzufahren. | Drücken Sie die eins, um fortzufahren.
Taste # oder * | Taste Raute oder Stern
Tram 3 oder 8 | Tram drei oder acht
M-e-i-e-r | M, e, i, e, r
M wie Martha | M wie Martha
A12 | A zwölf
007 | null null sieben
10 000 Stück | zehntausend Stück
21 Personen | einundzwanzig Personen
Müller & Söhne | Müller und Söhne
Dr. med. dent. Keller | Doktor Keller
z.B. evtl. inkl. MwSt. | zum Beispiel eventuell inklusive Mehrwertsteuer
Hr. Meier und Fr. Huber | Herr Meier und Frau Huber
24/7 | vierundzwanzig sieben
(auf Wunsch) gern | auf Wunsch, gern
Heute – oder morgen? | Heute, oder morgen?
Grosse Strasse, Grüsse | Große Straße, Grüße
"""
FRENCH = """
au 079 123 45 67 | au zéro septante-neuf, cent vingt-trois, quarante-cinq, soixante-sept
au 021 800 05 00 | au zéro vingt et un, huit cent, zéro cinq, zéro zéro
au +33 1 42 68 53 00 | au plus trente-trois, un, quarante-deux, soixante-huit, cinquante-trois, zéro zéro
le 1.12.2026 à 15h30 | le premier décembre deux mille vingt-six à quinze heures trente
mardi 8 décembre 2026 à 14:30 | mardi huit décembre deux mille vingt-six à quatorze heures trente
né le 3/5/1985 | né le trois mai mille neuf cent huitante-cinq
le 26 déc. à 9h | le vingt-six décembre à neuf heures
8h–12h | huit heures à douze heures
de 8 h à 12 h 30 | de huit heures à douze heures trente
lu–ve 8h-18h | lundi à vendredi huit heures à dix-huit heures
à 1h, à 21h | à une heure, à vingt et une heures
1 heure, 21 heures | une heure, vingt et une heures
CHF 1'250.50 | mille deux cent cinquante francs cinquante
50 francs, 1 franc | cinquante francs, un franc
CHF 0.20 | vingt centimes
97 francs, 71 et 80 | nonante-sept francs, septante et un et huitante
3,5 mg | trois virgule cinq milligrammes
2,05 ml | deux virgule zéro cinq millilitres
50 % | cinquante pour cent
1er étage, 2e étage | premier étage, deuxième étage
la 1re fois, la 2ème | la première fois, la deuxième
1200 Genève | mille deux cent Genève
rue du Lac 21, 1003 Lausanne | rue du Lac vingt et un, mille trois Lausanne
av. de la Gare 5 | avenue de la Gare cinq
n° 5 | numéro cinq
05 06 | zéro cinq zéro six
10 000 | dix mille
2x par jour | deux fois par jour
1 séance, 1 contrôle | une séance, un contrôle
info@cabinet.ch | info arobase cabinet point C H
le Dr Favre et Mme Rey | le docteur Favre et madame Rey
p. ex. env. 3 RDV | par exemple environ trois rendez-vous
tension 120/80 | tension cent vingt sur huitante
poisson & lait | poisson et lait
touche # | touche dièse
3–5 jours | trois à cinq jours
"""
ITALIAN = """
allo 091 123 45 67 | allo zero nove uno, uno due tre, quattro cinque, sei sette
il 1.12. alle 15:30 | il primo dicembre alle quindici e trenta
mercoledì 8 dicembre 2026 | mercoledì otto dicembre duemilaventisei
alle 14.30 | alle quattordici e trenta
alle 1.30 | all'una e trenta
alle 1 | all'una
dalle 8 alle 12 | dalle otto alle dodici
ore 9.00–12.00 | ore nove a dodici
lu–ve | lunedì a venerdì
CHF 120.50 | centoventi franchi e cinquanta
23 franchi | ventitré franchi
1 franco | un franco
1.200 franchi | milleduecento franchi
via Nassa 3, 6900 Lugano | via Nassa tre, seimila novecento Lugano
1 visita, 1 controllo, 1 specchio | una visita, un controllo, uno specchio
3° piano | terzo piano
37,5° | trentasette virgola cinque gradi
1 dicembre | primo dicembre
2,5 ml | due virgola cinque millilitri
100% | cento per cento
nel 1998 | nel millenovecentonovantotto
2x al giorno | due volte al giorno
la dott.ssa Bianchi e il dott. Rossi | la dottoressa Bianchi e il dottor Rossi
la sig.ra Rossi | la signora Rossi
n. 5 | numero cinque
info@studio.ch | info chiocciola studio punto C H
chiami il 144 | chiami il uno quattro quattro
3–5 giorni | tre a cinque giorni
pressione 120/80 | pressione centoventi su ottanta
"""
ENGLISH = """
on 079 123 45 67 | on zero seven nine, one two three, four five, six seven
at 2:30 pm | at two thirty in the afternoon
at 14:30. | at two thirty in the afternoon.
at 9:05 am | at nine oh five in the morning
Come at 3 p.m. Thank you. | Come at three o'clock in the afternoon. Thank you.
9 am–12 pm | nine o'clock in the morning to twelve noon
Mon–Fri 8:00–12:00 | Monday to Friday eight o'clock in the morning to twelve noon
on 8 December 2026 | on the eighth of December twenty twenty-six
December 8th, 2026 | December the eighth, twenty twenty-six
Tuesday 8 December at 9:00 | Tuesday the eighth of December at nine o'clock in the morning
1985-05-03 | the third of May nineteen eighty-five
the 8th and 10th of December | the eighth and the tenth of December
in 2026 and 1998 | in twenty twenty-six and nineteen ninety-eight
the 3rd floor | the third floor
CHF 120.50 | one hundred and twenty francs fifty
1,200 francs | one thousand two hundred francs
£5.50 | five pounds fifty
1 franc | one franc
50% | fifty percent
0.5 ml | zero point five millilitres
2x a day | two times a day
1/2 tablet | a half tablet
5-10 minutes | five to ten minutes
8032 Zürich | eight zero three two Zürich
call 144 | call one four four
info@practice.com | info at practice dot com
no. 5 | number five
e.g. approx. 3 kg | for example approximately three kilos
Dr. Keller and Mrs. Rey | doctor Keller and missis Rey
salt & pepper | salt and pepper
press # or * | press hash or star
-5 degrees | minus five degrees
blood pressure 120/80 | blood pressure one hundred and twenty over eighty
"""
CASES = [
    (language, *(part.strip() for part in line.split(" | ")))
    for language, table in zip(LANGUAGES, (GERMAN, FRENCH, ITALIAN, ENGLISH), strict=True)
    for line in table.strip().splitlines()
]
FRAGMENTS = st.sampled_from(
    [said for _, said, _ in CASES]
    + list("0123456789.,:;-–/%°#*@&+=_'’()[]<>½²€$ \n")
    + ["Uhr", "h", "bis", "CHF", "M."]
)
"""What texts are made of, put together in ways that nobody meant."""
TEXTS = st.one_of(
    st.lists(FRAGMENTS, max_size=12).map("".join), st.lists(FRAGMENTS, max_size=12).map(" ".join), st.text()
)


@pytest.mark.parametrize(("language", "written", "said"), CASES)
def test_a_text_is_said_as_a_receptionist_says_it(language, written, said):
    assert spoken_words(written, language) == said


@pytest.mark.parametrize(("language", "written", "said"), CASES)
def test_what_was_said_stays_as_it_is(language, written, said):
    assert spoken_words(said, language) == said


@given(TEXTS, st.sampled_from(LANGUAGES))
@example("٣ ² ½ Ⅳ ①", "de")
@example("²0info@practice.com 45 60ca. 5 Min.", "de")
def test_no_digit_and_no_symbol_is_left(text, language):
    said = spoken_words(text, language)
    kinds = {unicodedata.category(character)[0] for character in said if character not in " .,;:!?'-"}
    assert kinds <= {"L", "M"}
    assert not any(character.isnumeric() and character.isascii() for character in said)
    assert "  " not in said
    assert said == said.strip()
    assert all(len(word) <= LONGEST_WORD for word in said.split())


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_doing_it_again_changes_nothing(text, language):
    said = spoken_words(text, language)
    assert spoken_words(said, language) == said


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_what_is_said_is_bounded(text, language):
    assert len(spoken_words(text, language)) <= 40 * len(text) + 40


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "piece", ["1", "1.", "1'", "1 ", "-", "a.", "1:", "CHF ", "0 7 ", "@", "a@", "1/", "Mo-", "8 bis ", "w.", "."]
)
def test_the_time_is_linear_in_the_length(language, piece):
    def cost(length):
        text = (piece * length)[:length]
        began = time.thread_time()
        spoken_words(text, language)
        return time.thread_time() - began

    cost(1000)
    assert cost(8000) < 0.02 + 24 * cost(1000)


def test_the_tables_are_whole():
    assert len(CASES) > 150
    assert all(len(case) == 3 and not re.search(r"[\d%&@#*]", case[2]) for case in CASES)
