"""Judges one call's story against what its scenario expects. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.actions.kinds import ActionKind
from gateway.dialogue.model import FactName
from gateway.records.model import ActionRecord, CallStory
from gateway.rehearsal.scenario import Expected, Scenario
from gateway.rehearsal.wordings_heard import WordingEar

_CONTAINS = "~"
"""What begins the value of a fact that need only contain the word."""
_UNCONFIRMED_ALLOWED = frozenset((ActionKind.EMERGENCY_FLAGGED, ActionKind.TRANSFER_REQUESTED))
"""Actions that may rest on facts that the caller has not confirmed, since they cannot wait."""


@dataclass(frozen=True, slots=True)
class FactResult:
    """One expected fact: what the practice got for it, None for nothing."""

    name: FactName
    expected: str
    found: str | None

    @property
    def right(self) -> bool:
        """Whether it is what was expected."""
        return self.found is not None and agrees(self.found, self.expected)


@dataclass(frozen=True, slots=True)
class WrongFact:
    """A fact in an action that is not the truth; ``confirmed`` tells whether the patient had said yes to it."""

    action: ActionKind
    name: FactName
    value: str
    truth: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a call came to. ``problems`` are sentences, none where the scenario succeeded."""

    problems: tuple[str, ...]
    facts: tuple[FactResult, ...] = ()
    wrong: tuple[WrongFact, ...] = ()
    turns: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether everything was as expected."""
        return not self.problems


def agrees(found: str, expected: str) -> bool:
    """Tell whether a value is what was expected, exactly or, with a leading "~", by containing the word."""
    if expected.startswith(_CONTAINS):
        return expected.removeprefix(_CONTAINS).casefold() in found.casefold()
    return found == expected


def judge(scenario: Scenario, story: CallStory, ear: WordingEar) -> Judgement:
    """Return what came of the call in ``story``."""
    actions = [(ActionKind(action.kind), _facts(action)) for action in story.actions]
    expect = scenario.expect
    facts = tuple(_result(name, value, actions) for name, value in expect.facts.items())
    wrong = tuple(_wrong_facts(scenario, actions))
    turns = sum(turn.speaker == "caller" for turn in story.turns)
    problems = [
        *_action_problems(expect, [kind for kind, _ in actions]),
        *(f"{fact.name} is {fact.found!r}, not {fact.expected!r}" for fact in facts if not fact.right),
        *(_wrong_sentence(fact) for fact in wrong),
        *_call_problems(expect, story, ear, turns),
    ]
    return Judgement(tuple(dict.fromkeys(problems)), facts, wrong, turns)


_Facts = Mapping[str, tuple[str, bool]]


def _facts(action: ActionRecord) -> _Facts:
    """Return value and confirmation of each fact in the action as it was sent."""
    payload = json.loads(action.payload)
    return {fact["name"]: (fact["value"], bool(fact["confirmed"])) for fact in payload.get("facts", ())}


def _result(name: FactName, expected: str, actions: Sequence[tuple[ActionKind, _Facts]]) -> FactResult:
    found = [facts[name][0] for _, facts in actions if name in facts]
    return FactResult(name, expected, found[-1] if found else None)


def _wrong_facts(scenario: Scenario, actions: Sequence[tuple[ActionKind, _Facts]]) -> Iterator[WrongFact]:
    truth = {**scenario.knows, **scenario.expect.facts}
    # A message is kept in the words that were recognised; no other words are the true ones.
    truth.pop(FactName.MESSAGE, None)
    for kind, facts in actions:
        for name, (value, confirmed) in facts.items():
            if name not in tuple(FactName):
                continue
            fact = FactName(name)
            never = scenario.expect.never.get(fact)
            wrong = fact in truth and not agrees(value, truth[fact])
            if wrong or (never is not None and agrees(value, never)):
                yield WrongFact(kind, fact, value, truth.get(fact, ""), confirmed)


def is_unconfirmed(fact: WrongFact) -> bool:
    """Tell whether a wrong fact was booked although the patient had never said yes to it."""
    return not fact.confirmed and fact.action not in _UNCONFIRMED_ALLOWED


def _wrong_sentence(fact: WrongFact) -> str:
    how = "confirmed" if fact.confirmed else "unconfirmed"
    return f"{fact.action} holds the wrong {fact.name} {fact.value!r} ({how}); the truth is {fact.truth!r}"


def _action_problems(expect: Expected, found: Sequence[ActionKind]) -> Iterator[str]:
    left = list(found)
    for alternatives in expect.actions:
        taken = next((kind for kind in left if kind in alternatives), None)
        if taken is None:
            yield f"there is no {' or '.join(alternatives)}"
        else:
            left.remove(taken)
    for kind in left:
        if kind is not ActionKind.TRANSFER_REQUESTED or expect.transfer is None:
            yield f"{kind} was not expected"


def _call_problems(expect: Expected, story: CallStory, ear: WordingEar, turns: int) -> Iterator[str]:
    summary = story.summary
    if summary.ended_at is None:
        yield "the call was not ended by the gateway"
    elif summary.end_reason in ("error", "worker_lost", "media_lost"):
        yield f"the call ended by {summary.end_reason}"
    if expect.language is not None and summary.language != expect.language:
        yield f"the call was held in {summary.language}, not in {expect.language}"
    if expect.recording_refused and summary.recording_consent != "refused":
        yield f"the consent to recording is {summary.recording_consent}, not refused"
    if not expect.recording_refused and summary.recording_consent == "refused":
        yield "the recording counts as refused, which the patient never did"
    if expect.transfer is not None and expect.transfer not in _transfers(story):
        yield f"the caller was not put through to {expect.transfer}"
    said = {one.name for turn in story.turns if turn.speaker == "gateway" for one in ear.heard(turn.text)}
    for name in expect.said:
        if name not in said:
            yield f"the gateway never said {name}"
    if expect.most_turns is not None and turns > expect.most_turns:
        yield f"it took {turns} turns, more than {expect.most_turns}"


def _transfers(story: CallStory) -> set[str]:
    """Return the transfer targets that were called."""
    return {str(event.data.get("target")) for event in story.events if event.name.startswith("transfer")}
