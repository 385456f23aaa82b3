"""Turn-taking on timed sequences of sounds, keys and speeches, from the table in turn_taking_timelines.txt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from turn_taking_simulation import Line, described, line

from gateway.conversation.turn_acts import (
    DropSpeculation,
    FalseAlarm,
    OtherEnd,
    ResumeSpeech,
    SetEndpointing,
    Speculate,
    TakeTurn,
)
from gateway.language import LANGUAGES, Language

TABLE = Path(__file__).with_name("turn_taking_timelines.txt")
WATCHED_S = 3.9
USUAL_MS = 250


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table; ``section`` is the name under which it stands."""

    section: str
    written: str
    language: Language
    recognition: int
    timeline: str
    until: float | None
    acts: str

    def run(self, recognition: int | None = None) -> Line:
        """Return the line after all has happened."""
        made = line(self.timeline, recognition=recognition or self.recognition, language=self.language)
        last = max([sound.end for sound in made.sounds] + [at for at, _ in made.keys], default=0)
        made.run(last / 1000 + WATCHED_S if self.until is None else self.until)
        return made


def read(text: str) -> list[Row]:
    rows, section = [], ""
    for written in text[text.index("\n# ") :].splitlines():
        if written.startswith("# "):
            section = written.removeprefix("# ").split(":")[0]
        elif written:
            rows.append(_row(section, written))
    return rows


def _row(section: str, written: str) -> Row:
    timeline, acts = (part.strip() for part in written.split("=>"))
    language: Language = "de"
    recognition, until = USUAL_MS, None
    if (first := timeline.split(" ", 1))[0] in LANGUAGES:
        language, timeline = first[0], first[1]
    if timeline.startswith("@"):
        milliseconds, timeline = timeline[1:].split(" ", 1)
        recognition = int(milliseconds)
    if timeline.endswith(" end"):
        timeline, end = timeline.rsplit("|", 1)
        until = float(end.split()[0])
    return Row(section, written, language, recognition, timeline, until, acts)


ROWS = read(TABLE.read_text(encoding="utf-8"))
WHATEVER_THE_SPEED = [row for row in ROWS if row.section in {"endpointing", "languages", "dialect", "overlaps"}]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.section}: {row.timeline}" for row in ROWS])
def test_a_timeline_leads_to_its_acts(row: Row) -> None:
    happened = [(at, described(act)) for at, act in row.run().acts]
    assert ", ".join(f"{at / 1000:.1f} {act}" for at, act in happened if act is not None) == row.acts


@pytest.mark.parametrize("recognition", [40, 500, 1100])
@pytest.mark.parametrize("row", WHATEVER_THE_SPEED, ids=[row.timeline for row in WHATEVER_THE_SPEED])
def test_the_same_turns_are_taken_however_fast_the_recogniser_is(row: Row, recognition: int) -> None:
    def taken(ran: Line) -> list[str]:
        return [act.text for _, act in ran.acts if isinstance(act, TakeTurn)]

    assert taken(row.run(recognition)) == taken(row.run())


def test_the_answer_is_prepared_at_the_pause_and_used_when_nothing_followed() -> None:
    ran = line("0 gateway OPEN Wie kann ich helfen? | 2 caller 1 Ich habe Zahnweh.")
    ran.run(5)
    (speculation,) = [(at, act) for at, act in ran.acts if isinstance(act, Speculate)]
    (taken,) = [(at, act) for at, act in ran.acts if isinstance(act, TakeTurn)]
    assert speculation[0] < taken[0]
    assert taken[1].speculation == speculation[1].number


def test_what_was_prepared_is_dropped_when_the_caller_goes_on() -> None:
    ran = line("0 gateway OPEN Wie kann ich helfen? | 2 caller 1 Ich habe | 3.9 caller 1 Zahnweh.")
    ran.run(8)
    acts = [act for _, act in ran.acts if isinstance(act, Speculate | DropSpeculation | TakeTurn)]
    first, dropped, second, taken = acts
    assert isinstance(first, Speculate)
    assert dropped == DropSpeculation(first.number)
    assert isinstance(second, Speculate)
    assert isinstance(taken, TakeTurn)
    assert taken.speculation == second.number


def test_nothing_is_prepared_for_a_sign_of_listening() -> None:
    ran = line("0 gateway OPEN Guten Tag. / Wie kann ich helfen? | 0.6 caller 0.4 Genau.")
    ran.run(4)
    assert not any(isinstance(act, Speculate) for _, act in ran.acts)


@pytest.mark.parametrize("length", [0.14, 0.2, 0.28])
@pytest.mark.parametrize("recognition", [60, 250, 600, 1500, 4000])
def test_after_a_short_noise_the_gateway_goes_on_within_a_second(length: float, recognition: int) -> None:
    ran = line(f"0 gateway OPEN Guten Tag. / Wie kann ich helfen? | 0.6 caller {length}", recognition=recognition)
    ran.run(8)
    (resumed,) = [at for at, act in ran.acts if isinstance(act, ResumeSpeech)]
    assert resumed - (600 + 1000 * length) <= 1000


def test_the_leg_cuts_by_the_question_again_once_the_caller_goes_on() -> None:
    ran = line(
        "0 gateway YES_NO Ist das so richtig? | 2 caller 0.4 Ja, aber | 3 caller 1 nicht Dienstag. | 6 caller 1 Ja."
    )
    ran.run(9)
    waits = [act.endpointing.end_ms for _, act in ran.acts if isinstance(act, SetEndpointing)]
    assert waits == [480, 1400, 480, 300, 480, 300]


def test_noise_after_noise_makes_the_gateway_harder_to_interrupt() -> None:
    sounds = " | ".join(f"{at} caller 0.2" for at in (0.6, 2.4, 4))
    ran = line(f"0 gateway OPEN Guten Tag. / Wie kann ich Ihnen denn heute helfen? | {sounds}")
    ran.run(9)
    causes = [act.cause for _, act in ran.acts if isinstance(act, ResumeSpeech)]
    assert causes == [FalseAlarm.NOISE, FalseAlarm.NOISE]


def test_who_comes_back_after_music_is_heard_and_the_limit_is_off() -> None:
    ran = line("0 gateway OPEN Guten Tag. | 2 caller 19 | 21.4 caller 19 | 50 caller 1 Hallo?")
    ran.run(120)
    assert [act.final for _, act in ran.acts if isinstance(act, OtherEnd)] == [False]
