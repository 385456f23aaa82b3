"""Text as an engine should read it that knows letters only: neural voices, which stumble over figures and symbols.

One pass of rules after another, each of them leaving less in figures; what no rule knows is said by the names of its
digits and symbols. All patterns are bounded, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from gateway.language import Language
from gateway.speech.spoken_text.abbreviations import all_written_out, written_out
from gateway.speech.spoken_text.addresses import addresses_in_words, postcodes_in_words, telephones_in_words
from gateway.speech.spoken_text.amounts import amounts_in_words, ranges_in_words
from gateway.speech.spoken_text.cleaning import bounded, without_markup
from gateway.speech.spoken_text.clock import times_in_words
from gateway.speech.spoken_text.dates import dates_in_words, months_named
from gateway.speech.spoken_text.german_spelling import with_sharp_s
from gateway.speech.spoken_text.numerals import numbers_in_words, ordinals_in_words, thousands_joined
from gateway.speech.spoken_text.vocabulary import vocabulary

_PASSES = 5
"""A text in words passes once more without a change; what was glued to a figure may turn out an abbreviation then."""
_PUNCTUATION = frozenset(".,;:!?'-")
_SAME = str.maketrans({
    "’": "'", "‘": "'", "`": "'", "´": "'", "…": ".", "–": "–", "—": "–", "−": "–", "‐": "-", "‑": "-", "¿": " ",
    "¡": " ", "(": ", ", ")": ", ", "[": ", ", "]": ", ", "×": "x",
})  # fmt: skip
_PAUSE = re.compile(r"\s+[–-]+\s+")
_STOPS = re.compile(r"\s*([.,;:!?])[\s.,;:!?'-]*")


def spoken_words(text: str, language: Language) -> str:
    """Return ``text`` in words on one line, without digits and symbols; empty when nothing in it can be spoken.

    What is left are letters, apostrophes and hyphens within words, and the stops ``.,;:!?``. Doing it again changes
    nothing.
    """
    for _ in range(_PASSES):
        said = _pass(text, language)
        if said == text:
            break
        text = said
    return text


def _pass(text: str, language: Language) -> str:
    text = _figures_as_ascii(without_markup(text)).translate(_SAME)
    text = " ".join(text.split())
    text = addresses_in_words(text, language)
    text = all_written_out(written_out(text, language), language)
    text = telephones_in_words(months_named(text, language), language)
    text = _PAUSE.sub(", ", dates_in_words(ranges_in_words(text, language), language))
    text = times_in_words(thousands_joined(text, language), language)
    text = ordinals_in_words(postcodes_in_words(text, language), language)
    text = amounts_in_words(text, language)
    text = numbers_in_words(text, language)
    return _tidy(_signs_in_words(text, language), language)


def _figures_as_ascii(text: str) -> str:
    """Return ``text`` with all digits as 0 to 9, superscripts and fractions written out."""
    return "".join(_figure(c) if c.isnumeric() and not c.isascii() else c for c in unicodedata.normalize("NFC", text))


def _figure(character: str) -> str:
    if character == "²":
        return character
    decomposed = unicodedata.normalize("NFKC", character).replace("⁄", "/")
    if decomposed.isascii():
        return f" {decomposed}" if "/" in decomposed else decomposed
    value = unicodedata.numeric(character)
    return f" {int(value)} " if value.is_integer() and 0 <= value < 10**12 else " "


def _signs_in_words(text: str, language: Language) -> str:
    signs = vocabulary(language).signs
    # Keys of a telephone are named; asterisks, underscores and lines around words are drawn, not said.
    drawn = re.sub(r"[*_#=~]{2,}|(?<=\w)[*_](?=\W|$)|(?<![\w ])[*_](?=\w)|(?<= )[*_](?=\w)|^[*_#]+(?=\s?\w)", " ", text)
    return "".join(_sign(c, signs) for c in drawn)


def _sign(character: str, signs: Mapping[str, str]) -> str:
    if character.isspace() or character in _PUNCTUATION or unicodedata.category(character)[0] in "LM":
        return character
    return f" {signs[character]} " if character in signs else " "


def _tidy(text: str, language: Language) -> str:
    """Return ``text`` with one space between words, one stop at a time, and no mark without a word before it."""
    text = re.sub(r"(?<![^\W\d_])['-]+|['-]+(?![^\W\d_])", " ", text)
    text = _STOPS.sub(r"\1 ", text)
    text = re.sub(r"^[\s.,;:!?'-]+", "", text)
    if language == "de":
        text = with_sharp_s(text)
    text = " ".join(bounded(word) for word in text.split())
    return unicodedata.normalize("NFC", text) if re.search(r"[^\W\d_]", text) else ""
