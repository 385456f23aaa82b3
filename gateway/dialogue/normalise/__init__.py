"""Turns callers' words into dates, times, telephone numbers and names, and back into words.

All readers take a text and its language and are pure: no clock, no files, no network. They would rather find nothing
than something wrong; what they find says how sure it is.
"""

from __future__ import annotations

from gateway.dialogue.normalise.alphabets import spell_by_alphabet
from gateway.dialogue.normalise.births import find_birth_date, is_impossible_date
from gateway.dialogue.normalise.dates import find_dates
from gateway.dialogue.normalise.found import DateSpan, Found, TimeSpan
from gateway.dialogue.normalise.names import find_name, find_name_after, is_particle
from gateway.dialogue.normalise.numbers import number_words_to_digits
from gateway.dialogue.normalise.phones import find_phone, format_phone, phone_digits
from gateway.dialogue.normalise.spelling import find_spelling, spell_out
from gateway.dialogue.normalise.spoken import say_birth_date, say_date, say_time
from gateway.dialogue.normalise.times import PARTS_OF_DAY, find_times

__all__ = [
    "PARTS_OF_DAY",
    "DateSpan",
    "Found",
    "TimeSpan",
    "find_birth_date",
    "find_dates",
    "find_name",
    "find_name_after",
    "find_phone",
    "find_spelling",
    "find_times",
    "format_phone",
    "is_impossible_date",
    "is_particle",
    "number_words_to_digits",
    "phone_digits",
    "say_birth_date",
    "say_date",
    "say_time",
    "spell_by_alphabet",
    "spell_out",
]
