"""XTTS-v2 as a synthesis engine: text in, PCM at 24 kHz out, chunk by chunk while it is being spoken.

Casanova et al., "XTTS: a Massively Multilingual Zero-Shot Text-to-Speech Model" (Interspeech 2024). A language model
makes audio tokens of 46 ms one after the other; a HiFi-GAN decoder makes sound of the last few of them at a time.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import torch
from transformers import LogitsProcessorList

from gateway.audio import Pcm
from gateway.audio.pcm import Samples
from gateway.language import Language
from gateway.speech.engines.xtts.checkpoint import fingerprint, load_checkpoint
from gateway.speech.engines.xtts.device import choose_device
from gateway.speech.engines.xtts.lanes import Lanes
from gateway.speech.engines.xtts.pauses import PauseKeeper
from gateway.speech.engines.xtts.pieces import LONGEST_PIECE, pieces
from gateway.speech.engines.xtts.sampling import Sampling, SeededChoice, most_tokens
from gateway.speech.engines.xtts.speakers import (
    KeptVoice,
    Speaker,
    VoiceFiles,
    clone,
    default_speaker,
    named_speaker,
    read_clip,
    speaker_names,
    unknown_speaker,
)
from gateway.speech.interface import SpeechError, SpeechOutOfMemory
from gateway.speech.limiter import StreamLeveller
from gateway.speech.loudness import speech_level
from gateway.speech.models.errors import ModelStoreError
from gateway.speech.spoken_text import sentences, spoken_words
from gateway.speech.voices import LANGUAGE_OF

_log = structlog.get_logger(__name__)

RATE = 24_000
CHUNK_TOKENS = 8
"""Audio tokens a chunk, 0.37 s: the first sound comes after so many steps of the model."""
BETWEEN_S = 0.22
AFTER_S = 0.08
SPEECH_DBOV = -20.0
"""The level of all engines' speech (ITU-T P.56)."""
GAIN_DB = (-20.0, 20.0)
"""A voice that wants more is not speech."""
AT_ONCE_ON_GPU = 4
"""Python drives each stream token by token, so that more of them make each other late rather than the card busier."""
LICENCE = "Coqui Public Model License 1.0.0: no commercial use"
VERSION = "1"
"""Changes whenever the same text would sound otherwise."""
SAMPLE = "Guten Tag, hier ist die Praxis. Wie kann ich Ihnen helfen?"
"""What a voice's level is measured on."""
CLIP_SUFFIX = ".wav"


