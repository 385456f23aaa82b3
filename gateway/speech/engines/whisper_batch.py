"""One batch of utterances on its way through a model: encode, language, decode, decode again, words.

Between the steps it is looked at who still wants to know: utterances that were withdrawn go no further.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway.language import LANGUAGES, Language
from gateway.speech.engines.doubt import BEAM, COST, SAMPLES, best_of, is_doubtful
from gateway.speech.engines.features import WHISPER_RATE, Floats, windows
from gateway.speech.engines.inventions import echoes, is_invented, is_like, repeats_itself
from gateway.speech.engines.whisper_model import GREEDY, Encoded, Text, WhisperModel
from gateway.speech.engines.whisper_words import timed_words
from gateway.speech.interface import RecognitionHints, Transcript, Word
from gateway.speech.job import Job

Stage: TypeAlias = Literal["encode", "language", "decode", "decode_again", "align"]
Measure: TypeAlias = Callable[[Stage, float], None]
"""Is told how many seconds a stage took, from the engine's thread."""


@dataclass(slots=True, eq=False)
class Utterance:
    """One utterance and what is known of it so far."""

    job: Job
    wave: Floats
    language: Language
    shares: dict[Language, float] = field(default_factory=dict)

    @property
    def hints(self) -> RecognitionHints:
        """What was known before."""
        return self.job.hints


@dataclass(slots=True, eq=False)
class _Window:
    """A part of an utterance that the encoder takes, ``offset_ms`` from its beginning."""

    utterance: Utterance
    wave: Floats
    offset_ms: int
    text: Text | None = None
    words: tuple[Word, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.wave) / WHISPER_RATE

    @property
    def is_heard(self) -> bool:
        """Whether there is text that was not made up."""
        return self.text is not None and not _invented(self.text, self.seconds)


@dataclass(slots=True)
class _Portion:
    """Windows that were encoded together."""

    windows: list[_Window]
    encoded: Encoded

    def wanted(self, windows: Sequence[_Window] | None = None) -> list[int]:
        """Return the rows whose utterances have not been withdrawn, of ``windows`` only where given."""
        chosen = self.windows if windows is None else windows
        return [row for row, each in enumerate(self.windows) if each in chosen and each.utterance.job.is_wanted()]


