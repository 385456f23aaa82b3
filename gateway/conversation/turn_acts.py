"""What turn-taking tells the conversation to do.

``TurnTaking`` returns these in the order in which they are to be done. Each may be carried out without asking anything
back; what an act makes possible later (a result of ``Recognise``, the end of a speech) is told to ``TurnTaking`` again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from gateway.audio import Pcm
from gateway.media.leg import Endpointing
from gateway.speech.interface import Transcript


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
class SetEndpointing:
    """Let the leg cut the caller's sound by these times from now on."""

    endpointing: Endpointing


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """The caller's turn is over: positions bound the speech, ``decided`` is when the silence was long enough.

    ``transcripts`` may say nothing at all, when the sound was no speech. ``speculation`` is the number of the
    ``Speculate`` that held the same words, None when there was none: what was prepared for it may be used.
    ``barged_in`` tells that it interrupted the gateway; ``overlapped`` that both began to speak at about the same
    time, so that the caller cannot have heard what the gateway said.
    """

    transcripts: tuple[Transcript, ...]
    start: int
    end: int
    decided: int
    speculation: int | None = None
    barged_in: bool = False
    overlapped: bool = False

    @property
    def text(self) -> str:
        """All that was understood."""
        return " ".join(transcript.text for transcript in self.transcripts if transcript.text)

    def after(self, earlier: TakeTurn) -> TakeTurn:
        """Return this turn together with ``earlier``, the one before it that nobody has answered yet."""
        transcripts = (*earlier.transcripts, *self.transcripts)
        return replace(self, transcripts=transcripts, start=earlier.start, speculation=None)


@dataclass(frozen=True, slots=True)
class Speculate:
    """The caller pauses, perhaps for good: prepare the answer to ``turn`` under ``number``, and say nothing yet."""

    number: int
    turn: TakeTurn


@dataclass(frozen=True, slots=True)
class DropSpeculation:
    """The caller went on: what was prepared under ``number`` is void."""

    number: int


@dataclass(frozen=True, slots=True)
class TakeKeys:
    """The caller pressed ``keys`` and is done."""

    keys: str


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """The caller has begun to press keys, of which more are awaited: fall silent, and let them finish."""


class FalseAlarm(StrEnum):
    """Why a sound of the caller's is no turn."""

    NOISE = "noise"
    """No word was in it."""
    BACKCHANNEL = "backchannel"
    """"Mhm", "genau", "d'accord": the caller listens."""
    ECHO = "echo"
    """What the gateway said just then came back."""
    REPETITION = "repetition"
    """What the caller had said already, said again because both began to speak at once."""
    HESITATION = "hesitation"
    """"Ehm": the caller thinks."""
    SAME_AS_KEYS = "same_as_keys"
    """What the caller pressed on the keypad as well."""


@dataclass(frozen=True, slots=True)
class ResumeSpeech:
    """What interrupted the gateway was a ``cause``: say again what was not heard, from the interrupted sentence on.

    ``turn`` is what was heard, None where it is not recognised yet.
    """

    cause: FalseAlarm
    turn: TakeTurn | None = None


@dataclass(frozen=True, slots=True)
class Disregard:
    """``turn`` was a ``cause``: nothing is to be answered, and what the gateway says goes on."""

    cause: FalseAlarm
    turn: TakeTurn


@dataclass(frozen=True, slots=True)
class GrantTime:
    """The caller asks for a moment ("Moment, ich hole die Karte"): say that there is time, and wait."""

    turn: TakeTurn


@dataclass(frozen=True, slots=True)
class AskForPatience:
    """The recogniser takes long; say so."""


@dataclass(frozen=True, slots=True)
class ReportFailure:
    """What the caller said could not be recognised because recognition failed."""


@dataclass(frozen=True, slots=True)
class BreakSilence:
    """The caller has said nothing for a while."""


@dataclass(frozen=True, slots=True)
class BreakIn:
    """The caller speaks without end: beg their pardon and answer ``turn``, what was understood so far."""

    turn: TakeTurn


class OtherEndKind(StrEnum):
    """What is at the other end when it is no person."""

    VOICEMAIL = "voicemail"
    ANNOUNCEMENT = "announcement"
    HOLD = "hold"
    """Music, a queue's announcements or other sound without end: somebody may come back."""
    MIRROR = "mirror"
    """What we say comes back as an answer: an echo of the line, or another machine that repeats."""


@dataclass(frozen=True, slots=True)
class OtherEnd:
    """No person is at the other end. ``final``: end the call; otherwise be silent and wait for a voice.

    ``turn`` is what told so, None where it was the time that was up.
    """

    kind: OtherEndKind
    final: bool
    turn: TakeTurn | None = None


Act: TypeAlias = (
    Recognise
    | DropRecognition
    | SetEndpointing
    | TakeTurn
    | Speculate
    | DropSpeculation
    | TakeKeys
    | StopSpeaking
    | ResumeSpeech
    | Disregard
    | GrantTime
    | AskForPatience
    | ReportFailure
    | BreakSilence
    | BreakIn
    | OtherEnd
)
