"""A Whisper model on one device: its steps, each for a batch of windows of sound.

The weights are run by CTranslate2. Between the steps stays what the encoder made, on the device that made it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import ctranslate2
import numpy as np
import tokenizers
from faster_whisper.tokenizer import Tokenizer

from gateway.language import Language
from gateway.speech.engines.devices import Device
from gateway.speech.engines.features import HOP, WHISPER_RATE, Floats, frames_for, log_mel
from gateway.speech.engines.whisper_words import TimedToken

REPETITION_PENALTY = 1.1
LONGEST_PROMPT_TOKENS = 100
TOKENS_PER_SECOND = 14
TOKENS_AT_LEAST = 16
TOKENS_AT_MOST = 224

LoadModel: TypeAlias = Callable[..., Any]
"""``ctranslate2.models.Whisper``, or what stands in for it."""
Encoded: TypeAlias = Any
"""A ``ctranslate2.StorageView`` of shape (windows, frames of 20 ms, width)."""


class NoWhisperModel(ValueError):
    """A folder does not hold a Whisper model of CTranslate2 with its tokeniser; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How text is searched for: with a beam, or by drawing the best of some samples at a temperature above 0."""

    beam: int = 1
    temperature: float = 0.0
    samples: int = 1


GREEDY = Decoding()


@dataclass(frozen=True, slots=True)
class Text:
    """What was decoded for one window; ``tokens`` without the special ones."""

    text: str
    tokens: tuple[int, ...]
    average_log_probability: float
    no_speech: float


class WhisperModel:
    """A loaded model; as many threads as ``workers`` use it at the same time."""

    def __init__(
        self,
        folder: Path,
        device: Device,
        compute_type: str,
        *,
        threads: int = 1,
        workers: int = 1,
        load: LoadModel = ctranslate2.models.Whisper,
    ) -> None:
        """Load the model in ``folder``, ``threads`` for each worker on a CPU; raise ``NoWhisperModel``."""
        self.device = device
        self._tokenizer, self._first_special = _tokenizer(folder)
        try:
            self._model = load(
                str(folder),
                device=device.kind,
                device_index=device.index,
                compute_type=compute_type,
                intra_threads=threads,
                inter_threads=workers,
            )
        except (RuntimeError, ValueError) as error:
            raise NoWhisperModel(f"The model in {folder} cannot be loaded on {device}: {error}.") from error
        self.bands: int = self._model.n_mels

    def encode(self, waves: Sequence[Floats]) -> Encoded:
        """Return what the encoder makes of ``waves`` (16 kHz, up to 30 s), all padded to one length."""
        frames = frames_for(waves)
        features = np.stack([log_mel(wave, frames, self.bands) for wave in waves])
        return self._model.encode(ctranslate2.StorageView.from_array(features))

    def languages(self, encoded: Encoded) -> list[Mapping[str, float]]:
        """Return the probability of each language, by its code, for each window."""
        found: Sequence[Sequence[tuple[str, float]]] = self._model.detect_language(encoded)
        return [{token.strip("<|>"): probability for token, probability in pairs} for pairs in found]

    def prompt(self, language: Language, words: str | None) -> list[int]:
        """Return what the decoder begins with: the words that are likely, language and task, no timestamps."""
        tokenizer = self._in(language)
        before: list[int] = []
        if words and words.strip():
            before = [tokenizer.sot_prev, *tokenizer.encode(" " + words.strip())[-LONGEST_PROMPT_TOKENS:]]
        return [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]

    def decode(
        self,
        encoded: Encoded,
        rows: Sequence[int],
        prompts: Sequence[list[int]],
        seconds: Sequence[float],
        decoding: Decoding = GREEDY,
    ) -> list[Text]:
        """Decode ``rows`` of ``encoded``, each with its prompt; ``seconds`` of sound bound the length of the text.

        The decoder takes prompts of one length at a time.
        """
        groups: dict[int, list[int]] = defaultdict(list)
        for number, prompt in enumerate(prompts):
            groups[len(prompt)].append(number)
        texts: dict[int, Text] = {}
        for length, numbers in groups.items():
            longest_s = max(seconds[number] for number in numbers)
            budget = min(TOKENS_AT_MOST, TOKENS_AT_LEAST + int(TOKENS_PER_SECOND * longest_s))
            results = self._model.generate(
                _rows(encoded, [rows[number] for number in numbers]),
                [prompts[number] for number in numbers],
                beam_size=decoding.beam,
                num_hypotheses=decoding.samples,
                sampling_topk=0 if decoding.temperature else 1,
                sampling_temperature=decoding.temperature or 1.0,
                repetition_penalty=REPETITION_PENALTY,
                max_length=length + budget,
                return_scores=True,
                return_no_speech_prob=True,
            )
            texts |= {number: self._text(result) for number, result in zip(numbers, results, strict=True)}
        return [texts[number] for number in range(len(prompts))]

    def align(
        self,
        encoded: Encoded,
        rows: Sequence[int],
        texts: Sequence[Text],
        language: Language,
        seconds: Sequence[float],
    ) -> list[list[TimedToken]]:
        """Return where the tokens of ``texts``, all of one language, begin and end in the sound of their rows."""
        results = self._model.align(
            _rows(encoded, rows),
            list(self._in(language).sot_sequence),
            [list(text.tokens) for text in texts],
            [max(2, int(length * WHISPER_RATE) // HOP) for length in seconds],
        )
        return [self._timed(text, result, length) for text, result, length in zip(texts, results, seconds, strict=True)]

    def _timed(self, text: Text, result: Any, seconds: float) -> list[TimedToken]:
        """Return the tokens with their times from an alignment: pairs of a token's number and a frame of 20 ms."""
        begins: dict[int, int] = {}
        for token, frame in result.alignments:
            begins.setdefault(token, 20 * frame)
        end = round(1000 * seconds)
        timed = []
        for number, token in enumerate(text.tokens):
            start = begins.get(number, end)
            timed.append(TimedToken(token, start, begins.get(number + 1, end), float(result.text_token_probs[number])))
        return timed

    def decode_tokens(self, tokens: Sequence[int]) -> str:
        """Return the text of ``tokens``; a letter of which a part is missing comes out as U+FFFD."""
        text: str = self._tokenizer.decode(list(tokens))
        return text

    def _in(self, language: Language) -> Tokenizer:
        return Tokenizer(self._tokenizer, multilingual=True, task="transcribe", language=language)

    def _text(self, result: Any) -> Text:
        best = max(range(len(result.scores)), key=lambda number: float(result.scores[number]))
        tokens = tuple(token for token in result.sequences_ids[best] if token < self._first_special)
        return Text(
            text=self.decode_tokens(tokens).strip(),
            tokens=tokens,
            average_log_probability=float(result.scores[best]) * len(tokens) / (len(tokens) + 1),
            no_speech=float(result.no_speech_prob),
        )


def _tokenizer(folder: Path) -> tuple[tokenizers.Tokenizer, int]:
    """Return the tokeniser in ``folder`` and its first special token."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise NoWhisperModel(f"{folder} holds no Whisper model: there is no tokenizer.json.")
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    end = tokenizer.token_to_id("<|endoftext|>")
    if end is None or tokenizer.token_to_id("<|transcribe|>") is None:
        raise NoWhisperModel(f"{path} is not the tokeniser of a multilingual Whisper model.")
    return tokenizer, end


def _rows(encoded: Encoded, rows: Sequence[int]) -> Encoded:
    """Return those rows of ``encoded``, by way of the CPU's memory where they are not all of them."""
    if list(rows) == list(range(encoded.shape[0])):
        return encoded
    if encoded.device != "cpu":
        encoded = encoded.to_device(ctranslate2.Device.cpu)
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.asarray(encoded)[list(rows)]))
