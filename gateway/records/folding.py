"""Words as a search compares them: small letters, no accents, nothing but letters and digits."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Return the words of ``text`` in the form that is searched, with single spaces between them.

    ``Müller, +41 79`` becomes ``muller 41 79``; both databases then split it alike, whatever their own rules are.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(sign for sign in decomposed if not unicodedata.combining(sign))))
