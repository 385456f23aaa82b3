"""The XTTS checkpoint from its folder, by coqui-tts's own loading.

coqui-tts writes the published model.pth anew when it first reads it, because its configuration is pickled inside. The
models folder may be read-only, and the file has a checksum to keep, so the weights are read here without that.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations
from TTS.config.shared_configs import BaseDatasetConfig
from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig
from TTS.tts.models.xtts import Xtts

from gateway.speech.models.errors import ModelMissing

WEIGHTS = "model.pth"
FILES = ("config.json", WEIGHTS, "vocab.json")
_TAIL = 1 << 20
_CLASSES_IN_WEIGHTS = [
    XttsConfig,
    BaseDatasetConfig,
    (XttsArgs, "TTS.tts.models.xtts.XttsArgs"),
    (XttsAudioConfig, "TTS.tts.models.xtts.XttsAudioConfig"),
]
"""What a published checkpoint holds besides tensors, two of them under the names that they had then."""


def load_checkpoint(folder: Path, device: str) -> Any:
    """Return the ``Xtts`` model of ``folder`` on ``device``, for inference.

    Raises:
        ModelMissing: a file is missing or damaged.

    """
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelMissing(f"There is no {name} of XTTS in {folder}: run `gateway models pull xtts-v2`.")
    # It logs the beginning of a text that it finds too long, and what callers are told is none of the log's business.
    logging.getLogger("TTS.tts.layers.xtts.tokenizer").setLevel(logging.ERROR)
    config = XttsConfig()
    try:
        config.load_json(str(folder / "config.json"))
        model = Xtts(config)
        model._load_checkpoint = _read_weights
        model.load_checkpoint(config, checkpoint_dir=str(folder), use_deepspeed=False)
    except Exception as error:  # a damaged pickle, archive or tokenizer raises nearly anything
        raise ModelMissing(
            f"The XTTS checkpoint in {folder} cannot be loaded ({_in_short(error)}): run `gateway models verify`."
        ) from error
    _fix_weights(model.hifigan_decoder)
    return model.to(device)


def fingerprint(folder: Path) -> str:
    """Return what tells one checkpoint from another, without reading 1.9 GB.

    The end of model.pth is the directory of a ZIP archive, which holds the CRC-32 of each tensor.
    """
    digest = hashlib.sha256()
    for name in ("config.json", "vocab.json"):
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    with (folder / WEIGHTS).open("rb") as weights:
        size = weights.seek(0, 2)
        weights.seek(max(0, size - _TAIL))
        digest.update(str(size).encode())
        digest.update(weights.read())
    return digest.hexdigest()


def _fix_weights(decoder: Any) -> None:
    """Compute the normalised weights of ``decoder`` once, not for each chunk: a few hundred small steps on the GPU."""
    for module in decoder.modules():
        if is_parametrized(module, "weight"):
            remove_parametrizations(module, "weight")


def _read_weights(path: Path) -> Any:
    with torch.serialization.safe_globals(_CLASSES_IN_WEIGHTS):
        return torch.load(path, map_location="cpu", weights_only=True)["model"]


def _in_short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:120]}" if lines else type(error).__name__
