"""``gateway smoke``: whether a gateway that was just updated can serve a caller, from sound to action."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from gateway.api.conversation_views import ConversationStoryView
from gateway.api.conversations import Reply
from gateway.audio import Pcm, write_wav
from gateway.cli.failure import fail
from gateway.config import ConfigurationError, load_settings
from gateway.dialogue.model import Expectation
from gateway.records.model import ActionStatus
from gateway.speech.fallback import InProcessSynthesiser
from gateway.speech.interface import SpeechError

NUMBER = "+41445550199"
"""The caller's number, which the practice is asked to call back: one that nobody has (the example practice's range)."""
VOICE = "de-DE:pitch=1.15"
"""Another than the gateway's own."""
ACTION = "callback.requested"
MOST_TURNS = 14
READY_WITHIN_S = 60.0
DELIVERED_WITHIN_S = 15.0
ANSWER_WITHIN_S = 60.0

_BASE = "/api/conversations"
_WISH = "Guten Tag. Bitte rufen Sie mich zurück. Ich habe eine Frage zu meiner Rechnung."
_ANSWERS = {
    Expectation.MESSAGE: "Ich habe eine Frage zu meiner Rechnung.",
    Expectation.NAME: "Mein Name ist Anna Meier.",
    Expectation.SPELLING: "Martha, Emil, Ida, Emil, Richard.",
    Expectation.PHONE: "Null vier vier, fünf fünf fünf, null eins, neun neun.",
    Expectation.YES_NO: "Ja, gerne.",
    Expectation.CONFIRMATION: "Ja, das ist alles richtig.",
}
_OTHERWISE = "Ich möchte bitte zurückgerufen werden."


Answer = TypeVar("Answer", bound=BaseModel)


class SmokeFailure(Exception):
    """A step failed; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class SmokeOptions:
    """Which gateway is tried; ``delivered`` asks that the action arrives at the practice's application as well."""

    url: str
    token: str | None
    delivered: bool


def run_smoke(url: str, *, delivered: bool) -> int:
    """Hold a conversation with the gateway at ``url``, print each step, and return the exit code."""
    try:
        token = load_settings().http_token
    except ConfigurationError as error:
        return fail(str(error))
    options = SmokeOptions(url, token.get_secret_value() if token else None, delivered)
    try:
        asyncio.run(_Smoke(options, lambda line: print(line, flush=True)).run())
    except SmokeFailure as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("Broken off.")
    return 0


class _Smoke:
    def __init__(self, options: SmokeOptions, tell: Callable[[str], None]) -> None:
        self._options = options
        self._tell = tell
        self._voice = InProcessSynthesiser()

    async def run(self) -> None:
        """Go through every step; raise ``SmokeFailure`` at the first that fails."""
        headers = {"Authorization": f"Bearer {self._options.token}"} if self._options.token else {}
        async with httpx.AsyncClient(
            base_url=self._options.url, headers=headers, timeout=ANSWER_WITHIN_S, trust_env=False
        ) as client:
            await self._await_readiness(client)
            reply = await self._begin(client)
            reply = await self._converse(client, reply)
            story = await self._end(client, reply.id)
            self._check_facts(story)
            if self._options.delivered:
                await self._await_delivery(client, reply.id)

    async def _await_readiness(self, client: httpx.AsyncClient) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                response = await client.get(f"{_BASE}/ready")
            except httpx.HTTPError as error:
                raise SmokeFailure(f"{client.base_url} does not answer ({error or type(error).__name__}).") from error
            if response.is_success:
                return self._tell("ok  ready: every part is well and warm")
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > until:
                raise SmokeFailure(f"The gateway is not ready: {_reason(response)}")
            await asyncio.sleep(1)

    async def _begin(self, client: httpx.AsyncClient) -> Reply:
        began = time.monotonic()
        reply = _read(await client.post(_BASE, json={"caller_number": NUMBER}), Reply)
        if not reply.reply or not reply.audio:
            raise SmokeFailure("The greeting is empty.")
        self._tell(f"ok  conversation {reply.id} begun, greeted in {time.monotonic() - began:.1f} s")
        return reply

    async def _converse(self, client: httpx.AsyncClient, reply: Reply) -> Reply:
        said = _WISH
        for _ in range(MOST_TURNS):
            began = time.monotonic()
            sound = write_wav(await self._sound(said))
            files = {"file": ("utterance.wav", sound, "audio/wav")}
            reply = _read(await client.post(f"{_BASE}/{reply.id}/audio", files=files), Reply)
            self._tell(f"ok  heard {len(reply.transcript.split())} words, answered in {time.monotonic() - began:.1f} s")
            if ACTION in reply.actions:
                self._tell(f"ok  action {ACTION} written")
                return reply
            if reply.end_reason is not None:
                raise SmokeFailure(
                    f"The gateway ended the conversation ({reply.end_reason}) before there was an action."
                )
            said = _ANSWERS.get(reply.expects, _OTHERWISE)
        raise SmokeFailure(f"After {MOST_TURNS} turns there was no action {ACTION}.")

    async def _sound(self, text: str) -> Pcm:
        try:
            parts = [part async for part in self._voice.synthesise(text, "de", VOICE)]
        except SpeechError as error:
            raise SmokeFailure(f"The caller's own voice failed: {error}.") from error
        return Pcm.from_bytes(b"".join(part.to_bytes() for part in parts), parts[0].rate)

    async def _end(self, client: httpx.AsyncClient, call_id: str) -> ConversationStoryView:
        story = _read(await client.post(f"{_BASE}/{call_id}/end"), ConversationStoryView)
        self._tell(f"ok  ended; {len(story.transcript)} turns are in the records")
        return story

    def _check_facts(self, story: ConversationStoryView) -> None:
        if story.facts.get("phone") != NUMBER:
            raise SmokeFailure(f"The number to call back is {story.facts.get('phone')!r}, not {NUMBER}.")
        if not story.facts.get("name"):
            raise SmokeFailure("The caller's name is missing.")
        if ACTION not in {action.kind for action in story.actions}:
            raise SmokeFailure(f"The action {ACTION} is not in the records.")
        self._tell("ok  facts and action are in the records")

    async def _await_delivery(self, client: httpx.AsyncClient, call_id: str) -> None:
        until = time.monotonic() + DELIVERED_WITHIN_S
        while True:
            story = _read(await client.get(f"{_BASE}/{call_id}"), ConversationStoryView)
            delivery = next(one for one in story.deliveries if one.kind == ACTION)
            if delivery.status is ActionStatus.DELIVERED:
                return self._tell(f"ok  action delivered (HTTP {delivery.last_status})")
            if time.monotonic() > until:
                cause = delivery.last_error or f"it is {delivery.status}"
                raise SmokeFailure(f"The action was not delivered within {DELIVERED_WITHIN_S:g} s: {cause}.")
            await asyncio.sleep(0.5)


def _read(response: httpx.Response, answer: type[Answer]) -> Answer:
    if not response.is_success:
        raise SmokeFailure(f"{response.request.url.path}: HTTP {response.status_code}: {_reason(response)}")
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        raise SmokeFailure("What answers is no gateway of this version.") from error


def _reason(response: httpx.Response) -> str:
    """Return what a refusal says, or which parts are not well."""
    try:
        body = response.json()
        if "detail" in body:
            return str(body["detail"])
        ill = {name: part for name, part in body["parts"].items() if part["state"] != "ok"}
        return "; ".join(f"{name} is {part['state']} ({part['detail'] or 'no detail'})" for name, part in ill.items())
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"HTTP {response.status_code}"
