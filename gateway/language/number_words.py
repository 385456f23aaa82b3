"""Numbers in words, as the four languages' speakers in Switzerland say them: "huitante", "dreissig".

From 0 to 999 999 999 999; whoever has a longer number has a code and says its digits.
"""

from __future__ import annotations

from gateway.language import Language

HIGHEST = 10**12 - 1


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
_ENGLISH_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"} | {
    "nine": "ninth",
    "twelve": "twelfth",
}
_GERMAN_ORDINALS = {"eins": "erste", "drei": "dritte", "sieben": "siebte", "acht": "achte"}
_ITALIAN_ORDINALS = _listed("primo secondo terzo quarto quinto sesto settimo ottavo nono decimo")
_MILLIONS: dict[Language, tuple[tuple[str, str], tuple[str, str]]] = {
    "de": (("eine Milliarde", "Milliarden"), ("eine Million", "Millionen")),
    "fr": (("un milliard", "milliards"), ("un million", "millions")),
    "it": (("un miliardo", "miliardi"), ("un milione", "milioni")),
    "en": (("one billion", "billion"), ("one million", "million")),
}
_JOINED_BELOW: dict[Language, tuple[int, int]] = {"de": (10_000, 100), "it": (3000, 1000)}
"""The number, and what is left of it behind the thousand, up to which both are written in one word.

Longer words are written apart there, so that none gets longer than a synthesiser takes."""


def cardinal_in_words(number: int, language: Language) -> str:
    """Write ``number`` in words. Raise ``ValueError`` below 0 and above ``HIGHEST``."""
    if not 0 <= number <= HIGHEST:
        raise ValueError(f"cannot write {number} in words")
    write = {"de": _german, "fr": _french, "it": _italian, "en": _english}[language]
    if number < 10**6:
        return write(number)
    parts = []
    for size, (one, many) in zip((10**9, 10**6), _MILLIONS[language], strict=True):
        count, number = divmod(number, size)
        if count:
            parts.append(one if count == 1 else f"{write(count)} {many}")
    if number:
        joiner = "and " if language == "en" and number < 100 else ""
        parts.append(joiner + write(number))
    return " ".join(parts)


def ordinal_in_words(number: int, language: Language) -> str:
    """Write the masculine ordinal: "dritte", "troisième", "terzo", "third"; the German one lacks its ending.

    Raise ``ValueError`` below 1 and above ``HIGHEST``.
    """
    if number < 1:
        raise ValueError(f"there is no ordinal of {number}")
    cardinal = cardinal_in_words(number, language)
    ordinal = {"de": _german_ordinal, "fr": _french_ordinal, "it": _italian_ordinal, "en": _english_ordinal}[language]
    return ordinal(cardinal, number)


def day_in_words(day: int, language: Language) -> str:
    """Write a day of the month as dates have it: "achte", "huit", "premier", "otto", "eighth".

    The German form lacks its ending ("n", "r"). Raise ``ValueError`` outside 1 to 31.
    """
    if not 1 <= day <= 31:
        raise ValueError(f"no month has a day {day}")
    if language in ("de", "en") or day == 1:
        return ordinal_in_words(day, language)
    return cardinal_in_words(day, language)


def year_in_words(year: int, language: Language) -> str:
    """Write a year from 1000 to 2999 for speaking: 1985 is "nineteen eighty-five", 2005 "two thousand and five"."""
    century, rest = divmod(year, 100)
    if language == "en" and century % 10:
        return f"{cardinal_in_words(century, language)} {_english_rest(rest)}"
    if language == "en" and rest >= 10:
        return f"{cardinal_in_words(century, language)} {cardinal_in_words(rest, language)}"
    if language == "de" and century % 10 and century < 20:
        return cardinal_in_words(century, "de") + "hundert" + (cardinal_in_words(rest, "de") if rest else "")
    return cardinal_in_words(year, language)


