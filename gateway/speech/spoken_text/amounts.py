"""Amounts of money, measures, percentages, shares and ranges, as words."""

from __future__ import annotations

import re
from functools import cache

from gateway.language import Language
from gateway.speech.spoken_text.numerals import GROUPED, whole_in_words
from gateway.speech.spoken_text.vocabulary import Currency, vocabulary

_ROUND = re.compile(r"(\d)(?:[.,](?:[–—−]|-{1,2})|\.--)(?!\d)")
_RANGE = re.compile(
    r"(\d(?:\.(?=\D)| ?(?:h|Uhr|%|°|am|pm|a\.m\.|p\.m\.|mg|ml|CHF|Franken|francs|franchi)(?!\w))?) ?[–—−-] ?"
    r"(?=(?:CHF |Fr\. ?|€ ?)?\d)"
)
_SHARE = re.compile(r"(?<![\d/.,])(\d{1,4})/(\d{1,4})(?![\d/]|[.,]\d)")
_TIMES = re.compile(rf"(?<![\w.,])({GROUPED}) ?[x×](?![\w])")


def ranges_in_words(text: str, language: Language) -> str:
    """Return ``text`` with "8 bis 12" in place of "8–12", and without the dash of "120.–"."""
    text = _ROUND.sub(r"\1", text)
    return _RANGE.sub(rf"\1 {vocabulary(language).to} ", text)


def amounts_in_words(text: str, language: Language) -> str:
    """Return ``text`` with money, measures and shares in words."""
    before, behind = _money(language)
    text = before.sub(lambda match: _price(match, language), text)
    text = behind.sub(lambda match: _price(match, language), text)
    text = _SHARE.sub(lambda match: _share(match, language), text)
    text = _measure(language).sub(lambda match: _measured(match, language), text)
    return _TIMES.sub(lambda match: _several_times(match, language), text)


@cache
def _money(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of an amount behind its currency and before it."""
    codes = "|".join(re.escape(code) for code in sorted(vocabulary(language).currencies, key=len, reverse=True))
    amount = rf"(?P<whole>{GROUPED})(?:[.,](?P<cents>\d{{2}}))?"
    to = re.escape(vocabulary(language).to)
    no_more = r"(?![\d'’]|[.,]\d)"
    low = rf"(?:(?P<low>{GROUPED}(?:[.,]\d\d)?) {to} (?:(?:{codes}) ?)?)?"
    before = rf"(?<!\w)(?P<code>{codes}) ?{low}{amount}{no_more}"
    behind = rf"(?<![\d.,'’]){amount} ?(?P<code>{codes})(?!\w)(?P<low>)"
    return re.compile(before), re.compile(behind)


def _price(match: re.Match[str], language: Language) -> str:
    words = vocabulary(language)
    currency = words.currencies[match["code"]]
    low = f"{_low(match['low'], language)} {words.to} " if match["low"] else ""
    return low + _sum(match["whole"], match["cents"], currency, language)


def _low(written: str, language: Language) -> str:
    whole, _, cents = re.sub(",", ".", written).partition(".")
    return whole_in_words(whole, language) + (f" {whole_in_words(cents, language)}" if int(cents or 0) else "")


def _sum(whole: str, cents: str | None, currency: Currency, language: Language) -> str:
    count, part = int(re.sub(r"\D", "", whole)), int(cents or 0)
    small = "" if not part else whole_in_words(str(part), language)
    if count == 0 and part:
        return currency.cent if part == 1 else f"{small} {currency.cents}"
    francs = currency.one if count == 1 else f"{whole_in_words(whole, language)} {currency.many}"
    return f"{francs} {vocabulary(language).hundredth_joiner}{small}" if part else francs


def _share(match: re.Match[str], language: Language) -> str:
    words = vocabulary(language)
    known = words.halves.get(match.group())
    if known is not None:
        return known
    return f"{whole_in_words(match[1], language)} {words.over} {whole_in_words(match[2], language)}"


@cache
def _measure(language: Language) -> re.Pattern[str]:
    units = "|".join(re.escape(unit) for unit in sorted(vocabulary(language).units, key=len, reverse=True))
    return re.compile(rf"(?<![\w.,'’])(?P<count>{GROUPED}(?:[.,]\d{{1,6}})?) ?(?P<unit>{units})(?![\w/²])")


def _measured(match: re.Match[str], language: Language) -> str:
    # The number is left in figures, for what reads numbers reads decimals as well.
    one, many = vocabulary(language).units[match["unit"]]
    stop = "." if match["unit"].endswith(".") and match.end() == len(match.string) else ""
    return (one if match["count"] == "1" else f"{match['count']} {many}") + stop


def _several_times(match: re.Match[str], language: Language) -> str:
    once, times = vocabulary(language).times
    if match[1] == "1":
        return once
    # "zweimal" is one word; the others are two.
    return f"{whole_in_words(match[1], language)}{'' if language == 'de' else ' '}{times}"
