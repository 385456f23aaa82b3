"""Keys of SRTP in a session description, SDES: ``a=crypto`` lines (RFC 4568, RFC 7714).

a=crypto:<tag> <suite> inline:<base64 of key and salt>[|<lifetime>][|<MKI>:<length>] [<session parameters>]
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.telephony.messages.sdp import MediaDescription

CRYPTO = "crypto"
"""Name of the attribute."""
KEY_LENGTHS = MappingProxyType(
    {
        "AEAD_AES_256_GCM": 32 + 12,
        "AEAD_AES_128_GCM": 16 + 12,
        "AES_CM_128_HMAC_SHA1_80": 16 + 14,
        "AES_CM_128_HMAC_SHA1_32": 16 + 14,
    }
)
"""Octets of master key and salt together, of each suite that we have (RFC 4568 section 6.2, RFC 7714 section 12)."""
OFFERED_SUITES = ("AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
"""What our own offers hold, the best first. Who has AEAD_AES_128_GCM has one of these too, and a datagram is short."""

_LINE = re.compile(r" *([0-9]{1,9}) +([A-Za-z0-9_]{1,64}) +([^ ]+)((?: +[^ ]+)*) *")
_LIFETIME = re.compile(r"2\^[0-9]{1,2}|[1-9][0-9]{0,19}")
_HARMLESS_PARAMETER = re.compile(r"WSH=[0-9]{1,5}|-.+", re.IGNORECASE)
"""A wish about the size of the replay window, and whatever may be ignored (RFC 4568 section 6.3)."""


class CryptoError(ValueError):
    """An ``a=crypto`` line cannot be used; the message says why, in a clause without a capital letter."""


@dataclass(frozen=True, slots=True)
class CryptoLine:
    """One ``a=crypto`` line: the key of whoever wrote it, by which that side encrypts what it sends."""

    tag: int
    suite: str
    key: bytes = field(repr=False)
    """The master key followed by its salt."""

    @classmethod
    def fresh(cls, tag: int, suite: str) -> CryptoLine:
        """Return a line with a new random key."""
        return cls(tag, suite, secrets.token_bytes(KEY_LENGTHS[suite]))

    def attribute(self) -> tuple[str, str]:
        """Return the line as an attribute of a description."""
        return CRYPTO, f"{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode('ascii')}"


def parse_crypto(value: str) -> CryptoLine:
    """Return what the ``value`` of an ``a=crypto`` line says; raise ``CryptoError`` when we cannot do as it says.

    A lifetime is not kept: whoever wrote the line has to send a new key in time (RFC 4568 section 6.1), and 2^48
    packets, of which libsrtp makes sure by itself, are more than any call has. A master key identifier is refused, as
    every packet would have it.
    """
    match = _LINE.fullmatch(value)
    if match is None:
        raise CryptoError("a line cannot be read")
    tag, suite, methods, parameters = match.groups()
    length = KEY_LENGTHS.get(suite.upper())
    if length is None:
        raise CryptoError("the suite is not known")
    for parameter in parameters.split():
        if not _HARMLESS_PARAMETER.fullmatch(parameter):
            raise CryptoError("a session parameter is not known")
    method, colon, info = methods.partition(":")
    if method.lower() != "inline" or not colon:
        raise CryptoError("the key is not given inline")
    if ";" in info:
        raise CryptoError("there are several keys in one line, which takes a master key identifier")
    text, *limits = info.split("|")
    if any(":" in limit for limit in limits):
        raise CryptoError("the key has a master key identifier")
    if len(limits) > 1 or not all(map(_LIFETIME.fullmatch, limits)):
        raise CryptoError("the key's lifetime cannot be read")
    return CryptoLine(int(tag), suite.upper(), _decode(text, length))


def crypto_lines(media: MediaDescription) -> list[CryptoLine]:
    """Return the lines of ``media`` that can be used, in their order; raise ``CryptoError`` when none of them can.

    There are none where the section has no ``a=crypto`` at all.
    """
    lines: list[CryptoLine] = []
    problem: CryptoError | None = None
    for value in media.values(CRYPTO):
        try:
            lines.append(parse_crypto(value))
        except CryptoError as error:
            problem = problem or error
    if not lines and problem is not None:
        raise problem
    return lines


def _decode(text: str, length: int) -> bytes:
    # Some phones leave the padding out.
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        key = base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("the key is not in base64") from error
    if len(key) != length:
        raise CryptoError("the key has not the length that its suite needs")
    return key
