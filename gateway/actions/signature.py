"""The signature by which the practice's application knows that an action comes from its gateway.

``X-Gateway-Signature: t=1764000000,v1=5f…``: ``t`` is the time of sending in seconds since 1970, ``v1`` the hexadecimal
HMAC-SHA256 (RFC 2104) of ``t``, a full stop and the request's body. The time is signed with the body, so an old request
cannot be sent again once it is older than the receiver's tolerance.
"""

from __future__ import annotations

import hashlib
import hmac
import re

SIGNATURE_HEADER = "X-Gateway-Signature"
TOLERANCE_S = 300
"""How far a signature's time may be from the receiver's clock."""

_FORM = re.compile(r"t=(?P<time>[0-9]{1,15}),v1=(?P<digest>[0-9a-f]{64})")


class SignatureInvalid(Exception):
    """The signature is missing, malformed, too old, or not by the holder of the secret."""


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """Return the header's value for ``body`` sent at ``timestamp``, in seconds since 1970."""
    return f"t={timestamp},v1={_digest(body, secret, timestamp)}"


def verify(header: str | None, body: bytes, secret: str, now: float, tolerance_s: float = TOLERANCE_S) -> None:
    """Raise ``SignatureInvalid`` unless ``header`` signs ``body`` with ``secret`` at most ``tolerance_s`` from ``now``.

    The comparison takes the same time wherever the digests differ, so it tells nothing about the right one.
    """
    match = _FORM.fullmatch(header or "")
    if match is None:
        raise SignatureInvalid(f"The header {SIGNATURE_HEADER} is missing or malformed.")
    timestamp = int(match["time"])
    if not hmac.compare_digest(_digest(body, secret, timestamp), match["digest"]):
        raise SignatureInvalid("The signature does not match the body.")
    if abs(now - timestamp) > tolerance_s:
        raise SignatureInvalid("The signature is too old or from the future; compare the clocks.")


def _digest(body: bytes, secret: str, timestamp: int) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
