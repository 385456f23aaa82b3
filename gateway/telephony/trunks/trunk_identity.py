"""Who we are on a call that goes out by a trunk, and how the called number is written for it (RFC 3323, RFC 3325)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from gateway.telephony.messages.grammar import NO_PARAMETERS, Parameters
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.uri import SipUri, TelUri, Uri
from gateway.telephony.trunks.identity import REGION, normalise_number
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_profile import NumberFormat

_SHORT_NUMBER = re.compile(r"[0-9]{3,6}")
_COUNTRY_CODE = f"+{phonenumbers.country_code_for_region(REGION)}"
_USER_PHONE = Parameters((("user", "phone"),))
_ANONYMOUS = NameAddress(SipUri("anonymous.invalid", "anonymous"), "Anonymous")


@dataclass(frozen=True, slots=True)
class OutgoingIdentity:
    """From, without a tag, and the header fields that go with it."""

    caller: NameAddress
    headers: tuple[tuple[str, str], ...] = ()


def format_number(number: str, number_format: NumberFormat) -> str:
    """Return ``number`` (E.164, or a short number such as 144, which stays as it is) in the format of a provider."""
    if not number.startswith("+"):
        return number
    if number_format == "e164":
        return number
    if number_format == "digits":
        return number[1:]
    if number_format == "national" and number.startswith(_COUNTRY_CODE):
        return f"0{number.removeprefix(_COUNTRY_CODE)}"
    return f"00{number[1:]}"


def dialled_number(target: str | Uri) -> str | None:
    """Return the number that ``target`` stands for: E.164, or a short number; None when it names something else.

    Read are a number as people write it, a tel URI, and a SIP URI with ``user=phone``.
    """
    if isinstance(target, TelUri):
        return _number(target.number, target.parameters.get("phone-context"))
    if isinstance(target, SipUri):
        is_phone = (target.parameters.get("user") or "").lower() == "phone"
        return _number(target.user.partition(";")[0]) if is_phone and target.user else None
    return _number(target) if isinstance(target, str) else None


def called_address(trunk: Trunk, number: str, host: str) -> NameAddress:
    """Return To and Request-URI of a call to ``number`` by ``trunk``; ``host`` stands in where it has no domain."""
    return NameAddress(_number_uri(trunk, number, trunk.domain or host, trunk.domain_port))


def outgoing_identity(trunk: Trunk, host: str) -> OutgoingIdentity:
    """Return who calls by ``trunk``; ``host`` is our address, for a trunk that has no domain."""
    identity = trunk.profile.identity
    domain = trunk.domain or host
    if identity.number is not None:
        uri = _number_uri(trunk, identity.number, domain)
    else:
        uri = SipUri(domain, trunk.profile.username)
    ours = NameAddress(uri, identity.display_name)
    headers: list[tuple[str, str]] = []
    if identity.privacy != "none":
        headers.append(("Privacy", identity.privacy))
    if identity.header == "from":
        return OutgoingIdentity(ours, tuple(headers))
    name = "P-Asserted-Identity" if identity.header == "p-asserted-identity" else "P-Preferred-Identity"
    headers.append((name, str(ours)))
    # Who wants privacy says nothing in From; the provider knows the caller by the other header (RFC 3323 section 4.1).
    return OutgoingIdentity(ours if identity.privacy == "none" else _ANONYMOUS, tuple(headers))


def _number_uri(trunk: Trunk, number: str, domain: str, port: int | None = None) -> SipUri:
    identity = trunk.profile.identity
    return SipUri(
        domain,
        format_number(number, identity.number_format),
        port,
        parameters=_USER_PHONE if identity.user_phone else NO_PARAMETERS,
    )


def _number(text: str, context: str | None = None) -> str | None:
    short = text.strip()
    return short if _SHORT_NUMBER.fullmatch(short) else normalise_number(text, context=context)
