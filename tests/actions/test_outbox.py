"""The outbox against a real HTTP endpoint and a real database, with a clock that the test sets."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from action_endpoint import answer, serve

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.actions.signature import verify
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, FactValue, NewCall

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a secret"


class Clock:
    """A clock that is set by the test."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def journal(tmp_path, clock):
    journal = await Journal.open(tmp_path / "gateway.sqlite3", clock=clock, busy_timeout_ms=50)
    yield journal
    await journal.close()


@pytest.fixture
async def endpoint():
    async with serve() as endpoint:
        yield endpoint


@pytest.fixture
async def outbox(journal, endpoint, clock):
    outbox = an_outbox(journal, endpoint, clock)
    await outbox.start()
    yield outbox
    await outbox.stop()


def an_outbox(journal, endpoint, clock, **options):
    return Outbox(journal, endpoint.url, SECRET, clock=clock, jitter=lambda: 0.0, **options)


async def begin(journal):
    return await journal.begin_call(NewCall("sip", "lindengarten", START))


async def put(outbox, call_id, value="Anna Keller"):
    return await outbox.put(
        kind=ActionKind.CALLBACK_REQUESTED,
        practice_id="lindengarten",
        call=ActionCall(id=call_id, caller_number="+41791234567", language="de", started_at=START),
        turn_id=None,
        facts=[FactValue("name", value, value, 0.9, True)],
        details={"urgency": "normal"},
    )


async def until(journal, call_id, condition):
    """Return the call's actions as soon as ``condition`` holds for the first."""
    async with asyncio.timeout(10):
        while True:
            actions = (await journal.call(call_id)).actions
            if condition(actions[0]):
                return actions


async def until_status(journal, call_id, status):
    return (await until(journal, call_id, lambda action: action.status is status))[0]


async def until_attempts(journal, call_id, attempts):
    return (
        await until(
            journal,
            call_id,
            lambda action: action.attempts == attempts and action.status is not ActionStatus.DELIVERING,
        )
    )[0]


async def test_an_action_arrives_signed_with_its_facts_and_its_key(outbox, journal, endpoint, clock):
    call_id = await begin(journal)
    action_id = await put(outbox, call_id)
    action = await until_status(journal, call_id, ActionStatus.DELIVERED)
    assert (action.attempts, action.last_status, action.delivered_at) == (1, 200, START)

    ((headers, body),) = endpoint.requests
    verify(headers["x-gateway-signature"], body, SECRET, clock().timestamp())
    assert headers["idempotency-key"] == action.idempotency_key
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "id": action_id,
        "type": "callback.requested",
        "version": 1,
        "created_at": "2026-11-23T09:00:00Z",
        "practice_id": "lindengarten",
        "call": {
            "id": call_id,
            "caller_number": "+41791234567",
            "language": "de",
            "started_at": "2026-11-23T09:00:00Z",
        },
        "facts": [
            {"name": "name", "value": "Anna Keller", "words": "Anna Keller", "confidence": 0.9, "confirmed": True}
        ],
        "details": {"urgency": "normal"},
    }
    assert [fact.value for fact in (await journal.call(call_id)).facts] == ["Anna Keller"]


async def test_the_same_request_again_in_a_call_is_sent_once(outbox, journal, endpoint):
    call_id = await begin(journal)
    first = await put(outbox, call_id)
    assert await put(outbox, call_id) == first
    changed = await put(outbox, call_id, "Anne Keller")
    assert changed != first
    await until(journal, call_id, lambda _: len(endpoint.requests) == 2)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(500, b"oh no"), "HTTP 500: oh no"),
        (answer(503), "HTTP 503"),
        (answer(429), "HTTP 429"),
        (answer(408), "HTTP 408"),
        (answer(425), "HTTP 425"),
        (answer(308, Location="http://127.0.0.1:1/elsewhere"), "HTTP 308 (redirects are not followed"),
        (b"", "disconnected"),
        (b"not http at all\r\n\r\n", "illegal"),
    ],
)
async def test_a_passing_fault_is_tried_again_with_the_same_body_and_key(journal, endpoint, clock, reply, error):
    outbox = an_outbox(journal, endpoint, clock)
    await outbox.start()
    endpoint.script.append(reply)
    call_id = await begin(journal)
    await put(outbox, call_id)
    action = await until_attempts(journal, call_id, 1)
    assert action.status is ActionStatus.PENDING
    assert error in action.last_error
    assert action.next_attempt_at == START + timedelta(seconds=2)

    clock.now = START + timedelta(seconds=2)
    outbox.notify()
    await until_status(journal, call_id, ActionStatus.DELIVERED)
    (first, body), (second, same_body) = endpoint.requests
    assert body == same_body
    assert first["idempotency-key"] == second["idempotency-key"]
    assert first["x-gateway-signature"] != second["x-gateway-signature"]  # signed anew, at the time of sending
    await outbox.stop()


