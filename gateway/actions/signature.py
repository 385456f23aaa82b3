"""The signature by which the practice's application knows that an action comes from its gateway.

``X-Gateway-Signature: t=1764000000,v1=5f…``: ``t`` is the time of sending in seconds since 1970, ``v1`` the hexadecimal
HMAC-SHA256 (RFC 2104) of ``t``, a full stop and the request's body. The time is signed with the body, so an old request
cannot be sent again once it is older than the receiver's tolerance.

While a secret is being replaced the header holds two ``v1``, one by the new secret and one by the previous one; a
receiver takes a request of which one verifies. So neither side has to change its secret at the same moment.
"""

from __future__ import annotations

import hashlib
import hmac
import re

SIGNATURE_HEADER = "X-Gateway-Signature"
TOLERANCE_S = 300
"""How far a signature's time may be from the receiver's clock."""

_MOST_DIGESTS = 4
_FORM = re.compile(rf"t=(?P<time>[0-9]{{1,15}})(?P<digests>(?:,v1=[0-9a-f]{{64}}){{1,{_MOST_DIGESTS}}})")
_DIGEST_STARTS = len(",v1=")
_DIGEST_LENGTH = _DIGEST_STARTS + 64


class SignatureInvalid(Exception):
    """The signature is missing, malformed, too old, or not by the holder of the secret."""


def sign(body: bytes, secret: str, timestamp: int, previous_secret: str | None = None) -> str:
    """Return the header's value for ``body`` sent at ``timestamp``, in seconds since 1970.

    With a ``previous_secret`` it verifies with either of the two.
    """
    secrets = (secret,) if previous_secret is None else (secret, previous_secret)
    return f"t={timestamp}" + "".join(f",v1={_digest(body, one, timestamp)}" for one in secrets)


def verify(header: str | None, body: bytes, secret: str, now: float, tolerance_s: float = TOLERANCE_S) -> None:
    """Raise ``SignatureInvalid`` unless ``header`` signs ``body`` with ``secret`` at most ``tolerance_s`` from ``now``.

    The comparison takes the same time wherever the digests differ, and whichever of several is the right one, so it
    tells nothing about it.
    """
    match = _FORM.fullmatch(header or "")
    if match is None:
        raise SignatureInvalid(f"The header {SIGNATURE_HEADER} is missing or malformed.")
    timestamp = int(match["time"])
    expected = _digest(body, secret, timestamp)
    given = match["digests"]
    digests = [given[start + _DIGEST_STARTS : start + _DIGEST_LENGTH] for start in range(0, len(given), _DIGEST_LENGTH)]
    if not any([hmac.compare_digest(expected, digest) for digest in digests]):  # noqa: C419 - all of them, always
        raise SignatureInvalid("The signature does not match the body.")
    if abs(now - timestamp) > tolerance_s:
        raise SignatureInvalid("The signature is too old or from the future; compare the clocks.")


def _digest(body: bytes, secret: str, timestamp: int) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
