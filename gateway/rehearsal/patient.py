"""A simulated patient: listens to what the gateway asks, answers, corrects, interrupts. Pure, like a script's caller.

A patient who hears a fact read back wrong says so before anything else, whatever is asked, and never says yes to it. A
question that is not understood is not answered: the gateway asks again after a silence, as it has to.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.caller.part import Act, Farewell
from gateway.caller.steps import HangUp, Pause, PlaySound, PressKeys, Say, Turn
from gateway.dialogue.model import FactName
from gateway.dialogue.values import Telling
from gateway.rehearsal.answers import Answers, Asked
from gateway.rehearsal.scenario import Interruption, Scenario, Utterance
from gateway.rehearsal.wordings_heard import HeardWording, WordingEar

GREETING = "start"
"""What the gateway's greeting answers."""

_PATIENCE_MS = 30_000.0
"""Silence after which the patient gives up."""
_PATIENCE_AT_THE_END_MS = 9_000.0
_CONFIRM = "confirm"
"""Asks whether the answer before was understood right."""
_SETTLING = frozenset(("read_back", _CONFIRM, "what_is_wrong"))
"""Questions to which there is no yes while a fact is wrong, also when it is not read back again."""
_MOST_CORRECTIONS = 4
"""Corrections after which the patient hangs up rather than say yes to what is wrong."""


class SoundKind(StrEnum):
    """What a sound of the patient's is meant as."""

    TURN = "turn"
    INTERRUPTION = "interruption"
    """Words while the gateway speaks, that want the turn."""
    BACKCHANNEL = "backchannel"
    """A "mhm" or a cough while the gateway speaks, that wants nothing."""
    FAREWELL = "farewell"


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """A sound that the patient made: which of its turns it belongs to, and what that was meant as."""

    turn: int
    kind: SoundKind
    answers: str


@dataclass(slots=True)
class _Utterance:
    end: float
    words: str | None = None
    awaited: bool = True


