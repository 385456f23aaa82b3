"""Session timers (RFC 4028): both sides notice when a call is gone, because nobody refreshes it any more.

Pure: requests, responses and a clock go in, header fields and what is due come out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TypeAlias

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.messages.grammar import parse_parameters
from gateway.telephony.messages.message import Message, Request, Response
from gateway.telephony.sessions.option_tags import TIMER, supports
from gateway.telephony.sessions.session_parameters import ExtensionMode

SHORTEST_INTERVAL_S = 90
"""No session interval may be shorter (RFC 4028 section 5)."""
MOST_BEFORE_EXPIRY_S = 32
"""A session is ended this long before it expires, or a third of its interval if that is less (section 10)."""

Headers: TypeAlias = tuple[tuple[str, str], ...]
_SECONDS = re.compile(r"[0-9]{1,9}")


class Due(StrEnum):
    """What a session timer wants."""

    REFRESH = auto()
    """This side has to refresh the session."""
    EXPIRED = auto()
    """Nobody refreshed the session: it is to be ended with BYE."""


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """A Session-Expires header: the interval in seconds, and who refreshes in terms of the request's sides."""

    interval_s: int
    refresher: str | None = None
    """``uac``, ``uas`` or None where it is left open."""


def parse_session_expires(value: str) -> SessionExpires:
    """Parse a Session-Expires value; raise ValueError when it cannot be read."""
    seconds, _, parameters = value.partition(";")
    refresher = (parse_parameters(parameters).get("refresher") or "").lower() or None
    if not _SECONDS.fullmatch(seconds.strip()) or refresher not in ("uac", "uas", None):
        raise ValueError("Session-Expires is not seconds and a refresher")
    return SessionExpires(int(seconds), refresher)


class SessionTimer:
    """The session timer of one call, in both roles. Times are seconds of a monotonic clock."""

    def __init__(self, mode: ExtensionMode, interval_s: int, min_se_s: int) -> None:
        self._mode = mode
        self._shortest_s = max(min_se_s, SHORTEST_INTERVAL_S)
        self._proposed_s = max(interval_s, self._shortest_s)
        self._interval_s: int | None = None
        self._refreshes = False
        self._refresh_at: float | None = None
        self._expires_at: float | None = None

    @property
    def interval_s(self) -> int | None:
        """The agreed interval, None while no timer runs."""
        return self._interval_s

    @property
    def refreshes(self) -> bool:
        """Whether this side is the refresher."""
        return self._refreshes

    @property
    def deadline(self) -> float | None:
        """When ``due`` has something to say."""
        times = [time for time in (self._refresh_at, self._expires_at) if time is not None]
        return min(times, default=None)

    def due(self, now: float) -> Due | None:
        """Return what is to be done now; a refresh is asked for once."""
        if self._expires_at is not None and now >= self._expires_at:
            self.stop()
            return Due.EXPIRED
        if self._refresh_at is not None and now >= self._refresh_at:
            self._refresh_at = None
            return Due.REFRESH
        return None

    def stop(self) -> None:
        """Let nothing become due any more."""
        self._interval_s = self._refresh_at = self._expires_at = None

    # As the side that sends INVITE or UPDATE:

    def request_headers(self) -> Headers:
        """Return the header fields of an INVITE, re-INVITE or UPDATE of ours (section 7.1 and 7.4)."""
        if self._mode is ExtensionMode.OFF:
            return ()
        interval, role = self._proposed_s, ""
        if self._interval_s is not None:
            # The roles stay; they are told in terms of the new request, of which we are the UAC.
            interval, role = max(self._interval_s, self._shortest_s), ";refresher=" + self._role("uac", "uas")
        headers = [("Session-Expires", f"{interval}{role}"), ("Min-SE", str(self._shortest_s))]
        if self._mode is ExtensionMode.REQUIRED:
            headers.append(("Require", TIMER))
        return tuple(headers)

    def take_response(self, response: Response, now: float) -> None:
        """Take a 2xx to an INVITE or UPDATE of ours: the timer runs, or no more when it holds none (section 7.2)."""
        expires = _session_expires(response)
        if self._mode is ExtensionMode.OFF or expires is None:
            self.stop()
            return
        # A response may not leave the refresher open; one that does is refreshed by us, to be safe. One with an
        # interval that no rule allows must not make us send without end.
        self._run(max(expires.interval_s, SHORTEST_INTERVAL_S), refreshes=expires.refresher != "uas", now=now)

    def take_refusal(self, response: Response) -> bool:
        """Take a 422: return whether the request is worth sending again with a longer interval (section 7.3)."""
        text = (response.headers.get("Min-SE") or "").partition(";")[0].strip()
        if not _SECONDS.fullmatch(text) or int(text) <= self._shortest_s:
            return False
        self._shortest_s = int(text)
        self._proposed_s = max(self._proposed_s, self._shortest_s)
        return True

    # As the side that answers:

    def judge(self, request: Request) -> Refusal | None:
        """Return why the session interval of ``request`` is refused, or None (section 9)."""
        try:
            expires = _read(request)
        except ValueError as error:
            return Refusal(400, str(error))
        if self._mode is ExtensionMode.OFF or expires is None or not supports(request, TIMER):
            return None
        if expires.interval_s < self._shortest_s:
            return Refusal(422, headers=(("Min-SE", str(self._shortest_s)),))
        return None

    def answer(self, request: Request, now: float) -> Headers:
        """Return the header fields of our 2xx to an INVITE or UPDATE; the timer runs from ``now``."""
        expires = _session_expires(request)
        supported = supports(request, TIMER)
        if self._mode is ExtensionMode.OFF or (expires is None and not supported):
            self.stop()
            return ()
        least = max(self._shortest_s, _min_se(request))
        interval = self._proposed_s if expires is None else min(expires.interval_s, self._proposed_s)
        if not supported:
            refreshes = True
        elif expires is not None and expires.refresher is not None:
            refreshes = expires.refresher == "uas"
        else:
            # Left open: whoever refreshed so far goes on, and at first the caller, whose silence then tells us.
            refreshes = self._interval_s is not None and self._refreshes
        self._run(max(interval, least), refreshes=refreshes, now=now)
        headers = (("Session-Expires", f"{self._interval_s};refresher={self._role('uas', 'uac')}"),)
        return headers if refreshes else (*headers, ("Require", TIMER))

    def _role(self, ours: str, theirs: str) -> str:
        return ours if self._refreshes else theirs

    def _run(self, interval_s: int, *, refreshes: bool, now: float) -> None:
        self._interval_s = interval_s
        self._refreshes = refreshes
        self._refresh_at = now + interval_s / 2 if refreshes else None
        self._expires_at = now + interval_s - min(MOST_BEFORE_EXPIRY_S, interval_s / 3)


def _read(message: Message) -> SessionExpires | None:
    value = message.headers.get("Session-Expires")
    return None if value is None else parse_session_expires(value)


def _session_expires(message: Message) -> SessionExpires | None:
    try:
        return _read(message)
    except ValueError:
        return None


def _min_se(message: Message) -> int:
    text = (message.headers.get("Min-SE") or "").partition(";")[0].strip()
    return int(text) if _SECONDS.fullmatch(text) else 0
