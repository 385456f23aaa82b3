"""A telephone line for ``TurnTaking`` in no time: a leg that cuts sound, a recogniser that takes a while, a voice.

A timeline is a text of parts between "|", each ``SECONDS KIND ...``:

- ``2.0 gateway 3 DATE Gern. / Welcher Tag passt Ihnen?``: the gateway begins to say these sentences, which takes 3 s in
  all, and awaits a date; without seconds it says two words and a half a second. ``protected`` in place of ``gateway``
  cannot be interrupted.
- ``5.5 caller 0.4 Ja.``: a sound of the caller's that lasts 0.4 s and is recognised so; without words it is noise.
- ``6 fails 0.5``: a sound of the caller's for which the recogniser fails.
- ``7 key 1``: a key.

The leg behaves as ``gateway.media.listening.utterance`` does: speech counts after 100 ms, stops the voice after its
``barge_in_ms``, pauses after ``pause_ms`` and ends after ``end_ms``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gateway.audio import Pcm
from gateway.conversation.false_alarms import Interruption
from gateway.conversation.turn_acts import (
    Act,
    AskForPatience,
    BreakIn,
    BreakSilence,
    Disregard,
    DropRecognition,
    GrantTime,
    OtherEnd,
    Recognise,
    ReportFailure,
    ResumeSpeech,
    SetEndpointing,
    StopSpeaking,
    TakeKeys,
    TakeTurn,
)
from gateway.conversation.turn_taking import TurnTaking
from gateway.conversation.turn_times import TurnTakingTimes
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.media.leg import Dtmf, Endpointing, LegEvent, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from gateway.speech.interface import Transcript

PCM = Pcm(np.zeros(80, np.int16), 8000)
TICK_MS = 20
_ONSET_MS = 100
_RESUMPTION_MS = 60
_WORDS_PER_SECOND = 2.5
_AFTER_ACT_MS = 60
"""What it takes from an act to the first sample that it leads to."""


@dataclass(slots=True)
class Sound:
    """A sound of the caller's, in milliseconds; ``text`` None makes the recogniser fail."""

    start: int
    end: int
    text: str | None
    confidence: float = 0.9
    recognition: int | None = None


@dataclass(slots=True)
class Speech:
    """Something that the gateway says, in milliseconds."""

    start: int
    length: int
    sentences: tuple[str, ...]
    expectation: Expectation
    interruptible: bool = True
    begun: bool = False


@dataclass(slots=True)
class _Pending:
    due: int
    number: int
    transcript: Transcript | None


