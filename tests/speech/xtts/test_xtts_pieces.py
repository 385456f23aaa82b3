import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.speech.engines.xtts.pieces import pieces

TEXTS = st.text(alphabet="abcä ,.;:", max_size=400)


def shorter_than(limit):
    return lambda piece: len(piece) <= limit


@given(TEXTS, st.integers(1, 60))
def test_nothing_is_lost_and_every_piece_fits(text, limit):
    parts = pieces(text, shorter_than(limit))
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part) <= limit for part in parts)
    assert all(part == part.strip() for part in parts)


def test_a_short_sentence_stays_whole():
    assert pieces("Guten Tag, Frau Müller.", shorter_than(200)) == ["Guten Tag, Frau Müller."]


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        (
            "Wir haben am Montag einen Termin, oder lieber am Dienstag um zehn.",
            ["Wir haben am Montag einen Termin,", "oder lieber am Dienstag um zehn."],
        ),
        ("Ja, das geht leider morgen gar nicht mehr", ["Ja, das geht leider", "morgen gar nicht mehr"]),
        ("acht Uhr, neun Uhr, zehn Uhr, elf Uhr", ["acht Uhr, neun Uhr,", "zehn Uhr, elf Uhr"]),
        ("1.250,50", ["1.25", "0,50"]),
    ],
)
def test_a_long_one_is_cut_near_its_middle_behind_a_clause_if_it_can_be(sentence, parts):
    assert pieces(sentence, shorter_than(len(sentence) - 1)) == parts


def test_what_never_fits_ends_in_single_characters():
    assert pieces("abc", lambda _: False) == ["a", "b", "c"]
