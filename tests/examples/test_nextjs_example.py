"""The Next.js example, installed from npm, built and started, against the gateway's own outbox, client and calendar."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from nextjs_application import EXAMPLE, NODE, SECRET, built, run, running

from gateway.actions.appointments import AppointmentStatus
from gateway.actions.calendar import Calendar
from gateway.actions.client import Accepted, ActionClient, Refused
from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action, build_question
from gateway.actions.outbox import Outbox
from gateway.actions.signature import sign
from gateway.practice.loader import load_profile
from gateway.records.journal import Journal, utc_now
from gateway.records.model import ActionStatus, FactValue, NewCall

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PROFILE = load_profile(ROOT / "dialplan" / "practices" / "example.yaml")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = "2099-11-24"  # a Tuesday
HOURS = ("08:00", "09:00", "10:00", "11:00", "14:00", "15:00", "16:00")


@pytest.fixture(scope="module")
def build():
    """The example as it was built."""
    return built()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Where its records lie, and the slots that its calendar begins with."""
    folder = tmp_path_factory.mktemp("nextjs")
    slots = [{"id": hour, "start": f"{DAY}T{hour}:00+01:00", "end": f"{DAY}T{hour}:30+01:00"} for hour in HOURS]
    slots = [slot | {"end": slot["end"].replace(":00:30", ":30:00")} for slot in slots]
    (folder / "slots.json").write_text(json.dumps({"slots": slots}))
    return folder


@pytest.fixture(scope="module")
def application(build, data):
    """The address of the running application."""
    with running(build, data, SLOTS_FILE=str(data / "slots.json")) as (url, _):
        yield url


@pytest.fixture
async def gateway(application, tmp_path):
    """A gateway's outbox, its journal and a call."""
    async with gateway_for(f"{application}/api/actions", tmp_path) as gateway:
        yield gateway


class GatewaySide:
    """What of a gateway talks to the application."""

    def __init__(self, endpoint, journal, outbox, calendar):
        self.endpoint, self.journal, self.outbox, self.calendar = endpoint, journal, outbox, calendar

    async def call(self):
        return await self.journal.begin_call(NewCall("sip", "lindengarten", NOW))

    def wish(self, call_id, kind=ActionKind.APPOINTMENT_REQUESTED, *, facts=(), **details):
        return {
            "kind": kind,
            "practice_id": "lindengarten",
            "call": ActionCall(id=call_id, caller_number="+41791234567", language="de", started_at=NOW),
            "turn_id": None,
            "facts": [FactValue(name, value, value, 0.9, True) for name, value in facts],
            "details": details,
        }

    async def book(self, slot, name="Anna Keller", kind=ActionKind.APPOINTMENT_REQUESTED, facts=()):
        call_id = await self.call()
        details = {"slot": slot, "slot_start": f"{DAY}T{slot}:00+01:00", "slot_end": f"{DAY}T{slot}:30+01:00"}
        wish = self.wish(call_id, kind, facts=[("name", name), *facts], **details)
        return await self.outbox.put_and_deliver(**wish, deadline_s=20)

    async def free(self, **wish):
        facts = [FactValue(name, value, value, 0.9) for name, value in wish.items()]
        question = build_question(
            practice_id="lindengarten",
            call=ActionCall(id="call", caller_number=None, language="de", started_at=NOW),
            facts=facts,
            details={"action": "appointment.requested", "language": "de"},
            created_at=NOW,
        )
        slots = await self.calendar.slots(question, PROFILE)
        return [slot.id for slot in slots]

    async def until_delivered(self, call_id):
        async with asyncio.timeout(20):
            while True:
                actions = (await self.journal.call(call_id)).actions
                if all(action.status is ActionStatus.DELIVERED for action in actions):
                    return actions
                await asyncio.sleep(0.02)


@asynccontextmanager
async def gateway_for(endpoint, folder, **secrets):
    journal = await Journal.open(folder / "gateway.sqlite3")
    outbox = Outbox(journal, endpoint, secrets.pop("secret", SECRET), **secrets)
    calendar = Calendar(endpoint, SECRET, deadline_s=20)
    await outbox.start()
    try:
        yield GatewaySide(endpoint, journal, outbox, calendar)
    finally:
        await outbox.stop()
        await calendar.close()
        await journal.close()


