"""Text as the synthesis engine should read it.

The engine reads numbers, times and currencies well by itself. This module does what it does not: telephone numbers
digit by digit in groups, dates written in figures, the times of day of English, titles, the ß that Swiss spelling does
not have and that makes the vowel before it long. It also keeps from the engine what harms it: markup, symbols, endless
words.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import phonenumbers

from gateway.language import Language

HOME_REGION = "CH"
LONGEST_WORD = 40
LONGEST_DIGITS = 24
LONGEST_SENTENCE = 300
MIDDAY = 12

MONTHS: dict[Language, str] = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "en": "January February March April May June July August September October November December",
}
_FIRST_OF_MONTH: dict[Language, str] = {"de": "1", "fr": "1er", "it": "1º", "en": "1"}
_PLUS: dict[Language, str] = {"de": "plus", "fr": "plus", "it": "più", "en": "plus"}
_AND: dict[Language, str] = {"de": "und", "fr": "et", "it": "e", "en": "and"}

_ABBREVIATIONS: dict[Language, tuple[tuple[str, str], ...]] = {
    "de": (
        (r"Dr\. ?(med\. ?)?(dent\. ?)?(?=\w)", "Doktor "),
        (r"Prof\. ?", "Professor "),
        (r"Tel\. ?(?=[\d+])", "Telefon "),
        (r"usw\.", "und so weiter"),
        (r"bzw\.", "beziehungsweise"),
        (r"Nr\. ?(?=\d)", "Nummer "),
        (r"inkl\.", "inklusive"),
    ),
    "fr": (
        (r"Dr\.? (méd\. ?)?(dent\. ?)?(?=\w)", "docteur "),
        (r"Dre\.? ", "doctoresse "),
        (r"Mme\.? ", "madame "),
        (r"M\. (?=[A-ZÉÈ])", "monsieur "),
        (r"tél\. ?(?=[\d+])", "téléphone "),
    ),
    "it": (
        (r"[Dd]ott?\.ssa ", "dottoressa "),
        (r"([Dd]ott|[Dd]r)\.? (med\. ?)?(dent\. ?)?(?=\w)", "dottor "),
        (r"[Ss]ig\.ra ", "signora "),
        (r"[Ss]ig\. ", "signor "),
        (r"tel\. ?(?=[\d+])", "telefono "),
    ),
    "en": (
        (r"Dr\.? (med\. ?)?(dent\. ?)?(?=\w)", "doctor "),
        (r"Mr\.? (?=[A-Z])", "mister "),
        (r"Mrs\.? (?=[A-Z])", "missis "),
    ),
}

_SHARP_S = re.compile(
    r"strasse|\bgross(?!ist)|\bgröss|schliess|\bheiss|\bweiss|gruss|grüss|\bausser|\bäusser|\bdrauss|\bfuss|\bfüss|"
    r"\bspass|\bspäss|fliess|giess|geniess|\bsüss|mässig|massnahm|dreissig|\bstoss|\bbeiss|\breiss",
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"(?<![\w+.,])\(?(?:\+|00)?\d(?:[ /()\-]{0,2}\d|\.\d{2,3}(?=[. ]\d)){7,17}(?![\w%])")
_NUMERIC_DATE = re.compile(r"(?<![\d.])(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4}|\d{2})(?![\d.]\d))?(?!\d)")
_ISO_DATE = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_CLOCK = re.compile(
    r"(?<![\d:.])([01]?\d|2[0-3])[:.]([0-5]\d)(?![\d:])(?!\s*(?:[ap]\.?m\b|%|CHF|francs))", re.IGNORECASE
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_KEPT_SYMBOLS = frozenset("%+-–—'’\"«»“”„‚‘,.;:!?…()/€$£°&@#=*")
_END = re.compile(r"(?<=[.!?…])[\"»”’)]?\s+(?=[\"«“„(¿]?\w)")
_NO_END = re.compile(r"(?:\b\d{1,2}|\b[A-Za-zÀ-ÿ]|\b(?:St|Nr|ca|vgl|z\.B|d\.h|p\.m|a\.m))\.$")


def spoken(text: str, language: Language) -> str:
    """Return ``text`` as the engine should read it, on one line; empty when nothing in it can be spoken."""
    cleaned = clean(text, language)
    for pattern, replacement in _ABBREVIATIONS[language]:
        cleaned = re.sub(rf"\b{pattern}", replacement, cleaned)
    cleaned = _ISO_DATE.sub(
        lambda match: _date(language, match.group(3), match.group(2), match.group(1)) or match.group(), cleaned
    )
    cleaned = _NUMERIC_DATE.sub(
        lambda match: _date(language, match.group(1), match.group(2), match.group(3)) or match.group(), cleaned
    )
    if language == "en":
        cleaned = _CLOCK.sub(_english_time, cleaned)
    cleaned = _TELEPHONE.sub(lambda match: _telephone(match.group(), language), cleaned)
    if language == "de":
        cleaned = _SHARP_S.sub(lambda match: match.group().replace("ss", "ß"), cleaned)
    cleaned = " ".join(_bounded(word) for word in cleaned.split())
    return cleaned if re.search(r"\w", cleaned) else ""


def clean(text: str, language: Language) -> str:
    """Return ``text`` on one line without markup, control characters and symbols that nobody speaks."""
    text = _MARKUP.sub(" ", unicodedata.normalize("NFC", text))
    text = text.replace("&", f" {_AND[language]} ")
    kept = (c if c.isalnum() or c in _KEPT_SYMBOLS or unicodedata.category(c) in ("Mn", "Mc") else " " for c in text)
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def sentences(text: str, language: Language) -> list[str]:
    """Return the sentences of ``text``, none longer than ``LONGEST_SENTENCE``; the first can be heard the sooner."""
    parts: list[str] = []
    for piece in _END.split(text):
        if parts and (_NO_END.search(parts[-1]) or len(parts[-1]) < len("Ja, gut.")):
            parts[-1] = f"{parts[-1]} {piece}"
        elif piece:
            parts.append(piece)
    return [short for part in parts for short in _shortened(part)]


def _shortened(sentence: str) -> list[str]:
    pieces = []
    while len(sentence) > LONGEST_SENTENCE:
        head = sentence[:LONGEST_SENTENCE]
        cut = max(head.rfind(", "), head.rfind("; "), head.rfind(": "))
        cut = cut + 1 if cut > 0 else max(head.rfind(" "), 1)
        pieces.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [*pieces, sentence] if sentence else pieces


def _bounded(word: str) -> str:
    """Return ``word`` broken where it is longer than any word; the engine is silent or loops for ever on those."""
    limit = LONGEST_DIGITS if word.isdecimal() else LONGEST_WORD
    return " ".join(word[start : start + limit] for start in range(0, len(word), limit))


def _date(language: Language, day: str, month: str, year: str | None) -> str | None:
    """Return a date in figures with its month's name; None when there is no such date."""
    full_year = int(year) if year else 2000
    full_year += 2000 if full_year < 100 else 0
    try:
        date = dt.date(full_year, int(month), int(day))
    except ValueError:
        return None
    day_of_month = _FIRST_OF_MONTH[language] if date.day == 1 else str(date.day)
    ordinal = "." if language == "de" else ""
    return f"{day_of_month}{ordinal} {MONTHS[language].split()[date.month - 1]}" + (f" {full_year}" if year else "")


def _english_time(match: re.Match[str]) -> str:
    hour, minute = int(match.group(1)), int(match.group(2))
    if match.group(1) == "0":
        return match.group()
    twelve = (hour - 1) % MIDDAY + 1
    half = "p.m." if hour >= MIDDAY else "a.m."
    return f"{twelve} {half}" if minute == 0 else f"{twelve}:{minute:02} {half}"


def _telephone(written: str, language: Language) -> str:
    """Return a telephone number digit by digit, a comma between its groups; other figures as they are."""
    try:
        number = phonenumbers.parse(written, HOME_REGION)
    except phonenumbers.NumberParseException:
        return written
    if not phonenumbers.is_possible_number(number) or not written.lstrip("(").startswith(("+", "0")):
        return written
    at_home = number.country_code == phonenumbers.country_code_for_region(HOME_REGION)
    form = phonenumbers.PhoneNumberFormat
    shown = phonenumbers.format_number(number, form.NATIONAL if at_home else form.INTERNATIONAL)
    groups = [" ".join(group) for group in re.findall(r"\d+", shown)]
    return ("" if at_home else f"{_PLUS[language]} ") + ", ".join(groups)
