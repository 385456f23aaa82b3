"""Whose turn it is: a pure state machine fed with the leg's events, transcripts and a clock.

Recognition starts at the first pause, while the endpointing still waits: when the caller goes on, that work is dropped;
when the silence lasts, the answer is ready as the turn ends. Utterances that follow each other before an answer was
given are one turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.audio import Pcm
from gateway.dialogue.model import Expectation
from gateway.media.leg import (
    Dtmf,
    LegEvent,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from gateway.speech.interface import Transcript

PHONE_DIGITS = 10
"""Keys of a national Swiss number; no more are waited for."""


@dataclass(frozen=True, slots=True)
class TurnTakingTimes:
    """Patience, in seconds."""

    silence_s: float = 7.0
    """Silence after which the caller is asked whether they are still there."""
    recognition_s: float = 2.0
    """Waiting for the recogniser after which the caller is asked for a moment."""
    keys_s: float = 3.0
    """Pause after which pressed keys are taken as complete."""


@dataclass(frozen=True, slots=True)
class Recognise:
    """Start to recognise ``pcm``; bring the result back under ``utterance``."""

    utterance: int
    pcm: Pcm


@dataclass(frozen=True, slots=True)
class DropRecognition:
    """The result for ``utterance`` is not needed any more."""

    utterance: int


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """The caller's turn is over: positions bound the speech, ``decided`` is when the silence was long enough.

    ``transcripts`` may say nothing at all, when the sound was no speech.
    """

    transcripts: tuple[Transcript, ...]
    start: int
    end: int
    decided: int

    @property
    def text(self) -> str:
        """All that was understood."""
        return " ".join(transcript.text for transcript in self.transcripts if transcript.text)


@dataclass(frozen=True, slots=True)
class TakeKeys:
    """The caller pressed ``keys`` and is done."""

    keys: str


@dataclass(frozen=True, slots=True)
class AskForPatience:
    """The recogniser takes long; say so."""


@dataclass(frozen=True, slots=True)
class ReportFailure:
    """What the caller said could not be recognised because recognition failed."""


@dataclass(frozen=True, slots=True)
class BreakSilence:
    """The caller has said nothing for a while."""


Act: TypeAlias = Recognise | DropRecognition | TakeTurn | TakeKeys | AskForPatience | ReportFailure | BreakSilence


@dataclass(slots=True)
class _Utterance:
    number: int
    start: int
    end: int
    decided: int | None = None
    transcript: Transcript | None = None
    failed: bool = False

    @property
    def settled(self) -> bool:
        return self.decided is not None and (self.failed or self.transcript is not None)


class TurnTaking:
    """Feed it what happens, in order, with the time in seconds of any monotonic clock; it answers with what to do."""

    def __init__(self, times: TurnTakingTimes | None = None) -> None:
        self._times = times or TurnTakingTimes()
        self._utterances: list[_Utterance] = []
        self._count = 0
        self._caller_speaks = False
        self._keys = ""
        self._expectation = Expectation.OPEN
        self._silence_at: float | None = None
        self._patience_at: float | None = None
        self._keys_at: float | None = None

    @property
    def deadline(self) -> float | None:
        """When ``on_time`` shall be called next."""
        times = [at for at in (self._silence_at, self._patience_at, self._keys_at) if at is not None]
        return min(times, default=None)

    def expect(self, expectation: Expectation) -> None:
        """Say what kind of answer is awaited from now on."""
        self._expectation = expectation

    def gateway_speaks(self) -> None:
        """Take note that the gateway began to speak: nobody waits for the caller."""
        self._silence_at = None
        self._patience_at = None

    def gateway_fell_silent(self, now: float) -> None:
        """Take note that the gateway has finished: it is the caller's turn."""
        if not self._caller_speaks and not self._utterances and not self._keys:
            self._silence_at = now + self._times.silence_s

    def on_event(self, event: LegEvent, now: float) -> list[Act]:
        """Take an event of the leg; events that do not concern turns change nothing."""
        match event:
            case SpeechStarted():
                self._caller_speaks = True
                self._silence_at = self._patience_at = None
                return []
            case SpeechPaused(start=start, end=end, pcm=pcm):
                return [*self._drop_open(), self._begin(start, end, pcm)]
            case SpeechResumed():
                return self._drop_open()
            case SpeechEnded():
                return self._end(event, now)
            case Dtmf(digit=digit):
                return self._press(digit, now)
            case _:
                return []

    def on_transcript(self, utterance: int, transcript: Transcript) -> list[Act]:
        """Take the result of a ``Recognise``; one that was dropped is ignored."""
        for known in self._utterances:
            if known.number == utterance:
                known.transcript = transcript
        return self._settle()

    def on_failure(self, utterance: int) -> list[Act]:
        """Take the failure of a ``Recognise``."""
        for known in self._utterances:
            if known.number == utterance:
                known.failed = True
        return self._settle()

    def on_time(self, now: float) -> list[Act]:
        """Take the clock; return what has become due."""
        acts: list[Act] = []
        if self._keys_at is not None and now >= self._keys_at:
            acts += self._take_keys()
        if self._patience_at is not None and now >= self._patience_at:
            self._patience_at = None
            acts.append(AskForPatience())
        if self._silence_at is not None and now >= self._silence_at:
            self._silence_at = None
            acts.append(BreakSilence())
        return acts

    def _begin(self, start: int, end: int, pcm: Pcm) -> Recognise:
        self._count += 1
        self._utterances.append(_Utterance(self._count, start, end))
        return Recognise(self._count, pcm)

    def _drop_open(self) -> list[Act]:
        dropped = [utterance.number for utterance in self._utterances if utterance.decided is None]
        self._utterances = [utterance for utterance in self._utterances if utterance.decided is not None]
        return [DropRecognition(number) for number in dropped]

    def _end(self, event: SpeechEnded, now: float) -> list[Act]:
        self._caller_speaks = False
        acts: list[Act] = []
        last = self._utterances[-1] if self._utterances else None
        if last is None or last.decided is not None or last.end != event.end:
            acts = [*self._drop_open(), self._begin(event.start, event.end, event.pcm)]
            last = self._utterances[-1]
        last.decided = event.decided
        self._patience_at = now + self._times.recognition_s
        return acts + self._settle()

    def _settle(self) -> list[Act]:
        """Hand the turn over when the caller is silent and all that they said is recognised."""
        if self._caller_speaks or not self._utterances or not all(known.settled for known in self._utterances):
            return []
        utterances, self._utterances = self._utterances, []
        self._patience_at = None
        transcripts = tuple(known.transcript for known in utterances if known.transcript is not None)
        if not transcripts:
            return [ReportFailure()]
        decided = max(known.decided or known.end for known in utterances)
        return [TakeTurn(transcripts, utterances[0].start, utterances[-1].end, decided)]

    def _press(self, digit: str, now: float) -> list[Act]:
        self._silence_at = None
        if self._expectation is not Expectation.PHONE:
            self._keys += digit
            return self._take_keys()
        if digit == "#":
            return self._take_keys()
        self._keys += digit
        self._keys_at = now + self._times.keys_s
        return self._take_keys() if len(self._keys) >= PHONE_DIGITS else []

    def _take_keys(self) -> list[Act]:
        keys, self._keys, self._keys_at = self._keys, "", None
        return [TakeKeys(keys)] if keys else []
