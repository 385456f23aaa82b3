"""What ``gateway check`` says of the models that the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.check import check_models
from gateway.config import Settings, default_cache

pytestmark = pytest.mark.models


def problems(**settings: object) -> dict[str, str | None]:
    found = check_models(Settings(_env_file=None, cache_dir=default_cache(), **settings))
    return {finding.subject: finding.problem for finding in found}


def test_the_embedded_models_are_enough_for_the_defaults() -> None:
    assert problems() == {"embedded models": None}


def test_each_model_that_a_setting_names_and_that_is_not_there_is_told_with_the_command(tmp_path: Path) -> None:
    found = problems(models_dir=tmp_path, asr_model="faster-whisper-large-v3", tts_engine="xtts")
    assert "gateway models pull faster-whisper-large-v3" in found["ASR_MODEL faster-whisper-large-v3"]
    assert "gateway models pull xtts-v2" in found["TTS_MODEL xtts-v2"]


def test_a_folder_of_ones_own_is_taken_and_voices_are_looked_for(tmp_path: Path) -> None:
    assert problems(asr_model=str(tmp_path))[f"ASR_MODEL {tmp_path}"] is None
    missing = problems(tts_engine="piper", tts_voices_dir=tmp_path)
    assert "holds no voice" in missing["TTS_VOICES_DIR"]
    (tmp_path / "de.onnx").touch()
    assert problems(tts_engine="piper", tts_voices_dir=tmp_path)["TTS_VOICES_DIR"] is None


def test_what_another_server_does_needs_no_model_here(tmp_path: Path) -> None:
    server = {"asr_endpoint": "http://192.0.2.1:8000", "tts_endpoint": "http://192.0.2.1:8000"}
    assert problems(models_dir=tmp_path, asr_model="faster-whisper-large-v3", tts_engine="xtts", **server) == {}
