"""The seam at which requests outside a dialog are let in, before any state is kept for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.messages.message import Request
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.session_parameters import SessionParameters


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request is served. ``trunk`` is the id of the trunk that it came by, None where there are no trunks."""

    trunk: str | None = None
    parameters: SessionParameters = field(default_factory=SessionParameters)
    trusts_identity: bool = True
    """Whether the peer is believed in who calls (RFC 3325 section 5)."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing is sent: the sender learns not even that somebody listens."""


Verdict: TypeAlias = Admitted | Refusal | Dropped
"""A ``Refusal`` is sent without a transaction, so that it costs no memory (RFC 3261 section 8.2.7)."""


class RequestPolicy(Protocol):
    """Decides about each new request outside a dialog but ACK and CANCEL. It is not asked about retransmissions."""

    def trusts(self, host: str) -> bool:
        """Return whether ``host`` is known by its address: a trunk's own server, or one that needs no password.

        Such a source is answered also where no trunk can be found (what it sends cannot be read, or its dialog is
        unknown), and is never shut out. Anybody else hears nothing then. Asked often, so it has to be quick.
        """

    def judge(self, request: Request, source: Hop, now: float) -> Verdict:
        """Return what becomes of ``request`` that came from ``source``; ``now`` is in seconds, monotonic."""


class AdmitAll:
    """Admits every request: for a user agent whose sources are all trusted."""

    def trusts(self, host: str) -> bool:
        """Return that it does."""
        del host
        return True

    def judge(self, request: Request, source: Hop, now: float) -> Verdict:
        """Return ``Admitted`` without a trunk."""
        del request, source, now
        return Admitted()
