"""Whisper on CTranslate2, encoded once.

The stock pipeline encodes 30 seconds for the language and again for the text. Here the utterance is padded by a few
seconds, encoded once, and both are read from that one encoder output.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import tokenizers
from faster_whisper.tokenizer import Tokenizer

from gateway.language import Language
from gateway.speech.engines.features import QUIET_DBFS, Floats, log_mel, loudest_dbfs, waveform, windows
from gateway.speech.engines.inventions import is_invented
from gateway.speech.interface import RecognitionHints, Transcript
from gateway.speech.job import Job

REPETITION_PENALTY = 1.1
SHORTEST_S = 0.1
LONGEST_PROMPT_TOKENS = 100
TOKENS_PER_SECOND = 14
TOKENS_AT_LEAST = 16
TOKENS_AT_MOST = 224
MOST_AT_ONCE = 4
"""Utterances that are recognised at the same time; further cores make each of them faster.

A second core makes one utterance hardly any faster (0.28 s for 0.29 s), but two utterances take turns on two cores in
0.15 s each."""


@dataclass(frozen=True, slots=True)
class _Text:
    """What was generated for one window."""

    text: str
    tokens: int
    average_log_probability: float
    no_speech: float


class WhisperEngine:
    """A loaded model. Blocking; to be used by ``at_once`` threads at a time."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Load the model in ``folder`` in int8; ``threads`` 0 takes the cores that this process may use."""
        self.threads = threads or len(os.sched_getaffinity(0))
        self.at_once = min(MOST_AT_ONCE, self.threads)
        self._model: Any = ctranslate2.models.Whisper(
            str(folder),
            device="cpu",
            compute_type="int8",
            intra_threads=self.threads // self.at_once,
            inter_threads=self.at_once,
        )
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        end = self._tokenizer.token_to_id("<|endoftext|>")
        if end is None:
            raise ValueError(f"{folder} does not hold a Whisper model")
        self._first_special = end

    def warm_up(self) -> None:
        """Run over silence, as often as at once, so that the first callers don't wait for memory to be allocated."""
        with ThreadPoolExecutor(self.at_once) as threads:
            runs = [
                threads.submit(self._transcribe, [np.zeros(16_000, np.float32)], [RecognitionHints()], [0])
                for _ in range(self.at_once)
            ]
            for run in runs:
                run.result()

    def recognise(self, jobs: Sequence[Job]) -> list[Transcript]:
        """Return what each of ``jobs`` says; they are encoded as one batch."""
        waves = [waveform(job.pcm) for job in jobs]
        loud = [
            index
            for index, wave in enumerate(waves)
            if jobs[index].pcm.seconds >= SHORTEST_S and loudest_dbfs(wave) > QUIET_DBFS
        ]
        transcripts = [_nothing(job.hints) for job in jobs]
        if loud:
            pieces = [(number, piece) for number, index in enumerate(loud) for piece in windows(waves[index])]
            hints = [jobs[index].hints for index in loud]
            heard = self._transcribe([piece for _, piece in pieces], hints, [number for number, _ in pieces])
            for index, transcript in zip(loud, heard, strict=True):
                transcripts[index] = transcript
        return transcripts

    def _transcribe(
        self, pieces: Sequence[Floats], hints: Sequence[RecognitionHints], owner: Sequence[int]
    ) -> list[Transcript]:
        """Return one transcript for each of ``hints``; ``owner`` tells whose each piece is."""
        encoded = self._model.encode(ctranslate2.StorageView.from_array(log_mel(list(pieces))))
        seconds = [len(piece) / 16_000 for piece in pieces]
        languages = self._languages(encoded, seconds, hints, owner)
        chosen = [max(allowed, key=allowed.__getitem__) for allowed in languages]
        prompts = [self._prompt(chosen[number], hints[number].prompt) for number in owner]
        texts = self._generate(encoded, prompts, seconds)
        return [
            _join(
                [(texts[piece], seconds[piece]) for piece in range(len(pieces)) if owner[piece] == number],
                chosen[number],
                languages[number],
            )
            for number in range(len(hints))
        ]

    def _languages(
        self, encoded: Any, seconds: Sequence[float], hints: Sequence[RecognitionHints], owner: Sequence[int]
    ) -> list[dict[Language, float]]:
        """Return the probability of each language that each utterance may be in; they sum to 1."""
        if all(hint.language is not None for hint in hints):
            found: Sequence[Sequence[tuple[str, float]]] = [[] for _ in owner]
        else:
            found = self._model.detect_language(encoded)
        result = []
        for number, hint in enumerate(hints):
            if hint.language is not None:
                result.append({hint.language: 1.0})
                continue
            weights: dict[Language, float] = dict.fromkeys(hint.languages, 1e-9)
            for piece, pairs in enumerate(found):
                if owner[piece] == number:
                    probabilities = dict(pairs)
                    for language in weights:
                        weights[language] += seconds[piece] * probabilities.get(f"<|{language}|>", 0.0)
            total = sum(weights.values())
            result.append({language: weight / total for language, weight in weights.items()})
        return result

    def _prompt(self, language: Language, words: str | None) -> list[int]:
        tokenizer = Tokenizer(self._tokenizer, multilingual=True, task="transcribe", language=language)
        before: list[int] = []
        if words and words.strip():
            before = [tokenizer.sot_prev, *tokenizer.encode(" " + words.strip())[-LONGEST_PROMPT_TOKENS:]]
        return [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _generate(self, encoded: Any, prompts: Sequence[list[int]], seconds: Sequence[float]) -> list[_Text]:
        """Decode every row of ``encoded``; the decoder takes prompts of one length at a time."""
        groups: dict[int, list[int]] = defaultdict(list)
        for row, prompt in enumerate(prompts):
            groups[len(prompt)].append(row)
        texts: dict[int, _Text] = {}
        for length, rows in groups.items():
            budget = min(TOKENS_AT_MOST, TOKENS_AT_LEAST + int(TOKENS_PER_SECOND * max(seconds[row] for row in rows)))
            results = self._model.generate(
                encoded if len(groups) == 1 else _rows(encoded, rows),
                [prompts[row] for row in rows],
                beam_size=1,
                repetition_penalty=REPETITION_PENALTY,
                max_length=length + budget,
                return_scores=True,
                return_no_speech_prob=True,
            )
            for row, result in zip(rows, results, strict=True):
                tokens = [token for token in result.sequences_ids[0] if token < self._first_special]
                texts[row] = _Text(
                    text=self._tokenizer.decode(tokens).strip(),
                    tokens=len(tokens),
                    average_log_probability=float(result.scores[0]) * len(tokens) / (len(tokens) + 1),
                    no_speech=float(result.no_speech_prob),
                )
        return [texts[row] for row in range(len(prompts))]


def _rows(encoded: Any, rows: Iterable[int]) -> Any:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.asarray(encoded)[list(rows)]))


def _nothing(hints: RecognitionHints) -> Transcript:
    language = hints.language or hints.languages[0]
    allowed: Sequence[Language] = [hints.language] if hints.language else hints.languages
    return Transcript("", language, 0.0, 1.0, dict.fromkeys(allowed, 1 / len(allowed)))


def _join(parts: Sequence[tuple[_Text, float]], language: Language, languages: dict[Language, float]) -> Transcript:
    """Return the transcript of an utterance from that of its windows, without what was made up."""
    kept = [
        text
        for text, seconds in parts
        if not is_invented(
            text.text,
            seconds=seconds,
            no_speech=text.no_speech,
            average_log_probability=text.average_log_probability,
        )
    ]
    no_speech = min(text.no_speech for text, _ in parts)
    if not kept:
        return Transcript("", language, 0.0, no_speech, languages)
    tokens = sum(text.tokens for text in kept)
    log_probability = sum(text.average_log_probability * text.tokens for text in kept) / max(1, tokens)
    return Transcript(
        text=" ".join(text.text for text in kept),
        language=language,
        confidence=min(1.0, math.exp(log_probability)),
        no_speech=no_speech,
        languages=languages,
    )
