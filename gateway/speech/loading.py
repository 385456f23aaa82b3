"""Loads the engines that the settings ask for; what cannot be used is one sentence that names the setting."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config import Settings
from gateway.speech.loaded_engines import Engines, SynthesisEngine
from gateway.speech.models.errors import ModelMissing, ModelStoreError
from gateway.speech.models.find import find_model
from gateway.speech.stages import Observe, unobserved
from gateway.speech.voices import ENGINE_VERSION, choose_voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.language import Language
    from gateway.speech.engines.whisper import WhisperEngine


class EngineSettingError(ModelStoreError):
    """A setting of the engines cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class LoadedSynthesis:
    """A loaded synthesiser and what the server has to know about it."""

    engine: SynthesisEngine
    model: str
    version: str
    at_once: int
    check_voice: Callable[[Language | None, str | None], object]


def load_engines(settings: Settings, observe: Observe = unobserved) -> Engines:
    """Load and warm the engines; ``observe`` is told of the stages of recognition. Blocking, for minutes perhaps.

    Raises:
        ModelStoreError: a model is missing, or a setting cannot be used.

    """
    synthesis = load_synthesis(settings)
    recognition = _load_recognition(settings, observe)
    return Engines(
        recognise=recognition.recognise,
        synthesis=synthesis.engine,
        recognition_model=settings.asr_model,
        synthesis_model=synthesis.model,
        recognised_at_once=recognition.at_once,
        batching=recognition.batching,
        largest_batch=recognition.largest_batch,
        synthesised_at_once=synthesis.at_once,
        check_voice=synthesis.check_voice,
        synthesis_version=synthesis.version,
        out_of_memory=lambda: recognition.out_of_memory,
    )


def _find(settings: Settings, setting: str, name: str, purpose: str) -> Path:
    try:
        return find_model(settings.models_dir, settings.cache_dir, name, purpose)
    except ModelMissing as error:
        raise ModelMissing(f"{setting}: {error}") from error


def _load_recognition(settings: Settings, observe: Observe) -> WhisperEngine:
    # Loaded here, in the server's loading thread: these imports take a third of a second.
    from gateway.speech.engines.devices import DeviceError  # noqa: PLC0415
    from gateway.speech.engines.whisper import WhisperEngine  # noqa: PLC0415
    from gateway.speech.engines.whisper_model import NoWhisperModel  # noqa: PLC0415
    from gateway.speech.engines.whisper_options import WhisperOptions  # noqa: PLC0415

    folder = _find(settings, "ASR_MODEL", settings.asr_model, "recognition")
    options = WhisperOptions(
        device=settings.asr_device, compute_type=settings.asr_compute_type, threads=settings.speech_threads
    )
    try:
        engine = WhisperEngine(folder, options, measure=observe)
    except DeviceError as error:
        raise EngineSettingError(str(error)) from error
    except NoWhisperModel as error:
        raise EngineSettingError(f"ASR_MODEL: {error}") from error
    engine.warm_up()
    return engine


def load_synthesis(settings: Settings) -> LoadedSynthesis:
    """Load the engine that ``TTS_ENGINE`` names; raise ``ModelStoreError`` as ``load_engines`` does."""
    if settings.tts_engine == "xtts":
        return _load_xtts(settings)
    if settings.tts_engine == "piper":
        return _load_piper(settings)
    from gateway.speech.engines.pico import PicoEngine  # noqa: PLC0415 - as above

    return LoadedSynthesis(PicoEngine(), "pico", ENGINE_VERSION, 1, choose_voice)


def _load_xtts(settings: Settings) -> LoadedSynthesis:
    from gateway.speech.engines.xtts import load_xtts  # noqa: PLC0415 - as above

    folder = _find(settings, "TTS_MODEL", settings.tts_model, "synthesis")
    engine = load_xtts(
        folder,
        cache_dir=settings.cache_dir,
        speaker=settings.tts_speaker,
        device=settings.tts_device,
        threads=settings.speech_threads,
    )
    return LoadedSynthesis(engine, settings.tts_model, engine.version, engine.at_once, engine.check_voice)


def _load_piper(settings: Settings) -> LoadedSynthesis:
    from gateway.speech.engines.piper import PiperEngine, PiperVoiceError  # noqa: PLC0415 - as above

    try:
        # A core for each sentence: two sentences at a time are sooner done than each of them on two cores.
        engine = PiperEngine(settings.tts_voices_dir, threads=1, at_once=settings.speech_threads or os.cpu_count() or 1)
    except PiperVoiceError as error:
        raise EngineSettingError(f"TTS_VOICES_DIR: {error}") from error
    return LoadedSynthesis(engine, "piper", engine.version, engine.at_once, engine.check_voice)
