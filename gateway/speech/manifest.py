"""The manifest of the models: names, revisions, licences, sources and checksums (``manifest.toml``)."""

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

    ``bytes`` and ``sha256`` are None where they are not known beforehand: the hub is asked for them, for the pinned
    revision. ``parts`` are the paths inside the packages whose contents, one after the other, are the file.
    """

    name: str
    bytes: int | None = None
    sha256: str | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """One model; ``source`` and ``revision`` (a commit) name it on the model hub.

    ``folder`` is its place below MODELS_DIR, with slashes; an embedded model has none: it comes in ``packages`` and
    lies in the cache. ``gated``: the hub gives it only to accounts that have accepted its licence there.
    """

    name: str
    purpose: str
    description: str
    licence: str
    source: str
    revision: str
    packages: tuple[ModelPackage, ...]
    files: tuple[ModelFile, ...]
    folder: str = ""
    commercial_use: bool = True
    gated: bool = False

    @property
    def embedded(self) -> bool:
        """Whether it comes with the gateway, in packages."""
        return not self.folder

    @property
    def bytes(self) -> int:
        """The size of all files whose size is known beforehand."""
        return sum(file.bytes or 0 for file in self.files)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with any file's content."""
        names = "\n".join(f"{file.name} {file.sha256}" for file in self.files)
        return hashlib.sha256(names.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A model inside a dependency: ``package`` is the distribution that carries it."""

    name: str
    purpose: str
    description: str
    licence: str
    package: str


def parse(text: str) -> tuple[Model, ...]:
    """Return the models in a manifest; raise ``ValueError``, ``KeyError`` or ``TypeError`` when it is malformed."""
    return tuple(_model(entry) for entry in tomllib.loads(text)["models"])


def _model(entry: dict[str, Any]) -> Model:
    packages = tuple(ModelPackage(**package) for package in entry.pop("packages", ()))
    files = tuple(ModelFile(**{**file, "parts": tuple(file.get("parts", ()))}) for file in entry.pop("files"))
    return Model(**entry, packages=packages, files=files)


@functools.cache
def all_models() -> tuple[Model, ...]:
    """Return the models of the manifest that lies in this package, the embedded ones first."""
    return parse(_text())


@functools.cache
def bundled_models() -> tuple[BundledModel, ...]:
    """Return the models inside dependencies."""
    return tuple(BundledModel(**entry) for entry in tomllib.loads(_text())["bundled"])


def embedded_models() -> tuple[Model, ...]:
    """Return the models that come with the gateway."""
    return tuple(model for model in all_models() if model.embedded)


def embedded_model(name: str) -> Model:
    """Return the embedded model called ``name``; raise ``KeyError`` when the manifest has none."""
    for model in embedded_models():
        if model.name == name:
            return model
    raise KeyError(name)


def model_called(name: str) -> Model | None:
    """Return the model with this name, or with this repository on the hub; None when the manifest has none."""
    for model in all_models():
        if name in {model.name, model.source}:
            return model
    return None


def _text() -> str:
    return resources.files("gateway.speech").joinpath("manifest.toml").read_text(encoding="utf-8")
