"""``gateway speech``."""

from __future__ import annotations

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, load_settings
from gateway.logs import configure_logging
from gateway.speech.model_store import ModelStoreError
from gateway.speech.models.hub_environment import take_hub_settings
from gateway.speech.serve import ServeError, serve


def serve_speech() -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit code."""
    try:
        take_hub_settings()
        settings = load_settings()
        configure_logging(settings.log_level, settings.log_format)
        serve(settings)
    except (ConfigurationError, ServeError, ModelStoreError) as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return 0
    return 0
