"""Turn-taking on any line: no word is lost or taken twice, nothing that was dropped is used, nothing waits for ever."""

from __future__ import annotations

import itertools
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from turn_taking_simulation import Line, Sound, Speech, described, duration_of

from gateway.conversation.turn_acts import (
    Act,
    BreakIn,
    BreakSilence,
    Disregard,
    DropSpeculation,
    GrantTime,
    OtherEnd,
    ReportFailure,
    ResumeSpeech,
    Speculate,
    TakeKeys,
    TakeTurn,
)
from gateway.dialogue.model import Expectation

KINDS = (
    "{word}",
    "{word}.",
    "{word} und",
    "ich möchte {word}",
    "{word}?",
    "ehm",
    "mhm",
    "ja",
    "nein {word}",
    "Moment bitte",
    "079",
    "",
    None,
)
REPLY = ("Gerne.", "Welcher Tag passt Ihnen am besten?")


@st.composite
def lines(draw: st.DrawFn) -> Line:
    at = 0
    sounds: list[Sound] = []
    for number in range(draw(st.integers(1, 7))):
        at += draw(st.integers(1, 175)) * 20
        # Anything shorter may stay unheard while the gateway speaks on a noisy line.
        length = draw(st.one_of(st.integers(14, 100), st.integers(14, 2500))) * 20
        kind = draw(st.sampled_from(KINDS))
        text = None if kind is None else kind.format(word=f"wort{number}")
        recognition = draw(st.one_of(st.integers(3, 60), st.integers(3, 300))) * 20
        sounds.append(Sound(at, at + length, text, draw(st.sampled_from((0.9, 0.2))), recognition))
        at += length
    expectation = draw(st.sampled_from(list(Expectation)))
    speeches = [
        Speech(start * 20, duration_of(REPLY), REPLY, expectation, draw(st.booleans()))
        for start in draw(st.lists(st.integers(0, at // 20), max_size=2, unique=True))
    ]
    keys = [(at * 20, key) for at, key in draw(st.lists(st.tuples(st.integers(0, at // 20), st.sampled_from("0179#"))))]
    answers = draw(st.booleans())
    return Line(sounds, speeches, keys, answer=lambda act: _answer(act, always=answers), late=draw(st.booleans()))


def _answer(act: Act, *, always: bool) -> tuple[str, ...] | None:
    """Answer as a conversation does: at once and always, or only what ends a turn."""
    if isinstance(act, TakeTurn | TakeKeys | BreakIn | ReportFailure | GrantTime | BreakSilence):
        return REPLY if always or not isinstance(act, BreakSilence) else ("Sind Sie noch da?",)
    return None


def _heard(act: Act) -> str:
    match act:
        case TakeTurn():
            return act.text
        case Disregard(turn=turn) | BreakIn(turn=turn) | GrantTime(turn=turn):
            return turn.text
        case ResumeSpeech(turn=turn) | OtherEnd(turn=turn):
            return "" if turn is None else turn.text
        case _:
            return ""


@settings(max_examples=120, deadline=None)
@given(lines())
def test_no_word_is_lost_or_taken_twice_and_an_act_always_comes(line: Line) -> None:
    spoken = [word for sound in line.sounds for word in re.findall(r"wort\d+", sound.text or "")]
    fails = any(sound.text is None for sound in line.sounds)
    last = max([sound.end for sound in line.sounds] + [at for at, _ in line.keys])
    line.run(last / 1000 + 80)
    heard = [word for _, act in line.acts for word in re.findall(r"wort\d+", _heard(act))]
    assert len(heard) == len(set(heard))
    assert fails or sorted(heard) == sorted(spoken)
    assert not any("dropped" in _heard(act) for _, act in line.acts)
    assert any(at >= last - 20 and described(act) is not None for at, act in line.acts)
    turns = [act for _, act in line.acts if isinstance(act, TakeTurn)]
    assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(turns))
    _check_speculations([act for _, act in line.acts])


def _check_speculations(acts: list[Act]) -> None:
    """Each one is used or dropped, once, and a used one holds the words of its turn; one is under way at a time."""
    under_way: Speculate | None = None
    for act in acts:
        match act:
            case Speculate():
                assert under_way is None
                under_way = act
            case DropSpeculation(number=number):
                assert under_way is not None
                assert number == under_way.number
                under_way = None
            case TakeTurn(speculation=number) if number is not None:
                assert under_way is not None
                assert number == under_way.number
                assert act.transcripts == under_way.turn.transcripts
                under_way = None
            case TakeTurn():
                assert under_way is None
            case _:
                pass
    assert under_way is None
