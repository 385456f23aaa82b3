"""Kamailio, set up as ``dialplan/kamailio`` has it, relays calls between SIPps in the place of provider and gateway."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sip_test_index import FOLDER
from sip_test_telephone import Telephone

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIGURATION = ROOT / "dialplan" / "kamailio" / "kamailio.cfg"
SCENARIOS = Path(__file__).parent / "scenarios"
PORT = 15060
PROVIDER, GATEWAY, RECEPTION, RELAY, STRANGER = 7, 20, 30, 10, 66

pytestmark = pytest.mark.e2e


def program(name: str) -> str:
    path = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    assert path is not None, f"{name} is missing; run tools/install_test_peers.sh"
    return path


class Network:
    """A loopback network with the relay in it, and the SIPps around it."""

    def __init__(self, folder: Path) -> None:
        self.net = f"127.{100 + secrets.randbelow(150)}.{secrets.randbelow(256)}"
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        defines = {
            "LISTEN": f"udp:{self.address(RELAY)}:{PORT}",
            "PROVIDER_ADDRESS": f'"{self.address(PROVIDER)}"',
            "GATEWAY_ADDRESS": f'"{self.address(GATEWAY)}"',
            "GATEWAY_URI": f'"sip:{self.address(GATEWAY)}:{PORT}"',
            "RECEPTION_URI": f'"sip:reception@{self.address(RECEPTION)}:{PORT}"',
        }
        command = [program("kamailio"), "-DD", "-E", "-f", str(CONFIGURATION), "-Y", str(folder), "-m", "16", "-M", "4"]
        command += ["-P", str(folder / "pid")]
        for name, value in defines.items():
            command += ["-A", f"{name}={value}"]
        self._start(command, "kamailio.log")
        self._wait_until_ready()

    def address(self, host: int) -> str:
        return f"{self.net}.{host}"

    def answering(self, host: int, scenario: str) -> subprocess.Popen[bytes]:
        """Start a SIPp that waits to be called."""
        command = [program("sipp"), "-sf", str(SCENARIOS / scenario), "-i", self.address(host), "-p", str(PORT)]
        return self._start([*command, "-m", "1", "-bind_local", "-nostdin"], f"answering-{host}.log")

    def call(self, host: int, user: str, scenario: Path = SCENARIOS / "caller.xml", within_s: int = 15) -> int:
        """Call ``user`` by way of the relay from ``host``; return SIPp's exit code."""
        command = [program("sipp"), f"{self.address(RELAY)}:{PORT}", "-sf", str(scenario)]
        command += ["-s", user, "-i", self.address(host), "-p", str(PORT), "-bind_local", "-m", "1", "-nostdin"]
        command += ["-recv_timeout", "6000"]
        return self._start([*command, "-timeout", f"{within_s}s", "-timeout_error"], f"calling-{host}.log").wait(30)

    def close(self) -> None:
        for process in self._processes:
            # Kamailio's children can wait for each other for ever in their handlers of SIGTERM.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self._processes:
            process.wait(10)

    def _start(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        with (self._folder / log).open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def _wait_until_ready(self) -> None:
        ping = (
            "OPTIONS sip:{relay}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {us}:{own};branch=z9hG4bK-{tag};rport\r\n"
            "From: <sip:test@{us}>;tag={tag}\r\nTo: <sip:{relay}>\r\nCall-ID: {tag}\r\nCSeq: 1 OPTIONS\r\n"
            "Contact: <sip:test@{us}:{own}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((self.address(PROVIDER), 0))
            probe.settimeout(0.2)
            us, own = probe.getsockname()
            deadline = time.monotonic() + 15
            while time.monotonic() < deadline:
                text = ping.format(relay=self.address(RELAY), port=PORT, us=us, own=own, tag=secrets.token_hex(8))
                probe.sendto(text.encode(), (self.address(RELAY), PORT))
                try:
                    assert probe.recv(4096).startswith(b"SIP/2.0 200")
                except (TimeoutError, ConnectionRefusedError):
                    continue
                return
        pytest.fail((self._folder / "kamailio.log").read_text("utf-8", "replace")[-2000:])


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path)
    yield network
    network.close()


def test_a_call_for_the_practice_reaches_the_gateway_and_not_the_reception(network: Network) -> None:
    gateway, reception = (network.answering(host, "called.xml") for host in (GATEWAY, RECEPTION))
    assert network.call(PROVIDER, "+41441234560") == 0
    # Through the relay by the Record-Route of the INVITE, ACK and BYE have ended the gateway's call too.
    assert gateway.wait(15) == 0
    assert reception.poll() is None


def test_the_reception_is_called_when_the_gateway_is_down(network: Network) -> None:
    reception = network.answering(RECEPTION, "called.xml")
    assert network.call(PROVIDER, "+41441234560") == 0
    assert reception.wait(15) == 0


def test_the_reception_is_called_when_the_gateway_is_full(network: Network) -> None:
    gateway = network.answering(GATEWAY, "full.xml")
    reception = network.answering(RECEPTION, "called.xml")
    assert network.call(PROVIDER, "+41441234560") == 0
    assert gateway.wait(15) == 0
    assert reception.wait(15) == 0


def test_the_gateway_reaches_its_transfer_targets_and_nobody_else(network: Network) -> None:
    reception = network.answering(RECEPTION, "called.xml")
    assert network.call(GATEWAY, "+41900123456") == 1
    assert reception.poll() is None
    assert network.call(GATEWAY, "reception") == 0
    assert reception.wait(15) == 0


def test_a_stranger_reaches_nobody(network: Network) -> None:
    gateway = network.answering(GATEWAY, "called.xml")
    assert network.call(STRANGER, "+41441234560", within_s=3) != 0
    assert gateway.poll() is None


def test_what_the_gateway_sends_within_a_call_goes_by_way_of_the_relay(network: Network) -> None:
    telephone = Telephone(network.address(GATEWAY), PORT, {network.address(RELAY): "hangs up"})
    telephone.open()
    try:
        assert network.call(PROVIDER, "+41441234560", FOLDER / "gateway_hangs_up.xml") == 0
    finally:
        telephone.close()
