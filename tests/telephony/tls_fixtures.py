"""Certificates of an authority of our own."""

from __future__ import annotations

import ssl

import trustme

from gateway.telephony.network.listener import Listener, TlsFiles


class Authority:
    """Signs certificates and writes them as PEM files below ``folder``."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self._ca = trustme.CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def files(self, *names, **options) -> TlsFiles:
        """Write a certificate for ``names``; one for the same first name takes the place of the one before."""
        certificate, key = self.folder / f"{names[0]}.pem", self.folder / f"{names[0]}.key"
        issued = self._ca.issue_cert(*names)
        issued.private_key_pem.write_to_path(key)
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return TlsFiles(certificate, key, **{"server_ca": self.file, **options})

    def listener(self, *names, host="127.0.0.1", **options) -> Listener:
        """Return a TLS listener with a certificate for ``names``."""
        return Listener(host, 0, "TLS", tls=self.files(*names, **options))

    def client_context(self, files: TlsFiles | None = None) -> ssl.SSLContext:
        """Return what a client that trusts this authority connects with."""
        context = ssl.create_default_context(cafile=self.file)
        if files is not None:
            context.load_cert_chain(files.certificate, files.key)
        return context

    def server_context(self, *names) -> ssl.SSLContext:
        """Return what a server with a certificate for ``names`` listens with."""
        files = self.files(*names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        return context
