"""Digest authentication of those who call us: challenges without state, and replays refused (RFC 7616, RFC 8760).

What a stranger sends costs a fixed amount: a nonce is checked by one HMAC before anything else is hashed, and memory is
kept only for nonces that a right password came with. A wrong user name and a wrong password look the same and take the
same time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.telephony.authentication.digest import Challenge, digest_response, split_algorithm, split_challenges
from gateway.telephony.messages.message import Request
from gateway.telephony.messages.uri import SipUri, parse_uri

NONCE_LIFETIME_S = 300.0
"""How long a nonce may be used, in seconds."""
MOST_NONCES = 4_096
"""How many nonces that were used rightly are remembered."""
LONGEST_AUTHORIZATION = 2_048
"""How long an Authorization header may be, in characters."""
WINDOW = 64
"""How far behind the highest nonce count a request may come in late."""
_MOST_HEADERS = 4
_STAMP = struct.Struct(">d8s")
_MAC_OCTETS = 16
_PARAMETERS = ("username", "realm", "nonce", "uri", "response")


class Proof(StrEnum):
    """What a request shows of its sender."""

    RIGHT = "right"
    """It is who it says."""
    MISSING = "missing"
    """It holds no credentials for our realm."""
    STALE = "stale"
    """The nonce is old or was used already; the password was not looked at."""
    WRONG = "wrong"
    """The user name or the password is wrong, or the credentials cannot be read."""


@dataclass(slots=True)
class _Window:
    """The nonce counts that were seen of one nonce: the highest, and a bit for each of those before it."""

    highest: int = 0
    seen: int = 0

    def takes(self, count: int) -> bool:
        """Note ``count``; False when it was seen, or is too old to tell."""
        if count > self.highest:
            ahead = min(count - self.highest, WINDOW)
            self.seen = (self.seen << ahead | 1) & ((1 << WINDOW) - 1)
            self.highest = count
            return True
        behind = self.highest - count
        if behind >= WINDOW or self.seen >> behind & 1:
            return False
        self.seen |= 1 << behind
        return True


class DigestServer:
    """Challenges in one realm and verifies the answers. ``passwords`` is by user name.

    Times are in seconds of one clock. ``secret`` signs the nonces: the default holds for this process alone.
    """

    def __init__(
        self,
        realm: str,
        passwords: Mapping[str, str],
        *,
        lifetime_s: float = NONCE_LIFETIME_S,
        algorithms: tuple[str, ...] = ("SHA-256", "MD5"),
        secret: bytes | None = None,
    ) -> None:
        self._realm = realm
        self._passwords = dict(passwords)
        self._lifetime_s = lifetime_s
        self._algorithms = algorithms
        self._secret = secret or secrets.token_bytes(32)
        # Hashed in place of the password of a user who is not there, so that both take the same time.
        self._nobody = secrets.token_hex(16)
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._forgotten = float("-inf")

    def challenge(self, source: str, now: float, *, stale: bool = False) -> tuple[tuple[str, str], ...]:
        """Return the WWW-Authenticate headers of a 401 to ``source`` (an address), the strongest algorithm first."""
        nonce = self._sign(source, _STAMP.pack(now, secrets.token_bytes(8)))
        tail = ", stale=true" if stale else ""
        return tuple(
            ("WWW-Authenticate", f'Digest realm="{self._realm}", nonce="{nonce}", algorithm={name}, qop="auth"{tail}')
            for name in self._algorithms
        )

    def verify(self, request: Request, source: str, now: float) -> tuple[Proof, str | None]:
        """Return what ``request`` from ``source`` shows, and the user name when it is ``Proof.RIGHT``."""
        given = self._find(request)
        if given is None:
            return Proof.MISSING, None
        algorithm = split_algorithm(given.get("algorithm", "MD5"))
        count = _nonce_count(given)
        if (
            any(name not in given for name in _PARAMETERS)
            or algorithm is None
            or algorithm[0] not in self._algorithms
            or count is None
            or not _same_target(given["uri"], request)
        ):
            return Proof.WRONG, None
        issued = self._issued(given["nonce"], source)
        if issued is None or not issued <= now <= issued + self._lifetime_s or issued <= self._forgotten:
            return Proof.STALE, None
        if not self._is_right(given, request, algorithm):
            return Proof.WRONG, None
        if not self._takes(given["nonce"], source, count, now):
            return Proof.STALE, None
        return Proof.RIGHT, given["username"]

    def _find(self, request: Request) -> dict[str, str] | None:
        """Return the parameters of the Authorization for our realm."""
        for value in request.headers.get_all("Authorization")[:_MOST_HEADERS]:
            if len(value) > LONGEST_AUTHORIZATION:
                continue
            try:
                ((scheme, parameters),) = split_challenges(value)
            except ValueError:
                continue
            if scheme == "digest" and parameters.get("realm") == self._realm:
                return parameters
        return None

    def _is_right(self, given: Mapping[str, str], request: Request, algorithm: tuple[str, bool]) -> bool:
        username = given["username"]
        expected = digest_response(
            Challenge(
                self._realm, given["nonce"], algorithm[0], session=algorithm[1], qop="auth" if "qop" in given else None
            ),
            username=username,
            password=self._passwords.get(username, self._nobody),
            method=request.method,
            uri=given["uri"],
            nonce_count=given.get("nc", ""),
            cnonce=given.get("cnonce", ""),
        )
        same = hmac.compare_digest(expected.encode(), given["response"].lower().encode("utf-8", "surrogateescape"))
        return same and username in self._passwords

    def _takes(self, nonce: str, source: str, count: int, now: float) -> bool:
        window = self._windows.get(nonce)
        if window is None:
            window = self._windows[nonce] = _Window()
            self._forget(source, now)
        return window.takes(count)

    def _forget(self, source: str, now: float) -> None:
        while self._windows:
            oldest = next(iter(self._windows))
            issued = _stamp(oldest)
            expired = issued + self._lifetime_s < now
            if not expired and len(self._windows) <= MOST_NONCES:
                return
            del self._windows[oldest]
            if not expired:
                # What is forgotten could be replayed, so no nonce as old as that is taken any more.
                self._forgotten = max(self._forgotten, issued)

    def _sign(self, source: str, stamp: bytes) -> str:
        mac = hmac.digest(self._secret, stamp + source.encode() + b"\0" + self._realm.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(stamp + mac[:_MAC_OCTETS]).decode()

    def _issued(self, nonce: str, source: str) -> float | None:
        """Return when we gave ``nonce`` to ``source``; None when we did not."""
        try:
            raw = base64.b64decode(nonce, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != _STAMP.size + _MAC_OCTETS:
            return None
        if not hmac.compare_digest(
            self._sign(source, raw[: _STAMP.size]).encode(), nonce.encode("utf-8", "surrogateescape")
        ):
            return None
        return _stamp(nonce)


def _stamp(nonce: str) -> float:
    issued: float = _STAMP.unpack(base64.urlsafe_b64decode(nonce)[: _STAMP.size])[0]
    return issued


def _nonce_count(given: Mapping[str, str]) -> int | None:
    """Return the nonce count, or None when it cannot be read.

    A client in the manner of RFC 2069 sends none: it may use a nonce once.
    """
    if "qop" not in given:
        return 1
    text = given.get("nc", "")
    if given["qop"].lower() != "auth" or "cnonce" not in given or len(text) != 8:
        return None
    try:
        return int(text, 16) or None
    except ValueError:
        return None


def _same_target(text: str, request: Request) -> bool:
    """Return whether the digest was made for what is called; a proxy may have changed the host, so the user counts."""
    try:
        uri = parse_uri(text)
    except ValueError:
        return False
    if isinstance(uri, SipUri) and isinstance(request.uri, SipUri):
        return uri.user == request.uri.user
    return uri == request.uri
