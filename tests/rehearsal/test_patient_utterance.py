"""What patients say, with marks."""

import pytest

from gateway.caller.steps import HangUp, Pause, PressKeys, Say
from gateway.rehearsal.scenario import COUGH
from gateway.rehearsal.utterance import MUMBLED_DB, parse_utterance


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("Guten Tag.", (Say("Guten Tag."),)),
        ("Am Dienstag [pause 900] nein.", (Say("Am Dienstag"), Pause(900), Say("nein."))),
        ("[keys 079#]", (PressKeys("079#"),)),
        ("[cough] Ja.", (COUGH, Say("Ja."))),
        ("Hallo [fr] bonjour [de] Tschüss", (Say("Hallo"), Say("bonjour", "fr"), Say("Tschüss"))),
        ("[quiet] Dienstag.", (Say("Dienstag.", None, MUMBLED_DB),)),
        ("Danke [hang up]", (Say("Danke"), HangUp())),
        ("[silence]", ()),
    ],
)
def test_marks_become_what_is_done(text: str, moves: tuple[object, ...]):
    assert parse_utterance(text, "de") == moves


@pytest.mark.parametrize(
    "text", ["[laugh]", "[pause]", "[pause 0]", "[pause 999999]", "[keys abc]", "[silence] Ja", ""]
)
def test_what_is_unknown_or_empty_is_refused(text: str):
    with pytest.raises(ValueError, match=r"unknown|says nothing"):
        parse_utterance(text, "de")
