"""Finding the model that a setting names, for whoever loads it."""

from __future__ import annotations

from pathlib import Path

from gateway.speech.manifest import Model, model_called
from gateway.speech.model_store import embedded_folder
from gateway.speech.models.checking import check_folder, is_verified
from gateway.speech.models.errors import ModelMissing
from gateway.speech.models.places import complete_folder, record_file
from gateway.speech.models.record import read_record


def find_model(models_dir: Path, cache_dir: Path, name_or_folder: str, purpose: str | None = None) -> Path:
    """Return the folder of a model, ready to be loaded.

    ``name_or_folder`` is a name of the manifest (or its repository on the hub), else a folder of the operator's own,
    which is taken as it is. A model of the manifest is hashed once and after every change; that takes seconds for
    gigabytes, so call it off the event loop. ``purpose`` (``recognition``, ``synthesis`` or ``language``) refuses a
    model for another one.

    Raises:
        ModelMissing: it is not there, is damaged, or is for something else; the message says what to run.

    """
    model = model_called(name_or_folder)
    if model is None:
        folder = Path(name_or_folder).expanduser()
        if folder.is_dir():
            return folder
        raise ModelMissing(
            f"There is neither a model nor a folder called {name_or_folder!r}: `gateway models list` shows the models."
        )
    if purpose is not None and model.purpose != purpose:
        raise ModelMissing(f"The model {model.name} is for {model.purpose}, not for {purpose}.")
    if model.embedded:
        return embedded_folder(cache_dir, model)
    return _verified(models_dir, model)


def _verified(models_dir: Path, model: Model) -> Path:
    help_with = f"run `gateway models pull {model.name}`"
    folder = complete_folder(models_dir, model)
    if folder is None:
        raise ModelMissing(f"The model {model.name} is not in {models_dir}, nor in the hub's cache: {help_with}.")
    if not is_verified(model, folder, read_record(record_file(models_dir, model), model)):
        problems = check_folder(model, models_dir, folder)
        if problems:
            raise ModelMissing(f"{problems[0]}: {help_with}.")
    return folder
