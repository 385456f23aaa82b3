"""Finds telephone numbers, as digits or as words in groups of any size, and writes them for reading back.

phonenumbers decides what is a number; it cannot read words, and its matcher gives up where a recogniser has cut the
digits oddly, so the digits are gathered here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import phonenumbers

from gateway.dialogue.normalise.found import Found
from gateway.dialogue.normalise.lexicon import Lexicon, lexicon
from gateway.dialogue.normalise.numbers import read_below_hundred, read_number
from gateway.dialogue.normalise.tokens import Token, tokenise
from gateway.language import Language

_MARKS = frozenset(".,-/()–—:;…'’")
_MAXIMUM_DIGITS = 17
_MAXIMUM_READINGS = 8
_SURE, _AMBIGUOUS, _NO_LEADING_ZERO = 0.95, 0.7, 0.6


@dataclass(slots=True)
class _Piece:
    """Digits that were said in one go: more than one reading where "neuf cent vingt-trois" may be 9 and 123."""

    readings: tuple[str, ...]
    start: int
    end: int


@dataclass(slots=True)
class _Run:
    """Pieces that follow each other with nothing but pauses and fillers between."""

    pieces: list[_Piece] = field(default_factory=list)

    def readings(self, first: int = 0) -> list[str]:
        """Return the strings that the pieces from ``first`` on may stand for, the likeliest first."""
        found = [""]
        for piece in self.pieces[first:]:
            found = [before + reading for before in found for reading in piece.readings][:_MAXIMUM_READINGS]
        return found


def find_phone(text: str, language: Language, region: str = "CH") -> Found[str] | None:
    """Return the first telephone number in ``text`` as E.164, or None when there is no whole and possible one.

    Numbers without a country code belong to ``region``.
    """
    for run in _runs(text, language):
        for first in range(max(0, len(run.pieces) - _MAXIMUM_DIGITS), len(run.pieces)):
            found = _number(text, run, first, region)
            if found is not None:
                return found
    return None


def phone_digits(text: str, language: Language) -> str:
    """Return all digits said in ``text``, with a leading "+" if one was: "null sieben neun" gives "079".

    For a number that comes in two breaths; what stands between the digits is passed over.
    """
    return "".join(run.readings()[0] for run in _runs(text, language))


def format_phone(e164: str, language: Language) -> str:
    """Write a number for reading back, digit by digit: "0 7 9, 1 2 3, 4 5, 6 7".

    Swiss numbers without the country code in groups of 3, 3, 2, 2; others with it. Raise ``ValueError`` for what is no
    E.164 number.
    """
    if not e164.startswith("+") or not e164[1:].isdecimal():
        raise ValueError(f"not an E.164 number: {e164!r}")
    if e164.startswith("+41") and len(e164) == 12:
        national = "0" + e164[3:]
        groups = [national[:3], national[3:6], national[6:8], national[8:]]
        return ", ".join(" ".join(group) for group in groups)
    code, national = _country_code(e164)
    groups = [code, *(national[place : place + 3] for place in range(0, len(national), 3))]
    return f"{lexicon(language).spoken.plus} " + ", ".join(" ".join(group) for group in groups)


def _country_code(e164: str) -> tuple[str, str]:
    try:
        code = str(phonenumbers.parse(e164).country_code)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"not an E.164 number: {e164!r}") from error
    return code, e164[1 + len(code) :]


def _number(text: str, run: _Run, first: int, region: str) -> Found[str] | None:
    start, end = run.pieces[first].start, run.pieces[-1].end
    readings = run.readings(first)
    if len(readings[0]) > _MAXIMUM_DIGITS:
        return None
    valid = [
        (number, digits)
        for digits in readings
        if first == 0 or digits.startswith(("0", "+"))
        if (number := _valid(digits, region)) is not None
    ]
    if not valid:
        return None
    number, digits = valid[0]
    if not digits.startswith(("0", "+")):
        confidence = _NO_LEADING_ZERO
    else:
        confidence = _SURE if len({other for other, _ in valid}) == 1 else _AMBIGUOUS
    return Found(number, start, end, text[start:end], confidence)


def _valid(digits: str, region: str) -> str | None:
    """Return E.164 if ``digits`` are dialled as such: "0…", "00…", "+…", or a Swiss mobile that lost its zero."""
    lost_zero = region == "CH" and len(digits) == 9 and digits[0] == "7"
    if not (
        digits.startswith(("0", "+")) or lost_zero or (region == "CH" and digits[:2] == "41" and len(digits) == 11)
    ):
        return None
    dialled = f"+{digits}" if digits.startswith("41") and not lost_zero else digits
    try:
        number = phonenumbers.parse(dialled, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _runs(text: str, language: Language) -> list[_Run]:
    tokens = tokenise(text)
    tables = lexicon(language)
    runs = [_Run()]
    index = repeat = 0
    repeat_start = 0
    while index < len(tokens):
        repeated = _repeat(tokens, index, tables)
        if repeated is not None:
            repeat_start = tokens[index].start
            repeat, index = repeated
            continue
        read = _piece(tokens, index, tables)
        if read is not None:
            piece, index = read
            if repeat:
                piece = _repeated(piece, repeat, repeat_start)
            runs[-1].pieces.append(piece)
        elif not _passes(tokens[index], tables):
            if runs[-1].pieces:
                runs.append(_Run())
            index += 1
        else:
            index += 1
            continue
        repeat = 0
    return [run for run in runs if run.pieces]


def _repeated(piece: _Piece, times: int, start: int) -> _Piece:
    """Say the first digit so many times: "double five six" arrives as "five" and "six" anyway, "55" as it is."""
    readings = tuple(reading[0] * (times - 1) + reading for reading in piece.readings if reading[0] != "+")
    return _Piece(readings or piece.readings, start, piece.end)


def _passes(token: Token, tables: Lexicon) -> bool:
    return token.key in _MARKS or token.key in tables.phones.fillers


def _repeat(tokens: Sequence[Token], index: int, tables: Lexicon) -> tuple[int, int] | None:
    for length in (3, 2, 1):
        phrase = " ".join(token.key for token in tokens[index : index + length])
        times = tables.phones.repeats.get(phrase)
        if times is not None and index + length < len(tokens) and _single_digit(tokens, index + length, tables):
            return times, index + length
    return None


def _single_digit(tokens: Sequence[Token], index: int, tables: Lexicon) -> bool:
    key = tokens[index].key
    return (
        (key.isdecimal() and len(key) == 1) or tables.numbers.cardinals.get(key, 99) < 10 or key in tables.phones.zero
    )


def _piece(tokens: Sequence[Token], index: int, tables: Lexicon) -> tuple[_Piece, int] | None:
    token = tokens[index]
    sign = _sign(token, tables)
    if sign is not None:
        return _Piece((sign,), token.start, token.end), index + 1
    hundreds = _hundreds(tokens, index, tables)
    if hundreds is not None:
        return hundreds
    below = read_below_hundred(tokens, index, tables.numbers)
    if below is not None:
        value, end = below
        return _Piece((str(value),), token.start, tokens[end - 1].end), end
    long_word = read_number(tokens, index, tables.language)
    if long_word is None or long_word.ordinal:
        return None
    return _Piece((long_word.digits,), token.start, tokens[long_word.end - 1].end), long_word.end


def _sign(token: Token, tables: Lexicon) -> str | None:
    """Return what a token that needs no others stands for."""
    if token.key == "+" or token.key in tables.phones.plus:
        return "+"
    if token.key in tables.phones.zero:
        return "0"
    return token.key if token.is_number else None


def _hundreds(tokens: Sequence[Token], index: int, tables: Lexicon) -> tuple[_Piece, int] | None:
    """Read "cent vingt-trois" as 123 and "neuf cent vingt-trois" as 923 or as 9, 123."""
    numbers = tables.numbers
    unit = None if tokens[index].key in numbers.hundred else numbers.cardinals.get(tokens[index].key)
    place = index if unit is None else index + 1
    if place >= len(tokens) or tokens[place].key not in numbers.hundred or (unit is not None and not 0 < unit < 10):
        return None
    start = place + 1
    if start + 1 < len(tokens) and tokens[start].key in numbers.joiners:
        start += 1
    rest = read_below_hundred(tokens, start, numbers) if start < len(tokens) else None
    below, end = rest if rest is not None and rest[0] > 0 else (0, place + 1)
    readings = (f"{unit or 1}{below:02d}",) if unit in (None, 1) else (f"{unit}{below:02d}", f"{unit}1{below:02d}")
    return _Piece(readings, tokens[index].start, tokens[end - 1].end), end
