"""Abbreviations that a reader says in full."""

from __future__ import annotations

import re
from functools import cache

from gateway.language import Language
from gateway.speech.spoken_text.calendar import MONTHS, WEEKDAYS
from gateway.speech.spoken_text.vocabulary import vocabulary

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


_FURTHER: dict[Language, tuple[tuple[str, str], ...]] = {
    "de": (
        (r"z\. ?B\.", "zum Beispiel"),
        (r"d\. ?h\.", "das heisst"),
        (r"u\. ?a\.", "unter anderem"),
        (r"o\. ?[äÄ]\.", "oder Ähnliches"),
        (r"ca\.", "zirka"),
        (r"evtl\.", "eventuell"),
        (r"exkl\.", "exklusive"),
        (r"bspw\.", "beispielsweise"),
        (r"bzgl\.", "bezüglich"),
        (r"vgl\.", "vergleiche"),
        (r"etc\.", "et cetera"),
        (r"MwSt\.?(?!\w)", "Mehrwertsteuer"),
        (r"St\. (?=[A-ZÄÖÜ])", "Sankt "),
        (r"Hr\. (?=[A-ZÄÖÜ])", "Herr "),
        (r"Fr\. (?=[A-ZÄÖÜ])", "Frau "),
        (r"([A-ZÄÖÜ][a-zäöü]{2,30})str\.", r"\1strasse"),
        (r"Str\.", "Strasse"),
        (r"Tel\.:? ?", "Telefon "),
        (r"(?<=\d )Std\.", "Stunden"),
    ),
    "fr": (
        (r"p\. ?ex\.", "par exemple"),
        (r"c\.-à-d\.", "c'est-à-dire"),
        (r"env\.", "environ"),
        (r"etc\.", "et cetera"),
        (r"n[°º] ?(?=\d)", "numéro "),
        (r"[Rr][Dd][Vv]\b", "rendez-vous"),
        (r"Mlle\.? ", "mademoiselle "),
        (r"[Aa]v\. (?=[A-ZÀ-Ý]|de|du)", "avenue "),
        (r"[Rr]te\.? (?=[A-ZÀ-Ý]|de|du)", "route "),
        (r"[Cc]h\. (?=[A-ZÀ-Ý]|de|du)", "chemin "),
        (r"[Bb]d\.? (?=[A-ZÀ-Ý]|de|du)", "boulevard "),
        (r"St-(?=[A-ZÀ-Ý])", "Saint-"),
        (r"Ste-(?=[A-ZÀ-Ý])", "Sainte-"),
        (r"[Tt]él\.:? ?", "téléphone "),
    ),
    "it": (
        (r"p\. ?es\.", "per esempio"),
        (r"ad es\.", "ad esempio"),
        (r"ecc\.", "eccetera"),
        (r"ca\.", "circa"),
        (r"n\. ?(?=\d)", "numero "),
        (r"n[°º] ?(?=\d)", "numero "),
        (r"[Ss]ig\.na ", "signorina "),
        (r"[Tt]el\.:? ?", "telefono "),
        (r"S\. (?=[A-ZÀ-Ý])", "San "),
    ),
    "en": (
        (r"e\.g\.", "for example"),
        (r"i\.e\.", "that is"),
        (r"etc\.", "et cetera"),
        (r"approx\.", "approximately"),
        (r"[Nn]o\. ?(?=\d)", "number "),
        (r"St\. (?=[A-Z])", "Saint "),
        (r"[Tt]el\.:? ?", "telephone "),
        (r"vs\.", "versus"),
    ),
}
"""What Pico reads well by itself, or what it doesn't meet; engines that know letters only get it in full."""

_MONTHS: dict[Language, str] = {
    "de": r"Jan|Feb|Febr|Mär|Apr|Jun|Jul|Aug|Sept|Sep|Okt|Nov|Dez",
    "fr": r"janv|févr|avr|juil|sept|oct|nov|déc",
    "it": r"gen|genn|feb|febb|mar|apr|mag|giu|lug|ago|sett|set|ott|nov|dic",
    "en": r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec",
}
_SHORT_WEEKDAYS: dict[Language, str] = {
    "de": r"Mo|Di|Mi|Do|Fr|Sa|So",
    "fr": r"lu|ma|me|je|ve|sa|di|lun|mar|mer|jeu|ven|sam|dim",
    "it": r"lu|ma|me|gi|ve|sa|do|lun|mar|mer|gio|ven|sab|dom",
    "en": r"Mon|Tue|Tues|Wed|Thu|Thurs|Thur|Fri|Sat|Sun",
}


def _full(short: str, names: tuple[str, ...]) -> str:
    return next((name for name in names if name.lower().startswith(short.lower())), short)


@cache
def _short_names(language: Language) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a month behind its day, of two weekdays, and of one before a time or a date."""
    months, days = _MONTHS[language], _SHORT_WEEKDAYS[language]
    flags = re.NOFLAG if language in ("de", "en") else re.IGNORECASE
    return (
        re.compile(rf"(?<=\d) ?\b({months})\.(?= ?\d| [^\W\d_]|$)|(?<=\d\. )({months})\.", flags),
        re.compile(rf"\b({days})\.? ?(?:[–-]|/|\+) ?({days})(?!\w)\.?", flags),
        re.compile(rf"\b({days})(?:\.,?|,)? (?=\d{{1,2}}(?:\. ?\d|[:.h]\d\d|[:h]|\. ?[A-ZÄ]))", flags),
    )


def written_out(text: str, language: Language) -> str:
    """Return ``text`` with its titles, and with what Pico misreads, in full."""
    for pattern, replacement in _ABBREVIATIONS[language]:
        text = re.sub(rf"\b{pattern}", replacement, text)
    return text


def all_written_out(text: str, language: Language) -> str:
    """Return ``text`` with the other abbreviations in full as well, those of weekdays and months among them."""
    for pattern, replacement in _FURTHER[language]:
        text = re.sub(rf"\b{pattern}", replacement, text)
    month, two_days, one_day = _short_names(language)
    text = month.sub(lambda match: " " * (match[1] is not None) + _full(match[1] or match[2], MONTHS[language]), text)
    to = vocabulary(language).to
    text = two_days.sub(
        lambda match: f"{_full(match[1], WEEKDAYS[language])} {to} {_full(match[2], WEEKDAYS[language])}", text
    )
    return one_day.sub(lambda match: f"{_full(match[1], WEEKDAYS[language])}, ", text)
