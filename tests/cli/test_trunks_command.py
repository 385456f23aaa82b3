"""``gateway trunks`` against a real HTTP server, and what ``gateway check`` says about trunks files."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from test_cli import PROFILE, gateway

from gateway.api.app import Health, create_app
from gateway.api.server import HttpServer
from gateway.api.trunks import TrunkReport, create_trunks_router

UP = TrunkReport(
    id="pbx",
    up=True,
    registration=None,
    reachability="up",
    server="192.0.2.9:5060 UDP",
    error=None,
    since=dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC),
    calls=1,
    max_calls=4,
)
DOWN = UP.model_copy(
    update={"id": "provider", "up": False, "registration": "refused", "error": "The registrar refuses the password"}
)


async def health() -> Health:
    return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})


class Running:
    """A gateway's HTTP API."""

    def __init__(self) -> None:
        self.trunks = [UP]
        app = create_app(health, token="secret", routers=[create_trunks_router(lambda: self.trunks)])
        self.server = HttpServer(app, "127.0.0.1", 0)

    async def ask(self, folder: Path, *arguments: str, token: str = "secret"):
        settings = {"HTTP_PORT": str(self.server.address[1]), "HTTP_TOKEN": token}
        return await asyncio.to_thread(gateway, folder, "trunks", *arguments, settings=settings)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    running = Running()
    await running.server.start()
    yield running
    await running.server.stop()


async def test_all_trunks_up_is_success(running: Running, tmp_path: Path) -> None:
    finished = await running.ask(tmp_path)
    assert finished.returncode == 0, finished.stderr
    heading, line = finished.stdout.splitlines()
    assert heading.split() == ["TRUNK", "STATE", "REGISTERED", "REACHABLE", "CALLS", "SERVER", "SINCE"]
    assert line.split()[:7] == ["pbx", "up", "-", "up", "1/4", "192.0.2.9:5060", "UDP"]


async def test_a_trunk_that_is_down_fails_and_says_why(running: Running, tmp_path: Path) -> None:
    running.trunks = [UP, DOWN]
    finished = await running.ask(tmp_path)
    assert finished.returncode == 1
    assert finished.stdout.splitlines()[-1] == "  The registrar refuses the password"
    assert "DOWN" in finished.stdout


async def test_a_warning_stands_below_its_trunk_and_is_no_failure(running: Running, tmp_path: Path) -> None:
    running.trunks = [UP.model_copy(update={"warning": "SRTP is on, but its keys can be read"}), UP]
    finished = await running.ask(tmp_path)
    assert finished.returncode == 0
    assert finished.stdout.splitlines()[2] == "  warning: SRTP is on, but its keys can be read"


async def test_json_holds_the_same(running: Running, tmp_path: Path) -> None:
    running.trunks = [UP, DOWN]
    finished = await running.ask(tmp_path, "--json")
    assert finished.returncode == 1
    assert json.loads(finished.stdout)["trunks"] == [UP.model_dump(mode="json"), DOWN.model_dump(mode="json")]


async def test_a_wrong_token_is_told(running: Running, tmp_path: Path) -> None:
    finished = await running.ask(tmp_path, token="wrong")
    assert finished.returncode == 1
    assert finished.stderr == "This needs the token from HTTP_TOKEN as a bearer token.\n"


def test_without_a_running_gateway_one_sentence_says_so(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    finished = gateway(tmp_path, "trunks", settings={"HTTP_PORT": str(port)})
    assert finished.returncode == 1
    assert "does not answer" in finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def test_a_wrong_setting_is_another_exit_code(tmp_path: Path) -> None:
    assert gateway(tmp_path, "trunks", settings={"HTTP_PORT": "x"}).returncode == 2


TRUNKS = """\
listeners:
  - {host: 127.0.0.1, port: 0}
trunks:
  - id: pbx
    servers: ["sip:127.0.0.1:5099", "sip:nobody.invalid"]
    username: line
    password_env: LINE_PASSWORD
    practice: lindengarten
"""


def check(folder: Path, text: str, **settings: str) -> list[str]:
    (folder / "trunks.yaml").write_text(text)
    finished = gateway(folder, "check", settings={"SIP_TRUNKS": "trunks.yaml", **settings})
    assert (finished.returncode == 1) == ("WRONG" in finished.stdout), finished.stderr
    return finished.stdout.splitlines()


def test_check_reads_the_trunks_file_and_looks_up_every_server(tmp_path: Path) -> None:
    lines = check(tmp_path, TRUNKS, LINE_PASSWORD="x")
    assert "ok     trunks file trunks.yaml" in lines
    assert "ok     trunk pbx, sip:127.0.0.1:5099: 127.0.0.1:5099 UDP" in lines
    assert any(line.startswith("WRONG  trunk pbx, sip:nobody.invalid: The host nobody.invalid") for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("LINE_PASSWORD", "OTHER", "trunks.yaml:7: trunks[0].password_env: the environment variable OTHER is not set"),
        ("lindengarten", "zoo", "The trunk pbx names the practice 'zoo'; there are: lindengarten"),
        ("servers:", "server:", "trunks.yaml:5: trunks[0].server: is not a known key; did you mean servers?"),
    ],
)
def test_check_says_what_is_wrong_with_trunks(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert any(expected in line for line in check(tmp_path, TRUNKS.replace(old, new, 1), LINE_PASSWORD="x"))


def test_check_opens_the_certificate_of_a_tls_listener(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("no certificate")
    listener = "  - {host: 127.0.0.1, port: 0, transport: tls, certificate: cert.pem, key: key.pem}\n"
    lines = check(tmp_path, TRUNKS.replace("trunks:\n", f"{listener}trunks:\n", 1), LINE_PASSWORD="x")
    assert any("WRONG  certificate of 127.0.0.1:0" in line and "cert.pem" in line for line in lines)


def test_check_opens_the_authorities_of_a_trunk(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    text = TRUNKS.replace("    username:", "    server_ca: ca.pem\n    username:", 1)
    lines = check(tmp_path, text, LINE_PASSWORD="x")
    assert any("WRONG  authorities of the trunk pbx" in line and "ca.pem" in line for line in lines)


def test_run_does_not_start_with_a_wrong_trunks_file(tmp_path: Path) -> None:
    (tmp_path / "trunks.yaml").write_text(TRUNKS)
    finished = gateway(tmp_path, "run", settings={"SIP_TRUNKS": "trunks.yaml"})
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("trunks.yaml:7: trunks[0].password_env")
    assert "Traceback" not in finished.stderr


def test_check_tells_a_number_that_two_practices_have(tmp_path: Path) -> None:
    (tmp_path / "practices").mkdir()
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / "practices" / name).write_text(PROFILE.read_text("utf-8"), "utf-8")
    finished = gateway(tmp_path, "check", settings={"PRACTICE_PROFILE": "practices"})
    assert "b.yaml: numbers: +41441234560 is a number of a.yaml already" in finished.stdout
