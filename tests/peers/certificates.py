"""Certificates of a test's own authority, as PEM files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme

from gateway.telephony.network.listener import TlsFiles


@dataclass(frozen=True)
class Certificates:
    """One certificate for 127.0.0.1 and ::1, its key, both in one file, and the authority that signed it."""

    certificate: Path
    key: Path
    both: Path
    authority: Path

    @classmethod
    def issue(cls, folder: Path) -> Certificates:
        """Write new ones to ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        files = cls(*(folder / name for name in ("certificate.pem", "key.pem", "both.pem", "authority.pem")))
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1", "::1", "localhost")
        authority.cert_pem.write_to_path(files.authority)
        issued.private_key_pem.write_to_path(files.key)
        issued.private_key_and_cert_chain_pem.write_to_path(files.both)
        files.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return files

    @property
    def of_listener(self) -> TlsFiles:
        """What a listener of the gateway needs; it trusts the same authority."""
        return TlsFiles(self.certificate, self.key, server_ca=self.authority)
