"""``gateway run``."""

from __future__ import annotations

import asyncio
import gc
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
    stopping, at_once = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        (at_once if stopping.is_set() else stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    starting = asyncio.create_task(daemon.start())
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({starting, stop}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            # What is there by now stays: without it a full collection no longer holds the calls up for a tenth of a
            # second.
            gc.freeze()
            print(daemon.welcome(), flush=True)
            await stop
            await _drain(daemon, at_once)
        starting.cancel()
    finally:
        stop.cancel()
        await daemon.stop()


async def _drain(daemon: Daemon, at_once: asyncio.Event) -> None:
    """Let the running calls end, unless somebody is in a hurry."""
    draining, hurrying = asyncio.create_task(daemon.drain()), asyncio.create_task(at_once.wait())
    await asyncio.wait({draining, hurrying}, return_when=asyncio.FIRST_COMPLETED)
    hurrying.cancel()
    if draining.done():
        draining.result()
    else:
        draining.cancel()
        await asyncio.wait({draining})
