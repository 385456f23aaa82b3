"""Telephone numbers in running text, in the groups in which they are said."""

from __future__ import annotations

import re

import phonenumbers

HOME_REGION = "CH"

TELEPHONE = re.compile(r"(?<![\w+.,])\(?(?:\+|00)?\d(?:[ /()\-]{0,2}\d|\.\d{2,3}(?=[. ]\d)){7,17}(?![\w%])")
"""What may be a telephone number; ``telephone_groups`` tells whether it is one."""


def telephone_groups(written: str) -> tuple[bool, tuple[str, ...]] | None:
    """Return whether a number is abroad and its groups of digits, in Switzerland 3-3-2-2; None when it is no number.

    Abroad the first group is the country code.
    """
    try:
        number = phonenumbers.parse(written, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or not written.lstrip("(").startswith(("+", "0")):
        return None
    at_home = number.country_code == phonenumbers.country_code_for_region(HOME_REGION)
    form = phonenumbers.PhoneNumberFormat
    shown = phonenumbers.format_number(number, form.NATIONAL if at_home else form.INTERNATIONAL)
    return not at_home, tuple(re.findall(r"\d+", shown))