def an_action(name="Anna Keller", **details):
    return build_action(
        kind=ActionKind.CALLBACK_REQUESTED,
        practice_id="lindengarten",
        call=ActionCall(id=name, caller_number=None, language="fr", started_at=NOW),
        facts=[FactValue("name", name, name, 0.9, True)],
        details=details,
        created_at=NOW,
    )


def post(url, body, *, key="k", secret=SECRET, at=None, header=None):
    """Send a request as a gateway, or as somebody who would like to be one; return the answer."""
    signature = sign(body, secret, int(time.time() if at is None else at)) if header is None else header
    headers = {"Idempotency-Key": key, "X-Gateway-Signature": signature}
    headers = {name: value for name, value in headers.items() if value}
    return httpx.post(f"{url}/api/actions", content=body, headers=headers, trust_env=False, timeout=20)


def page(url):
    return httpx.get(url, trust_env=False, timeout=20).text


async def test_a_wish_is_delivered_and_stands_on_the_page(gateway, application):
    call_id = await gateway.call()
    await gateway.outbox.put(**gateway.wish(call_id, facts=[("name", "Ruth Ammann"), ("preferred_date", DAY)]))
    (action,) = await gateway.until_delivered(call_id)
    assert action.last_status == 201
    shown = page(application)
    assert "appointment.requested" in shown
    assert "Ruth Ammann" in shown


async def test_an_emergency_stands_on_top_of_the_page(gateway, application):
    call_id = await gateway.call()
    await gateway.outbox.put(**gateway.wish(call_id, ActionKind.EMERGENCY_FLAGGED, words="Ich blute stark"))
    await gateway.outbox.put(**gateway.wish(call_id, ActionKind.CALLBACK_REQUESTED))
    await gateway.until_delivered(call_id)
    shown = page(application)
    assert shown.index("Ich blute stark") < shown.index("callback.requested")


async def test_slots_that_fit_are_named_and_else_the_nearest(gateway):
    assert await gateway.free(preferred_date=DAY, preferred_time="08:00/10:00") == ["08:00", "09:00"]
    assert "16:00" in await gateway.free(preferred_date="2099-11-01/2099-11-07")


async def test_a_slot_is_booked_once_and_is_free_no_more(gateway):
    booked = await gateway.book("11:00")
    assert booked.appointment.status is AppointmentStatus.BOOKED
    assert booked.appointment.start == datetime.fromisoformat(f"{DAY}T11:00:00+01:00")
    assert (await gateway.book("11:00", "Bruno Frei")).appointment.status is AppointmentStatus.TAKEN
    assert (await gateway.book("12:34", "Bruno Frei")).appointment.status is AppointmentStatus.TAKEN
    assert "11:00" not in await gateway.free(preferred_date=DAY)


async def test_of_eight_who_want_a_slot_at_once_one_gets_it(gateway):
    deliveries = await asyncio.gather(*(gateway.book("14:00", f"Patient {number}") for number in range(8)))
    statuses = sorted(delivery.appointment.status for delivery in deliveries)
    assert statuses == [AppointmentStatus.BOOKED] + [AppointmentStatus.TAKEN] * 7


async def test_what_is_moved_frees_what_the_patient_had(gateway):
    await gateway.book("15:00", "Carla Moretti")
    had = [("existing_date", DAY), ("existing_time", "15:00")]
    moved = await gateway.book("16:00", "Carla Moretti", ActionKind.APPOINTMENT_MOVE_REQUESTED, had)
    assert moved.appointment.status is AppointmentStatus.BOOKED
    free = await gateway.free(preferred_date=DAY, preferred_time="15:00/17:00")
    assert free == ["15:00"]


async def test_what_is_withdrawn_is_free_again_and_marked(gateway, application):
    booked = await gateway.book("10:00", "Dora Wyss")
    assert not await gateway.outbox.withdraw(booked.action_id)
    (action,) = await gateway.journal.action_archive.find(booked.action_id)
    await gateway.until_delivered(action.call_id)
    assert "10:00" in await gateway.free(preferred_date=DAY)
    assert 'class="withdrawn"' in page(application)


