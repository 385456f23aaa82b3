"""Compares the gateway's readers with dateparser, text2num and phonenumbers on callers' words.

Run: ``python benchmarks/normalisation_libraries.py``. Prints a table of cases, one JSON line, and exits with 1 when a
reader of the gateway misses a case that a library gets right.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import time
from collections.abc import Callable

from gateway.dialogue.normalise import find_dates, find_phone, number_words_to_digits
from gateway.language import Language

TODAY = dt.date(2026, 11, 23)  # a Monday

# What a caller says, and the first day of what is meant; None where no day is meant.
DATES: tuple[tuple[Language, str, str | None], ...] = (
    ("de", "übermorgen", "2026-11-25"),
    ("de", "am Freitag", "2026-11-27"),
    ("de", "Dienstag in einer Woche", "2026-12-01"),
    ("de", "nächste Woche Dienstag", "2026-12-01"),
    ("de", "am sechzehnten Dezember", "2026-12-16"),
    ("de", "am 16. Dezember", "2026-12-16"),
    ("de", "Anfang Januar", "2027-01-01"),
    ("de", "in zwei Wochen", "2026-12-07"),
    ("de", "nein, nicht Dienstag, Donnerstag", "2026-11-26"),
    ("de", "ich war am letzten Freitag da", None),
    ("de", "mein Name ist Mai", None),
    ("de", "ich habe seit Montag Zahnschmerzen", None),
    ("de", "Dienstag geht leider nicht", None),
    ("fr", "après-demain", "2026-11-25"),
    ("fr", "le seize décembre", "2026-12-16"),
    ("fr", "le 16 décembre", "2026-12-16"),
    ("fr", "mardi en huit", "2026-12-01"),
    ("fr", "la semaine prochaine", "2026-11-30"),
    ("fr", "dans quinze jours", "2026-12-07"),
    ("fr", "mardi je ne peux pas", None),
    ("fr", "depuis mardi", None),
    ("it", "dopodomani", "2026-11-25"),
    ("it", "mercoledì prossimo", "2026-11-25"),
    ("it", "il sedici dicembre", "2026-12-16"),
    ("it", "fra due settimane", "2026-12-07"),
    ("it", "la prossima settimana, martedì", "2026-12-01"),
    ("it", "martedì non posso", None),
    ("it", "ho mal di denti da tre giorni", None),
    ("en", "the sixteenth", "2026-12-16"),
    ("en", "Tuesday week", "2026-12-01"),
    ("en", "in a fortnight", "2026-12-07"),
    ("en", "next week", "2026-11-30"),
    ("en", "December 8th", "2026-12-08"),
    ("en", "may I ask something", None),
    ("en", "I have a second question", None),
)
NUMBERS: tuple[tuple[Language, str, str], ...] = (
    ("de", "neunzehnhundertfünfundachtzig", "1985"),
    ("de", "fuenfundzwanzig", "25"),
    ("de", "am einundzwanzigsten", "am 21."),
    ("fr", "nonante-neuf", "99"),
    ("fr", "quatre-vingt-dix-neuf", "99"),
    ("fr", "le premier mai", "le 1. mai"),
    ("fr", "quatre mille neuf cent septante", "4 1970"),
    ("it", "millenovecentottantacinque", "1985"),
    ("it", "trentatre", "33"),
    ("en", "two thousand and five", "2005"),
    ("en", "forty five", "45"),
)
PHONES: tuple[tuple[Language, str, str | None], ...] = (
    ("de", "079 123 45 67", "+41791234567"),
    ("de", "null sieben neun eins zwei drei vier fünf sechs sieben", "+41791234567"),
    ("de", "null sieben neun zweimal die drei vier vier fünf fünf sechs", "+41793344556"),
    ("fr", "zéro sept neuf cent vingt-trois quarante-cinq soixante-sept", "+41791234567"),
    ("it", "zero settantanove centoventitré quarantacinque sessantasette", "+41791234567"),
    ("en", "oh seven nine double three four forty-five sixty-seven", "+41793344567"),
    ("de", "am 12.4.1972 um 14.30", None),
)


def dateparser_reader() -> Callable[[str, Language], str | None]:
    """Return the first day that ``dateparser.search`` finds, with the settings that suit it best."""
    from dateparser.search import search_dates

    settings = {"RELATIVE_BASE": dt.datetime.combine(TODAY, dt.time(11)), "PREFER_DATES_FROM": "future"}

    def read(text: str, language: Language) -> str | None:
        found = search_dates(text, languages=[language], settings=settings)
        return found[0][1].date().isoformat() if found else None

    return read


def own_dates(text: str, language: Language) -> str | None:
    """Return the first day that the gateway finds."""
    found = find_dates(text, language, TODAY)
    return found[0].value.first.isoformat() if found else None


def text2num_reader(text: str, language: Language) -> str:
    """Return ``text`` with text2num's digits."""
    from text_to_num import alpha2digit

    digits: str = alpha2digit(text, language)
    return digits


def phonenumbers_reader(text: str, language: Language) -> str | None:
    """Return the first number that phonenumbers' matcher finds, digits prepared by text2num."""
    import phonenumbers

    for match in phonenumbers.PhoneNumberMatcher(text2num_reader(text, language), "CH"):
        return str(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
    return None


def own_phone(text: str, language: Language) -> str | None:
    """Return the number that the gateway finds."""
    found = find_phone(text, language)
    return found.value if found else None


def compare(title: str, cases: tuple, library: Callable, own: Callable) -> dict[str, float]:
    """Print a table of the cases and return how each reader did: right, missed, wrong, mean milliseconds."""
    print(f"\n{title}\n{'':3} {'caller':62} {'meant':12} {'library':18} {'gateway':18}")
    score = dict.fromkeys(("cases", "library_right", "library_wrong", "own_right", "own_wrong", "own_only_miss"), 0.0)
    seconds = {"library": 0.0, "own": 0.0}
    for language, text, meant in cases:
        answers = {}
        for name, read in (("library", library), ("own", own)):
            begun = time.perf_counter()
            answers[name] = read(text, language)
            seconds[name] += time.perf_counter() - begun
        score["cases"] += 1
        for name, answer in answers.items():
            score[f"{name}_right"] += answer == meant
            score[f"{name}_wrong"] += answer != meant and answer is not None and answer != text
        score["own_only_miss"] += answers["own"] != meant and answers["library"] == meant
        shown = [f"{'✓' if answer == meant else '✗'} {answer or '—'}" for answer in answers.values()]
        print(f"{language:3} {text:62} {meant or '—':12} {shown[0]:18} {shown[1]:18}")
    return score | {f"{name}_ms": round(1000 * spent / len(cases), 3) for name, spent in seconds.items()}


def main() -> int:
    """Compare, print, and say whether the gateway's readers are at least as good on every case."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    dateparser = dateparser_reader()
    dateparser("morgen", "de")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    result = {
        "dates (dateparser)": compare("Dates: dateparser", DATES, dateparser, own_dates),
        "numbers (text2num)": compare("Numbers: text2num", NUMBERS, text2num_reader, number_words_to_digits),
        "phones (text2num + phonenumbers)": compare(
            "Telephone numbers: text2num, then phonenumbers", PHONES, phonenumbers_reader, own_phone
        ),
    }
    print(json.dumps({"benchmark": "normalisation_libraries", "dateparser_memory_kb": memory, **result}))
    return 1 if any(score["own_only_miss"] for score in result.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
