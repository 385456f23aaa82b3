"""Session descriptions for the tests of offer and answer."""

from __future__ import annotations

import base64

from gateway.telephony.messages.sdp import SessionDescription, parse_sdp
from gateway.telephony.sessions.offer_answer import LocalMedia

OURS = LocalMedia("192.0.2.1", 4000)


def describe(*lines: str, connection: str | None = "IN IP4 192.0.2.10") -> SessionDescription:
    """Return the peer's description with these ``m=`` and ``a=`` lines."""
    head = ["v=0", "o=- 1 1 IN IP4 192.0.2.10", "s=-", *([f"c={connection}"] if connection else []), "t=0 0"]
    return parse_sdp("\r\n".join([*head, *lines, ""]).encode())


def key(first: int, length: int = 30) -> bytes:
    """Return a key that is told apart by its first octet."""
    return bytes([first, *range(length - 1)])


def crypto(tag: int = 1, suite: str = "AES_CM_128_HMAC_SHA1_80", master: bytes | None = None, after: str = "") -> str:
    """Return an ``a=crypto`` line."""
    lengths = {"AEAD_AES_256_GCM": 44, "AEAD_AES_128_GCM": 28}
    text = base64.b64encode(master or key(tag, lengths.get(suite, 30))).decode()
    return f"a=crypto:{tag} {suite} inline:{text}{after}"
