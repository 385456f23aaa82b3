"""What a patient says, written as a text with marks in brackets.

``Am Dienstag [pause 900] nein, am Mittwoch`` is one turn with a hesitation in it. The marks: ``[pause MS]``,
``[keys 0791234567]``, ``[cough]``, ``[quiet]`` (what follows is mumbled), ``[de]``, ``[fr]``, ``[it]``, ``[en]`` (what
follows is in another language), ``[hang up]``, and ``[silence]`` alone for a turn in which nothing is said.
"""

from __future__ import annotations

import re

from gateway.caller.steps import HangUp, Pause, PlaySound, PressKeys, Say
from gateway.language import LANGUAGES, Language
from gateway.rehearsal.scenario import COUGH, Utterance

MUMBLED_DB = -20.0
"""How much quieter a mumbled word is."""

_MARK = re.compile(r"\[([^\]]*)\]")
_PAUSE = re.compile(r"pause ([1-9][0-9]{1,4})")
_KEYS = re.compile(r"keys ([0-9*#A-D]+)")


def parse_utterance(text: str, language: Language) -> Utterance:
    """Return what ``text`` stands for; raise ``ValueError`` with one sentence when a mark is unknown."""
    if text.strip() == "[silence]":
        return ()
    moves: list[Say | PlaySound | PressKeys | Pause | HangUp] = []
    spoken, gain_db = language, 0.0
    parts = _MARK.split(text)
    for index, part in enumerate(parts):
        words = part.strip()
        if index % 2 == 0:
            if words:
                moves.append(Say(words, None if spoken == language else spoken, gain_db))
        elif words == "quiet":
            gain_db = MUMBLED_DB
        elif found := next((known for known in LANGUAGES if known == words), None):
            spoken = found
        else:
            moves.append(_mark(words))
    if not moves:
        raise ValueError("it says nothing; write [silence] where that is meant")
    return tuple(moves)


def _mark(words: str) -> PlaySound | PressKeys | Pause | HangUp:
    if words == "cough":
        return COUGH
    if words == "hang up":
        return HangUp()
    if pause := _PAUSE.fullmatch(words):
        return Pause(int(pause[1]))
    if keys := _KEYS.fullmatch(words):
        return PressKeys(keys[1])
    raise ValueError(f"the mark [{words}] is unknown")
