"""A gateway of one's own for a rehearsal: free ports, a folder that goes away, a receiver of the actions beside it.

The receiver is ``tools/action_receiver.py`` of the repository, an independent reading of what the practice's
application has to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from gateway.rehearsal.errors import RehearsalError
from gateway.rehearsal.practices import RehearsedPractice

REPOSITORY = Path(__file__).resolve().parents[2]
"""Where this package, the receiver of actions and the suites lie."""

_RECEIVER = REPOSITORY / "tools" / "action_receiver.py"
_READY_WITHIN_S = 120.0
_STOPPED_WITHIN_S = 20.0
_RTP_PORTS = (21_000, 24_999)
_LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that can be called: its SIP address, its records, and whether it ``delivers`` actions."""

    sip_host: str
    sip_port: int
    database: Path
    delivers: bool = True

    def uri(self, number: str) -> str:
        """Return the URI that calls ``number`` there."""
        host = f"[{self.sip_host}]" if ":" in self.sip_host else self.sip_host
        return f"sip:{number}@{host}:{self.sip_port}"


@asynccontextmanager
async def own_gateway(
    folder: Path, practices: tuple[RehearsedPractice, ...], calls: int
) -> AsyncIterator[RunningGateway]:
    """Start a gateway for ``practices`` with its data in ``folder``, wait until it is well, and stop it at the end.

    Raises:
        RehearsalError: it did not become ready; the message ends with what it printed last.

    """
    if not _RECEIVER.is_file():
        raise RehearsalError(f"{_RECEIVER} is missing; rehearse in a checkout, or use --target")
    profiles = folder / "practices"
    profiles.mkdir()
    for practice in practices:
        path = profiles / f"{practice.document['id']}.yaml"
        path.write_text(yaml.safe_dump(practice.document, allow_unicode=True, sort_keys=False), "utf-8")
    receiver_port, http_port, speech_port = (_free_port(socket.SOCK_STREAM) for _ in range(3))
    sip_port = _free_port(socket.SOCK_DGRAM)
    secret = secrets.token_hex(16)
    environment = {
        "PRACTICE_PROFILE": str(profiles),
        "SIP_PORT": str(sip_port),
        "HTTP_PORT": str(http_port),
        "SPEECH_PORT": str(speech_port),
        "RTP_PORT_MIN": str(_RTP_PORTS[0]),
        "RTP_PORT_MAX": str(_RTP_PORTS[1]),
        "SIP_MAX_CALLS": str(calls + 10),
        "DATA_DIR": str(folder / "data"),
        "LOG_FORMAT": "json",
        "NEXTJS_ACTION_ENDPOINT": f"http://127.0.0.1:{receiver_port}/actions",
        "NEXTJS_ACTION_SECRET": secret,
    }
    receiver = [str(_RECEIVER), "--port", str(receiver_port), "--out", str(folder / "actions.jsonl")]
    async with (
        _process(receiver, folder / "receiver.log", {"NEXTJS_ACTION_SECRET": secret}, folder),
        _process(["-m", "gateway", "run"], folder / "gateway.log", environment, folder) as gateway,
    ):
        await _until_well(gateway, http_port, folder / "gateway.log")
        yield RunningGateway(
            sip_host="127.0.0.1",
            sip_port=sip_port,
            database=folder / "data" / "gateway.sqlite3",
        )


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def _process(
    arguments: list[str], log: Path, environment: Mapping[str, str], folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run this Python with ``arguments``; end it as Ctrl-C does, or by force when that takes too long."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C on the terminal ends the rehearsal, which ends the gateway when the report is written.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), _STOPPED_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _until_well(process: asyncio.subprocess.Process, http_port: int, log: Path) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + _READY_WITHIN_S
    async with httpx.AsyncClient(timeout=5) as client:
        while loop.time() < until and process.returncode is None:
            with contextlib.suppress(httpx.HTTPError):
                health = await client.get(f"http://127.0.0.1:{http_port}/api/conversations/health")
                if health.json()["status"] == "ok":
                    return
            await asyncio.sleep(0.2)
    raise RehearsalError(f"the gateway did not become ready:\n{await asyncio.to_thread(_tail, log)}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES:])
