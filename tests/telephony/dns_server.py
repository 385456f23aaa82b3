"""A name server on a loopback UDP socket that answers from a table."""

from __future__ import annotations

import asyncio

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class DnsServer(asyncio.DatagramProtocol):
    """``records`` are lines of a zone file: name, TTL, class, type, data. Types in ``silent`` get no answer."""

    def __init__(self, *records: str, silent: tuple[str, ...] = ()) -> None:
        self.asked: list[str] = []
        self._silent = silent
        self._sets: dict[tuple[str, str], dns.rrset.RRset] = {}
        lines: dict[tuple[str, str], list[str]] = {}
        for record in records:
            name, ttl, _, kind, data = record.split(maxsplit=4)
            lines.setdefault((f"{name}.", kind), []).append(data)
            self._sets[f"{name}.", kind] = dns.rrset.from_text(
                f"{name}.", int(ttl), "IN", kind, *lines[f"{name}.", kind]
            )

    async def __aenter__(self) -> DnsServer:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def resolver(self) -> dns.asyncresolver.Resolver:
        """Return a resolver that asks this server."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port
        return resolver

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if kind in self._silent:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        found = self._sets.get((name, kind))
        if found is not None:
            response.answer.append(found)
        elif not any(known == name for known, _ in self._sets):
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), addr)
