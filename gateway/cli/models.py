"""``gateway models``."""

from __future__ import annotations

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, load_settings
from gateway.speech import model_store


def pull() -> int:
    """Fetch what is missing; return the exit code."""
    try:
        model_store.pull(load_settings().cache_dir)
    except (ConfigurationError, model_store.ModelStoreError) as error:
        return fail(str(error))
    return 0


def verify() -> int:
    """Hash every file and compare; return the exit code."""
    try:
        problems = model_store.verify(load_settings().cache_dir)
    except ConfigurationError as error:
        return fail(str(error))
    for problem in problems:
        print(problem)
    if problems:
        return 1
    print("All embedded models are as they should be.")
    return 0
