"""Whisper models for the tests of recognition: one of random weights, one that follows a script."""

import ctranslate2
import numpy as np
from random_whisper import SHAPES, write_model

from gateway.audio import Pcm
from gateway.config import default_cache
from gateway.speech.engines.whisper_model import Text
from gateway.speech.engines.whisper_words import TimedToken
from gateway.speech.model_store import embedded_whisper

CERTAIN, DOUBTED, NOISE = -0.2, -1.2, -2.0


def write_small_model(folder):
    """Write a model in the shape of large-v3, but small, to ``folder``."""
    write_model(embedded_whisper(default_cache()), folder, SHAPES["small"])
    return folder


def babble(seconds, seed=1):
    """Return a loud sound that no engine takes for silence."""
    samples = np.random.default_rng(seed).normal(0, 4000, int(8000 * seconds))
    return Pcm(samples.clip(-32768, 32767).astype(np.int16), 8000)


class CardLoader:
    """Loads models on the CPU that say they are on a card whose memory holds ``rows`` windows."""

    def __init__(self, rows=1000):
        self.rows = rows
        self.loaded = []
        self.batches = []

    def __call__(self, folder, **options):
        self.loaded.append(options)
        device, index = options["device"], options["device_index"]
        return _Card(ctranslate2.models.Whisper(folder, device="cpu", intra_threads=1), self, f"{device}:{index}")


class _Card:
    def __init__(self, model, loader, name):
        self._model = model
        self._loader = loader
        self._name = name
        self.n_mels = model.n_mels

    def encode(self, features):
        self._loader.batches.append((self._name, tuple(features.shape)))
        if features.shape[0] > self._loader.rows:
            raise RuntimeError("CUDA failed with error out of memory")
        return self._model.encode(features)

    def __getattr__(self, name):
        return getattr(self._model, name)


def said(text, log_probability=CERTAIN, no_speech=0.01):
    return Text(text, tuple(range(len(text.split()))), log_probability, no_speech)


class ScriptedModel:
    """Says what a script holds for each window, by its sound's length in seconds and the kind of decoding.

    ``script`` maps the whole seconds of a window to texts by "greedy", "beam", "samples" and "unprompted".
    """

    device = "scripted"

    def __init__(self, script, languages=None):
        self.script = script
        self.shares = languages or {}
        self.steps = []
        self.after = lambda step: None

    def _step(self, name, rows):
        self.steps.append((name, tuple(rows)))
        self.after(name)

    def encode(self, waves):
        encoded = [round(len(wave) / 16_000) for wave in waves]
        self._step("encode", encoded)
        return encoded

    def languages(self, encoded):
        self._step("languages", encoded)
        return [self.shares.get(key, {"de": 1.0}) for key in encoded]

    def prompt(self, language, words):
        return [language, words]

    def decode(self, encoded, rows, prompts, seconds, decoding):
        kind = "beam" if decoding.beam > 1 else "samples" if decoding.temperature else "greedy"
        keys = [encoded[row] for row in rows]
        again = any(name == "greedy" and set(keys) & set(earlier) for name, earlier in self.steps)
        if kind == "greedy" and again and not any(words for _, words in prompts):
            kind = "unprompted"
        self._step(kind, keys)
        return [self.script[key][kind] for key in keys]

    def align(self, encoded, rows, texts, language, seconds):
        self._step(f"align {language}", [encoded[row] for row in rows])
        return [[TimedToken(token, 200 * token, 200 * token + 200, 0.5) for token in text.tokens] for text in texts]

    def decode_tokens(self, tokens):
        return "".join(f" w{token}" for token in tokens)
