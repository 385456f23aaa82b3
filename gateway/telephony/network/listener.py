"""Where SIP is listened for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

TransportName = Literal["UDP", "TCP", "TLS"]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a TLS listener; they may be renewed while it runs.

    With ``client_ca`` a peer that connects has to show a certificate signed by it. Servers that we connect to have to
    show one signed by ``server_ca``, or by one of the system's authorities where that is None.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None
    server_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """One address and port that SIP is listened for on; port 0 takes a free one.

    ``advertised_address`` and ``advertised_port`` stand in Via, Contact and SDP in place of the bound ones,
    behind NAT; where they are None, what ``stun_server`` (``host`` or ``host:port``, only for UDP) sees stands there.
    ``tls`` is needed for, and only for, TLS.
    """

    host: str
    port: int
    transport: TransportName = "UDP"
    tls: TlsFiles | None = None
    advertised_address: str | None = None
    advertised_port: int | None = None
    stun_server: str | None = None
