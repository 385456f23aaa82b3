"""Who calls, from what the trunk says about it (RFC 3325, RFC 3323), in Swiss number formats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import Request
from gateway.telephony.messages.uri import SipUri, TelUri, Uri

REGION = "CH"
"""Where numbers without a country code are dialled."""

_NUMBER = re.compile(r"\+?[0-9]{3,18}")
_SEPARATORS = re.compile(r"[\s\-.()/]")
_ANONYMOUS_NAMES = ("anonymous", "anonym", "anonyme", "anonimo", "unknown", "unavailable", "private", "restricted")
LONGEST_NAME = 80
"""How much of a display name is kept, in characters."""


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Who calls. ``number`` is E.164 or None; an ``anonymous`` caller has neither number nor name."""

    number: str | None = None
    display_name: str = ""
    anonymous: bool = False

    def __repr__(self) -> str:
        # A caller's name and number must not reach a log by way of a traceback.
        return f"<CallerIdentity {'anonymous' if self.anonymous else 'known' if self.number else 'unknown'}>"


def identify_caller(request: Request, *, trusted: bool = True) -> CallerIdentity:
    """Return who calls, and nothing about a caller who asked for privacy.

    What the network asserts comes before From: P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID. Only a
    ``trusted`` peer is believed in these (RFC 3325 section 5); any other's From is taken, which it can choose anyway.
    """
    asserted = _asserted(request) if trusted else []
    if _wants_privacy(request, asserted):
        return CallerIdentity(anonymous=True)
    addresses = [*asserted, request.from_address]
    number = next((number for address in addresses if (number := uri_number(address.uri)) is not None), None)
    name = next((name for address in addresses if (name := _clean_name(address.display_name))), "")
    return CallerIdentity(number, "" if number is not None and normalise_number(name) == number else name)


def called_numbers(request: Request) -> tuple[str, ...]:
    """Return the numbers that may have been dialled, in E.164, the most likely first.

    The Request-URI names the account where a trunk registers; then the number stands in P-Called-Party-ID (RFC 7315)
    or To. Of a call that was forwarded, History-Info (RFC 7044) and Diversion (RFC 5806) tell who forwarded it, the
    last first.
    """
    uris = [request.uri]
    uris += [address.uri for address in _readable(request, "P-Called-Party-ID")]
    uris.append(request.to_address.uri)
    uris += [address.uri for address in reversed(_readable(request, "History-Info"))]
    uris += [address.uri for address in _readable(request, "Diversion")]
    numbers = (uri_number(uri) for uri in uris)
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def uri_number(uri: Uri) -> str | None:
    """Return the E.164 number of a tel URI, or of a SIP URI's user part when that is a number."""
    if isinstance(uri, TelUri):
        return normalise_number(uri.number, context=uri.parameters.get("phone-context"))
    if isinstance(uri, SipUri) and uri.user is not None:
        # A user part may hold the parameters of a tel URI (RFC 3261 section 19.1.6).
        number, _, parameters = uri.user.partition(";")
        return normalise_number(number, context=_phone_context(parameters))
    return None


@lru_cache(maxsize=256)  # each call asks for the same two or three numbers several times
def normalise_number(text: str, *, context: str | None = None) -> str | None:
    """Return ``text`` as E.164, or None when it is not a telephone number.

    Read are +41 79 ..., 0041 79 ..., 079 ... and 41 79 ... as trunks write it; ``context`` is a phone-context.
    """
    number = _SEPARATORS.sub("", text)
    if context is not None and context.startswith("+") and not number.startswith("+"):
        number = context + number
    if not _NUMBER.fullmatch(number):
        return None
    candidates = [number] if number.startswith(("+", "0")) else [number, f"+{number}"]
    for candidate in candidates:
        try:
            parsed = phonenumbers.parse(candidate, REGION)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return None


def _phone_context(parameters: str) -> str | None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.lower() == "phone-context":
            return value
    return None


def _asserted(request: Request) -> list[NameAddress]:
    return [
        *_readable(request, "P-Asserted-Identity"),
        *_readable(request, "P-Preferred-Identity"),
        *(party for party in _readable(request, "Remote-Party-ID") if _is_calling(party)),
    ]


def _readable(request: Request, name: str) -> list[NameAddress]:
    try:
        return request.addresses(name)
    except MalformedMessage:
        # An identity that cannot be read is no reason to refuse a patient's call.
        return []


def _is_calling(party: NameAddress) -> bool:
    return (party.parameters.get("party") or "calling").lower() == "calling"


def _wants_privacy(request: Request, asserted: list[NameAddress]) -> bool:
    privacy = (request.headers.get("Privacy") or "").lower().replace(",", ";").split(";")
    if any(value.strip() in ("id", "user", "header", "session", "critical") for value in privacy):
        return True
    if any((party.parameters.get("privacy") or "off").lower() != "off" for party in asserted):
        return True  # Remote-Party-ID's own way of saying so
    uri = request.from_address.uri
    host = uri.host.lower() if isinstance(uri, SipUri) else ""
    if host.endswith("anonymous.invalid"):
        return True
    user = (uri.user or "").lower() if isinstance(uri, SipUri) else ""
    return not asserted and user in _ANONYMOUS_NAMES


def _clean_name(name: str) -> str:
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return "" if text.lower() in _ANONYMOUS_NAMES else text[:LONGEST_NAME]
