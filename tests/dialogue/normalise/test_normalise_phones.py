"""Telephone numbers as callers say them and recognisers write them."""

import pytest

from gateway.dialogue.normalise import find_phone, format_phone, phone_digits

MOBILE = "+41791234567"


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("de", "null sieben neun eins zwei drei vier fünf sechs sieben", MOBILE),
        ("de", "Null-Sieben-Neun, 123, 45, 67", MOBILE),
        ("de", "null neunundsiebzig hundertdreiundzwanzig fünfundvierzig siebenundsechzig", MOBILE),
        ("de", "079 123 45 67", MOBILE),
        ("de", "0 79 1 2 3 4 5 6 7", MOBILE),
        ("de", "079-1234567", MOBILE),
        ("de", "079.123.45.67", MOBILE),
        ("de", "079/123 45 67", MOBILE),
        ("de", "0041 79 123 45 67", MOBILE),
        ("de", "+41 79 123 45 67", MOBILE),
        ("de", "plus einundvierzig neunundsiebzig eins zwei drei vier fünf sechs sieben", MOBILE),
        ("de", "meine Nummer ist 079 123 45 67 und ich heisse Anna", MOBILE),
        ("de", "null sieben neun zweimal die drei vier vier fünf fünf sechs", "+41793344556"),
        ("de", "null sieben neun doppel drei 4 45 56", "+41793344556"),
        ("de", "null vier vier zwo eins eins null null null null", "+41442110000"),
        ("de", "79 123 45 67", MOBILE),
        ("de", "am 3.5.1985, und die Nummer: 079 123 45 67", MOBILE),
        ("de", "plus neunundvierzig dreissig zwölf vierunddreissig sechsundfünfzig", "+4930123456"),
        ("de", "079 123", None),
        ("de", "079 123 45 67 8", None),
        ("de", "ich habe um 14 Uhr 30 Zeit", None),
        ("de", "am 3.5.1985", None),
        ("de", "", None),
        ("fr", "zéro sept neuf cent vingt-trois quarante-cinq soixante-sept", MOBILE),
        ("fr", "zéro septante-neuf cent vingt-trois quarante-cinq soixante-sept", MOBILE),
        ("fr", "zéro soixante-dix-neuf cent vingt-trois quarante-cinq soixante-sept", MOBILE),
        ("fr", "zéro vingt-deux sept cent trente-quatre quatre-vingt-cinq soixante-dix-huit", "+41227348578"),
        ("fr", "zéro sept huit nonante-neuf octante-deux onze deux", "+41789982112"),
        ("fr", "zéro septante-huit huitante et un, nonante, quatre-vingt-douze, trois", "+41788190923"),
        ("fr", "079 deux fois le trois quatre 45 67", "+41793344567"),
        ("fr", "plus quarante et un septante-neuf cent vingt-trois quarante-cinq soixante-sept", MOBILE),
        ("fr", "le trois mai", None),
        ("it", "zero sette nove uno due tre quattro cinque sei sette", MOBILE),
        ("it", "zero settantanove centoventitré quarantacinque sessantasette", MOBILE),
        ("it", "zero nove uno nove due due quattro doppio cinque sei", "+41919224556"),
        ("it", "il mio numero è 079 123 45 67", MOBILE),
        ("it", "alle tre e mezza", None),
        ("en", "oh seven nine one two three four five six seven", MOBILE),
        ("en", "zero seven nine double three four forty-five sixty-seven", "+41793344567"),
        ("en", "plus forty-one seven nine one two three four five six seven", MOBILE),
        ("en", "079 one hundred twenty three forty five sixty seven", MOBILE),
        ("en", "I have two questions", None),
    ],
)
def test_numbers_are_found_whole_or_not_at_all(language, words, expected):
    found = find_phone(words, language)
    assert (found and found.value) == expected
    if found:
        assert words[found.start : found.end] == found.words


def test_a_number_in_two_breaths_can_be_put_together():
    digits = phone_digits("null sieben neun", "de") + phone_digits("eins zwei drei vier fünf sechs sieben", "de")
    found = find_phone(digits, "de")
    assert digits == "0791234567"
    assert found is not None
    assert found.value == MOBILE


def test_a_lost_zero_is_supplied_with_less_confidence():
    whole, cut = find_phone("079 123 45 67", "de"), find_phone("79 123 45 67", "de")
    assert whole is not None
    assert cut is not None
    assert cut.value == whole.value
    assert cut.confidence < whole.confidence


def test_numbers_are_read_back_digit_by_digit_in_the_countrys_groups():
    assert format_phone(MOBILE, "de") == "0 7 9, 1 2 3, 4 5, 6 7"
    assert format_phone("+4930123456", "it") == "più 4 9, 3 0 1, 2 3 4, 5 6"


@pytest.mark.parametrize("wrong", ["", "079 123 45 67", "+", "+abc", "+0000"])
def test_what_is_no_e164_number_is_refused_for_reading_back(wrong):
    with pytest.raises(ValueError, match=r"not an E\.164 number"):
        format_phone(wrong, "de")
