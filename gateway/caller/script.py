"""A caller's script in YAML.

```yaml
language: de                      # de, fr, it or en
voice: "de-DE:pitch=1.15"         # optional
from: "+41791234567"              # optional; the number that calls
lines:
  - say: Guten Tag, ich hätte gerne einen Termin.
  - when: "name|heissen"          # only if the other side said this since the last turn
    say: Anna Keller
    times: 2                      # answered twice if it is asked twice
  - say: "Am {{tuesday+2}}"       # the second Tuesday from today, as it is spoken
  - barge_in_after_ms: 1500       # while the other side speaks
    say: Ja
  - pause_ms: 1500                # between two lines: one turn of both, with silence between them
  - say: das stimmt.
  - keys: "9"
  - wav: laughter.wav             # beside the script
  - hang_up: true
expect:                           # read by tests
  action: appointment.requested
  facts: {name: Anna Keller, preferred_date: "{{tuesday+2}}"}
```

When the other side is done, the lines that are left are looked through in order and the first that fits is taken.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.actions.kinds import ActionKind
from gateway.caller.dates import fill_dates, spoken_date
from gateway.caller.document import Value, read_document
from gateway.caller.errors import CallerInputError
from gateway.caller.steps import Expectations, HangUp, Move, Pause, PlayWav, PressKeys, Say, Script, Turn
from gateway.dialogue.model import FactName
from gateway.language import LANGUAGES, Language

_MOVES = ("say", "wav", "keys", "pause_ms", "hang_up")
_LINE_KEYS = (*_MOVES, "when", "barge_in_after_ms", "times")
_KEYS = re.compile(r"[0-9*#A-D]+")
_NUMBER = re.compile(r"anonymous|\+?[0-9]+")
_LONGEST_MS = 600_000


def _always_open(_day: dt.date) -> bool:
    return True


def load_script(
    path: Path, *, today: dt.date | None = None, is_open: Callable[[dt.date], bool] = _always_open
) -> Script:
    """Read a script; its dates count from ``today`` and skip the days on which the practice is not open.

    Raises:
        CallerInputError: one sentence with the file and the line of what is wrong.

    """
    entries = read_document(path).mapping("the script", ("language", "voice", "from", "lines", "expect"))
    language = _language(entries["language"]) if "language" in entries else "de"
    reader = _Reader(language, today or dt.date.today(), is_open)
    if "lines" not in entries:
        raise CallerInputError(f"{path}: `lines` is missing")
    turns = tuple(reader.turns(entries["lines"]))
    if not turns:
        raise entries["lines"].error("`lines` is empty")
    return Script(
        turns=turns,
        language=language,
        voice=entries["voice"].text("`voice`") if "voice" in entries else None,
        from_number=_number(entries["from"]) if "from" in entries else None,
        expect=reader.expectations(entries["expect"]) if "expect" in entries else Expectations(),
    )


def _language(value: Value) -> Language:
    text = value.text("`language`")
    for language in LANGUAGES:
        if text == language:
            return language
    raise value.error(f"`language` must be one of {', '.join(LANGUAGES)}, not {text!r}")


def _number(value: Value) -> str:
    text = value.text("`from`")
    if _NUMBER.fullmatch(text) is None:
        raise value.error(f'`from` must be a telephone number such as "+41791234567" or anonymous, not {text!r}')
    return text


@dataclass(frozen=True, slots=True)
class _Reader:
    language: Language
    today: dt.date
    is_open: Callable[[dt.date], bool]

    def turns(self, lines: Value) -> Iterator[Turn]:
        """Yield the turns; a pause joins the lines before and after it into one."""
        current: Turn | None = None
        for value in lines.items("`lines`"):
            turn = self._line(value)
            joins = current is None or isinstance(turn.moves[0], Pause) or isinstance(current.moves[-1], Pause)
            if current is None:
                current = replace(turn, opening=isinstance(turn.moves[0], Pause))
            elif joins:
                if turn.when is not None or turn.barge_in_after_ms is not None or turn.times != 1:
                    raise value.error("a line after `pause_ms` follows at once and cannot have conditions")
                current = replace(current, moves=current.moves + turn.moves)
            else:
                yield current
                current = turn
        if current is not None:
            yield current

    def _line(self, value: Value) -> Turn:
        entries = value.mapping("a line", _LINE_KEYS)
        named = [name for name in _MOVES if name in entries]
        if len(named) != 1:
            raise value.error(f"a line must have exactly one of {', '.join(_MOVES)}")
        move = self._move(named[0], entries[named[0]])
        conditions = [name for name in ("when", "barge_in_after_ms", "times") if name in entries]
        if conditions and isinstance(move, Pause):
            raise value.error("`pause_ms` stands alone; put the condition on the line before it")
        if "when" in entries and "barge_in_after_ms" in entries:
            raise value.error("`when` needs the whole of what was said, so it cannot go with `barge_in_after_ms`")
        return Turn(
            moves=(move,),
            when=self._expression(entries["when"]) if "when" in entries else None,
            barge_in_after_ms=entries["barge_in_after_ms"].whole_number("`barge_in_after_ms`", 0, _LONGEST_MS)
            if "barge_in_after_ms" in entries
            else None,
            times=entries["times"].whole_number("`times`", 1, 100) if "times" in entries else 1,
            line=value.line,
        )

    def _move(self, name: str, value: Value) -> Move:
        match name:
            case "say":
                return Say(self._dated(value, "`say`", lambda day: spoken_date(day, self.language, self.today)))
            case "wav":
                return PlayWav(value.path.parent / value.text("`wav`"))
            case "keys":
                keys = value.text("`keys`")
                if _KEYS.fullmatch(keys) is None:
                    raise value.error(f"`keys` must be telephone keys (0-9, *, #, A-D), not {keys!r}")
                return PressKeys(keys)
            case "pause_ms":
                return Pause(value.whole_number("`pause_ms`", 1, _LONGEST_MS))
            case _:
                value.true("`hang_up`")
                return HangUp()

    def _expression(self, value: Value) -> re.Pattern[str]:
        text = value.text("`when`")
        try:
            return re.compile(text, re.IGNORECASE)
        except re.error as error:
            raise value.error(f"`when` is not a regular expression: {error}") from error

    def _dated(self, value: Value, what: str, render: Callable[[dt.date], str]) -> str:
        try:
            return fill_dates(value.text(what), self.today, self.is_open, render)
        except ValueError as error:
            raise value.error(str(error)) from error

    def expectations(self, value: Value) -> Expectations:
        """Return what the script says must have been noted."""
        entries = value.mapping("`expect`", ("action", "facts"))
        facts = entries["facts"].mapping("`facts`", tuple(FactName)) if "facts" in entries else {}
        action = None
        if "action" in entries:
            text = entries["action"].text("`action`")
            if text not in tuple(ActionKind):
                raise entries["action"].error(f"`action` must be one of {', '.join(ActionKind)}, not {text!r}")
            action = ActionKind(text)
        return Expectations(
            action=action,
            facts={FactName(name): self._dated(fact, f"`{name}`", dt.date.isoformat) for name, fact in facts.items()},
        )
