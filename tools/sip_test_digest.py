"""Verifies the digests that a SIPp registrar has logged: SIPp knows neither SHA-256 nor counted nonces."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


def digest_fault(log: Path, login: str, method: str = "REGISTER") -> str | None:
    """Return what is wrong with a digest in ``log``, or None; ``login`` is ``user:password``."""
    lines = re.findall(r"Digest .*", log.read_text("utf-8")) if log.exists() else []
    if not lines:
        return "SIPp has logged no digest"
    username, _, password = login.partition(":")
    for line in lines:
        fields = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', line)}
        missing = {"username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce"} - set(fields)
        if missing:
            return f"The digest lacks {', '.join(sorted(missing))}: {line}"
        if fields["response"] != _response(fields, username, password, method):
            return f"The digest is not that of the right password: {line}"
    return None


def _response(fields: dict[str, str], username: str, password: str, method: str) -> str:
    """Return the response of RFC 7616 section 3.4.1."""
    name = _HASHES[fields.get("algorithm", "MD5")]

    def hashed(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    first = hashed(f"{username}:{fields['realm']}:{password}")
    second = hashed(f"{method}:{fields['uri']}")
    return hashed(":".join([first, fields["nonce"], fields["nc"], fields["cnonce"], fields["qop"], second]))
