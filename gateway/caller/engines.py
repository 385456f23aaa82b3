"""The caller's ears: recognition by an OpenAI-compatible server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.speech.client import HttpRecogniser, new_client
from gateway.speech.interface import Recogniser


@asynccontextmanager
async def open_recogniser(base_url: str | None, token: str | None = None) -> AsyncIterator[Recogniser | None]:
    """Give a recogniser at ``base_url``, which need not answer; None for None. ``token`` is its bearer token."""
    if base_url is None:
        yield None
        return
    async with new_client() as client:
        yield HttpRecogniser(base_url, token=token, client=client)
