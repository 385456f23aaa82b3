"""Scenarios in YAML, one a file.

```yaml
# A new patient books a check-up and corrects the day.     the first line of comment is the title
language: de
from: "+41791234567"            # the number that calls; anonymous if left out
voice: man                      # woman if left out, man or slow, or a voice of the embedded engine
practice: open                  # or closed: the call comes outside of the opening hours
line: {noise: babble, snr_db: 12, loss: 0.03, jitter_ms: 20}
wants: Guten Tag, ich hätte gerne einen Termin für eine Kontrolle.
knows:                          # the truth; the patient answers from it and checks the read-back against it
  name: Sandra Fischer
  preferred_date: "{{thursday+2}}"
  preferred_time: "14:30"
answers:                        # said in place of what the patient would say; a list for the 1st, 2nd time
  preferred_date: ["Am {{tuesday+2}}."]
corrections:                    # said when a fact was read back wrong
  preferred_date: "Nein, nicht am {{tuesday+2}}, sondern am {{thursday+2}}."
interruptions:
  - {after: start, after_ms: 1500, say: "Ich möchte einen Termin."}
  - {after: name, after_ms: 800, noise: "Mhm."}
expect:
  actions: [[appointment.booked, appointment.requested]]     # an item that is a list has alternatives
  facts: {name: Sandra Fischer, preferred_date: "{{thursday+2}}"}
  never: {preferred_date: "{{tuesday+2}}"}
  language: de
  recording_refused: true
  transfer: reception
  said: [opening_hours]
  most_turns: 12
```

``{{tuesday+2}}`` is the second Tuesday from today on which the practice is open, ``{{closed+1}}`` the next day on which
it is closed. Spoken texts may have marks; see ``gateway.rehearsal.utterance``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.actions.kinds import ActionKind
from gateway.caller.dates import fill_dates, spoken_date
from gateway.caller.document import Value, read_document
from gateway.caller.line.background import NoiseKind
from gateway.dialogue.model import FactName
from gateway.language import LANGUAGES, Language
from gateway.rehearsal.scenario import Expected, Interruption, LinePlan, Scenario, Utterance
from gateway.rehearsal.utterance import parse_utterance
from gateway.rehearsal.wordings_heard import QUESTIONS, SPELLED

_KEYS = (
    *("language", "from", "voice", "practice", "line", "wants", "knows"),
    *("answers", "corrections", "interruptions", "expect"),
)
_EXPECTED = ("actions", "facts", "never", "language", "recording_refused", "transfer", "said", "most_turns")
_NUMBER = re.compile(r"anonymous|\+?[0-9]+")
_LONGEST_MS = 60_000


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that scenarios count from: ``today``, and which days the practice is open on."""

    today: dt.date
    is_open: Callable[[dt.date], bool]


def load_scenario(path: Path, calendars: Callable[[bool], Calendar]) -> Scenario:
    """Read a scenario; ``calendars`` gives the days of the practice, told whether it is called after hours.

    Raises:
        CallerInputError: one sentence with the file and the line of what is wrong.

    """
    document = read_document(path)
    entries = document.mapping("the scenario", _KEYS)
    for needed in ("language", "wants", "expect"):
        if needed not in entries:
            raise document.error(f"`{needed}` is missing")
    language = _language(entries["language"], "`language`")
    after_hours = "practice" in entries and _choice(entries["practice"], "`practice`", ("open", "closed")) == "closed"
    reader = _Reader(language, calendars(after_hours))
    return Scenario(
        name=path.stem,
        title=_title(path),
        language=language,
        from_number=_number(entries["from"]) if "from" in entries else "anonymous",
        voice=entries["voice"].text("`voice`") if "voice" in entries else None,
        after_hours=after_hours,
        line=_line(entries["line"]) if "line" in entries else LinePlan(),
        wants=reader.utterance(entries["wants"], "`wants`"),
        knows=reader.facts(entries["knows"], "`knows`") if "knows" in entries else {},
        answers=reader.answers(entries["answers"]) if "answers" in entries else {},
        corrections=reader.corrections(entries["corrections"]) if "corrections" in entries else {},
        interruptions=tuple(reader.interruptions(entries["interruptions"])) if "interruptions" in entries else (),
        expect=reader.expected(entries["expect"]),
    )


