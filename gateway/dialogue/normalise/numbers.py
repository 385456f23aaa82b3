"""Reads numbers, in words or digits, from tokens.

Words below 100 come from the language's own table, because callers' words vary more than any library knows (Swiss
"huitante", "zwo", lost accents). Longer numbers written as one word ("neunzehnhundertfünfundachtzig",
"millenovecentottantacinque") are read by text2num.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from text_to_num import text2num

from gateway.dialogue.normalise.lexicon import NumberWords, lexicon
from gateway.dialogue.normalise.tokens import Token, tokenise
from gateway.language import Language

_LONGEST_COMPOUND = 48
_LARGEST_LEADING_THOUSANDS = 2
"""Numbers reach 2999: nothing on a practice's phone is larger, and "quatre mille neuf cent" is April and a year."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in ``tokens[:end]`` from where it was asked for; ``digits`` as a caller would write it."""

    value: int
    end: int
    ordinal: bool
    digits: str


def read_number(tokens: Sequence[Token], index: int, language: Language) -> Number | None:
    """Return the longest number that begins at ``index``, or None. Cardinals below 3000, ordinals below 100."""
    tables = lexicon(language).numbers
    token = tokens[index]
    if token.is_number:
        return _read_digits(tokens, index, tables)
    ordinal = _read_ordinal(tokens, index, tables)
    if ordinal is not None:
        return ordinal
    read = _read_thousands(tokens, index, tables, language)
    if read is None:
        return None
    value, end = read
    return Number(value, end, ordinal=False, digits=str(value))


def read_below_hundred(tokens: Sequence[Token], index: int, tables: NumberWords) -> tuple[int, int] | None:
    """Return a spoken number from 0 to 99 at ``index`` and the index after it, or None."""
    teen = _teen(tokens, index, tables)
    if teen is not None:
        return teen
    value = _cardinal(tokens, index, tables)
    if value is None:
        return None
    if value == 4 and tables.teens_after and _key(tokens, index + 1) in {"vingt", "vingts"}:
        return _after_tens(80, tokens, index + 2, tables)
    if value in range(20, 100, 10) and tables.tens_then_unit:
        return _after_tens(value, tokens, index + 1, tables)
    if value in range(1, 10) and tables.unit_and_tens and _key(tokens, index + 1) in tables.joiners:
        tens = _cardinal(tokens, index + 2, tables)
        if tens is not None and tens in range(20, 100, 10):
            return tens + value, index + 3
    return value, index + 1


def number_words_to_digits(text: str, language: Language) -> str:
    """Write the numbers in ``text`` as digits, ordinals with a full stop: "am achten Mai" gives "am 8. Mai".

    Lengths change, so places in the result are not places in ``text``.
    """
    tokens = tokenise(text)
    parts: list[str] = []
    copied = index = 0
    while index < len(tokens):
        token = tokens[index]
        number = None if token.is_number else read_number(tokens, index, language)
        if number is None:
            index += 1
            continue
        parts += [text[copied : token.start], number.digits, "." if number.ordinal else ""]
        copied = tokens[number.end - 1].end
        index = number.end
    parts.append(text[copied:])
    return "".join(parts)


def _read_digits(tokens: Sequence[Token], index: int, tables: NumberWords) -> Number:
    token = tokens[index]
    value = int(token.key[:12])
    after = index + 1
    suffixed = (
        after < len(tokens)
        and tokens[after].start <= token.end + 1
        and _key(tokens, after) in (tables.ordinal_suffixes)
    )
    return Number(value, after + suffixed, ordinal=suffixed, digits=token.key)


def _read_ordinal(tokens: Sequence[Token], index: int, tables: NumberWords) -> Number | None:
    key = _key(tokens, index)
    value = tables.ordinals.get(key)
    if value is not None:
        return Number(value, index + 1, ordinal=True, digits=str(value))
    tens = tables.cardinals.get(key)
    if tens in (20, 30) and tables.tens_then_unit:
        unit = tables.ordinals.get(_key(tokens, index + 1))
        if unit is not None and unit < 10:
            return Number(tens + unit, index + 2, ordinal=True, digits=str(tens + unit))
    return None


