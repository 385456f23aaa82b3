"""Who is signed in: sessions of the staff's page, kept on the server and forgotten with it.

The cookie holds nothing but a random token; what is kept here is its hash, so that a look into the memory opens
nothing. A session ends by signing out, by its age, by idleness, and with the user or the user's password.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_S = 8 * 3600.0
"""A day's work; then one signs in again."""
IDLE_S = 30 * 60.0
MOST_SESSIONS = 1000
"""At a time; the one that was idle longest makes room."""


@dataclass(slots=True)
class Session:
    """Somebody who is signed in. ``csrf`` has to come with every form of theirs."""

    user: str
    fingerprint: str
    csrf: str
    began: float
    used: float


class Sessions:
    """All sessions; ``clock`` tells seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}

    def begin(self, user: str, fingerprint: str) -> str:
        """Begin a session of ``user`` and return the token for the cookie; see ``find`` for ``fingerprint``."""
        self._forget_ended()
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[min(self._sessions, key=lambda key: self._sessions[key].used)]
        token = secrets.token_urlsafe(32)
        now = self._clock()
        self._sessions[_key(token)] = Session(user, fingerprint, secrets.token_urlsafe(32), now, now)
        return token

    def find(self, token: str, fingerprint_of: Callable[[str], str | None], *, uses: bool = True) -> Session | None:
        """Return the session that has this token, unless it has ended.

        ``fingerprint_of`` tells what is known of a user now: where that is no longer what it was, the session has
        ended. What a page does by itself is no use of it (``uses``), so that an empty chair signs out.
        """
        key = _key(token)
        session = self._sessions.get(key)
        if session is None:
            return None
        if self._has_ended(session) or fingerprint_of(session.user) != session.fingerprint:
            del self._sessions[key]
            return None
        if uses:
            session.used = self._clock()
        return session

    def end(self, token: str) -> None:
        """End the session that has this token."""
        self._sessions.pop(_key(token), None)

    def _has_ended(self, session: Session) -> bool:
        now = self._clock()
        return now - session.began >= LONGEST_S or now - session.used >= IDLE_S

    def _forget_ended(self) -> None:
        for key in [key for key, session in self._sessions.items() if self._has_ended(session)]:
            del self._sessions[key]


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
