"""Whose voice XTTS speaks with: a clip that is cloned, or a speaker that came with the checkpoint.

What is computed of a voice is kept in a file whose name is made of all that it comes from, so that another clip or
checkpoint never meets it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog
import torch

from gateway.audio import AudioFormatError, Pcm, read_wav
from gateway.speech.models.errors import ModelMissing, ModelStoreError

_log = structlog.get_logger(__name__)

PREFERRED_SPEAKER = "Ana Florence"
"""Spoken with where the operator names none and the checkpoint has her."""
SHORTEST_CLIP_S = 2.0
LARGEST_CLIP = 64 * 1024 * 1024
NAMED_IN_MESSAGE = 5


@dataclass(frozen=True, slots=True)
class Speaker:
    """The tensors that make a voice: for the language model (1, 32, channels) and for the decoder (1, 512, 1)."""

    gpt_cond_latent: Any
    speaker_embedding: Any


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording of the voice to be cloned, and the checksum of its file."""

    pcm: Pcm
    sha256: str


def read_clip(path: Path) -> Clip:
    """Return the reference clip in a WAV file.

    Raises:
        ModelStoreError: it cannot be read, is no 16-bit PCM WAV file, is too short or silent.

    """
    try:
        if path.stat().st_size > LARGEST_CLIP:
            raise ModelStoreError(f"TTS_SPEAKER: {path} is too large; half a minute of speech is enough.")
        data = path.read_bytes()
        pcm = read_wav(data)
    except OSError as error:
        raise ModelStoreError(f"TTS_SPEAKER: {path} cannot be read ({error.strerror}).") from error
    except AudioFormatError as error:
        raise ModelStoreError(f"TTS_SPEAKER: {path} must be a 16-bit PCM WAV file: {error}.") from error
    if pcm.seconds < SHORTEST_CLIP_S:
        raise ModelStoreError(
            f"TTS_SPEAKER: {path} lasts {pcm.seconds:.1f} s; it takes {SHORTEST_CLIP_S:.0f} s of speech, better ten."
        )
    if not pcm.samples.any():
        raise ModelStoreError(f"TTS_SPEAKER: {path} holds nothing but silence.")
    return Clip(pcm, hashlib.sha256(data).hexdigest())


def clone(model: Any, clip: Clip) -> Speaker:
    """Return the voice of ``clip``, of which as much is listened to as the checkpoint's configuration says."""
    config = model.config
    wave = torch.from_numpy(clip.pcm.samples.astype("float32") / 32768).unsqueeze(0)
    wave = wave[:, : clip.pcm.rate * config.max_ref_len]
    return Speaker(
        model.get_gpt_cond_latents(
            wave, clip.pcm.rate, length=config.gpt_cond_len, chunk_length=config.gpt_cond_chunk_len
        ).cpu(),
        model.get_speaker_embedding(wave, clip.pcm.rate).cpu(),
    )


def speaker_names(model: Any) -> tuple[str, ...]:
    """Return the names of the speakers that came with the checkpoint."""
    return tuple(model.speaker_manager.speaker_names) if model.speaker_manager is not None else ()


def named_speaker(model: Any, name: str) -> Speaker:
    """Return a speaker of the checkpoint, who must be one of ``speaker_names``."""
    gpt_cond_latent, speaker_embedding = model.speaker_manager.speakers[name].values()
    return Speaker(gpt_cond_latent, speaker_embedding)


def default_speaker(names: tuple[str, ...]) -> str:
    """Return who speaks where nobody is named; raise ``ModelMissing`` when there is nobody."""
    if not names:
        raise ModelMissing("TTS_SPEAKER: the XTTS checkpoint has no speakers of its own; name a WAV file to clone.")
    return PREFERRED_SPEAKER if PREFERRED_SPEAKER in names else names[0]


def unknown_speaker(name: str, names: tuple[str, ...]) -> str:
    """Return the sentence for a name that nobody has."""
    if not names:
        return f"there is no speaker {name!r}, the XTTS checkpoint has none of its own"
    more = f" and {len(names) - NAMED_IN_MESSAGE} more" if len(names) > NAMED_IN_MESSAGE else ""
    return f"there is no speaker {name!r}; there are {', '.join(names[:NAMED_IN_MESSAGE])}{more}"


@dataclass(frozen=True, slots=True)
class KeptVoice:
    """A voice as it is kept: its tensors, and the gain in dB that brings it to the level of all voices."""

    gpt_cond_latent: Any
    speaker_embedding: Any
    gain_db: float

    @property
    def speaker(self) -> Speaker:
        """The tensors."""
        return Speaker(self.gpt_cond_latent, self.speaker_embedding)


class VoiceFiles:
    """The voices in ``folder``, by the key of what they come from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> KeptVoice | None:
        """Return what is kept under ``key``; None when there is nothing, or nothing that can be read."""
        path = self._path(key)
        if not path.exists():
            return None
        try:
            return KeptVoice(**torch.load(path, map_location="cpu", weights_only=True))
        except (OSError, RuntimeError, EOFError, TypeError, ValueError, pickle.UnpicklingError) as error:
            _log.warning("voice_file_unreadable", file=path.name, error=type(error).__name__)
            return None

    def write(self, voice: KeptVoice, key: str) -> None:
        """Keep ``voice`` under ``key``; where that cannot be, it is computed again at the next start."""
        path = self._path(key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, partial = tempfile.mkstemp(prefix=".partial-", dir=self._folder)
        except OSError as error:
            _log.warning("voice_not_kept", folder=str(self._folder), error=error.strerror)
            return
        try:
            with os.fdopen(descriptor, "wb") as stream:
                torch.save(asdict(voice), stream)
            Path(partial).replace(path)
        except OSError as error:
            _log.warning("voice_not_kept", folder=str(self._folder), error=error.strerror)
            with contextlib.suppress(FileNotFoundError):
                Path(partial).unlink()

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.pt"
