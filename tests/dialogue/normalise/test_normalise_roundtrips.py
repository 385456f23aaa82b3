"""Properties: what is said back is understood again, and no text breaks or stalls a reader."""

import datetime as dt
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dialogue.normalise import (
    find_birth_date,
    find_dates,
    find_name,
    find_phone,
    find_spelling,
    find_times,
    format_phone,
    number_words_to_digits,
    phone_digits,
    say_birth_date,
    say_date,
    say_time,
    spell_out,
)
from gateway.dialogue.normalise.tokens import tokenise
from gateway.language import LANGUAGES
from gateway.language.number_words import cardinal_in_words

TODAY = dt.date(2026, 11, 23)
languages = st.sampled_from(LANGUAGES)
NAMES = ("Keller", "Müller", "Zgraggen", "Bernasconi", "Rochat", "Smith", "Weber-Meier", "Élodie", "Schütz")
READERS = {
    "dates": lambda text, language: find_dates(text, language, TODAY),
    "past dates": lambda text, language: find_dates(text, language, TODAY, prefer="past"),
    "times": find_times,
    "phone": find_phone,
    "phone digits": phone_digits,
    "birth date": lambda text, language: find_birth_date(text, language, TODAY),
    "name": lambda text, language: find_name(text, language, expected=True),
    "spelling": find_spelling,
    "numbers": number_words_to_digits,
}


@given(languages, st.dates(TODAY, TODAY + dt.timedelta(days=364)))
def test_a_day_said_back_is_understood(language, date):
    for said in (say_date(date, language), say_date(date, language, TODAY)):
        assert [(found.value.first, found.value.last) for found in find_dates(said, language, TODAY)] == [(date, date)]


@given(languages, st.dates(dt.date(1910, 1, 1), TODAY))
def test_a_birth_date_said_back_is_understood(language, date):
    found = find_birth_date(say_birth_date(date, language), language, TODAY)
    assert found is not None
    assert found.value == date


@given(languages, st.times(dt.time(7), dt.time(20)).map(lambda value: value.replace(second=0, microsecond=0)))
def test_a_time_said_back_is_understood(language, value):
    assert [found.value.first for found in find_times(say_time(value, language), language)] == [value]


@given(languages, st.from_regex(r"\+417[6-9][1-9][0-9]{6}", fullmatch=True))
def test_a_number_said_back_is_understood(language, number):
    found = find_phone(format_phone(number, language), language)
    assert found is not None
    assert found.value == number


@given(languages, st.integers(0, 2999))
def test_numbers_in_words_become_the_same_digits(language, number):
    assert number_words_to_digits(cardinal_in_words(number, language), language) == str(number)


@given(languages, st.from_regex(r"07[6-9][1-9][0-9]{6}", fullmatch=True))
def test_digits_said_one_by_one_become_the_same_digits(language, digits):
    said = " ".join(cardinal_in_words(int(digit), language) for digit in digits)
    assert phone_digits(said, language) == digits


@given(languages, st.sampled_from(NAMES))
def test_a_name_spelt_out_is_understood(language, name):
    found = find_spelling(spell_out(name, language), language)
    assert found is not None
    assert found.value == name


@given(languages, st.text(max_size=200))
@settings(max_examples=150)
def test_no_text_breaks_a_reader(language, text):
    for read in READERS.values():
        read(text, language)


@given(st.text(max_size=200))
def test_tokens_stand_where_they_say_and_do_not_overlap(text):
    end = 0
    for token in tokenise(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end


_JUNK = {
    "digits": "1 2 3 4 5 ",
    "one number": "1",
    "small words": "am den der in the of on ",
    "weekdays": "Dienstag, ",
    "ordinals": "8. ",
    "letters": "a b ",
    "hundreds": "neuf cent vingt ",
    "names": "Anna, ",
    "hours": "um drei bis ",
    "doubles": "double 5 ",
    "signs": "+,",
    "refusals": "nicht am mardi pas non ",
    "particles": "von der de ",
    "weeks": "nächste Woche ",
}


@pytest.mark.parametrize("junk", _JUNK)
@pytest.mark.parametrize("reader", READERS)
def test_ten_kilobytes_of_junk_take_less_than_a_tenth_of_a_second(reader, junk):
    text = _JUNK[junk] * (10_000 // len(_JUNK[junk]))
    for language in LANGUAGES:
        assert any(_seconds(READERS[reader], text, language) < 0.1 for _ in range(3))


def _seconds(read, text, language):
    begun = time.process_time()
    read(text, language)
    return time.process_time() - begun


def test_importing_does_not_load_the_date_library():
    code = "import sys, gateway.dialogue.normalise; sys.exit('dateparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
