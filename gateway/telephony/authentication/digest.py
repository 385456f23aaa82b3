"""Digest authentication: challenges, and our answers to them (RFC 3261 section 22, RFC 7616, RFC 8760).

``gateway.telephony.authentication.digest_server`` has the other side.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gateway.telephony.messages.grammar import quote
from gateway.telephony.messages.message import Request, Response
from gateway.telephony.sessions.session_parameters import Credentials

HashFunction: TypeAlias = Callable[[bytes], str]
"""Octets to hexadecimal digits in small letters."""

MOST_STALE = 2
"""How often in a row a nonce may be called stale at its first use, before we stop asking."""
MOST_REALMS = 8
"""How many realms are answered: who asks in a new one each time, as whoever is called may, is not answered for ever."""

_PARAMETER = re.compile(
    r'\s*([A-Za-z0-9\-.!%*_+`\'~]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"\\]+))\s*(?:,|$)', re.DOTALL
)
_SCHEME = re.compile(r"[\s,]*([A-Za-z0-9\-.!%*_+`'~]+)\s+(?=[A-Za-z0-9\-.!%*_+`'~]+\s*=)")
_HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


def _md5(data: bytes) -> str:
    # Trunks that know nothing better are the rule; the strongest algorithm that is offered is taken.
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sha512_256(data: bytes) -> str:
    return hashlib.new("sha512_256", data).hexdigest()


ALGORITHMS: Mapping[str, HashFunction] = {"MD5": _md5, "SHA-256": _sha256, "SHA-512-256": _sha512_256}
"""The algorithms by their names in RFC 8760, the weakest first; each has a variant that ends with ``-sess``."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge. Texts are as they stood between their quotation marks, escapes included."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    """A key of ``ALGORITHMS``."""
    session: bool = False
    """Whether the algorithm is the ``-sess`` variant."""
    qop: str | None = None
    """The quality of protection that is used: auth, auth-int, or None in the manner of RFC 2069."""
    opaque: str | None = None
    stale: bool = False
    written_algorithm: str | None = None
    """The algorithm as the challenge spelled it; None when it named none."""

    @property
    def strength(self) -> int:
        """Orders challenges of one realm."""
        return list(ALGORITHMS).index(self.algorithm)


def split_challenges(value: str) -> list[tuple[str, dict[str, str]]]:
    """Return each scheme in a header value, in small letters, with its parameters; raise ValueError.

    RFC 3261 has one challenge a line; several in one line, as HTTP has them, are read too.
    """
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while value[position:].strip(" \t,"):
        scheme = _SCHEME.match(value, position)
        if scheme is not None:
            found.append((scheme[1].lower(), {}))
            position = scheme.end()
        parameter = _PARAMETER.match(value, position)
        if parameter is None or not found:
            raise ValueError("it is not a scheme with parameters")
        name, quoted, plain = parameter.groups()
        found[-1][1].setdefault(name.lower(), plain if quoted is None else quoted)
        position = parameter.end()
    return found


def parse_challenges(values: Iterable[str]) -> list[Challenge]:
    """Return the challenges in WWW-Authenticate or Proxy-Authenticate that can be answered, in their order.

    Left out is what cannot be read, and a scheme, algorithm or quality of protection that is not known: another
    challenge beside it may be of use (RFC 7616 section 3.3).
    """
    challenges: list[Challenge] = []
    for value in values:
        try:
            parts = split_challenges(value)
        except ValueError:
            continue
        for scheme, parameters in parts:
            challenge = _read_challenge(parameters) if scheme == "digest" else None
            if challenge is not None:
                challenges.append(challenge)
    return challenges


def _read_challenge(parameters: Mapping[str, str]) -> Challenge | None:
    realm, nonce = parameters.get("realm"), parameters.get("nonce")
    algorithm = split_algorithm(parameters.get("algorithm", "MD5"))
    if realm is None or not nonce or algorithm is None:
        return None
    qop: str | None = None
    if "qop" in parameters:
        offered = [option.strip().lower() for option in parameters["qop"].split(",")]
        # auth-int breaks where something on the way touches the body, so it is used only when nothing else is offered.
        qop = next((option for option in ("auth", "auth-int") if option in offered), None)
        if qop is None:
            return None
    return Challenge(
        realm=realm,
        nonce=nonce,
        algorithm=algorithm[0],
        session=algorithm[1],
        qop=qop,
        opaque=parameters.get("opaque"),
        stale=parameters.get("stale", "").lower() == "true",
        written_algorithm=parameters.get("algorithm"),
    )


def split_algorithm(text: str) -> tuple[str, bool] | None:
    """Return the algorithm's name in ``ALGORITHMS`` and whether it is the ``-sess`` variant; None when unknown."""
    name = text.upper()
    session = name.endswith("-SESS")
    name = name.removesuffix("-SESS")
    return (name, session) if name in ALGORITHMS else None


def digest_response(
    challenge: Challenge,
    *,
    username: str,
    password: str,
    method: str,
    uri: str,
    body: bytes = b"",
    nonce_count: str = "",
    cnonce: str = "",
) -> str:
    """Return the response parameter (RFC 7616 section 3.4.1)."""
    hashed = ALGORITHMS[challenge.algorithm]

    def joined(*parts: str) -> str:
        return hashed(":".join(parts).encode("utf-8", "surrogateescape"))

    secret = joined(username, challenge.realm, password)
    if challenge.session:
        secret = joined(secret, challenge.nonce, cnonce)
    request = joined(method, uri, hashed(body)) if challenge.qop == "auth-int" else joined(method, uri)
    if challenge.qop is None:
        return joined(secret, challenge.nonce, request)
    return joined(secret, challenge.nonce, nonce_count, cnonce, challenge.qop, request)


