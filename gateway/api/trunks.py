"""How the trunks are, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel


class TrunkReport(BaseModel):
    """One trunk. ``registration`` is null where the trunk does not register; ``since`` is when ``up`` last changed.

    ``warning`` is about what works, but should not be so, such as SRTP keys that travel unencrypted.
    """

    id: str
    up: bool
    registration: str | None
    reachability: str
    server: str | None
    error: str | None
    since: datetime
    calls: int
    max_calls: int | None
    warning: str | None = None


class TrunkReports(BaseModel):
    """All trunks."""

    trunks: list[TrunkReport]


TrunkSource = Callable[[], list[TrunkReport]]


def create_trunks_router(source: TrunkSource) -> APIRouter:
    """Return the route; ``source`` tells how the trunks are now."""
    router = APIRouter()

    @router.get("/api/trunks", summary="Are the trunks registered, and do their servers respond?")
    async def read_trunks() -> TrunkReports:
        """Return every trunk with its state, the one of the configuration's first line first."""
        return TrunkReports(trunks=source())

    return router
