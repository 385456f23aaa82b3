"""What every page of the staff needs, and who is asking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.conversation.live_calls import LiveCalls
from gateway.language import Language
from gateway.practice.directory import PracticeDirectory
from gateway.practice.profile import PracticeProfile
from gateway.records.journal import Journal
from gateway.web.recordings import Recordings
from gateway.web.sessions import Session, Sessions
from gateway.web.sign_in_limit import SignInLimit
from gateway.web.users import StaffUsers
from gateway.web.wording import Wording


@dataclass(frozen=True, slots=True)
class StaffContext:
    """The parts behind the pages.

    ``health`` returns how the gateway is; ``notify_outbox`` lets it look for actions that became due. Passwords
    are taken over a network without TLS only where ``without_tls`` says so.
    """

    practices: PracticeDirectory
    journal: Journal
    live: LiveCalls
    users: StaffUsers
    recordings: Recordings
    health: Callable[[], Awaitable[Literal["ok", "degraded", "down"]]]
    notify_outbox: Callable[[], None]
    without_tls: bool = False
    sessions: Sessions = field(default_factory=Sessions)
    limit: SignInLimit = field(default_factory=SignInLimit)
    streams: set[object] = field(default_factory=set)
    """Whoever watches what happens now."""

    def practice(self, practice_id: str) -> PracticeProfile:
        """Return a call's practice; the first one where the call's is not answered any more."""
        profiles = self.practices.profiles
        return next((profile for profile in profiles if profile.id == practice_id), profiles[0])

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that days begin and end in."""
        return self.practices.profiles[0].zone

    @property
    def fallback_language(self) -> Language:
        """The language of the page where a browser asks for none of ours."""
        return self.practices.profiles[0].languages[0]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a page, in which language; ``session`` is None on the page where one signs in."""

    words: Wording
    session: Session | None
    path: str = "/"


@dataclass(frozen=True, slots=True)
class SignedIn(Visitor):
    """Somebody of the staff."""

    session: Session
    path: str = "/"
