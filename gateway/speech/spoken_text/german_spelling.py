"""The ß, which Swiss spelling does not have and which tells an engine that the vowel before it is long."""

from __future__ import annotations

import re

_SHARP_S = re.compile(
    r"strasse|\bgross(?!ist)|\bgröss|schliess|\bheiss|\bweiss|gruss|grüss|\bausser|\bäusser|\bdrauss|\bfuss|\bfüss|"
    r"\bspass|\bspäss|fliess|giess|geniess|\bsüss|mässig|massnahm|dreissig|\bstoss|\bbeiss|\breiss",
    re.IGNORECASE,
)


def with_sharp_s(text: str) -> str:
    """Return German ``text`` with the ß of Germany's spelling."""
    return _SHARP_S.sub(lambda match: match.group().replace("ss", "ß"), text)