def _title(path: Path) -> str:
    first = path.read_text("utf-8").splitlines()[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def _language(value: Value, what: str) -> Language:
    text = value.text(what)
    for language in LANGUAGES:
        if text == language:
            return language
    raise value.error(f"{what} must be one of {', '.join(LANGUAGES)}, not {text!r}")


def _choice(value: Value, what: str, known: Iterable[str]) -> str:
    text = value.text(what)
    if text not in known:
        raise value.error(f"{what} must be one of {', '.join(known)}, not {text!r}")
    return text


def _number(value: Value) -> str:
    text = value.text("`from`")
    if _NUMBER.fullmatch(text) is None:
        raise value.error(f'`from` must be a telephone number such as "+41791234567" or anonymous, not {text!r}')
    return text


def _decimal(value: Value, what: str, lowest: float, highest: float) -> float:
    text = value.text(what)
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not lowest <= number <= highest:
        raise value.error(f"{what} must be a number from {lowest} to {highest}, not {text!r}")
    return number


def _line(value: Value) -> LinePlan:
    entries = value.mapping("`line`", ("noise", "snr_db", "loss", "jitter_ms"))
    plan = LinePlan()
    return LinePlan(
        noise=NoiseKind(_choice(entries["noise"], "`noise`", tuple(NoiseKind))) if "noise" in entries else None,
        snr_db=_decimal(entries["snr_db"], "`snr_db`", -20, 60) if "snr_db" in entries else plan.snr_db,
        loss=_decimal(entries["loss"], "`loss`", 0, 0.5) if "loss" in entries else 0.0,
        jitter_ms=_decimal(entries["jitter_ms"], "`jitter_ms`", 0, 500) if "jitter_ms" in entries else 0.0,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    language: Language
    calendar: Calendar

    def utterance(self, value: Value, what: str) -> Utterance:
        """Return what is said; its dates are spoken."""
        text = self._dated(value, what, self._spoken)
        try:
            return parse_utterance(text, self.language)
        except ValueError as error:
            raise value.error(f"{what}: {error}") from error

    def facts(self, value: Value, what: str) -> dict[FactName, str]:
        """Return facts in their canonical form; their dates are ISO 8601."""
        entries = value.mapping(what, tuple(FactName))
        return {FactName(name): self._dated(fact, f"`{name}`", dt.date.isoformat) for name, fact in entries.items()}

    def answers(self, value: Value) -> dict[str, tuple[Utterance, ...]]:
        """Return what is said to each question: one thing, or one for each time it is asked."""
        answers: dict[str, tuple[Utterance, ...]] = {}
        for name, given in value.mapping("`answers`", sorted(QUESTIONS)).items():
            several = given.items(name) if given.is_list else (given,)
            if not several:
                raise given.error(f"`{name}` has no answer")
            answers[name] = tuple(self.utterance(one, f"`{name}`") for one in several)
        return answers

    def corrections(self, value: Value) -> dict[FactName, Utterance]:
        """Return what is said when a fact was read back wrong."""
        entries = value.mapping("`corrections`", tuple(FactName))
        return {FactName(name): self.utterance(one, f"`{name}`") for name, one in entries.items()}

    def interruptions(self, value: Value) -> Iterator[Interruption]:
        """Yield what is said into the gateway's words."""
        for item in value.items("`interruptions`"):
            entries = item.mapping("an interruption", ("after", "after_ms", "say", "noise"))
            said = [name for name in ("say", "noise") if name in entries]
            if "after" not in entries or "after_ms" not in entries or len(said) != 1:
                raise item.error("an interruption has `after`, `after_ms`, and one of `say` and `noise`")
            yield Interruption(
                after=_choice(entries["after"], "`after`", ("start", *sorted(QUESTIONS))),
                after_ms=entries["after_ms"].whole_number("`after_ms`", 0, _LONGEST_MS),
                utterance=self.utterance(entries[said[0]], f"`{said[0]}`"),
                takes_turn=said[0] == "say",
            )

    def expected(self, value: Value) -> Expected:
        """Return what must be true after the call."""
        entries = value.mapping("`expect`", _EXPECTED)
        if "actions" not in entries:
            raise value.error("`actions` is missing; write [] where none is expected")
        if "recording_refused" in entries:
            entries["recording_refused"].true("`recording_refused`")
        return Expected(
            actions=tuple(self._action(item) for item in entries["actions"].items("`actions`")),
            facts=self.facts(entries["facts"], "`facts`") if "facts" in entries else {},
            never=self.facts(entries["never"], "`never`") if "never" in entries else {},
            language=_language(entries["language"], "`language`") if "language" in entries else None,
            recording_refused="recording_refused" in entries,
            transfer=entries["transfer"].text("`transfer`") if "transfer" in entries else None,
            said=tuple(_choice(item, "`said`", SPELLED) for item in entries["said"].items("`said`"))
            if "said" in entries
            else (),
            most_turns=entries["most_turns"].whole_number("`most_turns`", 1, 100) if "most_turns" in entries else None,
        )

    @staticmethod
    def _action(value: Value) -> tuple[ActionKind, ...]:
        several = value.items("an action") if value.is_list else (value,)
        return tuple(ActionKind(_choice(one, "an action", tuple(ActionKind))) for one in several)

    def _spoken(self, day: dt.date) -> str:
        return spoken_date(day, self.language, self.calendar.today)

    def _dated(self, value: Value, what: str, render: Callable[[dt.date], str]) -> str:
        try:
            return fill_dates(value.text(what), self.calendar.today, self.calendar.is_open, render)
        except ValueError as error:
            raise value.error(str(error)) from error