async def test_what_is_not_due_is_not_sent(outbox, journal, endpoint, clock):
    endpoint.script.append(answer(503))
    call_id = await begin(journal)
    await put(outbox, call_id)
    await until_attempts(journal, call_id, 1)
    clock.now = START + timedelta(seconds=1)
    outbox.notify()
    other = await begin(journal)
    await put(outbox, other)
    await until_status(journal, other, ActionStatus.DELIVERED)
    assert (await journal.call(call_id)).actions[0].attempts == 1


async def test_waits_grow_and_the_endpoints_own_wish_counts(outbox, journal, endpoint, clock):
    endpoint.script.extend([answer(503), answer(503), answer(503, Retry_After="600")])
    call_id = await begin(journal)
    await put(outbox, call_id)
    for attempt, wait in ((1, 2), (2, 4), (3, 600)):
        action = await until_attempts(journal, call_id, attempt)
        assert action.next_attempt_at - clock() == timedelta(seconds=wait)
        clock.now = action.next_attempt_at
        outbox.notify()
    await until_status(journal, call_id, ActionStatus.DELIVERED)


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422])
async def test_a_refusal_is_final_and_visible_and_the_calls_next_action_goes_out(outbox, journal, endpoint, status):
    endpoint.script.append(answer(status, b'{"error": "unknown practice"}'))
    call_id = await begin(journal)
    await put(outbox, call_id)
    action = await until_status(journal, call_id, ActionStatus.FAILED)
    assert (action.last_status, action.attempts, action.next_attempt_at) == (status, 1, None)
    assert action.last_error == f'HTTP {status}: {{"error": "unknown practice"}}'
    await put(outbox, call_id, "Anne Keller")
    await until(journal, call_id, lambda _: len(endpoint.requests) == 2)


async def test_a_conflict_means_that_it_arrived_before(outbox, journal, endpoint):
    endpoint.script.append(answer(409))
    call_id = await begin(journal)
    await put(outbox, call_id)
    await until_status(journal, call_id, ActionStatus.DELIVERED)


async def test_after_three_days_an_action_is_given_up_and_says_why(outbox, journal, endpoint, clock):
    endpoint.script.extend([answer(503), answer(502)])
    call_id = await begin(journal)
    await put(outbox, call_id)
    await until_attempts(journal, call_id, 1)
    clock.now = START + timedelta(days=3)
    outbox.notify()
    action = await until_status(journal, call_id, ActionStatus.FAILED)
    assert action.last_error == "given up after 72 hours; last: HTTP 502"


async def test_a_calls_actions_arrive_in_order_even_when_the_first_fails(outbox, journal, endpoint, clock):
    endpoint.script.append(answer(503))
    call_id = await begin(journal)
    first = await put(outbox, call_id, "first")
    second = await put(outbox, call_id, "second")
    await until_attempts(journal, call_id, 1)
    clock.now += timedelta(seconds=2)
    outbox.notify()
    await until(journal, call_id, lambda _: len(endpoint.requests) == 3)
    assert [json.loads(body)["id"] for _, body in endpoint.requests] == [first, first, second]


async def test_an_endpoint_that_hangs_is_left_at_the_deadline_and_holds_up_nobody_else(journal, endpoint, clock):
    hang = asyncio.Event()
    endpoint.script.append(hang)
    outbox = an_outbox(journal, endpoint, clock, deadline_s=1.5)
    await outbox.start()
    slow, quick = await begin(journal), await begin(journal)
    await put(outbox, slow)
    await until(journal, slow, lambda _: len(endpoint.requests) == 1)
    await put(outbox, quick)
    await until_status(journal, quick, ActionStatus.DELIVERED)
    assert (await journal.call(slow)).actions[0].status is ActionStatus.DELIVERING
    action = await until_attempts(journal, slow, 1)
    assert action.last_error == "no answer within 1.5 s"
    hang.set()
    await outbox.stop()


