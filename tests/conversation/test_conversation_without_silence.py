"""No caller meets silence for ever, whatever they do and however slow the engines are; each turn is taken once."""

from __future__ import annotations

import pytest
from conversation_line import Held, SlowCalendar, Sound, hold
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = (
    "Ich möchte einen Termin für eine Kontrolle.",
    "Am 8. Dezember um 9 Uhr.",
    "Ich war schon bei Ihnen.",
    "Anna Keller.",
    "079 123 45 67.",
    "Ja, das stimmt.",
    "Nein.",
    "ich brauche da mal einen Platz bei euch",
    "Wann haben Sie geöffnet?",
    "Moment bitte",
    "Ich möchte mit einem Menschen sprechen.",
    "Auf Wiederhören.",
    "mhm",
    "ehm",
    "",
    None,
)
LONGEST_SILENCE_S = 27.0
"""Time is granted for so long to a caller who asks for a moment; nothing else takes as long."""


def all_said(held: Held) -> str:
    return " ".join(spoken.text for spoken in held.story.said)


def test_a_turn_that_a_model_was_still_reading_is_taken_once_together_with_the_next_one() -> None:
    first, second = "ich brauche da mal einen Platz bei euch", "Wann haben Sie geöffnet?"
    held = hold(Sound(12, 2, first), Sound(15.2, 1, second, 0.1), model_s=3.0, hangs_up=40)
    assert [text for text, _ in held.taken] == [f"{first} {second}"]


@pytest.mark.parametrize("recognition_s", [2.6, 4.5])
def test_a_noise_that_took_long_to_recognise_is_followed_by_the_rest_of_what_it_interrupted(
    recognition_s: float,
) -> None:
    held = hold(Sound(4.5, 1.5, "", recognition_s))
    greeting, patience, rest = held.story.said[:3]
    assert greeting.unheard
    assert patience.text == "Einen Moment, bitte."
    assert rest.text == " ".join(greeting.unheard)


def test_a_key_during_the_goodbye_is_answered() -> None:
    held = hold(Sound(12, 1, "Auf Wiederhören."), keys=[(14.5, "0")])
    assert "zurückrufen" in all_said(held)


def test_what_was_understood_is_repeated_to_its_end_however_fast_the_calendar_answers() -> None:
    details = (Sound(12, 2, WORDS[0]), Sound(21, 2, "Ich war schon bei Ihnen."), Sound(33, 2, WORDS[1]))
    held = hold(*details, calendar=SlowCalendar(0.02), hangs_up=46)
    assert all(spoken.complete for spoken in held.story.said[:-1])


@st.composite
def calls(draw: st.DrawFn) -> dict:
    at, sounds = 0.0, []
    for _ in range(draw(st.integers(1, 8))):
        at += draw(st.integers(1, 90)) / 10
        seconds = draw(st.integers(2, 30)) / 10
        recognition_s = draw(st.sampled_from((0.1, 0.4, 1.5, 3.0, 12.0)))
        sounds.append(Sound(at, seconds, draw(st.sampled_from(WORDS)), recognition_s))
        at += seconds
    keys = draw(st.lists(st.tuples(st.integers(0, int(at * 10)), st.sampled_from("01290#5")), max_size=3))
    slow = draw(st.sampled_from((0.02, 1.0, 4.0)))
    calendar = draw(st.sampled_from((None, slow)))
    return {
        "sounds": sounds,
        "keys": [(tenths / 10, key) for tenths, key in keys],
        "model_s": draw(st.sampled_from((None, 0.1, 1.4, 3.0))),
        "calendar": None if calendar is None else SlowCalendar(calendar, silent=draw(st.booleans())),
        "rings_s": draw(st.sampled_from((None, 5.0))),
        "hangs_up": draw(st.one_of(st.none(), st.floats(0, at + 20))),
    }


@settings(max_examples=25, deadline=None)
@given(calls())
def test_no_caller_is_left_in_silence_and_nothing_is_left_behind(call: dict) -> None:
    sounds = call.pop("sounds")
    held = hold(*sounds, **call)
    # A caller who says nothing more is asked, asked again, and told goodbye: no call lasts for ever.
    assert held.reason in {"caller", "gateway"}
    assert held.leg.longest_silence < LONGEST_SILENCE_S
    assert held.tasks_left == []
    # What is taken was written down, and is taken once.
    assert sum(len(text.split()) for text, _ in held.taken) <= sum(len(text.split()) for text in held.story.heard)
    assert held.calendar is None or (held.calendar.ended and len(held.calendar.booked) <= 1)