class XttsEngine:
    """XTTS-v2 with one voice of its own and the checkpoint's speakers beside it.

    Blocking; as many threads as ``at_once`` may use it at the same time.
    """

    def __init__(
        self,
        folder: Path,
        cache_dir: Path,
        *,
        speaker: str | None = None,
        device: str = "auto",
        at_once: int | None = None,
        threads: int = 0,
        sampling: Sampling | None = None,
    ) -> None:
        """Load the checkpoint in ``folder``; the arguments are those of ``load_xtts``.

        Raises:
            ModelStoreError: the checkpoint, the speaker or the device is missing or cannot be used.

        """
        self.device = choose_device(device, torch.cuda.device_count() if torch.cuda.is_available() else 0)
        clip = read_clip(Path(speaker)) if speaker is not None and speaker.lower().endswith(CLIP_SUFFIX) else None
        if self.device == "cpu":
            if threads:
                torch.set_num_threads(threads)
        else:
            torch.set_float32_matmul_precision("high")
        self._model = load_checkpoint(folder, self.device)
        self._sampling = sampling or Sampling()
        self.at_once = at_once or (1 if self.device == "cpu" else AT_ONCE_ON_GPU)
        self._lanes = Lanes(self._model, self.at_once)
        self._files = VoiceFiles(cache_dir / "xtts-voices")
        self._fingerprint = fingerprint(folder)
        self.speakers = speaker_names(self._model)
        """The names that may be asked for as a voice."""
        self._clip = clip
        self._default = self._default_voice(speaker)
        self._voices: dict[str, KeptVoice] = {}
        self._measuring = threading.Lock()
        _log.info("xtts_loaded", device=self.device, at_once=self.at_once, licence=LICENCE)

    @property
    def version(self) -> str:
        """What the sound of a text depends on besides text, language and voice; for the key of what is cached."""
        return f"xtts-{hashlib.sha256(self._key(self._default).encode()).hexdigest()[:16]}"

    def warm_up(self) -> None:
        """Compute or read the own voice and speak once, so that the first caller doesn't wait for it."""
        voice = self._voice(self._default)
        for _ in self._piece("Ja.", "de", voice.speaker, AFTER_S):
            continue

    def check_voice(self, language: Language | None, voice: str | None) -> tuple[Language, str]:
        """Return the language to speak and the speaker's name.

        A locale such as ``de-CH`` is no voice here: it is the language, where none is given.

        Raises:
            ValueError: the voice is unknown, or neither a voice nor a language is given.

        """
        locale = LANGUAGE_OF.get(voice.partition(":")[0]) if voice is not None else None
        if voice is not None and locale is None and voice not in self.speakers:
            raise ValueError(unknown_speaker(voice, self.speakers))
        spoken_language = language or locale
        if spoken_language is None:
            raise ValueError("neither a language nor a voice that implies one is given")
        return spoken_language, self._default if voice is None or locale is not None else voice

    def synthesise(self, text: str, language: Language | None, voice: str | None = None) -> Iterator[Pcm]:
        """Yield the sound of ``text`` at 24 kHz; nothing for a text without words. Closing the iterator ends the work.

        Raises:
            ValueError: the voice is unknown, or the language.
            SpeechOutOfMemory: the GPU has no memory left.
            SpeechUnavailable: more texts are being spoken than ``at_once``.
            SpeechError: the engine failed.

        """
        spoken_language, name = self.check_voice(language, voice)
        parts = self._pieces(text, spoken_language)
        if not parts:
            return
        kept = self._voice(name)
        leveller = StreamLeveller(kept.gain_db, RATE)
        for number, part in enumerate(parts, start=1):
            after_s = AFTER_S if number == len(parts) else BETWEEN_S
            with contextlib.closing(self._piece(part, spoken_language, kept.speaker, after_s)) as sound:
                for chunk in sound:
                    levelled = leveller.push(chunk)
                    if len(levelled):
                        yield levelled
        yield leveller.flush()

    def _pieces(self, text: str, language: Language) -> list[str]:
        tokenizer = self._model.tokenizer
        most_text_tokens = self._model.args.gpt_max_text_tokens

        def fits(piece: str) -> bool:
            return len(piece) <= LONGEST_PIECE[language] and len(tokenizer.encode(piece, language)) < most_text_tokens

        return [
            piece for sentence in sentences(spoken_words(text, language), language) for piece in pieces(sentence, fits)
        ]

    def _piece(self, text: str, language: Language, speaker: Speaker, after_s: float) -> Generator[Pcm, None, None]:
        """Yield the sound of one piece, its pauses in order, not yet at the level of all voices."""
        pauses = PauseKeeper(RATE, after_s)
        with self._lanes.lane() as model, contextlib.closing(self._chunks(model, text, language, speaker)) as chunks:
            for chunk in chunks:
                samples = pauses.push(chunk)
                if samples.size:
                    yield Pcm(samples, RATE)
        rest = pauses.flush()
        if rest.size:
            yield Pcm(rest, RATE)

    def _chunks(self, model: Any, text: str, language: Language, speaker: Speaker) -> Generator[Samples, None, None]:
        """Yield what the model says, as it comes; its faults are ``SpeechError``."""
        choice = SeededChoice(
            self._sampling,
            model.args.gpt_stop_audio_token,
            most_tokens(len(text), model.gpt.max_gen_mel_tokens),
            self.device,
        )
        stream = model.inference_stream(
            text,
            language,
            speaker.gpt_cond_latent,
            speaker.speaker_embedding,
            stream_chunk_size=CHUNK_TOKENS,
            # The choice has been made when these would narrow it.
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            repetition_penalty=self._sampling.repetition_penalty,
            logits_processor=LogitsProcessorList([choice]),
        )
        out_of_memory = False
        try:
            with contextlib.closing(stream):
                for wave in stream:
                    yield _to_samples(wave)
        except torch.OutOfMemoryError:
            out_of_memory = True
        except (RuntimeError, AssertionError, IndexError, ValueError) as error:
            raise SpeechError(f"the synthesis engine failed: {type(error).__name__}") from error
        if out_of_memory:
            # Out here, where the exception no longer holds what was computed.
            self._free_memory()
            raise SpeechOutOfMemory("Synthesis has no memory left.")
        if choice.cut_off:
            _log.warning("xtts_cut_off", characters=len(text), language=language)

    def _free_memory(self) -> None:
        gc.collect()
        if self.device != "cpu":
            torch.cuda.empty_cache()
        _log.warning("xtts_out_of_memory", device=self.device)

    def _default_voice(self, speaker: str | None) -> str:
        if self._clip is not None:
            return f"clip {self._clip.sha256}"
        if speaker is None:
            return default_speaker(self.speakers)
        if speaker not in self.speakers:
            raise ModelStoreError(f"TTS_SPEAKER: {unknown_speaker(speaker, self.speakers)}.")
        return speaker

    def _voice(self, name: str) -> KeptVoice:
        """Return a voice, computed once; whoever asks for another one meanwhile waits."""
        with self._measuring:
            if name not in self._voices:
                self._voices[name] = self._read_or_compute(name)
            return self._voices[name]

    def _read_or_compute(self, name: str) -> KeptVoice:
        key = self._key(name)
        kept = self._files.read(key)
        if kept is None:
            clip = self._clip if name == self._default else None
            speaker = clone(self._model, clip) if clip is not None else named_speaker(self._model, name)
            kept = KeptVoice(speaker.gpt_cond_latent, speaker.speaker_embedding, self._gain_db(speaker))
            self._files.write(kept, key)
        return kept

    def _gain_db(self, speaker: Speaker) -> float:
        """Return what brings this voice to the level of all others, by what it makes of a sample."""
        said = [
            chunk.samples
            for part in self._pieces(SAMPLE, "de")
            for chunk in self._piece(part, "de", speaker, BETWEEN_S)
        ]
        level = speech_level(Pcm(np.concatenate(said), RATE)) if said else None
        return float(np.clip(SPEECH_DBOV - level.dbov, *GAIN_DB)) if level is not None else 0.0

    def _key(self, name: str) -> str:
        return "/".join((VERSION, self._fingerprint, name, repr(self._sampling)))


def _to_samples(wave: Any) -> Samples:
    """Return a chunk of the model's, a tensor of samples from -1 to 1, as 16-bit samples."""
    sound = wave.float().cpu().numpy().reshape(-1)
    if not np.isfinite(sound).all():
        raise SpeechError("the synthesis engine failed: its sound is not a number")
    return np.asarray(np.rint(np.clip(sound, -1.0, 1.0) * 32767), np.int16)
