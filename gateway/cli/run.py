"""``gateway run``."""

from __future__ import annotations

import asyncio
import signal

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, load_settings
from gateway.daemon import Daemon, StartError
from gateway.logs import configure_logging


def run_gateway() -> int:
    """Run the daemon until SIGINT or SIGTERM; return the exit code."""
    try:
        settings = load_settings()
        configure_logging(settings.log_level, settings.log_format)
        asyncio.run(_serve(Daemon(settings)))
    except (ConfigurationError, StartError) as error:
        return fail(str(error))
    return 0


async def _serve(daemon: Daemon) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    starting = asyncio.create_task(daemon.start())
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({starting, stop}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            print(daemon.welcome(), flush=True)
            await stop
        starting.cancel()
    finally:
        stop.cancel()
        await daemon.stop()