async def test_an_answer_that_never_ends_is_left_at_the_deadline(journal, endpoint, clock):
    async def drip(writer):
        writer.write(b"HTTP/1.1 500 Status\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"\n")
            await asyncio.sleep(0.02)

    endpoint.script.append(drip)
    outbox = an_outbox(journal, endpoint, clock, deadline_s=0.2)
    await outbox.start()
    call_id = await begin(journal)
    await put(outbox, call_id)
    assert (await until_attempts(journal, call_id, 1)).last_error == "no answer within 0.2 s"
    await outbox.stop()


async def test_an_endpoint_that_is_not_there_is_tried_again(journal, clock):
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    outbox = Outbox(journal, f"http://127.0.0.1:{port}", SECRET, clock=clock)
    await outbox.start()
    call_id = await begin(journal)
    await put(outbox, call_id)
    action = await until_attempts(journal, call_id, 1)
    assert (action.status, action.last_status) == (ActionStatus.PENDING, None)
    await outbox.stop()


async def test_without_an_endpoint_actions_wait_until_there_is_one(journal, endpoint, clock):
    waiting = Outbox(journal, None, None, clock=clock)
    await waiting.start()
    call_id = await begin(journal)
    await put(waiting, call_id)
    await waiting.stop()
    assert (await journal.call(call_id)).actions[0].status is ActionStatus.PENDING

    clock.now += timedelta(days=9)  # the three days begin with the first attempt
    outbox = an_outbox(journal, endpoint, clock)
    await outbox.start()
    await until_status(journal, call_id, ActionStatus.DELIVERED)
    await outbox.stop()


async def test_what_a_crash_left_in_delivery_goes_out_at_the_next_start(journal, endpoint, clock):
    without = Outbox(journal, None, None, clock=clock)
    call_id = await begin(journal)
    await put(without, call_id)
    await journal.actions.claim_due(clock(), 1)  # and there the process died
    outbox = an_outbox(journal, endpoint, clock)
    await outbox.start()
    action = await until_status(journal, call_id, ActionStatus.DELIVERED)
    assert action.attempts == 2
    await outbox.stop()


async def test_stopping_breaks_off_what_hangs_and_makes_it_due_at_the_next_start(journal, endpoint, clock, monkeypatch):
    monkeypatch.setattr("gateway.actions.outbox._STOP_GRACE_S", 0.05)
    hang = asyncio.Event()
    endpoint.script.append(hang)
    outbox = an_outbox(journal, endpoint, clock)
    await outbox.start()
    call_id = await begin(journal)
    await put(outbox, call_id)
    await until(journal, call_id, lambda _: len(endpoint.requests) == 1)
    await outbox.stop()
    hang.set()
    action = (await journal.call(call_id)).actions[0]
    assert (action.status, action.next_attempt_at) == (ActionStatus.PENDING, START)

    again = an_outbox(journal, endpoint, clock)
    await again.start()
    await until_status(journal, call_id, ActionStatus.DELIVERED)
    await again.stop()


async def test_a_result_that_cannot_be_recorded_is_made_good_without_a_restart(outbox, journal, endpoint, monkeypatch):
    from gateway.records.errors import RecordsError

    delivered, failures = journal.actions.delivered, []

    async def fail_once(*arguments):
        if not failures:
            failures.append(arguments)
            raise RecordsError("The database is locked by another process.")
        await delivered(*arguments)

    monkeypatch.setattr(journal.actions, "delivered", fail_once)
    call_id = await begin(journal)
    await put(outbox, call_id)
    action = await until_status(journal, call_id, ActionStatus.DELIVERED)
    assert action.attempts == 2  # at least once: the endpoint knows it by its key
    assert len({headers["idempotency-key"] for headers, _ in endpoint.requests}) == 1


async def test_an_endpoint_without_a_secret_is_refused(journal):
    with pytest.raises(ValueError, match="needs a secret"):
        Outbox(journal, "http://127.0.0.1:1", "")
