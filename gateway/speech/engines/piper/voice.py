"""One Piper voice: a VITS network and its description.

The description, ``NAME.onnx.json``, maps each phoneme, one Unicode character, to numbers; a sentence begins with ``^``,
ends with ``$``, and has ``_`` behind every phoneme. The network, ``NAME.onnx``, takes those numbers, their count and
three scales (how much the voice varies, how slowly it speaks, how much its rhythm varies) and returns the sound of the
whole sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import onnxruntime
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.audio import Pcm
from gateway.language import LANGUAGES, Language
from gateway.speech.interface import SpeechError

BEGIN, END, PAD = "^", "$", "_"
LONGEST_S = 60.0
"""Of one sentence; a network that says more has lost its way."""
PEAK = 0.9
"""The highest sample of what a network returned louder than full scale."""

Feed: TypeAlias = dict[str, npt.NDArray[np.int64] | npt.NDArray[np.float32]]


class PiperVoiceError(Exception):
    """A voice cannot be used; the message is one sentence."""


class Network(Protocol):
    """What is asked of an ONNX session."""

    def run(self, outputs: None, feed: Feed) -> Sequence[npt.NDArray[np.float32]]:
        """Return the outputs for ``feed``."""


class _Audio(BaseModel):
    sample_rate: Annotated[int, Field(ge=8_000, le=96_000)]


class _Espeak(BaseModel):
    voice: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][A-Za-z0-9-]*$")]


class _Inference(BaseModel):
    noise_scale: float = 0.667
    length_scale: Annotated[float, Field(gt=0)] = 1.0
    noise_w: float = 0.8


class VoiceDescription(BaseModel):
    """``NAME.onnx.json``, as far as it matters here."""

    model_config = ConfigDict(frozen=True)

    audio: _Audio
    espeak: _Espeak
    inference: _Inference = _Inference()
    phoneme_type: Literal["espeak"] = "espeak"
    phoneme_id_map: Mapping[str, Annotated[list[int], Field(min_length=1)]]
    num_speakers: Annotated[int, Field(ge=1)] = 1
    speaker_id_map: Mapping[str, int] = {}

    @property
    def language(self) -> Language | None:
        """The language that the voice speaks; None for another than the gateway's."""
        spoken = self.espeak.voice.partition("-")[0]
        return next((language for language in LANGUAGES if language == spoken), None)


@dataclass(frozen=True)
class PiperVoice:
    """A voice whose network is loaded. May be used from several threads."""

    name: str
    description: VoiceDescription
    network: Network
    language: Language
    unknown: set[str] = field(default_factory=set)
    """Phonemes that were asked for and that the voice does not have."""

    def speaker(self, name: str) -> int:
        """Return the number of the speaker called ``name``; raise ``ValueError`` when there is none."""
        speakers = self.description.speaker_id_map
        if name in speakers:
            return speakers[name]
        if name.isdecimal() and int(name) < self.description.num_speakers:
            return int(name)
        raise ValueError(f"the voice {self.name!r} has no speaker {name!r}")

    def feed(self, phonemes: str, speed: float = 1.0, speaker: int = 0) -> Feed:
        """Return what the network is fed with for ``phonemes``; those that the voice does not have are left out."""
        known = self.description.phoneme_id_map
        self.unknown.update(phoneme for phoneme in phonemes if phoneme not in known)
        numbers = [*known[BEGIN], *known[PAD]]
        for phoneme in phonemes:
            if phoneme in known:
                numbers += [*known[phoneme], *known[PAD]]
        numbers += known[END]
        inference = self.description.inference
        scales = [inference.noise_scale, inference.length_scale / speed, inference.noise_w]
        feed: Feed = {
            "input": np.array([numbers], np.int64),
            "input_lengths": np.array([len(numbers)], np.int64),
            "scales": np.array(scales, np.float32),
        }
        if self.description.num_speakers > 1:
            feed["sid"] = np.array([speaker], np.int64)
        return feed

    def speak(self, phonemes: str, speed: float = 1.0, speaker: int = 0) -> Pcm:
        """Return the sound of one sentence's phonemes; raise ``SpeechError`` when the network fails."""
        try:
            wave = self.network.run(None, self.feed(phonemes, speed, speaker))[0].reshape(-1)
        except Exception as error:
            # onnxruntime's errors have no base class of their own.
            raise SpeechError(f"the voice {self.name!r} failed: {type(error).__name__}") from error
        rate = self.description.audio.sample_rate
        if len(wave) > LONGEST_S * rate or not np.isfinite(wave).all():
            raise SpeechError(f"the voice {self.name!r} returned no speech")
        loudest = float(np.abs(wave).max(initial=0.0))
        scale = 32767 * (PEAK / loudest if loudest > 1 else 1.0)
        return Pcm(np.rint(wave * scale).astype(np.int16), rate)


def describe(network: Path) -> VoiceDescription:
    """Return the description beside ``network``; raise ``PiperVoiceError``."""
    path = network.with_name(f"{network.name}.json")
    try:
        description = VoiceDescription.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise PiperVoiceError(f"{path} is missing, which describes the voice beside it.") from error
    except (OSError, ValidationError) as error:
        raise PiperVoiceError(f"{path} describes no Piper voice: {_reason(error)}.") from error
    missing = [sign for sign in (BEGIN, END, PAD) if sign not in description.phoneme_id_map]
    if missing:
        raise PiperVoiceError(f"{path} describes no Piper voice: its phonemes lack {', '.join(missing)}.")
    return description


def _reason(error: OSError | ValidationError) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    first = error.errors(include_url=False, include_input=False)[0]
    return ".".join(str(part) for part in first["loc"]) + f": {first['msg']}"


def load(network: Path, description: VoiceDescription, language: Language, threads: int) -> PiperVoice:
    """Load a voice's network for the CPU; raise ``PiperVoiceError`` when it is none."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime's errors have no base class of their own.
        raise PiperVoiceError(f"{network} is no network that onnxruntime can load ({type(error).__name__}).") from error
    inputs = {taken.name for taken in session.get_inputs()}
    expected = {"input", "input_lengths", "scales"} | ({"sid"} if description.num_speakers > 1 else set())
    if inputs != expected:
        raise PiperVoiceError(f"{network} is no Piper voice: it takes {', '.join(sorted(inputs))}.")
    return PiperVoice(network.name.removesuffix(".onnx"), description, session, language)
