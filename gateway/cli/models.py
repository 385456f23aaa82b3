"""``gateway models``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.speech import model_store
from gateway.speech.manifest import Model, all_models, embedded_models, model_called
from gateway.speech.models.errors import LicenceNotAccepted, ModelStoreError
from gateway.speech.models.hub_environment import take_hub_settings
from gateway.speech.models.licences import licence_notice, needs_acceptance

INTERRUPTED = 130


class UnknownModel(Exception):
    """The manifest has no model of that name; the message is one sentence."""


def list_models(as_json: bool) -> int:
    """Print every model and how it is on this machine; return the exit code."""
    try:
        settings = _settings()
    except ConfigurationError as error:
        return fail(str(error))
    from gateway.speech.models.inventory import inventory

    entries = inventory(settings.models_dir, settings.cache_dir)
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries], indent=2))
        return 0
    rows = [("MODEL", "FOR", "STATE", "CHECKSUMS", "SIZE", "LICENCE", "WHERE")]
    for entry in entries:
        size = f"{entry.bytes / 1e6:.0f} MB" if entry.bytes is not None else ""
        licence = (
            entry.licence + ("" if entry.commercial_use else " (non-commercial)") + (" (gated)" if entry.gated else "")
        )
        where = entry.folder or entry.source
        rows.append((entry.name, entry.purpose, entry.state, entry.checksums, size, licence, where))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def pull(names: Sequence[str], everything: bool, accepted: Sequence[str]) -> int:
    """Fetch the models called ``names`` (none: the embedded ones) where they lack; return the exit code."""
    try:
        settings = _settings()
        models = list(all_models()) if everything else [_called(name) for name in names]
        agreed = {_called(name).name for name in accepted}
    except ConfigurationError as error:
        return fail(str(error))
    except UnknownModel as error:
        return fail(str(error), 2)
    failed = 0
    for model in models or embedded_models():
        try:
            _pull(model, settings, agreed)
        except ModelStoreError as error:
            failed = fail(str(error))
        except KeyboardInterrupt:
            return fail(f"Interrupted: `gateway models pull {model.name}` goes on where it stopped.", INTERRUPTED)
    return failed


def verify(names: Sequence[str]) -> int:
    """Hash the models called ``names`` (none: the embedded ones and all that are there); return the exit code."""
    try:
        settings = _settings()
        models = [_called(name) for name in names]
    except ConfigurationError as error:
        return fail(str(error))
    except UnknownModel as error:
        return fail(str(error), 2)
    from gateway.speech.models.places import complete_folder

    if not models:
        models = [model for model in all_models() if model.embedded or complete_folder(settings.models_dir, model)]
    wrong = 0
    for model in models:
        problems = _verify(model, settings)
        for problem in problems:
            print(problem)
        if problems:
            wrong = 1
        else:
            print(f"{model.name}: every file is as it should be.")
    return wrong


def _pull(model: Model, settings: Settings, agreed: set[str]) -> None:
    if model.embedded:
        model_store.pull_model(settings.cache_dir, model)
        return
    from gateway.speech.models.hub import ModelHub
    from gateway.speech.models.pull import pull_hub_model

    pull_hub_model(
        model, settings.models_dir, ModelHub(), lambda model: _consent(model, agreed), model_store.print_progress
    )


def _verify(model: Model, settings: Settings) -> list[str]:
    """Hash one model; return one sentence for each problem."""
    if model.embedded:
        return model_store.verify_model(settings.cache_dir, model)
    from gateway.speech.models.checking import check_folder, unknown_files
    from gateway.speech.models.places import complete_folder

    folder = complete_folder(settings.models_dir, model)
    if folder is None:
        return [f"The model {model.name} is not in {settings.models_dir}: run `gateway models pull {model.name}`."]
    problems = [f"{problem}." for problem in check_folder(model, settings.models_dir, folder)]
    unknown = unknown_files(model, settings.models_dir, folder)
    if unknown:
        problems.append(
            f"No checksum is known for {', '.join(unknown)} in {folder}:"
            f" `gateway models pull {model.name}` asks the hub for it."
        )
    return problems


def _consent(model: Model, agreed: set[str]) -> None:
    """Say what the licence is; ask where it has to be accepted. Raises ``LicenceNotAccepted``."""
    print(licence_notice(model), file=sys.stderr)
    if not needs_acceptance(model) or model.name in agreed:
        return
    if not sys.stdin.isatty():
        raise LicenceNotAccepted(
            f"The licence of {model.name} has to be accepted: run `gateway models pull {model.name}"
            f" --accept-licence {model.name}`, or run it on a terminal."
        )
    print("Do you accept it, and use the model only as it allows? [yes/no] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise LicenceNotAccepted(f"The licence of {model.name} was not accepted; nothing was fetched.")


def _settings() -> Settings:
    """Return the settings; huggingface_hub may be imported afterwards."""
    take_hub_settings()
    return load_settings()


def _called(name: str) -> Model:
    model = model_called(name)
    if model is None:
        known = ", ".join(model.name for model in all_models())
        raise UnknownModel(f"There is no model {name!r}; there are {known}.")
    return model
