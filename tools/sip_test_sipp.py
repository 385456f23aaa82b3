"""Runs one SIPp process and says in few words why it failed."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

STOPS_WITHIN_S = 3


class SippMissing(Exception):
    """SIPp is not installed."""


def sipp_program() -> str:
    """Return the path of SIPp; raise ``SippMissing``."""
    path = shutil.which("sipp")
    if path is None:
        raise SippMissing("sipp is missing; run tools/install_test_peers.sh")
    return path


@dataclass(frozen=True, slots=True)
class Wire:
    """Where SIPp's own sockets are, and where its requests go."""

    local_host: str
    local_port: int
    media_port: int
    remote: str


class Sipp:
    """A running SIPp with one scenario; its logs are in ``folder``."""

    def __init__(self, scenario: Path, wire: Wire, folder: Path, arguments: list[str], within_s: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._within_s = within_s
        self._name = scenario.stem
        command = [sipp_program(), wire.remote, "-sf", str(scenario)]
        command += ["-i", wire.local_host, "-p", str(wire.local_port), "-bind_local"]
        command += ["-mi", wire.local_host, "-mp", str(wire.media_port)]
        command += ["-cid_str", f"{self._name}-%u-%p@%s", "-recv_timeout", "8000", "-timeout", f"{within_s:g}s"]
        command += ["-timeout_error", "-nostdin", "-skip_rlimit", "-trace_err", "-error_file", "errors.log"]
        command += ["-trace_msg", "-message_file", "messages.log", "-trace_logs", "-log_file", "log.log", *arguments]
        self._screen = (folder / "screen.log").open("wb")
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self._screen, stderr=subprocess.STDOUT
        )

    @property
    def is_running(self) -> bool:
        """Whether SIPp has not ended."""
        return self._process.poll() is None

    def wait(self) -> str | None:
        """Wait for the end; return None when all went as promised, otherwise what did not."""
        try:
            code = self._process.wait(self._within_s + STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            code = None
        self.stop()
        return None if code == 0 else self._essence(code)

    def stop(self) -> None:
        """End SIPp if it is running."""
        if self.is_running:
            self._process.kill()
            self._process.wait()
        self._screen.close()

    def messages(self) -> list[str]:
        """Return what was sent and received, a line each."""
        log = _read(self._folder / "messages.log")
        found = re.findall(r"^\w+ message (sent|received) .*?\n\n?(.*?)\n(.*?)(?=^-{20}|\Z)", log, re.M | re.S)
        return [f"{'->' if way == 'sent' else '<-'} {first.strip()}" for way, first, _ in found]

    def _essence(self, code: int | None) -> str:
        errors = _read(self._folder / "errors.log") or _read(self._folder / "screen.log")[-1500:]
        told = re.findall(r"^\d{4}-\d\d-\d\d\s\S+\s[\d.]+: *(.+)", errors, re.M)
        why = told[0][:300] if told else errors.strip()[-300:]
        if code is None:
            why = f"SIPp did not end within {self._within_s:g} s. {why}"
        lines = [why or f"SIPp ended with code {code}", *self.messages()[-12:]]
        return "\n".join([*lines, f"(logs: {self._folder})"])


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.exists() else ""
