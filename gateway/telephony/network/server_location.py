"""Finds the servers of a SIP URI by NAPTR, SRV and address records (RFC 3263 section 4)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import dns.asyncresolver
import dns.exception
import dns.rdata
import dns.resolver
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.hosts_file import HostsFile
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.network_address import ip_version
from gateway.telephony.network.server_records import (
    SRV_PREFIXES,
    NaptrRecord,
    SrvRecord,
    order_servers,
    select_services,
)
from gateway.telephony.network.transport import DEFAULT_PORTS, TRANSPORTS, Hop, uri_transport

LOCATE_TIMEOUT_S = 5.0
"""How long the servers of a URI may take to be found."""
QUERY_TIMEOUT_S = 1.5
"""How long one question may take; some name servers never answer about NAPTR."""
CACHED_ANSWERS = 512
MOST_SERVERS = 8
"""How many SRV targets are asked for addresses."""
MOST_HOPS = 16


_Record = TypeVar("_Record", bound=dns.rdata.Rdata)


class ServerNotFound(TelephonyError):
    """No server of a URI can be found or reached; the message says why."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be sent from here: a transport over an IP version (4 or 6)."""

    transport: str
    version: int
    only_asked: bool = False
    """Whether it is taken only where the URI asks for it: we connect, and nobody can connect to us."""


def reach_of(listeners: Sequence[Listener]) -> tuple[Reach, ...]:
    """Return what can be sent with ``listeners``: connections are opened from any of them, datagrams from UDP."""
    versions = {ip_version(listener.host) or 4 for listener in listeners}
    here = {Reach(listener.transport, ip_version(listener.host) or 4): None for listener in listeners}
    for version in sorted(versions):
        for transport in ("TCP", "TLS"):
            if Reach(transport, version) not in here:
                here[Reach(transport, version, only_asked=True)] = None
    return tuple(here)


@dataclass(slots=True)
class _Search:
    """One URI's search. ``problems`` gathers what went wrong on the way."""

    domain: str
    port: int | None
    transports: tuple[str, ...]
    problems: list[str] = field(default_factory=list)


