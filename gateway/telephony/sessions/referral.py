"""Handing a call over to somebody else: REFER and the NOTIFYs that tell how it goes (RFC 3515), sans I/O.

One ``Referral`` is one REFER within the dialog of an answered call. It asks the peer to call a third party; with a
Replaces header in that party's URI (RFC 3891) the peer takes over a call that we hold with the third party already.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from gateway.telephony.errors import CallFailed
from gateway.telephony.messages.grammar import parse_parameters
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import Request, Response
from gateway.telephony.messages.uri import SipUri, Uri
from gateway.telephony.sessions.dialog import Dialog
from gateway.telephony.sessions.session import Session
from gateway.telephony.transactions.transaction_layer import ClientTransaction, ServerTransaction

SIPFRAG_TYPE = "message/sipfrag"
_STATUS_LINE = re.compile(rb"\s*SIP/2\.0[ \t]+([1-6][0-9]{2})(?:[ \t]+([^\r\n]*))?", re.IGNORECASE)
_UNRESERVED = "-_.!~*'()"


class ReferralResult(StrEnum):
    """What became of a REFER."""

    SUCCEEDED = "succeeded"
    """The third party has answered."""
    UNWATCHED = "unwatched"
    """The peer took the REFER over and tells nothing about it (Refer-Sub: false, RFC 4488)."""
    REFUSED = "refused"
    """The peer does not transfer: it refused the REFER, or did not respond to it in time."""
    FAILED = "failed"
    """The peer tried, and the third party did not answer or refused."""
    SILENT = "silent"
    """The peer accepted and did not tell the end in time."""
    PEER_LEFT = "peer_left"
    """The call was over before the end was told."""


@dataclass(frozen=True, slots=True)
class ReferralOutcome:
    """The end of a referral. ``status`` and ``reason`` are the last ones that the peer gave, if it gave any."""

    result: ReferralResult
    status: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReferralTimes:
    """How long a referral may take, in seconds."""

    accept_s: float = 10.0
    """From the REFER to its final response."""
    progress_s: float = 60.0
    """From there to the NOTIFY with a final status."""


class Referral:
    """One REFER to ``target`` in the dialog of ``session``.

    ``tell`` is called after each change of ``progress`` and once with ``outcome``. ``start`` sends the REFER; until
    then nothing happens. The NOTIFYs of this dialog are taken by the latest referral.
    """

    def __init__(
        self,
        session: Session,
        target: NameAddress,
        *,
        tell: Callable[[Referral], None],
        referred_by: NameAddress | None = None,
        times: ReferralTimes | None = None,
    ) -> None:
        self.outcome: ReferralOutcome | None = None
        """How it ended; None while it is under way."""
        self.progress: int | None = None
        """The last status that the peer reported of the third party."""
        self.deadline: float | None = None
        """When to poll."""
        self._session = session
        self._signalling = session.signalling
        self._target = target
        self._tell = tell
        self._referred_by = referred_by
        self._times = times or ReferralTimes()
        self._refer: ClientTransaction | None = None
        self._accepted = False
        self._reason = ""

    def start(self, now: float) -> None:
        """Send the REFER; raise ``CallEnded`` when the call has no dialog, or none any more."""
        headers = [("Refer-To", str(self._target))]
        if self._referred_by is not None:
            headers.append(("Referred-By", str(self._referred_by)))
        if self._session.dialog is not None:
            headers.append(("Contact", self._session.contact(self._session.dialog.origin)))
        self._refer = self._session.send_request("REFER", now, owner=self, headers=tuple(headers))
        self._session.handlers["NOTIFY"] = self.receive_notify
        self._wait(now + self._times.accept_s)

    def poll(self, now: float) -> None:
        """Give up what has taken too long."""
        if self.deadline is None or now < self.deadline:
            return
        if self._refer is not None and not self._accepted:
            self._signalling.abandon(self._refer)
            self._end(ReferralResult.REFUSED, None, "The peer did not respond to REFER")
        else:
            self._end(ReferralResult.SILENT, self.progress, self._reason)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to the REFER."""
        if transaction is not self._refer or self.outcome is not None or response.status < 200:
            return
        if response.status >= 300:
            self._end(ReferralResult.REFUSED, response.status, response.reason)
        elif (response.headers.get("Refer-Sub") or "").partition(";")[0].strip().lower() == "false":
            self._end(ReferralResult.UNWATCHED, response.status, response.reason)
        else:
            self._accepted = True
            self._wait(now + self._times.progress_s)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that the REFER got no final response, or could not be sent."""
        del now
        if transaction is self._refer:
            self._end(ReferralResult.REFUSED, None, error or "The peer did not respond to REFER")

    def receive_notify(self, transaction: ServerTransaction, now: float) -> None:
        """Take a NOTIFY of this dialog; one may come before the response to the REFER (RFC 3515 section 2.4.4)."""
        request = transaction.request
        refusal = self._refusal(request)
        if refusal is not None:
            status, reason, headers = refusal
            self._signalling.respond(transaction, status, reason, now=now, headers=headers)
            return
        self._signalling.respond(transaction, 200, now=now)
        reported = read_sipfrag(request.body)
        terminated = _subscription_state(request) == "terminated"
        if reported is not None:
            self.progress, self._reason = reported
        if self.progress is not None and self.progress >= 200:
            result = ReferralResult.SUCCEEDED if self.progress < 300 else ReferralResult.FAILED
            self._end(result, self.progress, self._reason)
        elif terminated:
            self._end(ReferralResult.FAILED, self.progress, "The peer stopped to tell how the transfer goes")
        elif reported is not None:
            self._tell(self)

    def call_ended(self) -> None:
        """Note that the call is over, after which nothing more is told."""
        self._end(ReferralResult.PEER_LEFT, self.progress, self._reason)

    def _refusal(self, request: Request) -> tuple[int, str | None, tuple[tuple[str, str], ...]] | None:
        package, _, parameters = (request.headers.get("Event") or "").partition(";")
        if package.strip().lower() != "refer":
            return 489, None, (("Allow-Events", "refer"),)
        try:
            identifier = parse_parameters(parameters).get("id")
        except ValueError:
            return 400, "The Event header cannot be read", ()
        # The number of a REFER that was challenged is known only once it has been sent again.
        refer = self._refer
        ours = None if refer is None else str(refer.request.cseq.number)
        if self.outcome is not None or identifier not in (None, ours):
            return 481, "Subscription Does Not Exist", ()
        media_type = (request.headers.get("Content-Type") or SIPFRAG_TYPE).partition(";")[0].strip().lower()
        if request.body and media_type != SIPFRAG_TYPE:
            return 415, None, (("Accept", SIPFRAG_TYPE),)
        return None

    def _wait(self, until: float) -> None:
        self.deadline = until
        self._signalling.schedule(self)

    def _end(self, result: ReferralResult, status: int | None, reason: str) -> None:
        if self.outcome is not None:
            return
        self.outcome = ReferralOutcome(result, status, reason)
        self.deadline = None
        self._signalling.schedule(self)
        self._tell(self)


def read_sipfrag(body: bytes) -> tuple[int, str] | None:
    """Return status and reason phrase of a message/sipfrag (RFC 3420), None when it does not begin with a status."""
    match = _STATUS_LINE.match(body)
    if match is None:
        return None
    return int(match[1]), (match[2] or b"").decode("utf-8", "replace").strip()


def replacing(dialog: Dialog) -> NameAddress:
    """Return the Refer-To that has the peer of ``dialog`` called by another party in our place (RFC 3891).

    Raises ``CallFailed`` when the peer's Contact is no SIP URI, which alone can carry a Replaces header.
    """
    target = dialog.remote_target
    if not isinstance(target, SipUri):
        raise CallFailed("The other party has no SIP URI that a transfer could name")
    # What is our tag is the other side's from-tag, and the reverse: they are written as that side sees them.
    replaces = f"{dialog.call_id};to-tag={dialog.remote.tag};from-tag={dialog.local.tag}"
    return NameAddress(replace(target, headers=f"Replaces={quote(replaces, safe=_UNRESERVED)}"))


def referrer(dialog: Dialog) -> NameAddress:
    """Return Referred-By (RFC 3892): who we are in ``dialog``, without tag and parameters."""
    return NameAddress(_bare(dialog.local.uri))


def _bare(uri: Uri) -> Uri:
    return SipUri(uri.host, uri.user, uri.port, scheme=uri.scheme) if isinstance(uri, SipUri) else uri


def _subscription_state(request: Request) -> str:
    return (request.headers.get("Subscription-State") or "").partition(";")[0].strip().lower()
