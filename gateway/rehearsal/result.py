"""What came of each call, and of all together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gateway.dialogue.model import FactName
from gateway.language import LANGUAGES
from gateway.rehearsal.judgement import Judgement, is_unconfirmed
from gateway.rehearsal.scenario import Scenario
from gateway.rehearsal.sound import CallSound

OVERALL = "all"
"""The name of the group of all calls."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call that was held: ``lines`` is what was said, as the records have it; ``run`` counts repetitions from 1.

    ``sip_call_id`` is the call's SIP Call-ID, None where it was never answered.
    """

    scenario: Scenario
    run: int
    judgement: Judgement
    sound: CallSound
    ending: str
    seconds: float
    lines: tuple[str, ...]
    sip_call_id: str | None = None

    @property
    def name(self) -> str:
        """The scenario's name, with the run where it is not the first."""
        return self.scenario.name if self.run == 1 else f"{self.scenario.name} ({self.run})"


@dataclass(slots=True)
class Tally:
    """The figures of a group of calls."""

    calls: int = 0
    succeeded: int = 0
    fields: dict[FactName, tuple[int, int]] = field(default_factory=dict)
    """Right and expected, by the fact's name."""
    wrong_confirmed: int = 0
    wrong_unconfirmed: int = 0
    turns: list[int] = field(default_factory=list)
    responses_ms: list[float] = field(default_factory=list)
    cut_offs: int = 0
    interruptions: int = 0
    missed: int = 0
    backchannels: int = 0
    stopped_by: int = 0
    resumed: int = 0

    def add(self, result: CallResult) -> None:
        """Count one call."""
        judgement, sound = result.judgement, result.sound
        self.calls += 1
        self.succeeded += judgement.succeeded
        for fact in judgement.facts:
            right, expected = self.fields.get(fact.name, (0, 0))
            self.fields[fact.name] = (right + fact.right, expected + 1)
        for wrong in judgement.wrong:
            self.wrong_confirmed += wrong.confirmed
            self.wrong_unconfirmed += is_unconfirmed(wrong)
        self.turns.append(judgement.turns)
        self.responses_ms.extend(sound.responses_ms)
        self.cut_offs += sound.cut_offs
        self.interruptions += sound.interruptions
        self.missed += sound.missed
        self.backchannels += sound.backchannels
        self.stopped_by += sound.stopped_by
        self.resumed += sound.resumed

    @property
    def share(self) -> float:
        """The share of calls that succeeded, 0 to 1; 0 without any."""
        return self.succeeded / self.calls if self.calls else 0.0

    @property
    def fact_share(self) -> float | None:
        """The share of facts that were right, None where none was expected."""
        right, expected = (sum(column) for column in zip(*self.fields.values(), strict=True)) if self.fields else (0, 0)
        return right / expected if expected else None

    @property
    def mean_turns(self) -> float:
        """The turns that a patient needed on average."""
        return float(np.mean(self.turns)) if self.turns else 0.0

    def response_ms(self, percentile: float) -> float | None:
        """Return a percentile of the response times, None without any."""
        return float(np.percentile(self.responses_ms, percentile)) if self.responses_ms else None


def tallies(results: Iterable[CallResult]) -> dict[str, Tally]:
    """Return the figures of each language that was rehearsed, and of all calls under ``OVERALL``."""
    groups: dict[str, Tally] = {}
    held = list(results)
    for language in (*LANGUAGES, OVERALL):
        tally = Tally()
        for result in held:
            if language in (OVERALL, result.scenario.language):
                tally.add(result)
        if tally.calls or language == OVERALL:
            groups[language] = tally
    return groups


def passed(results: Sequence[CallResult], pass_share: float) -> bool:
    """Tell whether enough calls succeeded and no wrong fact was booked that the caller had not said yes to."""
    overall = tallies(results)[OVERALL]
    return bool(overall.calls) and overall.share >= pass_share and not overall.wrong_unconfirmed