class ServerLocator:
    """Finds servers. Answers of the name server are kept for as long as they are valid."""

    def __init__(
        self,
        reach: Iterable[Reach],
        *,
        resolver: dns.asyncresolver.Resolver | None = None,
        hosts: HostsFile | None = None,
        timeout_s: float = LOCATE_TIMEOUT_S,
        query_timeout_s: float = QUERY_TIMEOUT_S,
        chance: random.Random | None = None,
    ) -> None:
        self._reach = tuple(dict.fromkeys(reach))
        self._resolver = resolver
        self._hosts = hosts or HostsFile()
        self._timeout_s = timeout_s
        self._query_timeout_s = query_timeout_s
        self._chance = chance or random.Random()  # noqa: S311 - it spreads load and guards nothing
        self._cache = dns.resolver.LRUCache(CACHED_ANSWERS)

    async def locate(self, uri: SipUri) -> tuple[Hop, ...]:
        """Return where requests for ``uri`` can be sent, to be tried in this order; never empty.

        Each hop of TLS names the domain that the certificate must be for. Raises ``ServerNotFound``.
        """
        try:
            transport = uri_transport(uri)
        except ValueError as error:
            raise ServerNotFound(f"{uri.host} cannot be reached: {error}") from error
        return await self._find(uri.host, uri.port, transport, secure=uri.secure)

    async def locate_hop(self, hop: Hop) -> tuple[Hop, ...]:
        """Return the addresses of a hop whose host is a name, as ``locate`` does."""
        found = await self._find(hop.host, hop.port or None, hop.transport, secure=hop.transport == "TLS")
        name = hop.server_name or hop.host
        return tuple(
            each._replace(listener=hop.listener, server_name=name if each.transport == "TLS" else None)
            for each in found
        )

    async def _find(self, host: str, port: int | None, transport: str | None, *, secure: bool) -> tuple[Hop, ...]:
        asked = transport is not None or secure
        here = {reach.transport for reach in self._reach if asked or not reach.only_asked}
        wanted = (transport,) if transport else ("TLS",) if secure else TRANSPORTS
        transports = tuple(each for each in wanted if each in here)
        if not transports:
            raise ServerNotFound(f"{host} cannot be reached: there is no {_needed(*wanted)}")
        if ip_version(host) is not None:
            # Without a transport the URI means UDP, or TCP where UDP is not spoken; TLS stands last.
            return self._hops(host, [host], port or DEFAULT_PORTS[transports[0]], transports[0], [])
        search = _Search(host.removesuffix("."), port, transports)
        try:
            async with asyncio.timeout(self._timeout_s):
                hops = await self._search(search, transport)
        except TimeoutError:
            hops = []
            search.problems.append("the name server does not answer")
        if not hops:
            problem = search.problems[-1] if search.problems else "it has no address"
            raise ServerNotFound(f"The host {host} cannot be found: {problem}")
        return tuple(dict.fromkeys(hops))[:MOST_HOPS]

    async def _search(self, search: _Search, transport: str | None) -> list[Hop]:
        domain = search.domain
        if search.port is None and not self._hosts.addresses(domain):
            services = [] if transport else await self._services(search)
            if not services:
                services = [(each, f"{SRV_PREFIXES[each]}.{domain}") for each in search.transports]
            answers = await asyncio.gather(*(self._servers(search, name) for _, name in services))
            hops: list[Hop] = []
            for (each, _), servers in zip(services, answers, strict=True):
                hops += await self._server_hops(search, each, servers)
            if any(answers):
                return hops
        chosen = search.transports[0]
        addresses = await self._addresses(search, domain)
        return list(self._hops(domain, addresses, search.port or DEFAULT_PORTS[chosen], chosen, search.problems))

    async def _server_hops(self, search: _Search, transport: str, servers: Sequence[SrvRecord]) -> list[Hop]:
        ordered = order_servers(servers, self._chance)[:MOST_SERVERS]
        found = await asyncio.gather(*(self._addresses(search, server.target) for server in ordered))
        return [
            hop
            for server, addresses in zip(ordered, found, strict=True)
            for hop in self._hops(search.domain, addresses, server.port, transport, search.problems)
        ]

    def _hops(
        self, domain: str, addresses: Sequence[str], port: int, transport: str, problems: list[str]
    ) -> tuple[Hop, ...]:
        """Return the hops of those addresses that can be reached; say in ``problems``, or raise, when there is none."""
        versions = {reach.version for reach in self._reach if reach.transport == transport}
        hops = tuple(
            Hop(address, port, transport, server_name=domain if transport == "TLS" else None)
            for address in addresses
            if ip_version(address) in versions
        )
        if addresses and not hops:
            other = "IPv6" if ip_version(addresses[0]) == 6 else "IPv4"
            problem = f"{addresses[0]} cannot be reached: there is no {_needed(transport)} for {other}"
            if addresses[0] == domain:
                raise ServerNotFound(problem)
            problems.append(problem)
        return hops

    async def _services(self, search: _Search) -> list[tuple[str, str]]:
        records = [
            NaptrRecord(
                record.order,
                record.preference,
                record.flags.decode("ascii", "replace"),
                record.service.decode("ascii", "replace"),
                record.replacement.to_text(omit_final_dot=True),
            )
            for record in await self._query(search, search.domain, NAPTR)
        ]
        return select_services(records, search.transports)

    async def _servers(self, search: _Search, name: str) -> list[SrvRecord]:
        return [
            SrvRecord(record.priority, record.weight, record.port, record.target.to_text(omit_final_dot=True))
            for record in await self._query(search, name, SRV)
        ]

    async def _addresses(self, search: _Search, name: str) -> list[str]:
        here = self._hosts.addresses(name)
        if here:
            return list(here)
        versions = {reach.version for reach in self._reach}
        wanted: list[type[A | AAAA]] = [kind for kind, version in ((A, 4), (AAAA, 6)) if version in versions]
        answers = await asyncio.gather(*(self._query(search, name, kind) for kind in wanted))
        return [str(record.address) for answer in answers for record in answer]

    async def _query(self, search: _Search, name: str, kind: type[_Record]) -> list[_Record]:
        """Return the records; none, and why in ``search``, when there are none or the name server fails."""
        try:
            answer = await self._open_resolver().resolve(
                name, kind.__name__, search=False, lifetime=self._query_timeout_s
            )
        except dns.resolver.NXDOMAIN:
            if kind is not SRV:  # most domains have none, and that is no fault
                search.problems.append("there is no such name")
        except dns.resolver.NoAnswer:
            pass
        except dns.exception.Timeout:
            search.problems.append("the name server does not answer")
        except (dns.exception.DNSException, OSError):
            search.problems.append("the name server cannot answer")
        else:
            return [record for record in answer.rrset or () if isinstance(record, kind)]
        return []

    def _open_resolver(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver()
        if self._resolver.cache is None:
            self._resolver.cache = self._cache
        return self._resolver


def _needed(*transports: str) -> str:
    """Return which listener is missing: any will do for a connection, while datagrams need one of their own."""
    return "UDP listener" if "UDP" in transports else "listener"
