"""Dialogs (RFC 3261 section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import Headers, Request, Response
from gateway.telephony.messages.uri import SipUri, Uri
from gateway.telephony.network.nat import in_dialog_hop, moved_origin
from gateway.telephony.network.transport import Hop, next_hop

DialogId: TypeAlias = tuple[str, str, str]
"""Call-ID, local tag, remote tag."""


@dataclass(slots=True)
class Dialog:
    """The state that two user agents share over the requests of one call."""

    call_id: str
    local: NameAddress
    remote: NameAddress
    remote_target: Uri
    route_set: tuple[NameAddress, ...]
    local_cseq: int
    origin: Hop
    """Where the peer really is: requests go there when the next hop leads nowhere from here."""
    remote_cseq: int | None = None

    @classmethod
    def as_server(cls, request: Request, local_tag: str, source: Hop) -> Dialog:
        """Return the dialog that our response to ``request`` makes (section 12.1.1); raise ``MalformedMessage``."""
        return cls(
            call_id=request.call_id,
            local=request.to_address.tagged(local_tag),
            remote=request.from_address,
            remote_target=_contact(request),
            route_set=tuple(request.addresses("Record-Route")),
            local_cseq=0,
            remote_cseq=request.cseq.number,
            origin=source,
        )

    @classmethod
    def as_client(cls, request: Request, response: Response, hop: Hop) -> Dialog:
        """Return the dialog that ``response`` to our request makes (section 12.1.2); raise ``MalformedMessage``."""
        return cls(
            call_id=request.call_id,
            local=request.from_address,
            remote=response.to_address,
            remote_target=_contact(response),
            route_set=tuple(reversed(response.addresses("Record-Route"))),
            local_cseq=request.cseq.number,
            origin=hop,
        )

    @property
    def dialog_id(self) -> DialogId:
        """What finds this dialog."""
        return self.call_id, self.local.tag, self.remote.tag

    def next_cseq(self) -> int:
        """Return the number of our next request."""
        self.local_cseq += 1
        return self.local_cseq

    def accepts(self, request: Request, source: Hop | None = None) -> bool:
        """Note the CSeq of a request from the peer; False when it is out of order and gets 500 (section 12.2.2).

        ``source`` is where it came from: NAT may have given the peer another address since the dialog began.
        """
        number = request.cseq.number
        if self.remote_cseq is not None and number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        if source is not None:
            self.origin = moved_origin(self.origin, source)
        return True

    def refresh_target(self, message: Request | Response) -> None:
        """Take the Contact of a target refresh as the new remote target, if it has one; raise ``MalformedMessage``."""
        self.remote_target = self.target_in(message)

    def target_in(self, message: Request | Response) -> Uri:
        """Return what ``refresh_target`` would make the remote target; raise ``MalformedMessage``."""
        return _contact(message) if "Contact" in message.headers else self.remote_target

    def create_request(self, method: str, via: str, cseq: int | None = None) -> tuple[Request, Hop]:
        """Return a request within this dialog and where it goes (section 12.2.1.1).

        ``cseq`` is that of the INVITE for an ACK; any other request takes the next number.
        """
        if cseq is None:
            cseq = self.next_cseq()
        uri, routes = self.remote_target, list(self.route_set)
        hop_uri = uri
        if routes:
            first = routes[0].uri
            hop_uri = first
            if isinstance(first, SipUri) and "lr" not in first.parameters:
                # A strict router wants itself in the Request-URI and the target at the end of the routes.
                routes = [*routes[1:], NameAddress(uri)]
                uri = SipUri(
                    first.host, first.user, first.port, first.parameters.without("method"), scheme=first.scheme
                )
        headers = Headers([("Via", via), ("Max-Forwards", 70)])
        for route in routes:
            headers.add("Route", route)
        headers.add("From", self.local)
        headers.add("To", self.remote)
        headers.add("Call-ID", self.call_id)
        headers.add("CSeq", f"{cseq} {method}")
        return Request(method=method, uri=uri, headers=headers), self._hop(hop_uri)

    def _hop(self, uri: Uri) -> Hop:
        try:
            hop = next_hop(uri)
        except ValueError:
            return self.origin
        return in_dialog_hop(hop, self.origin)


def receiving_dialog_id(request: Request) -> DialogId:
    """Return what finds the dialog that a request from the peer is within (section 12)."""
    return request.call_id, request.to_address.tag, request.from_address.tag


def _contact(message: Request | Response) -> Uri:
    contacts = message.addresses("Contact")
    if len(contacts) != 1:
        raise MalformedMessage("The Contact header is missing or is there more than once")
    return contacts[0].uri
