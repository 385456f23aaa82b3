"""Chat completions as JSON, in the form of OpenAI's API that vLLM, TGI and llama.cpp share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from gateway.language_model.errors import ModelRubbish
from gateway.language_model.interface import ChatRequest, JsonSchema

DONE = "[DONE]"
"""The data of the event that ends a stream."""


class AnswerForm(StrEnum):
    """How a server is made to answer in JSON; each is tried when the server refuses the one before."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    FREE = "free"


def body_of(request: ChatRequest, model: str, form: AnswerForm, *, stream: bool) -> dict[str, Any]:
    """Return the JSON body of ``request``; ``form`` counts only where the request has a schema."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": stream,
    }
    if request.schema is not None and form is not AnswerForm.FREE:
        body["response_format"] = _response_format(request.schema, form)
    return body


def _response_format(schema: JsonSchema, form: AnswerForm) -> dict[str, Any]:
    if form is AnswerForm.JSON_OBJECT:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)}}


def text_of(content: bytes) -> str:
    """Return the text of a whole completion; raise ``ModelRubbish``."""
    choice = _choice(_object(content))
    message = choice.get("message")
    text = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(text, str):
        raise ModelRubbish("The model's answer holds no text.")
    return text


def delta_of(data: str) -> str:
    """Return the text that one event of a stream brings, "" when it brings none; raise ``ModelRubbish``."""
    chunk = _object(data)
    if "error" in chunk:
        raise ModelRubbish("The model's server broke off with an error.")
    # The last chunk of some servers holds the usage and no choice.
    if chunk.get("choices") == []:
        return ""
    delta = _choice(chunk).get("delta")
    if not isinstance(delta, Mapping):
        raise ModelRubbish("The model's stream holds something that is no piece of an answer.")
    text = delta.get("content")
    if text is not None and not isinstance(text, str):
        raise ModelRubbish("The model's stream holds something that is no text.")
    return text or ""


def first_model(content: bytes) -> str:
    """Return the first name in a list of models; raise ``ModelRubbish`` when there is none."""
    models = _object(content).get("data")
    first = models[0] if isinstance(models, list) and models else None
    name = first.get("id") if isinstance(first, Mapping) else None
    if not isinstance(name, str) or not name:
        raise ModelRubbish("The model's server names no model.")
    return name


def _object(content: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        # The decoder's own error would carry the text along.
        raise ModelRubbish("The model's server answered with something that is no JSON.") from None
    if not isinstance(value, dict):
        raise ModelRubbish("The model's server answered with JSON that is no object.")
    return value


def _choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, Mapping):
        raise ModelRubbish("The model's answer holds no choice.")
    return first