async def test_the_same_key_is_taken_once_and_answered_alike(application):
    client = ActionClient(f"{application}/api/actions", SECRET, clock=utc_now, deadline_s=20)
    action = build_action(
        kind=ActionKind.APPOINTMENT_REQUESTED,
        practice_id="lindengarten",
        call=ActionCall(id="repeated", caller_number=None, language="fr", started_at=NOW),
        facts=[],
        details={"slot": "09:00"},
        created_at=NOW,
    )
    body, key = action.payload.encode(), action.idempotency_key
    answers = [await client.send(body, key, wants_answer=True) for _ in range(3)]
    await client.close()
    assert answers == [Accepted(201, answers[0].answer)] + [Accepted(200, answers[0].answer)] * 2
    assert json.loads(answers[0].answer) == {"appointment": {"status": "booked"}}


async def test_what_is_not_signed_right_or_from_another_time_is_refused_and_not_kept(application):
    action = an_action("Nobody at all")
    body, now = action.payload.encode(), time.time()
    signed = sign(body, SECRET, int(now))
    assert post(application, body, secret="another").status_code == 401
    assert post(application, body, at=now - 301).status_code == 401
    assert post(application, body, at=now + 310).status_code == 401
    assert post(application, body + b" ", header=signed).status_code == 401
    assert post(application, body, header=signed.replace("v1=", "v0=")).status_code == 401
    assert post(application, body, header="").status_code == 401
    assert "Nobody at all" not in page(application)


async def test_a_gateway_with_another_secret_learns_that_it_is_refused(application):
    client = ActionClient(f"{application}/api/actions", "another", clock=utc_now, deadline_s=20)
    refused = await client.send(an_action().payload.encode(), "k")
    await client.close()
    assert isinstance(refused, Refused)
    assert refused.status == 401


@pytest.mark.parametrize(
    "secrets", [{"secret": "a new one", "previous_secret": SECRET}, {"previous_secret": "an old one"}]
)
async def test_while_a_secret_is_replaced_nothing_is_refused(application, tmp_path, secrets):
    async with gateway_for(f"{application}/api/actions", tmp_path, **secrets) as gateway:
        call_id = await gateway.call()
        await gateway.outbox.put(**gateway.wish(call_id, facts=[("name", "Emil Graf")]))
        (action,) = await gateway.until_delivered(call_id)
        assert action.attempts == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"id": "x", "version": 2}', b"\xff"])
async def test_a_body_that_is_no_request_is_refused(application, body):
    assert post(application, body).status_code == 422


async def test_a_request_without_a_key_or_too_long_is_refused(application):
    assert post(application, an_action().payload.encode(), key="").status_code == 400
    assert post(application, b" " * (256 * 1024 + 1)).status_code == 413


async def test_a_kind_that_is_newer_than_the_application_is_kept(application):
    body = json.dumps(json.loads(an_action().payload) | {"type": "appointment.celebrated", "id": "new"}).encode()
    assert post(application, body, key="newer").status_code == 201
    assert "appointment.celebrated" in page(application)


async def test_what_was_answered_is_answered_again_after_a_crash(build, tmp_path):
    (tmp_path / "slots.json").write_text(
        json.dumps({"slots": [{"id": "a", "start": f"{DAY}T08:00:00+01:00", "end": f"{DAY}T08:30:00+01:00"}]})
    )
    body = json.dumps(json.loads(an_action(slot="a").payload) | {"type": "appointment.requested"}).encode()
    answers = []
    for _ in range(2):  # the process is killed in between
        with running(build, tmp_path, SLOTS_FILE=str(tmp_path / "slots.json")) as (url, _process):
            answers.append(post(url, body))
    assert [answer.status_code for answer in answers] == [201, 200]
    assert [answer.json() for answer in answers] == [{"appointment": {"status": "booked"}}] * 2


async def test_without_a_secret_the_gateway_is_told_to_try_again(build, tmp_path):
    with running(build, tmp_path, NEXTJS_ACTION_SECRET="") as (url, _process):
        assert post(url, an_action().payload.encode()).status_code == 503


def test_the_types_are_those_of_the_published_schema(build, tmp_path):
    output = tmp_path / "types.ts"
    run(NODE, "scripts/generate-types.mjs", ROOT / "docs" / "actions.schema.json", output, folder=build)
    assert output.read_text() == (EXAMPLE / "lib" / "gateway-actions.ts").read_text(), "run `npm run types`"