def _read_thousands(
    tokens: Sequence[Token], index: int, tables: NumberWords, language: Language
) -> tuple[int, int] | None:
    compound = _compound(tokens, index, tables, language)
    if compound is not None and compound % 1000 == 0:
        return _plus(compound, tokens, index + 1, tables, language)
    if _key(tokens, index) in tables.thousand:
        return _plus(1000, tokens, index + 1, tables, language)
    leading = _cardinal(tokens, index, tables)
    if leading in (1, _LARGEST_LEADING_THOUSANDS) and _key(tokens, index + 1) in tables.thousand:
        return _plus(leading * 1000, tokens, index + 2, tables, language)
    return _read_hundreds(tokens, index, tables, language)


def _plus(
    thousands: int, tokens: Sequence[Token], index: int, tables: NumberWords, language: Language
) -> tuple[int, int]:
    start = index + 1 if _key(tokens, index) in tables.joiners else index
    rest = _read_hundreds(tokens, start, tables, language)
    if rest is None or not 0 < rest[0] < 1000:
        return thousands, index
    return thousands + rest[0], rest[1]


def _read_hundreds(
    tokens: Sequence[Token], index: int, tables: NumberWords, language: Language
) -> tuple[int, int] | None:
    compound = _compound(tokens, index, tables, language)
    if compound is not None:
        return (compound, index + 1) if compound % 100 else _plus_tens(compound, tokens, index + 1, tables)
    if _key(tokens, index) in tables.hundred:
        return _plus_tens(100, tokens, index + 1, tables)
    below = read_below_hundred(tokens, index, tables)
    if below is None:
        return None
    value, after = below
    if 0 < value < 21 and _key(tokens, after) in tables.hundred:
        return _plus_tens(value * 100, tokens, after + 1, tables)
    return below


def _plus_tens(hundreds: int, tokens: Sequence[Token], index: int, tables: NumberWords) -> tuple[int, int]:
    start = index + 1 if _key(tokens, index) in tables.joiners else index
    rest = read_below_hundred(tokens, start, tables)
    if rest is None or rest[0] == 0:
        return hundreds, index
    return hundreds + rest[0], rest[1]


def _after_tens(tens: int, tokens: Sequence[Token], index: int, tables: NumberWords) -> tuple[int, int]:
    joined = _key(tokens, index) in tables.joiners and bool(tables.teens_after)
    start = index + 1 if joined else index
    teen = _teen(tokens, start, tables)
    if teen is not None and tens in tables.teens_after:
        return tens + teen[0], teen[1]
    unit = _cardinal(tokens, start, tables)
    if unit is None or (joined and unit not in (1, 11)):
        return tens, index
    if unit in range(1, 10) or (unit in range(10, 20) and tens in tables.teens_after):
        return tens + unit, start + 1
    return tens, index


def _teen(tokens: Sequence[Token], index: int, tables: NumberWords) -> tuple[int, int] | None:
    """Read "dix-sept", "dix-huit" and "dix-neuf", which are two tokens."""
    if not tables.teens_after or _cardinal(tokens, index, tables) != 10:
        return None
    unit = _cardinal(tokens, index + 1, tables)
    return (10 + unit, index + 2) if unit in (7, 8, 9) else None


def _cardinal(tokens: Sequence[Token], index: int, tables: NumberWords) -> int | None:
    return tables.cardinals.get(_key(tokens, index))


def _compound(tokens: Sequence[Token], index: int, tables: NumberWords, language: Language) -> int | None:
    key = _key(tokens, index)
    if key in tables.hundred or key in tables.thousand or not any(part in key for part in tables.compound_parts):
        return None
    return _long_word(key, language)


@lru_cache(maxsize=512)
def _long_word(key: str, language: Language) -> int | None:
    if len(key) > _LONGEST_COMPOUND:
        return None
    word = key
    if language == "de":
        for plain, umlaut in (("funf", "fünf"), ("fuenf", "fünf"), ("zwolf", "zwölf"), ("zwoelf", "zwölf")):
            word = word.replace(plain, umlaut)
    if language == "it":
        # text2num knows "novecentoottantuno" in any place, the usual "novecentottantuno" only in some.
        word = word.replace("centott", "centoott")
    try:
        value: int = text2num(word, language)
    except ValueError:
        return None
    return value if 100 <= value < 3000 else None


def _key(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].key if index < len(tokens) else ""
