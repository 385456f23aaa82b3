import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.language import LANGUAGES
from gateway.language.number_words import (
    HIGHEST,
    cardinal_in_words,
    day_in_words,
    digits_in_words,
    ordinal_in_words,
    year_in_words,
)


@pytest.mark.parametrize(
    ("number", "de", "fr", "it", "en"),
    [
        (0, "null", "zéro", "zero", "zero"),
        (21, "einundzwanzig", "vingt et un", "ventuno", "twenty-one"),
        (33, "dreiunddreissig", "trente-trois", "trentatré", "thirty-three"),
        (71, "einundsiebzig", "septante et un", "settantuno", "seventy-one"),
        (88, "achtundachtzig", "huitante-huit", "ottantotto", "eighty-eight"),
        (99, "neunundneunzig", "nonante-neuf", "novantanove", "ninety-nine"),
        (101, "einhunderteins", "cent un", "centouno", "one hundred and one"),
        (180, "einhundertachtzig", "cent huitante", "centottanta", "one hundred and eighty"),
        (1001, "eintausendeins", "mille un", "milleuno", "one thousand and one"),
        (3210, "dreitausend zweihundertzehn", "trois mille deux cent dix", "tremila duecentodieci",
         "three thousand two hundred and ten"),
        (21_000, "einundzwanzigtausend", "vingt et un mille", "ventunmila", "twenty-one thousand"),
        (101_003, "einhunderteintausend drei", "cent un mille trois", "centounmila tre",
         "one hundred and one thousand and three"),
        (1_000_000, "eine Million", "un million", "un milione", "one million"),
        (2_000_005, "zwei Millionen fünf", "deux millions cinq", "due milioni cinque", "two million and five"),
    ],
)  # fmt: skip
def test_a_cardinal_is_said_as_in_switzerland(number, de, fr, it, en):
    assert [cardinal_in_words(number, language) for language in LANGUAGES] == [de, fr, it, en]


@pytest.mark.parametrize(
    ("number", "de", "fr", "it", "en"),
    [
        (1, "erste", "premier", "primo", "first"),
        (3, "dritte", "troisième", "terzo", "third"),
        (4, "vierte", "quatrième", "quarto", "fourth"),
        (5, "fünfte", "cinquième", "quinto", "fifth"),
        (7, "siebte", "septième", "settimo", "seventh"),
        (9, "neunte", "neuvième", "nono", "ninth"),
        (11, "elfte", "onzième", "undicesimo", "eleventh"),
        (12, "zwölfte", "douzième", "dodicesimo", "twelfth"),
        (20, "zwanzigste", "vingtième", "ventesimo", "twentieth"),
        (21, "einundzwanzigste", "vingt et unième", "ventunesimo", "twenty-first"),
        (23, "dreiundzwanzigste", "vingt-troisième", "ventitreesimo", "twenty-third"),
        (26, "sechsundzwanzigste", "vingt-sixième", "ventiseiesimo", "twenty-sixth"),
        (100, "einhundertste", "centième", "centesimo", "one hundredth"),
        (103, "einhundertdritte", "cent troisième", "centotreesimo", "one hundred and third"),
    ],
)
def test_an_ordinal_is_said(number, de, fr, it, en):
    assert [ordinal_in_words(number, language) for language in LANGUAGES] == [de, fr, it, en]


@pytest.mark.parametrize(
    ("year", "de", "en"),
    [
        (1985, "neunzehnhundertfünfundachtzig", "nineteen eighty-five"),
        (1900, "neunzehnhundert", "nineteen hundred"),
        (1905, "neunzehnhundertfünf", "nineteen oh five"),
        (2000, "zweitausend", "two thousand"),
        (2005, "zweitausendfünf", "two thousand and five"),
        (2026, "zweitausendsechsundzwanzig", "twenty twenty-six"),
    ],
)
def test_a_year_is_said_in_hundreds(year, de, en):
    assert (year_in_words(year, "de"), year_in_words(year, "en")) == (de, en)


def test_days_of_the_month_are_said_as_dates_have_them():
    assert [day_in_words(1, language) for language in LANGUAGES] == ["erste", "premier", "primo", "first"]
    assert [day_in_words(31, language) for language in LANGUAGES] == [
        "einunddreissigste", "trente et un", "trentuno", "thirty-first",
    ]  # fmt: skip
    assert digits_in_words("079", "fr") == "zéro sept neuf"


@pytest.mark.parametrize("number", [-1, HIGHEST + 1])
def test_what_has_no_words_here_is_refused(number):
    with pytest.raises(ValueError, match="in words"):
        cardinal_in_words(number, "de")
    for day in (0, 32):
        with pytest.raises(ValueError, match="no month"):
            day_in_words(day, "de")
    with pytest.raises(ValueError, match="no ordinal"):
        ordinal_in_words(0, "de")


@given(st.integers(0, HIGHEST), st.integers(0, HIGHEST), st.sampled_from(LANGUAGES))
def test_two_numbers_never_share_their_words(one, other, language):
    assert (cardinal_in_words(one, language) == cardinal_in_words(other, language)) == (one == other)


@given(st.one_of(st.integers(1, 9999), st.integers(1, HIGHEST)), st.sampled_from(LANGUAGES))
@example(2527, "de")
@example(1777, "de")
@example(777_777, "de")
def test_no_word_of_a_number_is_longer_than_a_synthesiser_takes(number, language):
    for words in (cardinal_in_words(number, language), ordinal_in_words(number, language)):
        assert all(len(word) <= 40 and word.replace("-", "").isalpha() for word in words.split())
