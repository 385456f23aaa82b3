"""Reads the trunks file, its passwords and its certificates; every fault is one sentence with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.config import Settings, environment
from gateway.practice.profile import E164_PATTERN, SLUG_PATTERN
from gateway.practice.references import KeyPath
from gateway.practice.yaml_model import YamlModelError, YamlReader
from gateway.telephony.messages.uri import SipUri, parse_uri
from gateway.telephony.network.listener import Listener, TlsFiles, TransportName
from gateway.telephony.network.transport import DEFAULT_PORTS
from gateway.telephony.sessions.media_policy import usable
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.trunks import trunk_profile as schema
from gateway.telephony.trunks.trunk import Trunk, server_authorities
from gateway.telephony.trunks.trunk_profile import (
    ListenerProfile,
    Network,
    PasswordProfile,
    TrunkProfile,
    TrunksProfile,
    trunk_reference_problems,
)

IMPLIED_TRUNK = "sip"
"""The id of the one trunk where no file names any."""

_TRANSPORTS: Mapping[str, TransportName] = {"udp": "UDP", "tcp": "TCP", "tls": "TLS"}


class TrunkFileError(YamlModelError):
    """The trunks file cannot be used; ``problems`` has one sentence for each fault."""


_READER = YamlReader(
    TrunksProfile,
    noun="trunks file",
    error=TrunkFileError,
    patterns={
        E164_PATTERN: "a number in international form without spaces, such as +41441234567",
        SLUG_PATTERN: "an id of small letters, digits and single hyphens, such as main-line",
        schema.VARIABLE_PATTERN: "the name of an environment variable, such as SIP_PASSWORD",
        schema.USER_PATTERN: "a SIP user name without spaces, quotation marks and colons",
        schema.HOST_PATTERN: "a host name or an address, such as sip.provider.example",
    },
    references=trunk_reference_problems,
)


@dataclass(frozen=True, slots=True)
class TrunkPlan:
    """What to listen on, and which trunks there are. ``listeners`` is empty where the file has none."""

    listeners: tuple[Listener, ...]
    trunks: tuple[Trunk, ...]

    @property
    def media_host(self) -> str:
        """The address that sound is received at: that of all listeners, or any where they have several.

        With listeners of both IP versions ``::`` stands for any address of either.
        """
        hosts = {listener.host for listener in self.listeners}
        if len(hosts) == 1:
            return hosts.pop()
        return "::" if any(":" in host for host in hosts) else "0.0.0.0"  # noqa: S104

    @property
    def practices(self) -> dict[str, str]:
        """The id of the practice that answers a trunk's calls, by the trunk's id, where the trunk names one."""
        return {trunk.id: trunk.profile.practice for trunk in self.trunks if trunk.profile.practice is not None}


def load_trunks(path: Path, environment: Mapping[str, str]) -> TrunkPlan:
    """Return the plan in the file at ``path``; raise ``TrunkFileError`` with everything that is wrong with it.

    Paths in the file are relative to its folder; passwords come from ``environment`` or from files.
    """
    profile = _READER.read(path)
    loader = _Loader(path.absolute().parent, environment)
    listeners = tuple(loader.listener(index, entry) for index, entry in enumerate(profile.listeners))
    trunks = tuple(loader.trunk(index, entry) for index, entry in enumerate(profile.trunks))
    loader.check_authorities(trunks)
    _READER.check(path, loader.faults)
    return TrunkPlan(listeners, trunks)


def plan_from_settings(settings: Settings) -> TrunkPlan:
    """Return the plan that the settings describe: the trunks file, or one trunk of SIP_HOST, SIP_PORT and SIP_ALLOWED.

    Raises ``TrunkFileError``, or ``ConfigurationError`` when ``.env`` cannot be read.
    """
    listener = Listener(settings.sip_host, settings.sip_port, advertised_address=settings.advertised_address)
    if settings.sip_trunks is None:
        return TrunkPlan((listener,), (implied_trunk(settings.sip_allowed),))
    plan = load_trunks(settings.sip_trunks, environment())
    return plan if plan.listeners else replace(plan, listeners=(listener,))


def implied_trunk(allowed: tuple[Network, ...]) -> Trunk:
    """Return the trunk that stands for ``allowed`` where there is no trunks file."""
    return Trunk(TrunkProfile(id=IMPLIED_TRUNK, allowed=allowed))


class _Loader:
    """Turns profiles into what is used, gathering ``faults`` on the way."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.faults: list[tuple[KeyPath, str]] = []
        self._folder = folder
        self._environment = environment

    def listener(self, index: int, profile: ListenerProfile) -> Listener:
        at: KeyPath = ("listeners", index)
        transport = _TRANSPORTS[profile.transport]
        tls: TlsFiles | None = None
        if profile.certificate is not None and profile.key is not None:
            tls = TlsFiles(
                certificate=self._file((*at, "certificate"), profile.certificate),
                key=self._file((*at, "key"), profile.key),
                client_ca=self._file((*at, "client_ca"), profile.client_ca) if profile.client_ca else None,
                server_ca=self._file((*at, "server_ca"), profile.server_ca) if profile.server_ca else None,
            )
        return Listener(
            host=profile.host,
            port=DEFAULT_PORTS[transport] if profile.port is None else profile.port,
            transport=transport,
            tls=tls,
            advertised_address=profile.advertised_address,
            advertised_port=profile.advertised_port,
            stun_server=profile.stun,
        )

    def trunk(self, index: int, profile: TrunkProfile) -> Trunk:
        at: KeyPath = ("trunks", index)
        codecs = profile.codecs or ()
        for codec in sorted(set(codecs) - set(usable(codecs))):
            self.faults.append(((*at, "codecs"), f"this machine does not have {codec}; for opus it needs libopus"))
        servers = tuple(_parse(server) for server in profile.servers)
        registrar: SipUri | None = None
        if profile.registration is not None and profile.registers:
            named = profile.registration.registrar
            registrar = _parse(named) if named is not None else servers[0]
        return Trunk(
            profile=profile,
            servers=servers or ((registrar,) if registrar else ()),
            registrar=registrar,
            credentials=self._credentials(at, profile, profile.realm, profile.auth_username),
            challenge=self._credentials((*at, "challenge"), profile.challenge, profile.challenge.realm)
            if profile.challenge
            else None,
            server_ca=self._file((*at, "server_ca"), profile.server_ca) if profile.server_ca else None,
        )

    def check_authorities(self, trunks: tuple[Trunk, ...]) -> None:
        """Note a fault where two trunks want different authorities for one server: connections are shared."""
        known: dict[str, tuple[int, Path]] = {}
        for index, trunk in enumerate(trunks):
            for name, file in sorted(server_authorities([trunk]).items()):
                first, known_file = known.setdefault(name, (index, file))
                if file != known_file:
                    sentence = f"trunks[{first}] has another file for the server {name}"
                    self.faults.append((("trunks", index, "server_ca"), sentence))

    def _credentials(
        self, at: KeyPath, profile: PasswordProfile, realm: str | None, username: str | None = None
    ) -> Credentials | None:
        if profile.username is None:
            return None
        password = ""
        if profile.password_env is not None:
            password = self._environment.get(profile.password_env, "")
            if not password:
                sentence = f"the environment variable {profile.password_env} is not set"
                self.faults.append(((*at, "password_env"), sentence))
        elif profile.password_file is not None:
            key = (*at, "password_file")
            file = self._file(key, profile.password_file)
            password = next(iter(self._lines(file)), "").strip()
            if not password and not any(path == key for path, _ in self.faults):
                self.faults.append((key, f"{file} holds no password in its first line"))
        return Credentials(username or profile.username, password, realm)

    def _file(self, key: KeyPath, path: Path) -> Path:
        """Return ``path`` from the root; note a fault when it cannot be read."""
        file = self._folder / path.expanduser()
        try:
            with file.open("rb"):
                pass
        except OSError as error:
            self.faults.append((key, f"{file} cannot be read: {error.strerror}"))
        return file

    def _lines(self, file: Path) -> Iterator[str]:
        try:
            yield from file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return


def _parse(text: str) -> SipUri:
    uri = parse_uri(text)
    if not isinstance(uri, SipUri):
        raise TypeError("the profile holds SIP URIs only")
    return uri
