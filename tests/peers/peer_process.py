"""Foreign programs that the tests talk to; a machine without one fails the test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

STOPPED_WITHIN_S = 5


def program(name: str) -> str:
    """Return the path of a program; fail when it is missing."""
    # Daemons such as kamailio lie in sbin, which is not in everybody's path.
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")
    assert path is not None, f"{name} is missing; run tools/install_test_peers.sh"
    return path


def false_clock() -> str:
    """Return the path of libfaketime; fail when it is missing."""
    found = sorted(Path("/usr").glob("lib*/**/faketime/libfaketimeMT.so.1"))
    assert found, "libfaketime is missing; run tools/install_test_peers.sh"
    return str(found[0])


def free_port(count: int = 1) -> int:
    """Return a port of 127.0.0.1 that nothing is bound to, by UDP or TCP, with as many above it as make ``count``.

    They lie below those that the kernel hands out, so that nobody is given them before they are used.
    """
    while True:
        port = random.randrange(10_000, 20_000, 2)
        with contextlib.ExitStack() as probes:
            try:
                for offset in range(count):
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        probes.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port + offset))
            except OSError:
                continue
        return port


async def start_on_free_ports(start: Callable[[], Awaitable[None]]) -> None:
    """Start a program whose ports ``start`` chooses; again with others when somebody took one meanwhile."""
    for _ in range(2):
        try:
            return await start()
        except AssertionError as error:
            if "address already in use" not in str(error).lower():
                raise
    return await start()


class PeerProcess:
    """A running program whose output goes to a file."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self.log = log

    @classmethod
    async def start(cls, command: Sequence[str], log: Path, *, folder: Path | None = None) -> PeerProcess:
        """Start ``command``; its first word is looked up."""
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                program(command[0]),
                *command[1:],
                cwd=folder,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, log)

    def output(self) -> str:
        """Return what the program has printed."""
        return self.log.read_text("utf-8", "replace")

    def assert_running(self) -> None:
        """Fail when the program has ended, with the end of what it printed."""
        assert self.process.returncode is None, f"exit status {self.process.returncode}: {self.output()[-3000:]}"

    async def stop(self, end: signal.Signals = signal.SIGTERM) -> int:
        """End the program and all that it started, by force when it takes too long, and return its exit status."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self._signal(end)
        try:
            await asyncio.wait_for(self.process.wait(), STOPPED_WITHIN_S)
        except TimeoutError:
            self._signal(signal.SIGKILL)
        return await self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


async def run_to_end(command: Sequence[str], folder: Path, within_s: float = 30) -> tuple[int, str]:
    """Run a program to its end and return its exit status and output."""
    process = await asyncio.create_subprocess_exec(
        program(command[0]),
        *command[1:],
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), within_s)
    except TimeoutError:
        process.kill()
        output, _ = await process.communicate()
        raise AssertionError(f"{command[0]} did not end in time: {output.decode(errors='replace')[-3000:]}") from None
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace")
