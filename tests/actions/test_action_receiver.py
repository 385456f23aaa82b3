"""The stand-alone receiver, started as its users start it."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.actions.signature import sign
from gateway.records.model import FactValue

RECEIVER = Path(__file__).parents[2] / "tools" / "action_receiver.py"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@contextmanager
def receiver(*options):
    command = [sys.executable, RECEIVER, "--port", "0", "--secret", "s", *map(str, options)]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        url = re.search(r"http://\S+", process.stdout.readline())[0]
        with httpx.Client(base_url=url, trust_env=False) as client:
            yield client, process
        process.terminate()
        process.communicate()


def an_action():
    return build_action(
        kind=ActionKind.APPOINTMENT_REQUESTED,
        practice_id="p",
        call=ActionCall(id="call", caller_number=None, language="fr", started_at=NOW),
        facts=[FactValue("preferred_date", "2026-11-24", "mardi prochain", 0.9, True)],
        details={},
        created_at=NOW,
    )


def post(client, action, *, secret="s", at=None, **headers):
    body = action.payload.encode()
    signature = sign(body, secret, int(time.time() if at is None else at))
    return client.post(
        "/",
        content=body,
        headers={"X-Gateway-Signature": signature, "Idempotency-Key": action.idempotency_key} | headers,
    )


def test_an_action_is_printed_and_kept_once_however_often_it_comes_even_over_restarts(tmp_path):
    out, action = tmp_path / "actions.jsonl", an_action()
    with receiver("--out", out) as (client, process):
        assert [post(client, action).status_code for _ in range(3)] == [201, 200, 200]
        printed = "".join(process.stdout.readline() for _ in range(3))
    with receiver("--out", out) as (client, _):
        assert post(client, action).status_code == 200
    assert "appointment.requested" in printed
    assert "2026-11-24  (confirmed; said: 'mardi prochain')" in printed
    (line,) = out.read_text().splitlines()
    assert json.loads(line) == {"idempotency_key": action.idempotency_key, "action": json.loads(action.payload)}


def test_simulated_faults_come_first_and_nothing_is_kept_for_them(tmp_path):
    out, action = tmp_path / "actions.jsonl", an_action()
    with receiver("--out", out, "--fail-first", 2) as (client, _):
        assert [post(client, action).status_code for _ in range(3)] == [503, 503, 201]
    assert len(out.read_text().splitlines()) == 1


def test_what_is_not_signed_right_is_refused():
    with receiver() as (client, _):
        assert post(client, an_action(), secret="other").status_code == 401
        assert post(client, an_action(), at=time.time() - 400).status_code == 401
        assert client.post("/", content=b"{}").status_code == 401
        assert post(client, an_action(), **{"Idempotency-Key": ""}).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id": 1}', b'{"id": "x", "version": 2}', b"\xff"])
def test_a_body_that_is_no_action_is_refused(body):
    with receiver() as (client, _):
        headers = {"X-Gateway-Signature": sign(body, "s", int(time.time())), "Idempotency-Key": "k"}
        assert client.post("/", content=body, headers=headers).status_code == 422
