"""The search for callers in logs finds them in every spelling, and nothing else."""

import pytest
from personal_words import find_personal


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"event": "call", "from": "+41791112200"}', ["+41791112200"]),
        ("sip:0791112200@host", ["+41791112200"]),
        ("079 111 22 00", ["+41791112200"]),
        ("0041 79/111.22-00", ["+41791112200"]),
        ("THOMAS", ["thomas"]),
        ('"zimmermänn"', ["zimmermann"]),
        ("er sagte: ich möchte einen, so", ["ich mochte einen"]),
        ("0199a8f3-7911-7220-8def-791112200abc", []),
        ("möchte ich einen", []),
    ],
)
def test_a_caller_is_found_in_every_spelling(line: str, found: list[str]) -> None:
    said = ["Ich möchte einen Termin."]
    assert find_personal(line, phones=["+41791112200", "anonymous"], names=["Thomas Zimmermann"], said=said) == found
