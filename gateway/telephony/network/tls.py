"""TLS contexts from PEM files, read again when the files change (RFC 5922, RFC 7525)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network.listener import TlsFiles

log = structlog.get_logger(__name__)


class _KeyIsEncrypted(Exception):
    """OpenSSL asks for a pass phrase; unanswered, it would ask on the terminal."""


class TlsContexts:
    """The contexts of one TLS listener: what it shows to those who connect, and how it connects itself.

    A certificate that was renewed is shown on the next connection; running ones stay. Files that cannot be used (half
    written, of different renewals) leave the certificate before them in force.
    """

    def __init__(self, files: TlsFiles) -> None:
        self.files = files
        self._server = _Reloaded(_paths(files), lambda: _server_context(files))
        self._client = _Reloaded(_paths(files), lambda: _client_context(files, files.server_ca))

    def server(self) -> ssl.SSLContext:
        """Return the context for a connection that a peer opens."""
        return self._server.current()

    def client(self) -> ssl.SSLContext:
        """Return the context for a connection that we open; it verifies the server's certificate and name."""
        return self._client.current()


class ClientContexts:
    """How TLS connections are opened: which authorities must have signed the certificate of which server.

    ``authorities`` has a PEM file by the domain that the certificate is for, in small letters. Any other server's is
    to be signed by those of the listener that the connection goes out from, or else by the system's. A file that
    changes is read again, as a listener's are.
    """

    def __init__(self, authorities: Mapping[str, Path]) -> None:
        self._authorities = authorities
        self._contexts: dict[tuple[TlsFiles | None, Path | None], _Reloaded] = {}

    def load(self) -> None:
        """Read the files; raise ``TelephonyError`` that names the one that cannot be used."""
        for path in self._authorities.values():
            self._get(None, path)

    def context(self, server_name: str, listener: TlsContexts | None) -> ssl.SSLContext:
        """Return the context for a connection to ``server_name``, which verifies the server's certificate and name.

        A ``listener`` shows its certificate to a server that asks for one. Raises ``TelephonyError``.
        """
        authority = self._authorities.get(server_name.lower())
        if listener is not None and authority is None:
            return listener.client()
        return self._get(listener.files if listener is not None else None, authority).current()

    def _get(self, files: TlsFiles | None, authority: Path | None) -> _Reloaded:
        key = files, authority
        if key not in self._contexts:
            paths = (authority,) if files is None else (files.certificate, files.key, authority)
            self._contexts[key] = _Reloaded(paths, lambda: _client_context(files, authority))
        return self._contexts[key]


class _Reloaded:
    def __init__(self, paths: tuple[Path | None, ...], create: Callable[[], ssl.SSLContext]) -> None:
        self._paths = paths
        self._create = create
        self._stamp = self._read_stamp()
        self._context = create()

    def current(self) -> ssl.SSLContext:
        stamp = self._read_stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._context = self._create()
            except TelephonyError as error:
                log.warning("sip_certificate_not_reloaded", error=str(error))
            else:
                log.info("sip_certificate_reloaded", certificate=str(self._paths[0]))
        return self._context

    def _read_stamp(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_file_stamp(path) for path in self._paths)


def _paths(files: TlsFiles) -> tuple[Path | None, ...]:
    return files.certificate, files.key, files.client_ca, files.server_ca


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


def _client_context(files: TlsFiles | None, server_ca: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    if files is not None:
        _load_certificate(context, files)
    if server_ca is not None:
        _load_authorities(context, server_ca)
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