class Batch:
    """The steps for some utterances on one model, ``most`` windows at a time."""

    def __init__(
        self,
        model: WhisperModel,
        utterances: Sequence[Utterance],
        most: int,
        *,
        decode_again: bool,
        clock: Callable[[], float],
        measure: Measure,
    ) -> None:
        self._model = model
        self._utterances = utterances
        self._decode_again = decode_again
        self._clock = clock
        self._measure = measure
        self._windows = [window for utterance in utterances for window in _windows(utterance)]
        self._most = most

    @property
    def rows(self) -> int:
        """How many windows go together at most."""
        return min(self._most, len(self._windows))

    def run(self) -> list[Transcript]:
        """Return what each utterance says; for those that were withdrawn meanwhile, as far as it is known."""
        portions = self._encode()
        self._find_languages(portions)
        for portion in portions:
            took_s = self._decode(portion)
            if self._decode_again:
                self._dispel_doubts(portion, took_s)
            self._drop_echoes(portion)
            self._time_words(portion)
        return [
            _join([window for window in self._windows if window.utterance is utterance], utterance)
            for utterance in self._utterances
        ]

    def _encode(self) -> list[_Portion]:
        portions = []
        for first in range(0, len(self._windows), self._most):
            part = [each for each in self._windows[first : first + self._most] if each.utterance.job.is_wanted()]
            if part:
                with self._timed("encode"):
                    portions.append(_Portion(part, self._model.encode([each.wave for each in part])))
        return portions

    def _find_languages(self, portions: Sequence[_Portion]) -> None:
        """Decide the language of each utterance, by all of its windows."""
        weights: dict[Utterance, dict[Language, float]] = {}
        for portion in portions:
            rows = [row for row in portion.wanted() if portion.windows[row].utterance.hints.language is None]
            if not rows:
                continue
            with self._timed("language"):
                found = self._model.languages(portion.encoded)
            for window, probabilities in [(portion.windows[row], found[row]) for row in rows]:
                allowed = window.utterance.hints.languages
                sums = weights.setdefault(window.utterance, dict.fromkeys(allowed, 1e-9))
                for language in allowed:
                    sums[language] += window.seconds * probabilities.get(language, 0.0)
        for utterance, sums in weights.items():
            total = sum(sums.values())
            utterance.shares = {language: weight / total for language, weight in sums.items()}
            utterance.language = max(utterance.shares, key=utterance.shares.__getitem__)

    def _decode(self, portion: _Portion) -> float:
        began = self._clock()
        rows = portion.wanted()
        if rows:
            with self._timed("decode"):
                texts = self._model.decode(
                    portion.encoded, rows, self._prompts(portion, rows), _seconds(portion, rows), GREEDY
                )
            for row, text in zip(rows, texts, strict=True):
                portion.windows[row].text = text
        return self._clock() - began

    def _dispel_doubts(self, portion: _Portion, first_took_s: float) -> None:
        """Search for better texts where the first is doubtful, as long as the deadlines allow."""
        attempts = {each: [each.text] for each in portion.windows if each.text is not None and is_doubtful(each.text)}
        for decoding in (BEAM, *SAMPLES):
            done_at = self._clock() + COST * first_took_s
            left = [
                window
                for window, texts in attempts.items()
                if (decoding is BEAM or all(repeats_itself(text.text) for text in texts))
                and window.utterance.job.deadline >= done_at
            ]
            rows = portion.wanted(left)
            if not rows:
                break
            with self._timed("decode_again"):
                texts = self._model.decode(
                    portion.encoded, rows, self._prompts(portion, rows), _seconds(portion, rows), decoding
                )
            for row, text in zip(rows, texts, strict=True):
                attempts[portion.windows[row]].append(text)
        for window, found in attempts.items():
            window.text = best_of(found)

    def _drop_echoes(self, portion: _Portion) -> None:
        """Believe text out of the prompt only where something like it is heard without the prompt as well."""
        echoing = [
            window
            for window in portion.windows
            if window.text is not None and echoes(window.text.text, window.utterance.hints.prompt)
        ]
        rows = portion.wanted(echoing)
        if not rows:
            return
        prompts = [self._model.prompt(portion.windows[row].utterance.language, None) for row in rows]
        with self._timed("decode_again"):
            texts = self._model.decode(portion.encoded, rows, prompts, _seconds(portion, rows), GREEDY)
        for row, text in zip(rows, texts, strict=True):
            window = portion.windows[row]
            prompted = window.text
            if prompted is None or _invented(text, window.seconds) or not is_like(prompted.text, text.text):
                window.text = text

    def _time_words(self, portion: _Portion) -> None:
        heard = [each for each in portion.windows if each.utterance.hints.word_times and each.is_heard]
        for language in LANGUAGES:
            rows = portion.wanted([each for each in heard if each.utterance.language == language])
            texts = [text for row in rows if (text := portion.windows[row].text) is not None]
            if not texts:
                continue
            with self._timed("align"):
                found = self._model.align(portion.encoded, rows, texts, language, _seconds(portion, rows))
            for row, tokens in zip(rows, found, strict=True):
                window = portion.windows[row]
                window.words = timed_words(tokens, self._model.decode_tokens, window.wave, window.offset_ms)

    def _prompts(self, portion: _Portion, rows: Sequence[int]) -> list[list[int]]:
        utterances = [portion.windows[row].utterance for row in rows]
        return [self._model.prompt(utterance.language, utterance.hints.prompt) for utterance in utterances]

    @contextlib.contextmanager
    def _timed(self, stage: Stage) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._measure(stage, time.perf_counter() - began)


def _windows(utterance: Utterance) -> Iterator[_Window]:
    position = 0
    for wave in windows(utterance.wave):
        yield _Window(utterance, wave, 1000 * position // WHISPER_RATE)
        position += len(wave)


def _seconds(portion: _Portion, rows: Sequence[int]) -> list[float]:
    return [portion.windows[row].seconds for row in rows]


def _invented(text: Text, seconds: float) -> bool:
    return is_invented(
        text.text,
        seconds=seconds,
        no_speech=text.no_speech,
        average_log_probability=text.average_log_probability,
    )


def nothing_heard(hints: RecognitionHints) -> Transcript:
    """Return the transcript of an utterance in which nobody speaks."""
    allowed: Sequence[Language] = [hints.language] if hints.language else hints.languages
    return Transcript("", allowed[0], 0.0, 1.0, dict.fromkeys(allowed, 1 / len(allowed)))


def _join(parts: Sequence[_Window], utterance: Utterance) -> Transcript:
    """Return the transcript of an utterance from that of its windows, without what was made up."""
    decoded = [window.text for window in parts if window.text is not None]
    if not decoded:
        return nothing_heard(utterance.hints)
    shares: Mapping[Language, float] = utterance.shares or {utterance.language: 1.0}
    no_speech = min(text.no_speech for text in decoded)
    heard = [window for window in parts if window.is_heard]
    kept = [window.text for window in heard if window.text is not None]
    if not kept:
        return Transcript("", utterance.language, 0.0, no_speech, dict(shares))
    tokens = sum(len(text.tokens) for text in kept)
    log_probability = sum(text.average_log_probability * len(text.tokens) for text in kept) / max(1, tokens)
    return Transcript(
        text=" ".join(text.text for text in kept),
        language=utterance.language,
        confidence=min(1.0, math.exp(log_probability)),
        no_speech=no_speech,
        languages=dict(shares),
        words=tuple(word for window in heard for word in window.words),
    )
