"""A gateway of one's own for the demonstration and the tests: real processes, free ports, a folder that goes away.

The processes are found in /proc, so this runs on Linux.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
PROFILE = ROOT / "dialplan" / "practices" / "example.yaml"
READY_WITHIN_S = 90
STOPPED_WITHIN_S = 20


class StartFailure(Exception):
    """A process did not become ready; the message holds the end of its log."""


def free_port(kind: socket.SocketKind, address: str = "127.0.0.1") -> int:
    """Return a port of ``address`` that nothing was bound to a moment ago."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A child process with its output in a file."""

    def __init__(self, command: list[str], log: Path, environment: Mapping[str, str], folder: Path) -> None:
        self.log = log
        self._output: IO[bytes] = log.open("ab")
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def tail(self, lines: int = 30) -> str:
        """Return the end of what the process printed."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def stop(self) -> int:
        """End the process as Ctrl-C does, or by force when that takes too long; return its exit code."""
        if self.is_running:
            self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._output.close()
        return code


class Receiver(Process):
    """The HTTP receiver of actions."""

    def __init__(self, folder: Path) -> None:
        self.secret = secrets.token_hex(16)
        self.port = free_port(socket.SOCK_STREAM)
        self.actions_file = folder / "actions.jsonl"
        command = [sys.executable, str(ROOT / "tools" / "action_receiver.py"), "--port", str(self.port)]
        command += ["--out", str(self.actions_file)]
        super().__init__(command, folder / "receiver.log", {"NEXTJS_ACTION_SECRET": self.secret}, folder)
        self._wait_until_ready()

    @property
    def url(self) -> str:
        """Where actions go."""
        return f"http://127.0.0.1:{self.port}/actions"

    def actions(self) -> list[dict[str, Any]]:
        """Return the actions that were received with a valid signature, oldest first."""
        if not self.actions_file.exists():
            return []
        lines = self.actions_file.read_text("utf-8").splitlines()
        return [json.loads(line)["action"] for line in lines if line]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.is_running:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise StartFailure(f"The receiver of actions did not start:\n{self.tail()}")


class Gateway(Process):
    """``gateway run`` on free ports, with its data in ``folder``; ``settings`` are further environment variables.

    Those of another gateway make it run on the same ports and records.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data = folder / "data"
        settings = settings or {}
        self.sip_port = int(settings.get("SIP_PORT") or free_port(socket.SOCK_DGRAM))
        self.http_port = int(settings.get("HTTP_PORT") or free_port(socket.SOCK_STREAM))
        self.speech_port = int(settings.get("SPEECH_PORT") or free_port(socket.SOCK_STREAM))
        self.environment = {
            "PRACTICE_PROFILE": str(PROFILE),
            "SIP_PORT": str(self.sip_port),
            "HTTP_PORT": str(self.http_port),
            "SPEECH_PORT": str(self.speech_port),
            "RTP_PORT_MIN": "21000",
            "RTP_PORT_MAX": "24999",
            "DATA_DIR": str(self.data),
            "LOG_FORMAT": "json",
            **settings,
        }
        command = [sys.executable, "-m", "gateway", "run"]
        super().__init__(command, folder / "gateway.log", self.environment, folder)

    @property
    def uri(self) -> str:
        """The SIP URI to call."""
        return f"sip:assistant@127.0.0.1:{self.sip_port}"

    @property
    def speech_url(self) -> str:
        """The gateway's own speech server."""
        return f"http://127.0.0.1:{self.speech_port}"

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.data / "gateway.sqlite3"

    def health(self) -> dict[str, Any] | None:
        """Return what the health endpoint says, or None while it does not answer."""
        url = f"http://127.0.0.1:{self.http_port}/api/conversations/health"
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))
        except OSError:
            return None

    def wait_until_healthy(self, seconds: float = READY_WITHIN_S) -> float:
        """Wait until every part is well; return how many seconds that took. Raise ``StartFailure``."""
        began = time.monotonic()
        health = None
        while time.monotonic() - began < seconds and self.is_running:
            health = self.health()
            if health is not None and health["status"] == "ok":
                return time.monotonic() - began
            time.sleep(0.1)
        raise StartFailure(f"The gateway did not become ready (health: {health}):\n{self.tail()}")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another of the gateway's commands with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            cwd=self.data.parent,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def children(self, word: str) -> list[int]:
        """Return the processes below this one whose command line holds ``word``."""
        return [pid for pid in _descendants(self.pid) if word in _command_line(pid)]


def _descendants(pid: int) -> list[int]:
    try:
        lists = [list_.read_text() for list_ in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    below = [int(child) for list_ in lists for child in list_.split()]
    return [*below, *(grandchild for child in below for grandchild in _descendants(child))]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
