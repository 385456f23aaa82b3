"""The schema of the trunks file: where SIP is listened for, and the trunks that bring and take calls.

``gateway.telephony.trunks.trunk_file`` reads it from YAML.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.media.parameters import Codec
from gateway.practice.profile import E164_PATTERN, SLUG_PATTERN
from gateway.practice.references import KeyPath
from gateway.telephony.messages.uri import SipUri, parse_host_port, parse_uri
from gateway.telephony.network.transport import next_hop
from gateway.telephony.sessions.media_policy import SrtpMode
from gateway.telephony.sessions.session_parameters import ExtensionMode

VARIABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
USER_PATTERN = r"^[A-Za-z0-9\-_.!~*'()&=+$,?/@%#]+$"
HOST_PATTERN = r"^[A-Za-z0-9]([A-Za-z0-9\-.:]*[A-Za-z0-9])?$"

Slug = Annotated[str, Field(pattern=SLUG_PATTERN)]
User = Annotated[str, Field(pattern=USER_PATTERN)]
Host = Annotated[str, Field(pattern=HOST_PATTERN)]
Variable = Annotated[str, Field(pattern=VARIABLE_PATTERN)]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
NumberFormat: TypeAlias = Literal["e164", "00", "national", "digits"]


class TrunkModel(BaseModel):
    """Base of every part of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListenerProfile(TrunkModel):
    """One address and port that SIP is listened for on."""

    transport: Literal["udp", "tcp", "tls"] = "udp"
    host: str = "0.0.0.0"  # noqa: S104 - the gateway's place is a server; who may call is the trunks' business
    port: Port | None = None
    """5060, or 5061 for TLS, if not given."""
    advertised_address: str | None = None
    """The public address, where the machine itself has a private one."""
    advertised_port: Port | None = None
    certificate: Path | None = None
    """PEM file of a TLS listener, with the chain; read anew when it changes."""
    key: Path | None = None
    """PEM file of the certificate's private key."""
    client_ca: Path | None = None
    """PEM file: whoever connects has to show a certificate signed by it."""
    server_ca: Path | None = None
    """PEM file with the authorities whose servers are connected to; the system's if not given."""
    stun: str | None = None
    """A STUN server, host or host:port, that tells the public address of a UDP listener."""

    @field_validator("host", "advertised_address")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ipaddress.ip_address(value)
            except ValueError as error:
                raise ValueError(f"{value!r} is not an IP address such as 192.0.2.7") from error
        return value

    @field_validator("stun")
    @classmethod
    def _is_server(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                parse_host_port(value)
            except ValueError as error:
                raise ValueError(f"{value!r} is not a host or host:port: {error}") from error
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> ListenerProfile:
        files = (self.certificate, self.key)
        if self.transport == "tls" and None in files:
            raise ValueError("a tls listener needs certificate and key")
        if self.transport != "tls" and {self.client_ca, self.server_ca, *files} != {None}:
            raise ValueError("certificate, key, client_ca and server_ca belong to a tls listener")
        if self.stun is not None and self.transport != "udp":
            raise ValueError("stun belongs to a udp listener")
        if self.stun is not None and self.advertised_address is not None:
            raise ValueError("stun and advertised_address exclude each other: both tell the public address")
        return self


class RegistrationProfile(TrunkModel):
    """How the gateway registers, so that the provider knows where to send calls (RFC 3261 section 10)."""

    enabled: bool = True
    expires_s: Annotated[int, Field(ge=60, le=86_400)] = 600
    """How long a registration is asked for; it is renewed in good time."""
    registrar: str | None = None
    """The domain that is registered with, as a SIP URI; the first server's if not given."""
    contact_user: User | None = None
    """The user part of our Contact, by which calls are told apart; the user name if not given."""

    @field_validator("registrar")
    @classmethod
    def _is_registrar(cls, value: str | None) -> str | None:
        if value is not None and _sip_uri(value).user is not None:
            raise ValueError(f"{value!r} has to name a domain without a user, such as sip:provider.example")
        return value


class PasswordProfile(TrunkModel):
    """A user name whose password stands in the environment or in a file, never here."""

    username: User | None = None
    password_env: Variable | None = None
    """Name of the environment variable that holds the password."""
    password_file: Path | None = None
    """File whose first line is the password."""

    @model_validator(mode="after")
    def _one_password(self) -> PasswordProfile:
        given = (self.password_env is not None) + (self.password_file is not None)
        if given > 1:
            raise ValueError("password_env and password_file exclude each other")
        if self.username is None and given:
            raise ValueError("a password needs a username")
        if self.username is not None and not given:
            raise ValueError("a username needs password_env or password_file")
        return self


class ChallengeProfile(PasswordProfile):
    """What callers on this trunk have to know: they are challenged (digest) before anything else happens."""

    username: User
    realm: Host = "gateway"


class IdentityProfile(TrunkModel):
    """Who we are on calls that we make, and how numbers are written for the provider."""

    number: Annotated[str, Field(pattern=E164_PATTERN)] | None = None
    """Our number, in international form; without it calls go out under the user name."""
    display_name: Annotated[str, Field(max_length=80)] = ""
    domain: Host | None = None
    """The host in From; the registrar's or else the first server's if not given."""
    header: Literal["from", "p-asserted-identity", "p-preferred-identity"] = "from"
    """Where the provider looks for our number; From is always there."""
    number_format: NumberFormat = "e164"
    """+41441234567, 0041441234567, 0441234567 or 41441234567."""
    user_phone: bool = False
    """Whether user=phone stands behind numbers."""
    privacy: Literal["none", "id"] = "none"
    """id: the called person does not see our number (RFC 3323)."""


class TrunkProfile(PasswordProfile):
    """One trunk."""

    id: Slug
    servers: tuple[str, ...] = ()
    """SIP URIs in the order of preference; a domain without a port is looked up by NAPTR and SRV (RFC 3263)."""
    server_ca: Path | None = None
    """PEM file with the authorities of the servers' TLS certificates; a tls listener's or the system's if not given."""
    allowed: tuple[Network, ...] = ()
    """Networks that calls come from; the servers' own addresses always belong to it."""
    auth_username: User | None = None
    """The user name that goes with the password, where the provider has one apart from that of the account."""
    realm: str | None = None
    """The realm that user name and password are for; any if not given."""
    registration: RegistrationProfile | None = None
    challenge: ChallengeProfile | None = None
    identity: IdentityProfile = IdentityProfile()
    trust_asserted_identity: bool = True
    """Whether P-Asserted-Identity and the like tell who calls (RFC 3325); false where anybody could write them."""
    options_interval_s: Annotated[int, Field(ge=0, le=3600)] = 60
    """How often each server is asked whether it is there; 0 does not ask."""
    session_timer: ExtensionMode = ExtensionMode.SUPPORTED
    session_expires_s: Annotated[int, Field(ge=90, le=86_400)] = 1800
    min_se_s: Annotated[int, Field(ge=90, le=86_400)] = 90
    reliable_provisional: ExtensionMode = ExtensionMode.SUPPORTED
    codecs: Annotated[tuple[Codec, ...], Field(min_length=1)] | None = None
    """The codecs that calls may have, the one liked best first; G722, opus, PCMA and PCMU if not given."""
    srtp: SrtpMode = SrtpMode.OFF
    """Encrypted sound, with keys in SDP (SDES): off, preferred (where the other side has it) or required."""
    transfer: Literal["auto", "refer", "bridge"] = "auto"
    """How a call is handed to a human: by REFER, by a second leg through the gateway, or whichever works."""
    max_calls: Annotated[int, Field(ge=1)] | None = None
    """Calls at a time on this trunk; one more is refused."""
    practice: Slug | None = None
    """Id of the practice profile that answers when the called number tells none."""

    @field_validator("servers")
    @classmethod
    def _are_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for server in value:
            _sip_uri(server)
        return value

    @field_validator("allowed", mode="before")
    @classmethod
    def _read_networks(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        return tuple(_network(entry) if isinstance(entry, str) else entry for entry in value)

    @field_validator("codecs", mode="before")
    @classmethod
    def _name_codecs(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        names = {codec.lower(): codec for codec in Codec}  # encoding names are in any case (RFC 8866 section 6.6)
        return tuple(names.get(entry.lower(), entry) if isinstance(entry, str) else entry for entry in value)

    @field_validator("codecs")
    @classmethod
    def _are_several_codecs(cls, value: tuple[Codec, ...] | None) -> tuple[Codec, ...] | None:
        for codec in value or ():
            if (value or ()).count(codec) > 1:
                raise ValueError(f"{codec} stands in it twice")
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> TrunkProfile:
        if self.registers and not self.servers and self.registration and self.registration.registrar is None:
            raise ValueError("a registration needs servers or a registrar")
        if self.auth_username is not None and self.username is None:
            raise ValueError("auth_username needs a username and its password")
        if self.registers and self.username is None:
            raise ValueError("a registration needs a username and its password")
        if not self.servers and not self.allowed:
            raise ValueError("needs servers, or the networks in allowed that calls come from")
        if self.server_ca is not None and not self.servers and self.registration is None:
            raise ValueError("server_ca belongs to a trunk with servers")
        if self.min_se_s > self.session_expires_s:
            raise ValueError("min_se_s has to be at most session_expires_s")
        return self

    @property
    def registers(self) -> bool:
        """Whether the gateway registers on this trunk."""
        return self.registration is not None and self.registration.enabled


class TrunksProfile(TrunkModel):
    """The whole file."""

    listeners: tuple[ListenerProfile, ...] = ()
    """Without any, SIP_HOST and SIP_PORT (UDP) are listened on."""
    trunks: Annotated[tuple[TrunkProfile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _references_hold(self) -> TrunksProfile:
        problems = list(trunk_reference_problems(self.model_dump()))
        if problems:
            sentences = "; ".join(f"{'.'.join(map(str, path))}: {sentence}" for path, sentence in problems)
            raise PydanticCustomError("references", "{sentences}", {"sentences": sentences})
        return self


def trunk_reference_problems(data: Mapping[str, object]) -> Iterator[tuple[KeyPath, str]]:
    """Yield the place and the sentence of each fault between parts of the file: ids and addresses used twice."""
    for part, keys in (("trunks", ("id",)), ("listeners", ("transport", "host", "port"))):
        seen: dict[tuple[object, ...], int] = {}
        entries = data.get(part)
        for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
            if not isinstance(entry, Mapping) or (part == "trunks" and "id" not in entry):
                continue
            identity = tuple(str(entry.get(key)) for key in keys)
            if part == "listeners" and identity[2] == "0":
                continue
            if identity in seen:
                what = repr(identity[0]) if part == "trunks" else "the same transport, host and port"
                yield (
                    (part, index, keys[0]) if keys[0] in entry else (part, index),
                    (f"{what} stands in {part}[{seen[identity]}] already"),
                )
            seen.setdefault(identity, index)
    yield from _repeated_logins(data.get("trunks"))


def _repeated_logins(trunks: object) -> Iterator[tuple[KeyPath, str]]:
    """Yield each challenge whose user name and realm another trunk has: its callers could not be told apart."""
    seen: dict[tuple[str, str], int] = {}
    for index, trunk in enumerate(trunks if isinstance(trunks, list | tuple) else ()):
        challenge = trunk.get("challenge") if isinstance(trunk, Mapping) else None
        if not isinstance(challenge, Mapping):
            continue
        username = challenge.get("username")
        login = str(username), str(challenge.get("realm", ChallengeProfile.model_fields["realm"].default))
        if login in seen:
            yield (
                ("trunks", index, "challenge", "username"),
                (f"{username!r} is the login of trunks[{seen[login]}] already"),
            )
        seen.setdefault(login, index)


def _sip_uri(text: str) -> SipUri:
    try:
        uri = parse_uri(text)
        next_hop(uri)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a SIP address such as sip:sip.provider.example: {error}") from error
    if not isinstance(uri, SipUri):
        raise ValueError(f"{text!r} is not a SIP address such as sip:sip.provider.example")  # noqa: TRY004
    return uri


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a network such as 192.0.2.0/24") from error
