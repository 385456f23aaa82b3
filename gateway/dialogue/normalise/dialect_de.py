"""Swiss German numbers, days and hours, as recognition writes them; all words are folded as ``tokens.fold`` does.

Recognition turns much of the dialect into standard German and writes the rest by ear, so each word has several forms.
"""

from __future__ import annotations

from collections.abc import Mapping

_UNITS = {
    1: "eis",
    2: "zwoi zwai zwoo zwee",
    3: "dru",
    4: "vier",
    5: "fuf foif feuf fuuf",
    6: "sachs",
    7: "sibe sebe siibe siebe",
    8: "acht",
    9: "nun nuun",
    10: "zah",
    11: "elf",
    12: "zwoelf",
}
_HOURS = {
    2: "zwoi zwai zwoo",
    3: "dru",
    4: "vieri",
    5: "fufi foifi feufi fuufi funfi",
    6: "sachsi sechsi",
    7: "sibni sebni siebni",
    8: "achti",
    9: "nuni nuuni niini",
    10: "zahni zehni",
    11: "elfi",
    12: "zwolfi zwoelfi",
}
"""Hours that take an ending of their own; "am zwoi" and "am drü" are hours too."""
_TENS = {
    20: "zwanzg zwanzig zwanzgi",
    30: "drissg driissg drissig",
    40: "vierzg vierzig",
    50: "fufzg foifzg fuefzg fufzig",
    60: "sachzg sechzg",
    70: "sibezg sebezg siebezg",
    80: "achzg achtzg",
    90: "nunzg nuunzg",
}
_TEENS = {
    13: "druzah drizah dryzah",
    14: "vierzah viezah",
    15: "fufzah foifzah fuefzah",
    16: "sachzah sechzah",
    17: "sibzah sebezah siebzah",
    18: "achtzah achzah",
    19: "nunzah nuunzah",
}
_STANDARD_HOURS = {
    1: "eins",
    2: "zwei",
    3: "drei",
    4: "vier",
    5: "funf",
    6: "sechs",
    7: "sieben",
    8: "acht",
    9: "neun",
    10: "zehn",
    11: "elf",
    12: "zwolf",
}
_JOINERS = ("e", "ne", "a", "und")
_ORDINALS = {
    1: "erscht erschte",
    2: "zweite zwoite",
    3: "dritte dritt",
    4: "vierte",
    5: "fufte foifte",
    6: "sachste sechste",
    7: "sibte sebte",
    8: "achte",
    9: "nunte nuunte",
    10: "zahte zaht",
    11: "elfte",
    12: "zwolfte",
}


def dialect_cardinals() -> dict[str, int]:
    """Return the numbers below 100 that standard German does not have in this form."""
    tables = (_UNITS, _TEENS, _TENS)
    found = {word: value for table in tables for value, words in table.items() for word in words.split()}
    for word in ("nun", "sachs"):  # alone they are a word and a name; see ``tokens.fold`` for "nün" and "sächs"
        del found[word]
    for tens, tens_words in _TENS.items():
        for unit in range(1, 10):
            found |= {
                f"{unit_word}{joiner}{tens_word}": tens + unit
                for unit_word in (*_UNITS[unit].split(), _STANDARD_HOURS[unit], *(("ein", "ei") if unit == 1 else ()))
                for joiner in _JOINERS
                for tens_word in tens_words.split()
            }
    return found


def dialect_ordinals() -> dict[str, int]:
    """Return the ordinals up to 31 that standard German does not have in this form ("am drüezwänzigste")."""
    found = {word: value for value, words in _ORDINALS.items() for word in words.split()}
    stems = {word: value for value, words in _TEENS.items() for word in words.split()}
    found |= {f"{stem}{ending}": value for stem, value in stems.items() for ending in ("te", "ti")}
    cardinals = dialect_cardinals()
    found |= {
        f"{word}{ending}": value
        for word, value in cardinals.items()
        if 20 <= value <= 31
        for ending in ("schte", "ste", "igste", "igschte")
    }
    return found


def hours_for_times(months: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of hours for times: "nüni" is nine o'clock, and so is "am neun", but no "am neun Dezember".

    ``months`` are the names of the months by their numbers, parted by "|".
    """
    tags = {word: f"n={hour} clock" for hour, words in _HOURS.items() for word in words.split() if word.endswith("i")}
    for table in (_HOURS, _STANDARD_HOURS):
        for hour, words in table.items():
            tags |= {f"am {word}": f"at n={hour} clock" for word in words.split()}
    return tags | dict.fromkeys(_days(months), "x")


def hours_for_dates(months: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of the same hours for dates, where they are none; "am acht Dezember" stays a day."""
    return dict.fromkeys(hours_for_times(months), "x") | _days(months)


def _days(months: Mapping[str, str]) -> dict[str, str]:
    return {
        f"am {word} {name}": f"on n={day} month={month}"
        for day, word in _STANDARD_HOURS.items()
        for month, names in months.items()
        for name in names.split("|")
    }


DATE_WORDS = {
    "today": "hutt|hutte|huet",
    "tomorrow": "moorn|morndrigs",
    "overmorrow": "ubermorn|uber morn|ubermoorn",
    "wd=0": "mantig|mentig|maandig|mandig|mantik",
    "wd=1": "zischtig|ziischtig|zistig|dienschtig|zyschtig",
    "wd=2": "mittwuch|mittwuche|midwuch|mettwoch",
    "wd=3": "donschtig|dunschtig|donnschtig|dunnschtig|donnerschtig|donstig|donnstig",
    "wd=4": "fritig|friitig|frytig|fritik",
    "wd=5": "samschtig|samstig|samschtik",
    "wd=6": "sunntig|suntig|sonntig|sunndig",
    "next": "nachscht|nachschte|nochscht|nochschte|nochste|nachschti|nagscht|nagschte",
    "week": "wuche|wuchen|wuchene",
    "overnext": "ubernachscht|ubernachschte|ubernachschti",
    "month=1": "janner|jannar",
    "month=2": "februar|horner",
    "month=9": "septamber|septamper",
    "month=11": "novamber",
    "month=12": "dezamber|dezamper",
}
TIME_WORDS = {
    "halfto": "halbi|halb|halbe",
    "quarter": "viertu|viertel|viertl",
    "part=afternoon": "am namittag|namittag|nomittag|am nomittag|namittags|zmittag",
    "part=morning": "am morge|morge|am vormittag|vormittag|vormittags",
    "part=evening": "am obig|am abig|am obe|znacht",
}
