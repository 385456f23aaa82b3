"""TLS contexts from PEM files, read again when the files change (RFC 5922, RFC 7525)."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import structlog

from gateway.telephony.errors import TelephonyError
from gateway.telephony.listener import TlsFiles

log = structlog.get_logger(__name__)


class _KeyIsEncrypted(Exception):
    """OpenSSL asks for a pass phrase; unanswered, it would ask on the terminal."""


class TlsContexts:
    """The contexts of one TLS listener: what it shows to those who connect, and how it connects itself.

    A certificate that was renewed is shown on the next connection; running ones stay. Files that cannot be used (half
    written, of different renewals) leave the certificate before them in force.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._server = _Reloaded(files, _server_context)
        self._client = _Reloaded(files, _client_context)

    def server(self) -> ssl.SSLContext:
        """Return the context for a connection that a peer opens."""
        return self._server.current()

    def client(self) -> ssl.SSLContext:
        """Return the context for a connection that we open; it verifies the server's certificate and name."""
        return self._client.current()


class _Reloaded:
    def __init__(self, files: TlsFiles, create: Callable[[TlsFiles], ssl.SSLContext]) -> None:
        self._files = files
        self._create = create
        self._stamp = _stamp(files)
        self._context = create(files)

    def current(self) -> ssl.SSLContext:
        stamp = _stamp(self._files)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._context = self._create(self._files)
            except TelephonyError as error:
                log.warning("sip_certificate_not_reloaded", error=str(error))
            else:
                log.info("sip_certificate_reloaded", certificate=str(self._files.certificate))
        return self._context


def _stamp(files: TlsFiles) -> tuple[tuple[int, int, int] | None, ...]:
    return tuple(_file_stamp(path) for path in (files.certificate, files.key, files.client_ca, files.server_ca))


def _file_stamp(path: Path | None) -> tuple[int, int, int] | None:
    """Return what changes when a file is written or another one is put in its place."""
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return None
    return None if status is None else (status.st_mtime_ns, status.st_ino, status.st_size)


def _server_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    _load_certificate(context, files)
    if files.client_ca is not None:
        _load_authorities(context, files.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _client_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    _load_certificate(context, files)
    if files.server_ca is not None:
        _load_authorities(context, files.server_ca)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION


def _load_certificate(context: ssl.SSLContext, files: TlsFiles) -> None:
    def refuse() -> str:
        raise _KeyIsEncrypted

    for path in (files.certificate, files.key):
        if not path.is_file():
            raise TelephonyError(f"The TLS file {path} is not there")
    try:
        context.load_cert_chain(files.certificate, files.key, password=refuse)
    except _KeyIsEncrypted as error:
        raise TelephonyError(f"The TLS key {files.key} is encrypted; a key without a pass phrase is needed") from error
    except (OSError, ssl.SSLError) as error:
        problem = f"The TLS certificate {files.certificate} and key {files.key} cannot be used: {_reason(error)}"
        raise TelephonyError(problem) from error


def _load_authorities(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as error:
        raise TelephonyError(f"The TLS authorities {path} cannot be used: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return error.strerror or str(error)