class Patient:
    """The part of ``scenario`` in a call (see ``CallerPart``); times are milliseconds on the leg's clock."""

    def __init__(self, scenario: Scenario, answers: Answers, ear: WordingEar, telling: Telling) -> None:
        self.spoken: list[SpokenPart] = []
        """What each sound was, in the order in which they were made."""
        self.corrections = 0
        """How often a fact was read back wrong."""
        self._scenario = scenario
        self._answers = answers
        self._ear = ear
        self._telling = telling
        self._moves: deque[Say | PlaySound | PressKeys | Pause | HangUp] = deque()
        self._part = SpokenPart(0, SoundKind.TURN, GREETING)
        self._pause_until: float | None = None
        self._acting = False
        self._over = False
        self._answered = GREETING
        self._own_end = 0.0
        self._other_since: float | None = None
        self._other_end: float | None = None
        self._heard: dict[int, _Utterance] = {}
        self._interruptions = list(scenario.interruptions)
        self._wrong: tuple[FactName, ...] = ()
        """What was read back wrong, and not right since."""
        self._corrected: Counter[FactName] = Counter()

    @property
    def unsaid(self) -> tuple[Turn, ...]:
        """Nothing: a patient has no script."""
        return ()

    @property
    def turns(self) -> int:
        """How many turns the patient took."""
        return len({part.turn for part in self.spoken if part.kind in (SoundKind.TURN, SoundKind.INTERRUPTION)})

    def answered(self, now: float) -> None:
        """Begin: the call was answered at ``now``."""
        self._own_end = now

    def other_started(self, now: float) -> None:
        """Note that the gateway began to speak."""
        self._other_since = now

    def other_ended(self, end: float, utterance: int) -> None:
        """Note that the gateway is done; its words follow by ``understood``."""
        self._other_since = None
        self._other_end = end
        self._heard[utterance] = _Utterance(end)

    def understood(self, utterance: int, text: str | None) -> None:
        """Note what the gateway said."""
        if utterance in self._heard:
            self._heard[utterance].words = text
            self._heard[utterance].awaited = False

    def carried_out(self, end: float) -> None:
        """Note that the last act is done."""
        self._acting = False
        if self._part.kind is not SoundKind.BACKCHANNEL:
            self._own_end = max(end, self._own_end)
            self._heard = {number: heard for number, heard in self._heard.items() if heard.end > self._own_end}
        self._begin_pause(end)

    def next_act(self, now: float) -> Act | None:
        """Return what the patient does now, or None to go on listening."""
        if self._acting or self._over:
            return None
        if not self._moves:
            self._choose(now)
        while self._moves:
            move = self._moves[0]
            if isinstance(move, Pause):
                if self._pause_until is not None and now < self._pause_until:
                    return None
                self._moves.popleft()
                self._begin_pause(now)
                continue
            self._moves.popleft()
            self._acting = True
            self._over = isinstance(move, HangUp)
            if isinstance(move, Say | PlaySound):
                self.spoken.append(self._part)
            return move
        if self._other_since is None and now >= self._patient_until():
            self._over = True
            self.spoken.append(SpokenPart(self._part.turn + 1, SoundKind.FAREWELL, ""))
            return Farewell()
        return None

    def due(self) -> float | None:
        """Return when ``next_act`` is to be asked if nothing happens before, or None."""
        if self._acting or self._over:
            return None
        if self._moves:
            return self._pause_until
        if self._other_since is None:
            return self._patient_until()
        interruption = self._interruption()
        return None if interruption is None else self._other_since + interruption.after_ms

    def _begin_pause(self, now: float) -> None:
        first = self._moves[0] if self._moves else None
        self._pause_until = now + first.milliseconds if isinstance(first, Pause) else None

    def _patient_until(self) -> float:
        at_the_end = self._answered == "anything_else"
        limit = _PATIENCE_AT_THE_END_MS if at_the_end else _PATIENCE_MS
        return max(self._own_end, self._other_end or 0.0) + limit

    def _interruption(self) -> Interruption | None:
        return next((one for one in self._interruptions if one.after == self._answered), None)

    def _choose(self, now: float) -> None:
        if self._other_since is not None:
            self._interrupt(now)
        elif self._heard and not any(heard.awaited for heard in self._heard.values()):
            said = " ".join(heard.words for heard in self._heard.values() if heard.words)
            self._heard.clear()
            if said:
                self._answer(said, now)

    def _interrupt(self, now: float) -> None:
        interruption = self._interruption()
        if interruption is None or self._other_since is None or now < self._other_since + interruption.after_ms:
            return
        self._interruptions.remove(interruption)
        kind = SoundKind.INTERRUPTION if interruption.takes_turn else SoundKind.BACKCHANNEL
        self._begin(interruption.utterance, kind, self._answered, now)

    def _answer(self, said: str, now: float) -> None:
        heard = self._ear.heard(said)
        asked = next((one for one in reversed(heard) if one.question is not None), None)
        question = None if asked is None else asked.question
        if asked is None or question is None:
            return
        self._check(heard, said, question)
        self._answered = question
        if self._wrong and question in _SETTLING:
            self.corrections += 1
            name = self._wrong[0]
            too_many = self.corrections > _MOST_CORRECTIONS
            utterance: Utterance = (HangUp(),) if too_many else self._answers.correcting(name, self._corrected[name])
            self._corrected[name] += 1
        else:
            utterance = self._answers.to(Asked(question, asked.by_keys))
        self._begin(utterance, SoundKind.TURN, question, now)

    def _check(self, heard: tuple[HeardWording, ...], said: str, question: str) -> None:
        """Note what was read back wrong, and strike off what was read back right."""
        knows = self._scenario.knows
        checked = self._ear.checked(heard, knows, self._telling)
        if question == _CONFIRM and not checked and self._answered in tuple(FactName):
            wrong = self._ear.wrong_answer(said, self._answered, knows, self._telling)
            checked = {FactName(self._answered): not wrong}
        still = [name for name in self._wrong if name not in checked]
        self._wrong = (*(name for name, agrees in checked.items() if not agrees), *still)

    def _begin(self, utterance: Utterance, kind: SoundKind, answers: str, now: float) -> None:
        self._part = SpokenPart(self._part.turn + 1, kind, answers)
        self._moves = deque(utterance)
        if not utterance:
            self._own_end = max(self._own_end, now)
        self._begin_pause(now)


def sayings(answers: Answers) -> Iterator[Say | PlaySound]:
    """Yield all the sounds that a patient may need."""
    for utterance in answers.all():
        yield from (move for move in utterance if isinstance(move, Say | PlaySound))
