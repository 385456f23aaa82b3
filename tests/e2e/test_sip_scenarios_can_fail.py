"""A scenario that cannot fail is no scenario: each is run against a peer that answers everything wrongly."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gateway_process import free_port
from sip_test_gateway import SIP_PORT, loopback_network
from sip_test_index import Scenario, load_index
from sip_test_sipp import Sipp, Wire

INDEX = load_index()
CALLERS = [
    scenario
    for scenario in INDEX.scenarios
    if scenario.transport in ("udp", "md5") and scenario.called_for_s is None and scenario.group != "registrars"
]
"""The scenarios that begin with a request of SIPp's, over UDP."""
WITHIN_S = 10


class WrongPeer:
    """Answers every request with 599, which no scenario wants to see, or with a 200 that holds nothing."""

    def __init__(self, host: str, status_line: str) -> None:
        self._status_line = status_line
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, SIP_PORT))
        self._socket.settimeout(0.1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                data, source = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            if not data.startswith((b"SIP/2.0", b"ACK")):
                self._socket.sendto(self._answer(data.decode("utf-8", "replace")), source)

    def _answer(self, request: str) -> bytes:
        kept = re.findall(r"(?im)^(?:via|v|from|f|to|t|call-id|i|cseq):.*", request.partition("\r\n\r\n")[0])
        return "\r\n".join(
            [self._status_line, *(line.rstrip("\r") for line in kept), "Content-Length: 0", "", ""]
        ).encode()


@pytest.fixture(scope="module", params=["SIP/2.0 599 Wrong", "SIP/2.0 200 OK"])
def failures(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str | None]]:
    """What each scenario says of the peer."""
    net = loopback_network()
    folder = tmp_path_factory.mktemp("wrong")
    peer = WrongPeer(f"{net}.1", request.param)

    def run(scenario: Scenario) -> str | None:
        here = f"{net}.{scenario.host}"
        wire = Wire(here, free_port(socket.SOCK_DGRAM, here), free_port(socket.SOCK_DGRAM, here), f"{net}.1:{SIP_PORT}")
        arguments = ["-s", scenario.service, "-m", "1", "-key", "net", net, *scenario.arguments]
        own: Path = folder / scenario.name
        own.mkdir()
        (own / "caller.alaw").write_bytes(b"\xd5" * 8000)
        return Sipp(scenario.path, wire, own, arguments, WITHIN_S).wait()

    with ThreadPoolExecutor(16) as pool:
        found = dict(zip([one.name for one in CALLERS], pool.map(run, CALLERS), strict=True))
    yield found
    peer.close()


@pytest.mark.timeout(180)
def test_every_scenario_fails_against_a_peer_that_is_wrong(failures: dict[str, str | None]) -> None:
    assert len(failures) > 60
    assert [name for name, failure in failures.items() if failure is None] == []
