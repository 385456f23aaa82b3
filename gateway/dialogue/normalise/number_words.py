"""Writes numbers from 0 to 2999 in words, as the four languages' speakers in Switzerland say them."""

from __future__ import annotations

from gateway.language import Language


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_GERMAN_UNITS = _listed(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn"
    " achtzehn neunzehn"
)
_GERMAN_TENS = _listed("zwanzig dreissig vierzig fünfzig sechzig siebzig achtzig neunzig")
_FRENCH_UNITS = _listed(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit"
    " dix-neuf"
)
_FRENCH_TENS = _listed("vingt trente quarante cinquante soixante septante huitante nonante")
_ITALIAN_UNITS = _listed(
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici"
    " diciassette diciotto diciannove"
)
_ITALIAN_TENS = _listed("venti trenta quaranta cinquanta sessanta settanta ottanta novanta")
_ENGLISH_UNITS = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_ENGLISH_TENS = _listed("twenty thirty forty fifty sixty seventy eighty ninety")
_ENGLISH_ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
_GERMAN_ORDINALS = {1: "erste", 3: "dritte", 7: "siebte", 8: "achte"}


def cardinal_in_words(number: int, language: Language) -> str:
    """Write ``number`` in words. Raise ``ValueError`` outside 0 to 2999."""
    if not 0 <= number < 3000:
        raise ValueError(f"cannot write {number} in words")
    write = {"de": _german, "fr": _french, "it": _italian, "en": _english}[language]
    return write(number)


def day_in_words(day: int, language: Language) -> str:
    """Write a day of the month as dates have it: "achte", "huit", "premier", "otto", "eighth".

    The German form lacks its ending ("n", "r"). Raise ``ValueError`` outside 1 to 31.
    """
    if not 1 <= day <= 31:
        raise ValueError(f"no month has a day {day}")
    if language == "de":
        return _GERMAN_ORDINALS.get(day) or _german(day) + ("te" if day < 20 else "ste")
    if language == "en":
        return _english_ordinal(day)
    if day == 1:
        return "premier" if language == "fr" else "primo"
    return cardinal_in_words(day, language)


def _german(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return f"{_german_stem(thousands)}tausend{_german(rest) if rest else ''}"
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{_german_stem(hundreds)}hundert{_german(rest) if rest else ''}"
    if number < 20:
        return _GERMAN_UNITS[number]
    tens, unit = divmod(number, 10)
    return (f"{_german_stem(unit)}und" if unit else "") + _GERMAN_TENS[tens - 2]


def _german_stem(unit: int) -> str:
    return "ein" if unit == 1 else _GERMAN_UNITS[unit]


def _french(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return _spaced("mille" if thousands == 1 else "deux mille", _french(rest) if rest else "")
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return _spaced("" if hundreds == 1 else _FRENCH_UNITS[hundreds], "cent", _french(rest) if rest else "")
    if number < 20:
        return _FRENCH_UNITS[number]
    tens, unit = divmod(number, 10)
    word = _FRENCH_TENS[tens - 2]
    if unit == 0:
        return word
    return f"{word} et un" if unit == 1 else f"{word}-{_FRENCH_UNITS[unit]}"


def _italian(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return ("mille" if thousands == 1 else "duemila") + (_italian(rest) if rest else "")
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        stem = "cent" if 80 <= rest < 90 else "cento"
        return ("" if hundreds == 1 else _ITALIAN_UNITS[hundreds]) + stem + (_italian(rest) if rest else "")
    if number < 20:
        return _ITALIAN_UNITS[number]
    tens, unit = divmod(number, 10)
    word = _ITALIAN_TENS[tens - 2]
    if unit == 0:
        return word
    stem = word[:-1] if unit in (1, 8) else word
    return stem + ("tré" if unit == 3 else _ITALIAN_UNITS[unit])


def _english(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        joiner = "and" if 0 < rest < 100 else ""
        return _spaced(_ENGLISH_UNITS[thousands], "thousand", joiner, _english(rest) if rest else "")
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return _spaced(_ENGLISH_UNITS[hundreds], "hundred", f"and {_english(rest)}" if rest else "")
    if number < 20:
        return _ENGLISH_UNITS[number]
    tens, unit = divmod(number, 10)
    return _ENGLISH_TENS[tens - 2] + (f"-{_ENGLISH_UNITS[unit]}" if unit else "")


def _english_ordinal(day: int) -> str:
    if day in _ENGLISH_ORDINALS:
        return _ENGLISH_ORDINALS[day]
    tens, unit = divmod(day, 10)
    if day > 20 and unit:
        return f"{_ENGLISH_TENS[tens - 2]}-{_english_ordinal(unit)}"
    return _english(day).removesuffix("y") + ("ieth" if day % 10 == 0 and day > 10 else "th")


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)
