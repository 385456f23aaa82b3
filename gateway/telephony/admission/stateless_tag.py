"""To tags of responses that are sent without a transaction (RFC 3261 section 8.2.7)."""

from __future__ import annotations

import hashlib

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.message import Request

_NAMING = ("Via", "From", "Call-ID", "CSeq")


def stateless_tag(key: bytes, request: Request) -> str | None:
    """Return the tag for To: the same for each retransmission, and nobody without ``key`` can tell it beforehand.

    None when To cannot be read, so that nothing can be added to it.
    """
    try:
        _ = request.to_address
    except MalformedMessage:
        return None
    named = "\n".join(value for name in _NAMING for value in request.headers.get_all(name))
    return hashlib.blake2s(named.encode("utf-8", "surrogateescape"), key=key, digest_size=8).hexdigest()
