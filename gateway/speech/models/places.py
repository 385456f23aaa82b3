"""Where a model's files may lie: in MODELS_DIR, put there by ``pull`` or by hand, or in the hub's cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.speech.manifest import Model


def home(models_dir: Path, model: Model) -> Path:
    """Return where ``pull`` puts ``model``."""
    return models_dir / model.folder


def work_folder(models_dir: Path, model: Model) -> Path:
    """Return where a download gathers the files of ``model``; what lies there is gone on with."""
    return home(models_dir, model).with_name(f".partial-{model.name}-{model.revision[:12]}")


def lock_file(models_dir: Path, model: Model) -> Path:
    """Return the file that is locked while ``model`` is fetched."""
    return home(models_dir, model).with_name(f".{model.name}.lock")


def record_file(models_dir: Path, model: Model) -> Path:
    """Return the file that remembers checksums of ``model`` and what was verified."""
    return home(models_dir, model).with_name(f".{model.name}.json")


def places(models_dir: Path, model: Model) -> Iterator[Path]:
    """Give the folders that may hold ``model``, the first choice first.

    Those are its own, the one above it (files put there by hand), and the pinned snapshot in a cache of the hub: the
    one of this user or of HF_HOME, and what other programs have made of a folder in MODELS_DIR.
    """
    # It reads HF_HOME when it is imported, which is after take_hub_settings() only here.
    from huggingface_hub import constants  # noqa: PLC0415

    own = home(models_dir, model)
    yield own
    yield own.parent
    for cache in (Path(constants.HF_HUB_CACHE), own.parent, models_dir / "hub", models_dir):
        yield cache / f"models--{model.source.replace('/', '--')}" / "snapshots" / model.revision


def has_all_files(folder: Path, model: Model) -> bool:
    """Whether every file is there, with its size where that is known beforehand."""
    for file in model.files:
        try:
            size = (folder / file.name).stat().st_size
        except OSError:
            return False
        if file.bytes is not None and size != file.bytes:
            return False
    return True


def complete_folder(models_dir: Path, model: Model) -> Path | None:
    """Return the first folder that has all files of ``model``; None when there is none."""
    return next((folder for folder in places(models_dir, model) if has_all_files(folder, model)), None)


def has_some_files(models_dir: Path, model: Model) -> bool:
    """Whether a part of ``model`` is there: in its own folder, or of a download that was cut off."""
    work = work_folder(models_dir, model)
    if work.is_dir() and any(work.iterdir()):
        return True
    return any((home(models_dir, model) / file.name).is_file() for file in model.files)
