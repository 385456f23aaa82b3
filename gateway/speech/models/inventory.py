"""What ``gateway models list`` shows: every model of the manifest, and how it is on this machine."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from gateway.speech.manifest import BundledModel, Model, all_models, bundled_models
from gateway.speech.model_store import is_stamped, model_folder
from gateway.speech.models.checking import State, Trust, condition
from gateway.speech.models.places import has_all_files


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model; ``bytes`` is None where it comes inside a dependency, ``folder`` where it is not there.

    ``checksums`` tells on whose word the files are the right ones: ``manifest`` or ``hub`` (the least of them),
    ``none`` where a file is there that neither has a checksum for, ``lock file`` for what lies inside a dependency.
    """

    name: str
    purpose: str
    state: str
    checksums: str
    bytes: int | None
    licence: str
    commercial_use: bool
    gated: bool
    source: str
    revision: str
    folder: str | None
    description: str


def inventory(models_dir: Path, cache_dir: Path) -> list[ModelEntry]:
    """Look at every model; hash nothing."""
    entries = [_entry(model, models_dir, cache_dir) for model in all_models()]
    return entries + [_bundled_entry(model) for model in bundled_models()]


def _entry(model: Model, models_dir: Path, cache_dir: Path) -> ModelEntry:
    state, trust, folder = _embedded(model, cache_dir) if model.embedded else _pulled(model, models_dir)
    return ModelEntry(
        name=model.name,
        purpose=model.purpose,
        state=state,
        checksums=trust,
        bytes=model.bytes,
        licence=model.licence,
        commercial_use=model.commercial_use,
        gated=model.gated,
        source=model.source,
        revision=model.revision,
        folder=str(folder) if folder is not None else None,
        description=model.description,
    )


def _pulled(model: Model, models_dir: Path) -> tuple[State, Trust, Path | None]:
    now = condition(model, models_dir)
    return now.state, now.trust, now.folder


def _embedded(model: Model, cache_dir: Path) -> tuple[State, Trust, Path | None]:
    folder = model_folder(cache_dir, model)
    if is_stamped(cache_dir, model):
        return State.VERIFIED, Trust.MANIFEST, folder
    if has_all_files(folder, model):
        return State.PRESENT, Trust.MANIFEST, folder
    return State.PARTIAL if folder.is_dir() else State.MISSING, Trust.MANIFEST, None


def _bundled_entry(model: BundledModel) -> ModelEntry:
    try:
        source, state = f"{model.package} {importlib.metadata.version(model.package)}", State.PRESENT
    except importlib.metadata.PackageNotFoundError:
        source, state = model.package, State.MISSING
    return ModelEntry(
        name=model.name,
        purpose=model.purpose,
        state=state,
        checksums="lock file",
        bytes=None,
        licence=model.licence,
        commercial_use=True,
        gated=False,
        source=source,
        revision="",
        folder=None,
        description=model.description,
    )
