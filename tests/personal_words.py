"""Looks for what a caller is called, called from, or said in a gateway's logs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.records.folding import fold

WORDS_IN_A_ROW = 3
"""So many words of a sentence one after the other are no chance: our events' names share single words with callers."""


def find_personal(log: str, *, phones: Iterable[str], names: Iterable[str], said: Iterable[str]) -> list[str]:
    """Return each phone number, name and run of words that is in ``log``, in whatever spelling."""
    wanted: dict[str, str] = {}
    for phone in phones:
        digits = re.sub(r"\D", "", phone)[-9:]
        if len(digits) >= 7:
            wanted[phone] = r"(?<![0-9a-f])(?:\+?41|0041|0)?" + r"[\s./()-]?".join(digits) + r"(?![0-9a-f])"
    folded = f" {fold(log)} "
    found = [phone for phone, pattern in wanted.items() if re.search(pattern, log)]
    found += [word for name in names for word in fold(name).split() if f" {word} " in folded]
    for text in said:
        words = fold(text).split()
        runs = [" ".join(words[at : at + WORDS_IN_A_ROW]) for at in range(len(words) - WORDS_IN_A_ROW + 1)]
        found += [run for run in runs if f" {run} " in folded]
    return found