@dataclass(slots=True)
class Line:
    """Runs a timeline; ``acts`` are all acts with their times in milliseconds.

    ``answer`` is asked for what the gateway says to a turn, None for nothing. ``recognition`` is what the recogniser
    takes, in milliseconds.
    """

    sounds: list[Sound] = field(default_factory=list)
    speeches: list[Speech] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)
    recognition: int = 250
    language: Language = "de"
    times: TurnTakingTimes = field(default_factory=TurnTakingTimes)
    answer: Callable[[Act], tuple[str, ...] | None] = lambda _: None
    late: bool = False
    """Whether results of recognitions that were dropped come all the same."""
    given: str = ""
    turns: TurnTaking = field(init=False)
    acts: list[tuple[int, Act]] = field(default_factory=list)
    now: int = 0
    _endpointing: Endpointing = field(default_factory=Endpointing)
    _speech: Speech | None = None
    _pending: list[_Pending] = field(default_factory=list)
    _utterance: list[Sound] = field(default_factory=list)
    _state: str = "silence"
    _start: int = 0
    _end: int = 0
    _expectation: Expectation = Expectation.OPEN
    _unheard: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.turns = TurnTaking(self.times)

    def run(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        until = self.now + int(1000 * seconds)
        while self.now < until:
            self._tick()
            self.now += TICK_MS

    def _tick(self) -> None:
        self._speak()
        self._listen()
        for key in [key for at, key in self.keys if self.now <= at < self.now + TICK_MS]:
            self._event(Dtmf(key, self.now * 8))
        for result in [result for result in self._pending if result.due <= self.now]:
            self._pending.remove(result)
            if result.transcript is None:
                self._do(self.turns.on_failure(result.number, self._clock))
            else:
                self._do(self.turns.on_transcript(result.number, result.transcript, self._clock))
        deadline = self.turns.deadline
        if deadline is not None and deadline <= self._clock:
            self._do(self.turns.on_time(self._clock))

    @property
    def _clock(self) -> float:
        return self.now / 1000

    def _event(self, event: LegEvent) -> None:
        self._do(self.turns.on_event(event, self._clock))

    def _speak(self) -> None:
        for speech in [speech for speech in self.speeches if not speech.begun and speech.start <= self.now]:
            speech.begun = True
            self._speech = speech
            self._expectation = speech.expectation
            self._do(self.turns.expect(speech.expectation, self.language, self.given))
            self.turns.gateway_speaks(speech.sentences)
        speech = self._speech
        if speech is None:
            return
        if self.now >= speech.start + speech.length:
            self._speech = None
            self.turns.gateway_fell_silent(self._clock)

    def _interrupt(self) -> None:
        speech = self._speech
        if speech is None or not speech.interruptible:
            return
        self._speech = None
        words = " ".join(speech.sentences).split()
        heard = round(len(words) * (self.now - speech.start) / speech.length)
        whole, count = 0, 0
        for sentence in speech.sentences:
            count += len(sentence.split())
            whole += count <= heard
        self._unheard = speech.sentences[whole:]
        interruption = Interruption(
            " ".join(speech.sentences), " ".join(words[:heard]), self._unheard, speech.start * 8
        )
        self._do(self.turns.gateway_interrupted(interruption, self._clock))

    def _listen(self) -> None:
        sound = next((sound for sound in self.sounds if sound.start <= self.now < sound.end), None)
        if sound is not None:
            self._hear(sound)
        silent = self.now - self._end
        if self._state == "speech" and silent >= self._endpointing.pause_ms:
            self._state = "pause"
            self._event(SpeechPaused(self._start * 8, self._end * 8, PCM))
        if self._state == "pause" and silent >= self._endpointing.end_ms:
            self._finish(forced=False)
        elif self._state != "silence" and self.now - self._start >= self._endpointing.longest_ms:
            if self._state == "speech":
                self._event(SpeechPaused(self._start * 8, self._end * 8, PCM))
            self._finish(forced=True)

    def _hear(self, sound: Sound) -> None:
        lasted = self.now + TICK_MS - sound.start
        speech = self._speech
        exposed = speech is not None and speech.interruptible
        if self._state == "silence":
            if lasted < max(_ONSET_MS, self._endpointing.barge_in_ms if exposed else 0):
                return
            self._state = "speech"
            self._start = max(sound.start, self._end)
            self._utterance = []
            self._end = self.now + TICK_MS
            self._event(SpeechStarted(self._start * 8))
        elif self._state == "pause":
            if lasted < _RESUMPTION_MS:
                return
            self._state = "speech"
            self._event(SpeechResumed(sound.start * 8))
        if sound not in self._utterance:
            self._utterance.append(sound)
        self._end = self.now + TICK_MS
        if lasted >= self._endpointing.barge_in_ms:
            self._interrupt()

    def _finish(self, *, forced: bool) -> None:
        self._state = "silence"
        event = SpeechEnded(self._start * 8, self._end * 8, self.now * 8, PCM, forced)
        self._event(event)
        if forced:
            # What is cut in two is recognised in two: the words belong to the first part.
            for sound in self._utterance:
                if sound.end > self.now:
                    sound.text = "" if sound.text is not None else None
        self._utterance = []

    def _do(self, acts: list[Act]) -> None:
        for act in acts:
            self.acts.append((self.now, act))
            match act:
                case Recognise(utterance=number):
                    self._recognise(number)
                case DropRecognition(utterance=number):
                    self._drop(number)
                case SetEndpointing(endpointing=endpointing):
                    self._endpointing = endpointing
                case StopSpeaking():
                    self._speech = None
                case ResumeSpeech():
                    assert self._unheard, "there is nothing to resume"
                    self._say(self._unheard)
                case OtherEnd(final=False) | Disregard():
                    pass
                case _:
                    if (sentences := self.answer(act)) is not None:
                        self._say(sentences)

    def _recognise(self, number: int) -> None:
        texts = [sound.text for sound in self._utterance]
        own = [sound.recognition for sound in self._utterance if sound.recognition is not None]
        transcript = None
        if None not in texts:
            confidence = min((sound.confidence for sound in self._utterance), default=0.0)
            transcript = Transcript(" ".join(text for text in texts if text), self.language, confidence)
        self._pending.append(_Pending(self.now + max(own, default=self.recognition), number, transcript))

    def _drop(self, number: int) -> None:
        if self.late:
            for result in self._pending:
                if result.number == number:
                    result.transcript = Transcript("dropped", self.language, 0.9)
        else:
            self._pending = [result for result in self._pending if result.number != number]

    def _say(self, sentences: tuple[str, ...]) -> None:
        self._speech = None
        length = duration_of(sentences)
        self.speeches.append(Speech(self.now + _AFTER_ACT_MS, length, sentences, self._expectation))


def duration_of(sentences: tuple[str, ...]) -> int:
    """Return the milliseconds that it takes to say ``sentences``."""
    return int(1000 * len(" ".join(sentences).split()) / _WORDS_PER_SECOND)


def line(timeline: str, **settings: object) -> Line:
    """Return a line on which ``timeline`` is going to happen."""
    made = Line(**settings)
    for part in timeline.split("|"):
        at, kind, *rest = part.split()
        start = int(1000 * float(at))
        match kind:
            case "gateway" | "protected":
                made.speeches.append(_speech(start, rest, interruptible=kind == "gateway"))
            case "caller" | "unsure":
                length = int(1000 * float(rest[0]))
                confidence = 0.2 if kind == "unsure" else 0.9
                made.sounds.append(Sound(start, start + length, " ".join(rest[1:]), confidence))
            case "fails":
                made.sounds.append(Sound(start, start + int(1000 * float(rest[0])), None))
            case "key":
                made.keys.append((start, rest[0]))
            case _:
                raise ValueError(part)
    return made


def _speech(start: int, rest: list[str], *, interruptible: bool) -> Speech:
    seconds = float(rest.pop(0)) if rest[0].replace(".", "").isdigit() else None
    expectation = Expectation[rest.pop(0)]
    sentences = tuple(sentence.strip() for sentence in " ".join(rest).split("/"))
    length = duration_of(sentences) if seconds is None else int(1000 * seconds)
    return Speech(start, length, sentences, expectation, interruptible)


_BARE: dict[type[Act], str] = {
    GrantTime: "grant",
    AskForPatience: "patience",
    ReportFailure: "failure",
    BreakSilence: "silence",
    StopSpeaking: "stop",
}


def described(act: Act) -> str | None:
    """Return what an act of consequence is in a word or two; None for one that prepares only."""
    described = _BARE.get(type(act))
    match act:
        case TakeTurn():
            described = f"take {act.text}".strip()
        case TakeKeys(keys=keys):
            described = f"keys {keys}"
        case ResumeSpeech(cause=cause):
            described = f"resume {cause}"
        case Disregard(cause=cause):
            described = f"disregard {cause}"
        case BreakIn(turn=turn):
            described = f"break in {turn.text}".strip()
        case OtherEnd(kind=kind, final=final):
            described = f"{'end' if final else 'wait'} {kind}"
        case _:
            pass
    return described
