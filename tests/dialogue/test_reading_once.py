"""A turn is read once, however often it is asked about before it is taken."""

import datetime as dt
from pathlib import Path

import pytest

from gateway.dialogue import dialogue as dialogue_module
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import CallerTurn
from gateway.dialogue.understand import understand
from gateway.practice.loader import load_profile

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")


def test_a_turn_that_is_considered_asked_about_and_taken_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = []

    def counting(turn, state, context):
        read.append(turn.text)
        return understand(turn, state, context)

    monkeypatch.setattr(dialogue_module, "understand", counting)
    dialogue = Dialogue(PROFILE, clock=lambda: NOW)
    dialogue.open()
    for text in ("Ich möchte einen Termin.", "Ich möchte einen Termin für eine Kontrolle."):
        turn = CallerTurn(text, "de")
        dialogue.wanted_from_model(turn)
        considered = dialogue.consider(turn)
        assert dialogue.take(turn) == considered
    assert read == ["Ich möchte einen Termin.", "Ich möchte einen Termin für eine Kontrolle."]
    dialogue.take(turn)
    assert len(read) == 3, "the same words are another turn once the dialogue has gone on"
