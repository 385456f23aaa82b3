"""What the commands print and how they exit, each as its own process the way a person starts it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.records.journal import Journal
from gateway.records.model import FactValue, LegQuality, NewCall, NewTurn

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "dialplan" / "practices" / "example.yaml"


def gateway(
    folder: Path, *arguments: str, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(folder)),
        "PRACTICE_PROFILE": str(PROFILE),
        "SIP_PORT": "0",
        "HTTP_PORT": "0",
        "SPEECH_PORT": "0",
        "DATA_DIR": str(folder / "data"),
        **(settings or {}),
    }
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", ["run", "check", "speech", "call", "calls", "models", "trunks"])
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    finished = gateway(tmp_path, command, "--help")
    assert finished.returncode == 0
    assert finished.stdout.startswith("Usage: ")


def test_help_lists_the_commands(tmp_path: Path) -> None:
    listed = gateway(tmp_path, "--help").stdout
    for command in ("run", "check", "speech", "call", "calls", "models", "trunks"):
        assert f"\n  {command} " in listed


def test_an_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    assert gateway(tmp_path, "dial").returncode == 2


@pytest.mark.parametrize("command", ["run", "check", "speech", "calls", "call"])
def test_a_wrong_setting_is_named_in_one_sentence_and_without_a_traceback(tmp_path: Path, command: str) -> None:
    finished = gateway(tmp_path, command, settings={"SIP_PORT": "x"})
    assert finished.returncode != 0
    assert "SIP_PORT" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert len(finished.stderr.strip().splitlines()) == 1


def test_run_does_not_start_without_a_profile(tmp_path: Path) -> None:
    finished = gateway(tmp_path, "run", settings={"PRACTICE_PROFILE": "missing.yaml"})
    assert finished.returncode == 1
    assert "missing.yaml" in finished.stderr


def test_check_says_which_port_is_taken_and_which_profile_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "practice.yaml").write_text("id: 5\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = {"SIP_PORT": str(port), "PRACTICE_PROFILE": "practice.yaml"}
        finished = gateway(tmp_path, "check", settings=settings)
    assert finished.returncode == 1
    wrong = [line for line in finished.stdout.splitlines() if line.startswith("WRONG")]
    assert any(f"127.0.0.1:{port}" in line for line in wrong)
    assert any("practice.yaml" in line for line in wrong)


def test_check_tells_of_an_endpoint_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/actions"
    settings = {"NEXTJS_ACTION_ENDPOINT": url, "NEXTJS_ACTION_SECRET": "secret"}
    finished = gateway(tmp_path, "check", settings=settings)
    assert finished.returncode == 1
    assert "NEXTJS_ACTION_ENDPOINT" in finished.stdout


def test_check_is_content_with_the_defaults(tmp_path: Path) -> None:
    finished = gateway(tmp_path, "check")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "WRONG" not in finished.stdout


def test_check_and_run_say_how_to_get_missing_models(tmp_path: Path) -> None:
    settings = {"CACHE_DIR": str(tmp_path / "empty")}
    assert "models pull" in gateway(tmp_path, "check", settings=settings).stdout
    run = gateway(tmp_path, "run", settings=settings)
    assert run.returncode == 1
    assert "models pull" in run.stderr


def test_calls_says_that_there_are_no_records_yet(tmp_path: Path) -> None:
    finished = gateway(tmp_path, "calls")
    assert finished.returncode == 1
    assert "no records yet" in finished.stderr


async def write_a_call(database: Path) -> str:
    journal = await Journal.open(database)
    call_id = await journal.begin_call(
        NewCall("sip", "practice", dt.datetime.now(dt.UTC), caller_number="+41791234567")
    )
    turn = await journal.add_turn(call_id, NewTurn("caller", "Anna Keller", "de", None, 0.9, 8000, 16000))
    await journal.add_turn(
        call_id, NewTurn("gateway", "Danke, Frau Keller.", "de", "Danke,", None, 20000, 24000, {"response_ms": 500.0})
    )
    await journal.save_facts(call_id, turn, [FactValue("name", "Anna Keller", "Anna Keller", 0.9, confirmed=True)])
    await journal.end_call(call_id, "caller", None)
    await journal.add_leg(
        call_id,
        LegQuality("caller", "PCMA", True, 12.3, 600, 15, 2, 0, 3, 615, 4.25, 40.0, 340, 52.0, 0.016, 7.5, 4.12),
    )
    await journal.add_leg(call_id, LegQuality("person", "PCMU", False, 3.0, 0, 0, 0, 0, 0, 150, 0.0, 0.0, 0))
    await journal.close()
    return call_id


def test_calls_shows_turns_in_their_order_with_what_was_heard_and_the_facts(tmp_path: Path) -> None:
    call_id = asyncio.run(write_a_call(tmp_path / "data" / "gateway.sqlite3"))
    listed = gateway(tmp_path, "calls")
    assert call_id in listed.stdout
    assert "Anna Keller" in listed.stdout
    shown = gateway(tmp_path, "calls", call_id).stdout
    assert "   1.00s caller  Anna Keller" in shown
    assert "Danke, [interrupted]  [500 ms]" in shown
    assert "name            Anna Keller  (confirmed" in shown
    assert (
        "  caller  PCMA encrypted for 12 s; MOS 4.12; lost 15 of 615 packets, late 2, concealed 340 ms; jitter 4.2 ms, "
        "buffer 40 ms; round trip 52 ms; there lost 1.6%, jitter 7.5 ms; rejected 3\n"
    ) in shown
    assert "  person  PCMU unencrypted for 3 s; MOS unknown; lost 0 of 0 packets" in shown
    story = json.loads(gateway(tmp_path, "calls", call_id, "--json").stdout)
    assert story["turns"][0]["text"] == "Anna Keller"
    assert story["summary"]["end_reason"] == "caller"
    assert [leg["mos"] for leg in story["legs"]] == [4.12, None]


def test_calls_refuses_an_id_that_is_not_there(tmp_path: Path) -> None:
    asyncio.run(write_a_call(tmp_path / "data" / "gateway.sqlite3"))
    finished = gateway(tmp_path, "calls", "ffff")
    assert finished.returncode == 1
    assert "ffff" in finished.stderr


def test_call_with_nothing_to_say_is_wrong_use(tmp_path: Path) -> None:
    finished = gateway(tmp_path, "call")
    assert finished.returncode == 2
    assert "nothing to say" in finished.stderr


def test_call_where_nobody_answers_says_so(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    finished = gateway(tmp_path, "call", "--to", f"sip:a@127.0.0.1:{port}", "--say", "Hallo", "--no-transcribe")
    assert finished.returncode == 1
    assert f"port {port}" in finished.stdout
    assert "Traceback" not in finished.stderr


def test_models_verify_finds_what_is_missing(tmp_path: Path) -> None:
    finished = gateway(tmp_path, "models", "verify", settings={"CACHE_DIR": str(tmp_path / "empty")})
    assert finished.returncode == 1
    assert "whisper-base" in finished.stdout
