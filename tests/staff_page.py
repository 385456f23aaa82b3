"""The staff's page in the test's process, over records that a test fills, and somebody to visit it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.api.app import Health, create_app
from gateway.conversation.live_calls import LiveCalls
from gateway.practice.directory import PracticeDirectory, load_profiles
from gateway.records.journal import Journal
from gateway.records.model import FactValue, NewCall
from gateway.web.pages import add_pages
from gateway.web.recordings import Recordings
from gateway.web.sessions import Sessions
from gateway.web.sign_in_limit import SignInLimit
from gateway.web.staff_context import StaffContext
from gateway.web.users import StaffUsers

PROFILE = Path(__file__).parents[1] / "dialplan" / "practices" / "example.yaml"
PRACTICE = "lindengarten"
NAME, PASSWORD = "Sandra Meier", "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash that costs nothing and is otherwise like the real one."""
TOKEN = "token-of-the-api"

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Clock:
    """Seconds that only a test lets pass."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class StaffPage:
    """The page, its parts, and a browser at it."""

    app: FastAPI
    context: StaffContext
    journal: Journal
    browser: httpx.AsyncClient
    clock: Clock
    state: dict[str, str] = field(default_factory=lambda: {"health": "ok"})
    woken: list[str] = field(default_factory=list)

    async def sign_in(self, name: str = NAME, password: str = PASSWORD, **fields: str) -> httpx.Response:
        """Send the form of the page where one signs in."""
        return await self.browser.post("/sign-in", data={"name": name, "password": password, **fields})

    async def csrf(self) -> str:
        """Return what has to come with every form."""
        found = _CSRF.search((await self.browser.get("/")).text)
        assert found is not None
        return found[1]

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the page."""
        return await self.browser.post(path, data={"csrf": await self.csrf(), **fields})

    async def call(
        self,
        kind: ActionKind | None = None,
        facts: Sequence[FactValue] = (),
        *,
        at: datetime | None = None,
        number: str | None = "+41791234567",
        details: dict[str, str] | None = None,
        practice: str = PRACTICE,
    ) -> tuple[str, str | None]:
        """Write a call that is over; return its id and that of its action."""
        began = at or datetime.now(UTC)
        call_id = await self.journal.begin_call(NewCall("sip", practice, began, caller_number=number))
        await self.journal.save_facts(call_id, None, facts)
        action = None
        if kind is not None:
            action = build_action(
                kind=kind,
                practice_id=practice,
                call=ActionCall(id=call_id, caller_number=number, language="de", started_at=began),
                facts=facts,
                details=details or {},
                created_at=began + timedelta(seconds=30),
            )
            await self.journal.commit_action(call_id, None, [], action)
        await self.journal.end_call(call_id, "caller", None if kind is None else kind.value)
        return call_id, None if action is None else action.id

    async def refuse(self, action_id: str) -> None:
        """Make a dead letter of an action."""
        assert await self.journal.actions.claim(action_id, datetime.now(UTC)) is not None
        await self.journal.actions.failed(action_id, 422, "HTTP 422")


@asynccontextmanager
async def staff_page(
    folder: Path, database: Path, profiles: Sequence[Path] = (PROFILE,), url: str = "http://localhost"
) -> AsyncIterator[StaffPage]:
    """Serve the page from ``folder``; ``url`` is how the browser comes to it."""
    journal = await Journal.open(database)
    clock = Clock()
    users = StaffUsers(folder / "staff-users.json", CHEAP)
    woken: list[str] = []
    state = {"health": "ok"}

    async def health() -> str:
        return state["health"]

    async def api_health() -> Health:
        return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})

    context = StaffContext(
        practices=PracticeDirectory(load_profiles(profiles)),
        journal=journal,
        live=LiveCalls(),
        users=users,
        recordings=Recordings(folder / "recordings"),
        health=health,
        notify_outbox=lambda: woken.append("outbox"),
        sessions=Sessions(clock),
        limit=SignInLimit(clock),
    )
    app = create_app(api_health, token=TOKEN)
    add_pages(app, context)
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url)
    try:
        yield StaffPage(app, context, journal, browser, clock, state, woken)
    finally:
        await browser.aclose()
        await journal.close()
