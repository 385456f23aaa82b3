"""A text in pieces that XTTS can say in one breath.

XTTS cuts off or mumbles what is longer than some 200 to 270 characters, by language (``VoiceBpeTokenizer.char_limits``
of coqui-tts), and refuses what has 400 tokens. It drifts before that, and its decoder goes over the whole piece again
for each chunk, so pieces are kept shorter than they might be.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.language import Language

LONGEST_PIECE: dict[Language, int] = {"de": 200, "fr": 200, "it": 170, "en": 200}
"""Characters; four fifths of coqui-tts's limits (253, 273, 213, 250), less for French."""

_BREAKS = (re.compile(r"[,;:–](?= )"), re.compile(r" "))
"""Where a sentence may be cut, the best first: behind a clause, or else between words."""


def pieces(sentence: str, fits: Callable[[str], bool]) -> list[str]:
    """Return ``sentence`` cut until each piece ``fits``, near its middle, behind a clause where there is one."""
    sentence = sentence.strip()
    if not sentence:
        return []
    if len(sentence) == 1 or fits(sentence):
        return [sentence]
    cut = _middle(sentence)
    return pieces(sentence[:cut], fits) + pieces(sentence[cut:], fits)


def _middle(sentence: str) -> int:
    """Return where to cut: within the middle half, and not at either end."""
    half = len(sentence) / 2
    for breaks in _BREAKS:
        cuts = [match.end() for match in breaks.finditer(sentence) if abs(match.end() - half) <= half / 2]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - half))
    return len(sentence) // 2
