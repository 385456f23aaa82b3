"""A name for what a text would sound like: as long as it stays the same, sound that was kept may be played.

It is made from all that has a say in it: the engine's own code and package, the code that prepares text and levels
sound, and the files of its model. Nobody has to remember to raise a number.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

_HERE = Path(__file__).parent
_SHARED = ("spoken_text", "loudness.py", "limiter.py", "engines/level.py", "../language")
_OWN = {
    "pico": ("engines/pico.py", "engines/clean_memory.py"),
    "piper": ("engines/piper",),
    "xtts": ("engines/xtts",),
    "remote": ("levelled.py",),
}
_PACKAGES: dict[str, tuple[str, ...]] = {
    "pico": ("py-nanotts",),
    "piper": ("onnxruntime",),
    "xtts": ("coqui-tts", "torch"),
    "remote": (),
}
_BLOCKS = 64
_BLOCK_BYTES = 64 * 1024


def synthesis_version(engine: str, *models: Path, settings: str = "") -> str:
    """Return the version of ``engine`` ("pico", "piper", "xtts", "remote") with the files or folders of its model.

    ``settings`` names what else decides about the sound, such as a speaker. Raise ``KeyError`` for another engine, and
    ``OSError`` for a file that cannot be read.
    """
    digest = hashlib.sha256(_code(engine).encode() + settings.encode())
    for model in models:
        for path in _files(model):
            digest.update(file_fingerprint(path).encode())
    return f"{engine}-{digest.hexdigest()[:16]}"


def file_fingerprint(path: Path) -> str:
    """Return what tells a model's file from another: its size and the digest of 64 blocks spread over it.

    A checkpoint of 2 GB is told apart within milliseconds; small files are read whole. Raise ``OSError``.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        if size <= _BLOCKS * _BLOCK_BYTES:
            digest.update(file.read())
        else:
            for number in range(_BLOCKS):
                file.seek(number * (size - _BLOCK_BYTES) // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK_BYTES))
    return digest.hexdigest()


@cache
def _code(engine: str) -> str:
    digest = hashlib.sha256()
    for part in (*_SHARED, *_OWN[engine]):
        for path in _files(_HERE / part, "*.py"):
            digest.update(path.name.encode() + path.read_bytes())
    for package in _PACKAGES[engine]:
        digest.update(f"{package} {_installed(package)}".encode())
    return digest.hexdigest()


def _installed(package: str) -> str:
    """Return the installed version; empty for an engine whose package is in another environment."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _files(place: Path, pattern: str = "*") -> list[Path]:
    return sorted(path for path in place.rglob(pattern) if path.is_file()) if place.is_dir() else [place]
