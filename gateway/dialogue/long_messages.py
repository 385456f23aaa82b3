"""Messages that are too long to be read back as a whole: their beginning tells which one was taken down."""

from __future__ import annotations

import re

_MOST_WORDS = 25
"""Words of a message that is read back as a whole."""
_BEGINNING_WORDS = 12
"""Words of the beginning of a longer one, where its first sentence is longer."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zà-ÿ])")


def is_long(message: str) -> bool:
    """Tell whether only the beginning of ``message`` is read back."""
    return len(message.split()) > _MOST_WORDS


def beginning(message: str) -> str:
    """Return the first sentence of ``message``, or its first words where that is long."""
    first = _SENTENCE_END.split(message.strip(), maxsplit=1)[0].split()
    return " ".join(first[:_BEGINNING_WORDS] if len(first) > _MOST_WORDS // 2 + 1 else first).rstrip(" ,;:.!?")
