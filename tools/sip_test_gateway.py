"""The gateways that the scenarios call, each with its own settings, and the one speech server of all of them."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from gateway_process import READY_WITHIN_S, Gateway, Process, StartFailure, free_port
from open_practice import open_profile
from sip_test_index import FOLDER, Group
from sip_test_tls import write_certificates

SIP_PORT = 15060
"""The port of the gateway and of every party that it calls."""
TLS_PORT = 15061
RECEPTION, ON_CALL = 61, 62
"""The last numbers of the addresses at which SIPps stand in for the first practice's people; +2 for each further."""
ANNOUNCED = 2
"""The practice, counted from 0, whose reception is told that a caller waits, which makes its transfers attended."""


def loopback_network() -> str:
    """Return the first three numbers of a loopback network that nobody else is likely to use."""
    return f"127.{100 + secrets.randbelow(150)}.{secrets.randbelow(256)}"


class SpeechServer(Process):
    """``gateway speech``, which is slow to start and therefore shared."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port(socket.SOCK_STREAM)
        environment = {"SPEECH_PORT": str(self.port), "DATA_DIR": str(folder / "speech")}
        command = [sys.executable, "-m", "gateway", "speech"]
        super().__init__(command, folder / "speech.log", environment, folder)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        """Wait until it serves; raise ``StartFailure``."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and self.is_running:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                    return
            except urllib.error.HTTPError as error:
                error.close()  # 503 while the models are loaded
            except OSError:
                pass  # not listening yet
            time.sleep(0.1)
        raise StartFailure(f"The speech server did not become ready:\n{self.tail()}")


class Bench:
    """Where a group of scenarios is run: a folder, a loopback network, files filled in for both."""

    def __init__(self, folder: Path, group: Group, speech_url: str) -> None:
        self.folder = folder
        self.group = group
        self.net = loopback_network()
        self.ipv6_port = free_port(socket.SOCK_DGRAM, "::1")
        folder.mkdir(parents=True)
        if group.trunks is not None and "{tls}" in (FOLDER / group.trunks).read_text("utf-8"):
            write_certificates(folder, self.address(1))
        self._speech_url = speech_url

    def address(self, host: int) -> str:
        """Return the loopback address that ends with ``host``; the gateway's is 1."""
        return f"{self.net}.{host}"

    def fill(self, text: str) -> str:
        """Return ``text`` with what this bench has for ``{net}``, ``{ipv6_port}`` and ``{tls}``."""
        for name, value in (("net", self.net), ("ipv6_port", self.ipv6_port), ("tls", self.folder / "tls")):
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def start(self) -> Gateway:
        """Start the gateway of the group; raise ``StartFailure`` when it does not become ready."""
        settings = {
            "SIP_HOST": self.address(1),
            "SIP_PORT": str(SIP_PORT),
            "SIP_ALLOWED": f"{self.net}.0/25",
            "ASR_ENDPOINT": self._speech_url,
            "TTS_ENDPOINT": self._speech_url,
            "PRACTICE_PROFILE": ",".join(str(path) for path in self._write_profiles()),
            "RECORDING": "false",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "info"),
        }
        if self.group.trunks is not None:
            trunks = self.folder / "trunks.yaml"
            trunks.write_text(self.fill((FOLDER / self.group.trunks).read_text("utf-8")), "utf-8")
            settings["SIP_TRUNKS"] = str(trunks)
        settings.update({name: self.fill(value) for name, value in self.group.settings.items()})
        gateway = Gateway(self.folder, settings)
        try:
            if self.group.before_start:
                _wait_until_started(gateway)
            else:
                gateway.wait_until_healthy()
        except StartFailure:
            gateway.stop()
            raise
        return gateway

    def _write_profiles(self) -> list[Path]:
        """Write the example profile once for each practice, each with its own numbers and people at SIPps."""
        paths = [self.folder / f"practice-{number + 1}.yaml" for number in range(self.group.practices)]
        for number, path in enumerate(paths):
            path.write_text(self._profile(open_profile(), number), "utf-8")
        return paths

    def _profile(self, text: str, number: int) -> str:
        for target, host in (("reception", RECEPTION), ("on-call", ON_CALL)):
            reached = f"sip:{target}@{self.address(host + 2 * number)}:{SIP_PORT}\n    ring_s: 5"
            if (target, number) == ("reception", ANNOUNCED):
                reached += "\n    announce: true"
            text = _replaced(text, f"sip:{target}@pbx.example", reached)
        if number > 0:
            text = _replaced(text, "id: lindengarten", f"id: practice-{number + 1}")
            text = _replaced(text, '- "+4144123456', f'- "+414422233{number + 3}')
        return text


def _wait_until_started(gateway: Gateway) -> None:
    """Wait until the gateway serves; some of its trunks are down on purpose."""
    deadline = time.monotonic() + READY_WITHIN_S
    while gateway.health() is None:
        if not gateway.is_running or time.monotonic() > deadline:
            raise StartFailure(f"The gateway did not start:\n{gateway.tail()}")
        time.sleep(0.1)


def _replaced(text: str, old: str, new: str) -> str:
    """Return ``text`` with ``new`` for ``old``, which has to be in it."""
    if old not in text:
        raise ValueError(f"The example profile holds no {old!r} any more.")
    return text.replace(old, new)
