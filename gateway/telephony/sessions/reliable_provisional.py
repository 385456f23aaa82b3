"""Reliable provisional responses (RFC 3262): the called side repeats them until PRACK, the caller keeps their order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.telephony.messages.message import Request, Response
from gateway.telephony.sessions.option_tags import RELIABLE_PROVISIONAL, is_listed
from gateway.telephony.transactions.timers import Retransmission, Timers

_RACK = re.compile(r"([0-9]{1,10})\s+([0-9]{1,10})\s+(\S+)")
_RSEQ = re.compile(r"[0-9]{1,10}")


@dataclass(slots=True)
class _Unacknowledged:
    response: Response
    rseq: int
    has_session: bool
    expires: float
    retransmission: Retransmission | None


class ReliableSender:
    """What the called side keeps of its reliable provisional responses to one INVITE. One is under way at a time."""

    def __init__(self, timers: Timers, first_rseq: int) -> None:
        self._timers = timers
        self._next_rseq = first_rseq
        self._waiting: _Unacknowledged | None = None

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        waiting = self._waiting
        if waiting is None or waiting.retransmission is None:
            return None
        return min(waiting.expires, waiting.retransmission.due)

    @property
    def is_waiting(self) -> bool:
        """Whether a response waits for its PRACK, so that no other may be sent reliably."""
        return self._waiting is not None

    @property
    def holds_session(self) -> bool:
        """Whether the response that waits has a session description, so that even the 2xx has to wait."""
        return self._waiting is not None and self._waiting.has_session

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the header fields that make the next response reliable."""
        return (("Require", RELIABLE_PROVISIONAL), ("RSeq", str(self._next_rseq)))

    def sent(self, response: Response, now: float) -> None:
        """Note that ``response``, with the header fields of ``headers``, was sent."""
        self._waiting = _Unacknowledged(
            response,
            self._next_rseq,
            bool(response.body),
            now + self._timers.timeout,
            Retransmission.beginning(now, self._timers.t1),
        )
        self._next_rseq += 1

    def acknowledge(self, prack: Request) -> Response | None:
        """Return the response that ``prack`` acknowledges, which is done with, or None when there is none (481).

        Raises ValueError when its RAck cannot be read.
        """
        match = _RACK.fullmatch((prack.headers.get("RAck") or "").strip())
        if match is None:
            raise ValueError("The RAck header is not a response number, a sequence number and a method")
        waiting = self._waiting
        meant = int(match[1]), int(match[2]), match[3]
        if waiting is None or meant != (waiting.rseq, waiting.response.cseq.number, waiting.response.cseq.method):
            return None
        self._waiting = None
        return waiting.response

    def quieten(self) -> None:
        """Send nothing again, as a final response has gone out; a PRACK may still come (section 3)."""
        if self._waiting is not None:
            self._waiting.retransmission = None

    def has_expired(self, now: float) -> bool:
        """Return whether the PRACK is overdue."""
        waiting = self._waiting
        return waiting is not None and waiting.retransmission is not None and now >= waiting.expires

    def poll(self, now: float) -> Response | None:
        """Return the response that is to be sent again now."""
        waiting = self._waiting
        if waiting is None or waiting.retransmission is None or now < waiting.retransmission.due:
            return None
        waiting.retransmission.advance(now)
        return waiting.response


class ReliableReceiver:
    """What the calling side keeps of one early dialog's reliable provisional responses."""

    def __init__(self) -> None:
        self._last: int | None = None

    def take(self, response: Response) -> str | None:
        """Return the RAck of the PRACK that ``response`` is owed, or None: a repetition, or one that comes too soon.

        Raises ValueError when its RSeq cannot be read.
        """
        text = (response.headers.get("RSeq") or "").strip()
        if not _RSEQ.fullmatch(text):
            raise ValueError("The RSeq header is not a number")
        rseq = int(text)
        if self._last is not None and rseq != self._last + 1:
            return None
        self._last = rseq
        return f"{rseq} {response.cseq}"


def is_reliable(response: Response) -> bool:
    """Return whether ``response`` is provisional and demands PRACK."""
    return 100 < response.status < 200 and is_listed(response, "Require", RELIABLE_PROVISIONAL)
