"""The model over real sockets: what works, and every way in which a server can fail."""

import asyncio
import socket
import time

import pytest
from chat_server import (
    ANSWER,
    FAULTS,
    chat_server,
    completion,
    event,
    hang,
    stream,
    whole,
)

from gateway.language_model import http_model
from gateway.language_model.circuit_breaker import BreakerTimes
from gateway.language_model.errors import (
    LanguageModelError,
    ModelRejected,
    ModelRubbish,
    ModelTimeout,
    ModelUnavailable,
)
from gateway.language_model.http_model import HttpChatModel
from gateway.language_model.interface import ChatMessage, ChatRequest

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}}
PATIENT = BreakerTimes(failures=1000)


def asking(deadline_ms=2000, schema=None, max_tokens=50):
    messages = (ChatMessage("system", "Be brief."), ChatMessage("user", "secret words of Anna Keller"))
    return ChatRequest(messages, schema, max_tokens, deadline_ms)


async def ask(behave, request=None, *, streamed=False, **options):
    async with chat_server(behave) as server:
        model = HttpChatModel(server.url, breaker=PATIENT, **options)
        try:
            if streamed:
                return [piece async for piece in model.stream(request or asking())], server
            return await model.complete(request or asking()), server
        finally:
            await model.close()


async def test_the_answer_is_what_the_server_says():
    answer, server = await ask(completion(ANSWER), api_key="k3y", model="qwen")
    assert answer == ANSWER
    body = server.bodies[0]
    assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("qwen", 50, 0.0, False)
    assert body["messages"][1] == {"role": "user", "content": "secret words of Anna Keller"}
    assert "Bearer k3y" in server.heads[0]
    assert "response_format" not in body


async def test_a_stream_comes_piece_by_piece_whatever_the_packets():
    raw = b"".join(event(piece) for piece in ("Ja, ", "gerne. ", "Grüezi")) + b": comment\n\n"
    answer, _ = await ask(stream(raw[:37], raw[37:90], raw[90:], pause_s=0.005), streamed=True)
    assert answer == ["Ja, ", "gerne. ", "Grüezi"]


async def test_a_chunk_with_usage_and_no_choice_is_passed_over():
    answer, _ = await ask(stream("Ja", b'data: {"choices": [], "usage": {}}\r\n\r\n'), streamed=True)
    assert answer == ["Ja"]


async def test_a_stream_may_be_left_early_and_the_model_asked_again():
    async with chat_server(stream("Ja. ", "Nein. ", "Doch.")) as server:
        model = HttpChatModel(server.url)
        pieces = model.stream(asking())
        assert await anext(pieces) == "Ja. "
        await pieces.aclose()
        assert [piece async for piece in model.stream(asking())] == ["Ja. ", "Nein. ", "Doch."]
        assert not model.is_resting
        await model.close()


async def test_without_a_name_the_first_model_of_the_list_is_asked_and_listed_once():
    async with chat_server(completion(ANSWER)) as server:
        model = HttpChatModel(f"{server.url}/v1/")
        assert await model.model_name(1000) == "listed-model"
        for _ in range(3):
            await model.complete(asking())
        await model.close()
    assert sum(head.startswith("GET /v1/models") for head in server.heads) == 1
    assert {body["model"] for body in server.bodies} == {"listed-model"}


async def test_connections_are_kept_open():
    async with chat_server(completion(ANSWER)) as server:
        model = HttpChatModel(server.url)
        for _ in range(5):
            await model.complete(asking())
        await model.close()
    assert server.connections == 1


async def test_a_connection_that_broke_while_idle_is_opened_anew():
    seen = []

    async def close_after_the_first(writer, body):
        seen.append(body)
        if len(seen) == 2:
            return "close"
        await completion(ANSWER)(writer, body)
        return None

    async with chat_server(close_after_the_first) as server:
        model = HttpChatModel(server.url, model="m")
        assert [await model.complete(asking()), await model.complete(asking())] == [ANSWER, ANSWER]
        await model.close()
    assert len(seen) == 3


def refusing(*forms, status="400 Bad Request"):
    async def behave(writer, body):
        form = body.get("response_format", {}).get("type")
        await (whole({}, status) if form in forms else completion("{}"))(writer, body)

    return behave


