"""A message after hours: its words, its place in the recording, and what is sent when the caller just hangs up."""

from __future__ import annotations

from gateway.conversation.replying import caller_turn
from gateway.conversation.turn_acts import TakeTurn
from gateway.speech.interface import Transcript


def test_a_turn_carries_its_place_in_the_call_to_the_dialogue():
    transcript = Transcript("Bitte rufen Sie mich zurück.", "de", 0.9)
    turn = caller_turn(TakeTurn((transcript,), 80_000, 128_400, 130_000))
    assert turn.span == (80_000, 128_400)
