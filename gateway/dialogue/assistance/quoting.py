"""The caller's words in a prompt: as data, delimited and bounded."""

from __future__ import annotations

import re

LONGEST_TURN = 600
"""Characters of a turn that a model gets to read: more than anybody says in one breath."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MARKS = str.maketrans({"<": "(", ">": ")", "`": "'", "{": "(", "}": ")", "|": "/"})
"""Characters of which delimiters are made, of ours and of the models' own chat templates."""


def quoted(text: str) -> str:
    """Return the caller's words between delimiters that they can't contain."""
    plain = " ".join(_CONTROL.sub(" ", text).translate(_MARKS).split())
    return f"<caller>{plain[:LONGEST_TURN]}</caller>"