@pytest.mark.parametrize(
    ("refused", "asked"),
    [
        ((), ["json_schema", "json_schema"]),
        (("json_schema",), ["json_schema", "json_object", "json_object"]),
        (("json_schema", "json_object"), ["json_schema", "json_object", None, None]),
    ],
)
@pytest.mark.parametrize("status", ["400 Bad Request", "422 Unprocessable Entity"])
async def test_the_form_that_a_server_takes_is_found_out_once(refused, asked, status):
    async with chat_server(refusing(*refused, status=status)) as server:
        model = HttpChatModel(server.url)
        for _ in range(2):
            assert await model.complete(asking(schema=SCHEMA)) == "{}"
        await model.close()
    assert [body.get("response_format", {}).get("type") for body in server.bodies] == asked
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_a_server_that_refuses_every_form_refuses_something_else():
    async with chat_server(refusing("json_schema", "json_object", None)) as server:
        model = HttpChatModel(server.url, breaker=PATIENT)
        for _ in range(2):
            with pytest.raises(ModelRejected):
                await model.complete(asking(schema=SCHEMA))
        await model.close()
    assert [body.get("response_format", {}).get("type") for body in server.bodies] == 2 * [
        "json_schema", "json_object", None,
    ]  # fmt: skip


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_is_told_within_the_deadline_and_without_a_word_of_the_call(fault, streamed, monkeypatch):
    began = time.monotonic()
    with pytest.raises(LanguageModelError) as raised:
        await ask(FAULTS[fault], asking(deadline_ms=300), streamed=streamed, model="m")
    assert time.monotonic() - began < 1.0
    chain, error = [], raised.value
    while error is not None:
        chain.append(error)
        error = error.__cause__
    told = " ".join(f"{error} {error!r}" for error in chain)
    assert "secret" not in told
    assert "Anna" not in told


@pytest.mark.parametrize(
    ("fault", "streamed", "error"),
    [
        ("500", False, ModelUnavailable),
        ("429", False, ModelUnavailable),
        ("401", False, ModelRejected),
        ("redirect", False, ModelRejected),
        ("hangs", False, ModelTimeout),
        ("hangs", True, ModelTimeout),
        ("disappears", False, ModelUnavailable),
        ("html", False, ModelRubbish),
        ("rubbish json", False, ModelRubbish),
        ("stream of rubbish", True, ModelRubbish),
        ("stream without an end", True, ModelRubbish),
        ("stream of nothing", True, ModelTimeout),
        ("breaks off", True, ModelUnavailable),
        ("hangs mid-sentence", True, ModelTimeout),
    ],
)
async def test_faults_are_told_apart(fault, streamed, error):
    with pytest.raises(LanguageModelError) as raised:
        await ask(FAULTS[fault], asking(deadline_ms=1000), streamed=streamed, model="m")
    assert type(raised.value) is error


async def test_what_came_before_a_stream_broke_off_was_yielded():
    async with chat_server(FAULTS["breaks off"]) as server:
        model = HttpChatModel(server.url)
        pieces = model.stream(asking())
        assert await anext(pieces) == "Ja ge"
        with pytest.raises(ModelUnavailable):
            await anext(pieces)
        await model.close()


async def test_an_answer_longer_than_was_asked_for_is_rubbish():
    with pytest.raises(ModelRubbish):
        await ask(completion("x" * 1000), asking(max_tokens=10))


async def test_a_body_without_an_end_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(http_model, "LARGEST_BODY", 1000)
    with pytest.raises(ModelRubbish):
        await ask(whole(b" " * 5000))


async def test_nobody_listening_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        model = HttpChatModel(f"http://127.0.0.1:{free.getsockname()[1]}", model="m")
        with pytest.raises(ModelUnavailable):
            await model.complete(asking())
        await model.close()


async def test_a_model_that_keeps_failing_is_left_alone_and_tried_again_after_a_rest():
    now = 0.0
    behaviours = [FAULTS["500"], FAULTS["500"], completion(ANSWER)]

    async def behave(writer, body):
        return await behaviours.pop(0)(writer, body)

    async with chat_server(behave) as server:
        model = HttpChatModel(server.url, model="m", clock=lambda: now, breaker=BreakerTimes(2, 10.0))
        for _ in range(4):
            with pytest.raises(ModelUnavailable):
                await model.complete(asking())
        assert (len(server.bodies), model.is_resting) == (2, True)
        now = 10.0
        assert await model.complete(asking()) == ANSWER
        assert not model.is_resting
        await model.close()


async def test_a_server_that_asks_for_a_pause_gets_it():
    now = 0.0
    async with chat_server(whole({}, "429 Too Many Requests", Retry_After="7")) as server:
        model = HttpChatModel(server.url, model="m", clock=lambda: now)
        for now in (0.0, 6.9, 7.0):  # noqa: B007 - the clock reads it
            with pytest.raises(ModelUnavailable):
                await model.complete(asking())
        await model.close()
    assert len(server.bodies) == 2


async def test_more_questions_than_the_model_can_take_are_refused_at_once(monkeypatch):
    monkeypatch.setattr(http_model, "MOST_REQUESTS", 2)
    async with chat_server(hang) as server:
        model = HttpChatModel(server.url, model="m")
        waiting = [asyncio.create_task(model.complete(asking(deadline_ms=5000))) for _ in range(2)]
        while len(server.bodies) < 2:
            await asyncio.sleep(0.01)
        with pytest.raises(ModelUnavailable, match="at a time"):
            await model.complete(asking())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        # Questions that were given up say nothing about the model.
        assert not model.is_resting
        await model.close()


def test_no_repr_holds_a_word():
    assert "Anna" not in repr(asking())
    assert "k3y" not in repr(HttpChatModel("http://127.0.0.1:1", api_key="k3y"))
