"""A practice's application on loopback that books slots by idempotency key and fails as a test tells it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from action_endpoint import answer, serving

Reply = Literal["answer", "refuse", "forget", "lose", "lose_body", "hang", "rubbish", "conflict", "forbid", "faster"]
"""What a request gets.

``answer``: what became of it. ``refuse``: 503, nothing kept. ``forget``: booked, then 503. ``lose``: booked, then the
connection is closed. ``lose_body``: booked, the answer breaks off. ``hang``: booked, answered when the test says
so. ``rubbish``: booked, answered with no JSON. ``conflict``: 409 with what became of it. ``forbid``: 422, nothing kept.
``faster``: somebody else books the slot just before.
"""


@dataclass
class BookingEndpoint:
    """``booked`` holds each slot's key; ``requested`` the actions without a slot, by key."""

    url: str = ""
    script: deque[Reply] = field(default_factory=deque)
    booked: dict[str, str] = field(default_factory=dict)
    requested: dict[str, dict] = field(default_factory=dict)
    answers: dict[str, dict] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, key: str, action: dict) -> dict:
        """Book, once for each key, and return the answer."""
        if key not in self.answers:
            slot = action["details"].get("slot")
            if slot is None:
                self.requested[key] = action
                self.answers[key] = {}
            else:
                owner = self.booked.setdefault(slot, key)
                self.answers[key] = {"appointment": {"status": "booked" if owner == key else "taken"}}
        return self.answers[key]

    def reply(self, reply: Reply, key: str, action: dict) -> bytes:
        if reply == "refuse":
            return answer(503)
        if reply == "forbid":
            return answer(422)
        if reply == "faster" and "slot" in action["details"]:
            self.booked.setdefault(action["details"]["slot"], "somebody else")
        body = json.dumps(self.take(key, action)).encode()
        whole = answer(200, body)
        return {
            "forget": answer(500),
            "lose": b"",
            "lose_body": whole[:-1] if body else whole,
            "rubbish": answer(200, b"<html>thank you"),
            "conflict": answer(409, body),
        }.get(reply, whole)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            action = json.loads(await reader.readexactly(int(headers["content-length"])))
            key = headers["idempotency-key"]
            self.keys.append(key)
            reply = self.script.popleft() if self.script else "answer"
            written = self.reply(reply, key, action)
            if reply == "hang":
                await self.released.wait()
            writer.write(written)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the gateway hung up, as some tests want it to
        finally:
            writer.close()
            self.connections.discard(asyncio.current_task())


def serve_bookings():
    """Yield an endpoint that listens."""
    return serving(BookingEndpoint())
