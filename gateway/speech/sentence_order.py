"""What a synthesis server may know of the order in which sentences are needed.

It is told beside the text, not by an argument through all the hands that a sentence passes (fallback, cache,
preparation): most of them have no use for it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

_later: ContextVar[bool] = ContextVar("later_sentence", default=False)
_SALT = secrets.token_bytes(16)


@contextmanager
def later_sentence(later: bool = True) -> Iterator[None]:
    """Mark what is asked for in this block, and in tasks that begin in it, as heard after another sentence.

    A sentence that nobody waits for in silence yields to those that somebody does wait for.
    """
    token = _later.set(later)
    try:
        yield
    finally:
        _later.reset(token)


def is_later_sentence() -> bool:
    """Whether the sentence that is asked for is heard after another one."""
    return _later.get()


def opaque_call() -> str | None:
    """Return a name for the call whose sentence is asked for, the same for all of its sentences; None outside calls.

    It tells nothing of the call, not even to somebody who knows its id.
    """
    call_id = structlog.contextvars.get_contextvars().get("call_id")
    if call_id is None:
        return None
    return hashlib.blake2s(str(call_id).encode(), key=_SALT, digest_size=8).hexdigest()
