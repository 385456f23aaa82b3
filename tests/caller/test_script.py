import datetime as dt
from pathlib import Path

import pytest

from gateway.actions.kinds import ActionKind
from gateway.caller.errors import CallerInputError
from gateway.caller.script import load_script
from gateway.caller.steps import HangUp, Pause, PlayWav, PressKeys, Say
from gateway.dialogue.model import FactName

SHIPPED = sorted((Path(__file__).parents[1] / "e2e" / "scripts").glob("*.yaml"))

WHOLE = """
language: fr
voice: "fr-FR:pitch=1.2"
from: "+41791234567"
lines:
  - say: Bonjour
  - when: nom
    say: Anna Keller
    times: 2
  - say: "{{tuesday+1}}"
  - barge_in_after_ms: 1500
    say: Oui
  - pause_ms: 1200
  - say: c'est juste
  - keys: "9#"
  - wav: laugh.wav
  - hang_up: true
expect:
  action: appointment.requested
  facts:
    name: Anna Keller
    preferred_date: "{{tuesday+1}}"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "script.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_whole_script_is_read(tmp_path):
    script = load_script(written(tmp_path, WHOLE), today=dt.date(2026, 11, 20))
    assert (script.language, script.voice, script.from_number) == ("fr", "fr-FR:pitch=1.2", "+41791234567")
    assert [turn.moves for turn in script.turns] == [
        (Say("Bonjour"),),
        (Say("Anna Keller"),),
        (Say("mardi"),),
        (Say("Oui"), Pause(1200), Say("c'est juste")),
        (PressKeys("9#"),),
        (PlayWav(tmp_path / "laugh.wav"),),
        (HangUp(),),
    ]
    assert script.turns[1].when is not None
    assert script.turns[1].when.search("Quel est votre NOM ?")
    assert script.turns[1].times == 2
    assert script.turns[3].barge_in_after_ms == 1500
    assert script.turns[1].line == 7
    assert script.needs_transcripts
    assert script.expect.action is ActionKind.APPOINTMENT_REQUESTED
    assert script.expect.facts == {FactName.NAME: "Anna Keller", FactName.PREFERRED_DATE: "2026-11-24"}


def test_dates_skip_days_on_which_the_practice_is_closed(tmp_path):
    path = written(tmp_path, "lines:\n  - say: '{{tuesday+1}}'\n")
    script = load_script(path, today=dt.date(2026, 11, 20), is_open=lambda day: day != dt.date(2026, 11, 24))
    assert script.turns[0].moves == (Say("Dienstag in einer Woche"),)


def test_a_pause_at_the_start_opens_the_call(tmp_path):
    script = load_script(written(tmp_path, "lines:\n  - pause_ms: 500\n  - say: Hallo\n  - say: Ja\n"))
    assert [turn.moves for turn in script.turns] == [(Pause(500), Say("Hallo")), (Say("Ja"),)]
    assert script.turns[0].opening
    assert not script.turns[1].opening


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "script.yaml is empty"),
        ("[", "script.yaml:1: not YAML"),
        ("- say: x", ":1: the script must be a mapping"),
        ("language: de", "`lines` is missing"),
        ("lines: []", ":1: `lines` is empty"),
        ("lines: Hallo", ":1: `lines` must be a list"),
        ("language: rm\nlines:\n  - say: x", ":1: `language` must be one of de, fr, it, en, not 'rm'"),
        ("lines:\n  - say: x\nlanguge: de", ":3: 'languge' is unknown in the script"),
        ("lines:\n  - say: x\nlines:\n  - say: x", ":3: 'lines' stands twice"),
        ("from: Anna\nlines:\n  - say: x", ":1: `from` must be a telephone number"),
        ("lines:\n  - say: x\n  - shout: x", ":3: 'shout' is unknown in a line"),
        ("lines:\n  - say: x\n    keys: '1'", ":2: a line must have exactly one of"),
        ("lines:\n  - when: x", ":2: a line must have exactly one of"),
        ("lines:\n  - say:", ":2: `say` must be a text"),
        ("lines:\n  - say: [x]", ":2: `say` must be a text"),
        ("lines:\n  - keys: '1E'", ":2: `keys` must be telephone keys"),
        ("lines:\n  - pause_ms: soon", ":2: `pause_ms` must be a whole number"),
        ("lines:\n  - pause_ms: 0", ":2: `pause_ms` must be a whole number"),
        ("lines:\n  - hang_up: false", ":2: `hang_up` must be true"),
        ("lines:\n  - say: x\n    when: '('", ":3: `when` is not a regular expression"),
        ("lines:\n  - say: x\n    times: 0", ":3: `times` must be a whole number from 1"),
        ("lines:\n  - say: x\n    when: y\n    barge_in_after_ms: 5", ":2: `when` needs the whole"),
        ("lines:\n  - pause_ms: 5\n    when: y", ":2: `pause_ms` stands alone"),
        ("lines:\n  - say: x\n  - pause_ms: 5\n  - say: y\n    when: z", ":4: a line after `pause_ms`"),
        ("lines:\n  - say: '{{yesterday+1}}'", ":2: {{yesterday+1}} is not a date"),
        ("lines:\n  - say: x\nexpect:\n  facts:\n    shoe_size: 42", ":5: 'shoe_size' is unknown in `facts`"),
        ("lines:\n  - say: x\nexpect:\n  action: dance", ":4: `action` must be one of"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, problem):
    with pytest.raises(CallerInputError) as raised:
        load_script(written(tmp_path, text))
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_script_is_said(tmp_path):
    with pytest.raises(CallerInputError, match="cannot be read: No such file"):
        load_script(tmp_path / "none.yaml")


def test_a_script_that_is_not_text_is_said(tmp_path):
    path = tmp_path / "script.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CallerInputError, match="UTF-8"):
        load_script(path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_scripts_of_the_end_to_end_tests_can_be_read(path):
    script = load_script(path)
    assert script.turns