def digits_in_words(digits: str, language: Language) -> str:
    """Write each of ``digits`` by itself: "null sieben neun"."""
    return " ".join(cardinal_in_words(int(digit), language) for digit in digits)


def _english_rest(rest: int) -> str:
    if rest == 0:
        return "hundred"
    return f"oh {cardinal_in_words(rest, 'en')}" if rest < 10 else cardinal_in_words(rest, "en")


def _gap(number: int, rest: int, language: Language) -> str:
    whole, part = _JOINED_BELOW[language]
    return " " if rest and (number >= whole or rest >= part) else ""


def _german(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        gap = _gap(number, rest, "de")
        return f"{_german_stem(thousands)}tausend{gap}{_german(rest) if rest else ''}"
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return f"{_german_stem(hundreds)}hundert{_german(rest) if rest else ''}"
    if number < 20:
        return _GERMAN_UNITS[number]
    tens, unit = divmod(number, 10)
    return (f"{_german_stem(unit)}und" if unit else "") + _GERMAN_TENS[tens - 2]


def _german_stem(number: int) -> str:
    """Return ``number`` as it stands before "hundert", "tausend" and "und": "ein" in place of "eins"."""
    return _german(number).removesuffix("s") if number % 100 == 1 else _german(number)


def _french(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return _spaced("" if thousands == 1 else _french(thousands), "mille", _french(rest) if rest else "")
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
        gap = _gap(number, rest, "it")
        stem = "mille" if thousands == 1 else _italian_stem(thousands) + "mila"
        return stem + gap + (_italian(rest) if rest else "")
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


def _italian_stem(number: int) -> str:
    """Return ``number`` as it stands before "mila": "ventun" in place of "ventuno", no accent on "tre"."""
    word = _italian(number)
    return word.removesuffix("o") if word.endswith("uno") else word.replace("tré", "tre")


def _english(number: int) -> str:
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        joiner = "and" if 0 < rest < 100 else ""
        return _spaced(_english(thousands), "thousand", joiner, _english(rest) if rest else "")
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        return _spaced(_ENGLISH_UNITS[hundreds], "hundred", f"and {_english(rest)}" if rest else "")
    if number < 20:
        return _ENGLISH_UNITS[number]
    tens, unit = divmod(number, 10)
    return _ENGLISH_TENS[tens - 2] + (f"-{_ENGLISH_UNITS[unit]}" if unit else "")


def _german_ordinal(cardinal: str, number: int) -> str:
    rest = number % 100
    if rest in (1, 3, 7, 8):
        last = _GERMAN_UNITS[rest]
        return cardinal.removesuffix(last) + _GERMAN_ORDINALS[last]
    return cardinal + ("te" if 0 < rest < 20 else "ste")


def _french_ordinal(cardinal: str, number: int) -> str:
    if number == 1:
        return "premier"
    if cardinal.endswith("cinq"):
        return cardinal + "uième"
    if cardinal.endswith("neuf"):
        return cardinal.removesuffix("f") + "vième"
    silent = "s" if cardinal.endswith("ns") else "e"
    return cardinal.removesuffix(silent) + "ième"


def _italian_ordinal(cardinal: str, number: int) -> str:
    if number <= len(_ITALIAN_ORDINALS):
        return _ITALIAN_ORDINALS[number - 1]
    if cardinal.endswith("mila"):
        return cardinal.removesuffix("mila") + "millesimo"
    if cardinal.endswith("tré"):
        return cardinal.removesuffix("é") + "eesimo"
    # "ventitreesimo" and "ventiseiesimo" keep their vowel, all others lose it: "undicesimo", "centesimo".
    return (cardinal if cardinal.endswith(("sei", "tre")) else cardinal[:-1]) + "esimo"


def _english_ordinal(cardinal: str, _number: int) -> str:
    cut = max(cardinal.rfind(" "), cardinal.rfind("-")) + 1
    before, last = cardinal[:cut], cardinal[cut:]
    if last in _ENGLISH_ORDINALS:
        return before + _ENGLISH_ORDINALS[last]
    return before + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)