@dataclass(slots=True)
class _Answering:
    """One realm's challenge in use."""

    challenge: Challenge
    cnonce: str
    used: int = 0


class DigestClient:
    """Answers challenges with one set of credentials, and authorises later requests before they are challenged.

    One client serves one peer (a trunk's registration, or a call); it holds no clock and no socket:

    >>> if response.status in (401, 407) and client.challenged(request, response):  # doctest: +SKIP
    ...     retry = again(request)          # new branch, next CSeq
    ...     client.authorise(retry)
    """

    def __init__(
        self, credentials: Credentials, *, new_cnonce: Callable[[], str] = lambda: secrets.token_hex(12)
    ) -> None:
        self._credentials = credentials
        self._new_cnonce = new_cnonce
        self._answering: dict[tuple[str, str], _Answering] = {}
        self._stale = 0

    def challenged(self, request: Request, response: Response) -> bool:
        """Take the challenges of a 401 or 407 to ``request``; return whether it is worth sending again.

        It is not when nothing in the response can be answered, or when our answer to it is what was refused: then the
        password is wrong, and asking again only locks the account. Nor is it after ``MOST_REALMS``. A nonce that was
        used before may have grown old, so the first refusal of it is taken as a new challenge even where ``stale`` is
        missing.
        """
        if response.status not in _HEADERS:
            return False
        challenge_header, answer_header = _HEADERS[response.status]
        chosen = self._choose(parse_challenges(response.headers.get_all(challenge_header)))
        given = _given_credentials(request, answer_header)
        if not chosen or not all(self._is_worth_it(challenge, answer_header, given) for challenge in chosen):
            return False
        realms = {(answer_header, challenge.realm) for challenge in chosen}
        if len(realms | self._answering.keys()) > MOST_REALMS:
            return False
        for challenge in chosen:
            self._answering[answer_header, challenge.realm] = _Answering(challenge, self._new_cnonce())
        return True

    def authorise(self, request: Request) -> None:
        """Put Authorization and Proxy-Authorization into ``request``, in place of those that it has.

        Without a challenge so far it does nothing. Call it last: auth-int covers the body, and the digest the
        Request-URI.
        """
        replaced: set[str] = set()
        for (header, _), answering in self._answering.items():
            value = self._answer(answering, request)
            if header in replaced:
                request.headers.add(header, value)
            else:
                request.headers.set(header, value)
                replaced.add(header)

    def _choose(self, challenges: list[Challenge]) -> list[Challenge]:
        """Return the strongest challenge of each realm that the credentials fit."""
        chosen: dict[str, Challenge] = {}
        for challenge in challenges:
            if self._credentials.realm not in (None, challenge.realm):
                continue
            best = chosen.setdefault(challenge.realm, challenge)
            if challenge.strength > best.strength:
                chosen[challenge.realm] = challenge
        return list(chosen.values())

    def _is_worth_it(self, challenge: Challenge, header: str, given: Mapping[str, Mapping[str, str]]) -> bool:
        refused = given.get(challenge.realm)
        if refused is None:
            return True
        if self._was_used_before(refused, header):
            self._stale = 0
            return challenge.stale or refused["nonce"] != challenge.nonce
        self._stale += challenge.stale
        return challenge.stale and self._stale <= MOST_STALE

    def _was_used_before(self, refused: Mapping[str, str], header: str) -> bool:
        """Return whether another request had gone out with the nonce of the one that was refused."""
        if "nc" in refused:
            return int(refused["nc"], 16) > 1
        current = self._answering.get((header, refused["realm"]))
        return current is not None and current.challenge.nonce == refused["nonce"] and current.used > 1

    def _answer(self, answering: _Answering, request: Request) -> str:
        challenge, credentials = answering.challenge, self._credentials
        answering.used += 1
        nonce_count = f"{answering.used:08x}"
        uri = str(request.uri)
        response = digest_response(
            challenge,
            username=credentials.username,
            password=credentials.password,
            method=request.method,
            uri=uri,
            body=request.body,
            nonce_count=nonce_count,
            cnonce=answering.cnonce,
        )
        parts = [
            f"username={quote(credentials.username)}",
            f'realm="{challenge.realm}"',
            f'nonce="{challenge.nonce}"',
            f'uri="{uri}"',
            f'response="{response}"',
        ]
        if challenge.written_algorithm is not None:
            parts.append(f"algorithm={challenge.written_algorithm}")
        if challenge.qop is not None:
            parts += [f"qop={challenge.qop}", f"nc={nonce_count}"]
        if challenge.qop is not None or challenge.session:
            parts.append(f'cnonce="{answering.cnonce}"')
        if challenge.opaque is not None:
            parts.append(f'opaque="{challenge.opaque}"')
        return f"Digest {', '.join(parts)}"


def _given_credentials(request: Request, header: str) -> dict[str, dict[str, str]]:
    """Return what ``request``, which we wrote, answered to each realm."""
    return {
        parameters["realm"]: parameters
        for value in request.headers.get_all(header)
        for _, parameters in split_challenges(value)
    }
