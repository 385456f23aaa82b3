"""``python -m gateway.speech``: what the supervisor starts. Operators use ``gateway speech``."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys

from gateway.config import ConfigurationError, load_settings
from gateway.logs import configure_logging
from gateway.speech.handed_settings import read_settings
from gateway.speech.models.errors import ModelStoreError
from gateway.speech.models.hub_environment import take_hub_settings
from gateway.speech.serve import ServeError, report_to, serve

PR_SET_PDEATHSIG = 1
CANNOT_START = 2
"""Exit code for what another try will not change."""


def main() -> int:
    """Run the server; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gateway.speech", description=__doc__)
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--settings-from-stdin", action="store_true", help="all settings as one JSON object")
    parser.add_argument("--ready-fd", type=int, help="file descriptor for reports, one JSON object a line")
    parser.add_argument("--parent", type=int, help="process with which this one ends")
    parser.add_argument("--nice", type=int, default=0, help="how far to step back behind the media worker")
    options = parser.parse_args()
    if options.parent is not None and not _bind_to_parent(options.parent):
        return 0
    os.nice(options.nice)
    report = report_to(options.ready_fd)
    given = {"speech_host": options.host, "speech_port": options.port}
    try:
        take_hub_settings()
        settings = read_settings(sys.stdin) if options.settings_from_stdin else load_settings()
        settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
        configure_logging(settings.log_level, settings.log_format)
        serve(settings, report)
    except (ConfigurationError, ServeError, ModelStoreError) as error:
        report({"state": "failed", "reason": str(error)})
        sys.stderr.write(f"{error}\n")
        return CANNOT_START
    except KeyboardInterrupt:
        return 0
    return 0


def _bind_to_parent(parent: int) -> bool:
    """Let the kernel kill this process when ``parent`` is gone; return False when it is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


if __name__ == "__main__":
    sys.exit(main())
