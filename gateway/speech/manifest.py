"""The manifest of the embedded models: names, revisions, sources and checksums (``manifest.toml``)."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

WHISPER_BASE = "whisper-base"


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A wheel that carries a piece of a model; ``sha256`` is the wheel's own."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model.

    ``parts`` are the paths inside the packages whose contents, one after the other, are the file.
    """

    name: str
    bytes: int
    sha256: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One embedded model; ``source`` and ``revision`` name it on the model hub."""

    name: str
    purpose: str
    description: str
    licence: str
    source: str
    revision: str
    packages: tuple[ModelPackage, ...]
    files: tuple[ModelFile, ...]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with any file's content."""
        names = "\n".join(f"{file.name} {file.sha256}" for file in self.files)
        return hashlib.sha256(names.encode()).hexdigest()[:12]


def parse(text: str) -> tuple[Model, ...]:
    """Return the models in a manifest; raise ``ValueError``, ``KeyError`` or ``TypeError`` when it is malformed."""
    return tuple(_model(entry) for entry in tomllib.loads(text)["models"])


def _model(entry: dict[str, Any]) -> Model:
    packages = tuple(ModelPackage(**package) for package in entry.pop("packages"))
    files = tuple(ModelFile(**{**file, "parts": tuple(file["parts"])}) for file in entry.pop("files"))
    return Model(**entry, packages=packages, files=files)


@functools.cache
def embedded_models() -> tuple[Model, ...]:
    """Return the models of the manifest that lies in this package."""
    return parse(resources.files("gateway.speech").joinpath("manifest.toml").read_text(encoding="utf-8"))


def embedded_model(name: str) -> Model:
    """Return the model called ``name``; raise ``KeyError`` when the manifest has none."""
    for model in embedded_models():
        if model.name == name:
            return model
    raise KeyError(name)
