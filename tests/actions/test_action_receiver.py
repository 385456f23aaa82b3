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
from gateway.actions.model import ActionCall, build_action, build_question
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


SLOTS = [
    {"id": "a", "start": "2099-11-24T09:00:00+01:00", "end": "2099-11-24T09:30:00+01:00"},
    {"id": "b", "start": "2099-11-24T15:00:00+01:00", "end": "2099-11-24T15:30:00+01:00", "practitioner": "p"},
    {"id": "old", "start": "2020-11-24T09:00:00+01:00", "end": "2020-11-24T09:30:00+01:00"},
]


@pytest.fixture
def calendar_file(tmp_path):
    file = tmp_path / "calendar.json"
    file.write_text(json.dumps({"slots": SLOTS}))
    return file


def a_booking(slot, call="call"):
    return build_action(
        kind=ActionKind.APPOINTMENT_REQUESTED,
        practice_id="p",
        call=ActionCall(id=call, caller_number=None, language="fr", started_at=NOW),
        facts=[],
        details={"slot": slot},
        created_at=NOW,
    )


def ask(client, **facts):
    question = build_question(
        practice_id="p",
        call=ActionCall(id="call", caller_number=None, language="fr", started_at=NOW),
        facts=[FactValue(name, value, value, 0.9, False) for name, value in facts.items()],
        details={},
        created_at=NOW,
    )
    body = question.model_dump_json().encode()
    headers = {"X-Gateway-Signature": sign(body, "s", int(time.time())), "Idempotency-Key": question.id}
    return client.post("/", content=body, headers=headers)


def free(client, **facts):
    return [slot["id"] for slot in ask(client, **facts).json()["slots"]]


def status(response):
    return response.json()["appointment"]["status"]


def test_without_a_calendar_a_question_for_slots_is_refused_and_not_kept(tmp_path):
    out = tmp_path / "actions.jsonl"
    with receiver("--out", out) as (client, _):
        assert ask(client, preferred_date="2099-11-24").status_code == 501
    assert not out.exists()


def test_the_calendar_names_times_that_fit_and_else_the_nearest(calendar_file):
    with receiver("--calendar", calendar_file) as (client, _):
        assert free(client, preferred_date="2099-11-24") == ["a", "b"]
        assert free(client, preferred_date="2099-11-24", preferred_time="13:00/18:00") == ["b"]
        assert free(client, preferred_date="2099-11-20/2099-11-22|2099-12-01") == ["a", "b"]
        assert free(client, preferred_date="2099-11-24", practitioner="q") == ["a"]


def test_a_time_is_given_once_and_the_same_booking_is_answered_the_same(tmp_path, calendar_file):
    out = tmp_path / "actions.jsonl"
    with receiver("--calendar", calendar_file, "--out", out) as (client, _):
        assert [status(post(client, a_booking("a"))) for _ in range(3)] == ["booked"] * 3
        assert status(post(client, a_booking("a", call="another"))) == "taken"
        assert status(post(client, a_booking("unknown"))) == "taken"
        assert free(client, preferred_date="2099-11-24") == ["b"]
    with receiver("--calendar", calendar_file, "--out", out) as (client, _):
        assert status(post(client, a_booking("a"))) == "booked"
        assert status(post(client, a_booking("a", call="a third"))) == "taken"
        assert free(client, preferred_date="2099-11-24") == ["b"]
    assert [json.loads(line)["answer"]["appointment"]["status"] for line in out.read_text().splitlines()] == [
        "booked",
        "taken",
        "taken",
        "taken",
    ]


def test_an_answer_that_is_made_to_get_lost_belongs_to_a_booking_that_was_made(calendar_file):
    with receiver("--calendar", calendar_file, "--lose-bookings", 1) as (client, _):
        with pytest.raises(httpx.TransportError):
            post(client, a_booking("a"))
        assert free(client, preferred_date="2099-11-24") == ["b"]
        assert status(post(client, a_booking("a"))) == "booked"


def test_others_can_be_made_to_be_faster(calendar_file):
    with receiver("--calendar", calendar_file, "--taken-first", 1) as (client, _):
        assert status(post(client, a_booking("a"))) == "taken"
        assert status(post(client, a_booking("b"))) == "booked"


def test_the_usual_calendar_has_times_on_working_days():
    with receiver("--calendar") as (client, _):
        slots = ask(client).json()["slots"]
    assert slots
    assert all(datetime.fromisoformat(slot["start"]).weekday() < 5 for slot in slots)
