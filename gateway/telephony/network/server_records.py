"""What DNS says about SIP servers, in the order in which it is to be tried (RFC 3263 section 4, RFC 2782)."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass

SERVICES = {"SIP+D2U": "UDP", "SIP+D2T": "TCP", "SIPS+D2T": "TLS"}
"""Transport by NAPTR service field."""
SRV_PREFIXES = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp"}
"""Where the SRV records of a transport are, below the domain."""


@dataclass(frozen=True, slots=True)
class NaptrRecord:
    """One NAPTR record; ``replacement`` is the name of the SRV records."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class SrvRecord:
    """One SRV record."""

    priority: int
    weight: int
    port: int
    target: str


def select_services(records: Iterable[NaptrRecord], transports: Collection[str]) -> list[tuple[str, str]]:
    """Return transport and name of the SRV records for each transport that is spoken, the domain's favourite first."""
    wanted = sorted(records, key=lambda record: (record.order, record.preference))
    found = [(SERVICES.get(record.service.upper(), ""), record) for record in wanted if record.flags.lower() == "s"]
    return [(transport, record.replacement) for transport, record in found if transport in transports]


def order_servers(records: Iterable[SrvRecord], chance: random.Random) -> list[SrvRecord]:
    """Return ``records`` by priority and, among equals, by chance as their weights want it.

    A target ``.`` says that the service is not offered; such records are left out.
    """
    ordered: list[SrvRecord] = []
    left = [record for record in records if record.target.rstrip(".")]
    for priority in sorted({record.priority for record in left}):
        # Weight 0 stands first, so that it has a small chance against the others.
        group = sorted((record for record in left if record.priority == priority), key=lambda record: record.weight)
        while group:
            mark = chance.randint(0, sum(record.weight for record in group))
            index, reached = 0, group[0].weight
            while reached < mark:
                index += 1
                reached += group[index].weight
            ordered.append(group.pop(index))
    return ordered
