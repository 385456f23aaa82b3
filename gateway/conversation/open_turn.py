"""The caller's turn as it grows: utterances that follow each other before anybody has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.conversation.turn_acts import TakeTurn
from gateway.media.leg import SpeechEnded
from gateway.speech.interface import Transcript


@dataclass(slots=True)
class HeardUtterance:
    """One utterance: positions in samples, ``silent_since`` in seconds of the clock; ``decided`` once it has ended."""

    number: int
    start: int
    end: int
    decided: int | None = None
    silent_since: float = 0.0
    forced: bool = False
    transcript: Transcript | None = None
    failed: bool = False

    @property
    def recognised(self) -> bool:
        """Whether nothing more is to be learned of its words."""
        return self.failed or self.transcript is not None


class OpenTurn:
    """Utterances in order, at most the last of which is still open. ``rate``: samples per second of positions."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._utterances: list[HeardUtterance] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._utterances)

    @property
    def last(self) -> HeardUtterance:
        """The last utterance; there must be one."""
        return self._utterances[-1]

    @property
    def open(self) -> HeardUtterance | None:
        """The utterance that has paused and not ended."""
        return self._utterances[-1] if self._utterances and self._utterances[-1].decided is None else None

    @property
    def recognised(self) -> bool:
        """Whether all words of it are known."""
        return all(utterance.recognised for utterance in self._utterances)

    @property
    def ended(self) -> bool:
        """Whether all its utterances have ended."""
        return all(utterance.decided is not None for utterance in self._utterances)

    @property
    def failed(self) -> bool:
        """Whether recognition failed of all of it."""
        return all(utterance.failed for utterance in self._utterances)

    @property
    def seconds(self) -> float:
        """Seconds of sound between beginnings and ends."""
        return sum(utterance.end - utterance.start for utterance in self._utterances) / self._rate

    def begin(self, start: int, end: int) -> HeardUtterance:
        """Add an utterance that has paused."""
        self._count += 1
        utterance = HeardUtterance(self._count, start, end)
        self._utterances.append(utterance)
        return utterance

    def drop_open(self) -> HeardUtterance | None:
        """Forget the utterance that is open, since it goes on, and return it."""
        if self.open is None:
            return None
        return self._utterances.pop()

    def end(self, event: SpeechEnded, now: float) -> None:
        """Take note that the last utterance has ended."""
        last = self._utterances[-1]
        last.decided = event.decided
        last.forced = event.forced
        last.silent_since = now - (event.decided - event.end) / self._rate

    def find(self, number: int) -> HeardUtterance | None:
        """Return the utterance ``number``, None when it was dropped or its turn is over."""
        return next((utterance for utterance in self._utterances if utterance.number == number), None)

    def as_turn(self, held_until: float | None = None) -> TakeTurn:
        """Return what was understood so far; ``held_until`` is when the clock, not the leg, ended the turn."""
        last = self._utterances[-1]
        decided = last.end if last.decided is None else last.decided
        if held_until is not None:
            decided = max(decided, last.end + int((held_until - last.silent_since) * self._rate))
        return TakeTurn(self._transcripts(self._utterances), self._utterances[0].start, last.end, decided)

    def take(self) -> None:
        """Forget everything: the turn is over."""
        self._utterances.clear()

    def take_ended(self) -> TakeTurn | None:
        """Take out the turn as far as it was understood, and leave the rest; None when nothing was yet."""
        known = [utterance for utterance in self._utterances if utterance.decided is not None and utterance.recognised]
        if not known:
            return None
        self._utterances = [utterance for utterance in self._utterances if utterance not in known]
        last = known[-1]
        return TakeTurn(self._transcripts(known), known[0].start, last.end, last.decided or last.end)

    @staticmethod
    def _transcripts(utterances: Sequence[HeardUtterance]) -> tuple[Transcript, ...]:
        return tuple(utterance.transcript for utterance in utterances if utterance.transcript is not None)
