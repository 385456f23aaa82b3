"""Asks the running gateway over HTTP."""

from __future__ import annotations

from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from gateway.config import Settings
from gateway.telephony.messages.uri import host_port

ANSWER_WITHIN_S = 10.0
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a server is bound to, and where it answers


Answer = TypeVar("Answer", bound=BaseModel)


class NoAnswer(Exception):
    """The running gateway gave nothing of use; the message is one sentence that says why."""


def answering_host(host: str) -> str:
    """Return the address on this machine at which a server answers that is bound to ``host``."""
    return _ANY_HOST.get(host, host)


def open_client(settings: Settings) -> httpx.Client:
    """Return a client of the gateway that these settings start, with its token."""
    host = answering_host(settings.http_host)
    token = settings.http_token
    return httpx.Client(
        base_url=f"http://{host_port(host, settings.http_port)}",
        headers={"Authorization": f"Bearer {token.get_secret_value()}"} if token else {},
        timeout=ANSWER_WITHIN_S,
        trust_env=False,
    )


def fetch(client: httpx.Client, path: str, answer: type[Answer], **query: bool | int) -> Answer:
    """Return the ``answer`` that the gateway gives to GET ``path``; raise ``NoAnswer`` when it does not, or refuses."""
    try:
        response = client.get(path, params=query)
    except httpx.TransportError as error:
        raise NoAnswer(
            f"The gateway does not answer at {client.base_url} ({error or type(error).__name__}): is it running, "
            "and are HTTP_HOST and HTTP_PORT the same here?"
        ) from error
    try:
        if response.is_success:
            return answer.model_validate_json(response.content)
    except ValidationError as error:
        raise NoAnswer("What answers is no gateway of this version.") from error
    try:
        raise NoAnswer(str(response.json()["detail"]))
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer(f"What answers at {client.base_url} is no gateway: HTTP {response.status_code}.") from error
