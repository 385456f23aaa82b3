"""The Replaces header: an INVITE that takes a call over from another one (RFC 3891)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.messages.grammar import parse_parameters
from gateway.telephony.messages.message import Request
from gateway.telephony.sessions.dialog import DialogId
from gateway.telephony.sessions.refusal import Refused

if TYPE_CHECKING:
    from gateway.telephony.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Replaces:
    """The dialog that is to be replaced, as we know it. ``early_only`` demands that it is not answered yet."""

    dialog_id: DialogId
    early_only: bool = False


def parse_replaces(request: Request) -> Replaces | None:
    """Return what ``request`` replaces, None for nothing; raise ``Refused`` when that cannot be read."""
    values = request.headers.get_all("Replaces")
    if not values:
        return None
    if len(values) > 1 or "Join" in request.headers:
        raise Refused(Refusal(400, "There may be only one Replaces header, and no Join beside it"))
    call_id, _, rest = values[0].partition(";")
    try:
        parameters = parse_parameters(rest)
    except ValueError as error:
        raise Refused(Refusal(400, f"The Replaces header cannot be read: {error}")) from error
    ours, theirs = parameters.get("to-tag"), parameters.get("from-tag")
    if not call_id.strip() or ours is None or theirs is None:
        raise Refused(Refusal(400, "The Replaces header lacks Call-ID, to-tag or from-tag"))
    # A tag of zero stands for that of a RFC 2543 peer, which has none.
    return Replaces((call_id.strip(), ours, "" if theirs == "0" else theirs), "early-only" in parameters)


def find_replaced(request: Request, trunk: str | None, find: Callable[[DialogId], Session | None]) -> Session | None:
    """Return the call that ``request``, which came by ``trunk``, takes over; None when it replaces nothing.

    Raises ``Refused`` as section 3 says. Only who is on the same trunk may take a call over: it is the trunk that
    vouches for its callers.
    """
    wanted = parse_replaces(request)
    if wanted is None:
        return None
    session = find(wanted.dialog_id)
    if session is None or (not session.confirmed and not session.owns_call_id):
        raise Refused(Refusal(481, "There Is No Such Call To Replace"))
    if session.trunk != trunk:
        raise Refused(Refusal(403, "The Call To Replace Is Another Trunk's"))
    if session.end is not None:
        raise Refused(Refusal(603, "The Call To Replace Is Over"))
    if session.confirmed and wanted.early_only:
        raise Refused(Refusal(486, "The Call To Replace Is Answered Already"))
    return session
