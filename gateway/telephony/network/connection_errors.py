"""What went wrong with a connection, in words that an operator can act on."""

from __future__ import annotations

import os
import ssl


def describe_connection_error(error: Exception) -> str:
    """Return one clause about ``error``."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, TimeoutError):
        return "no connection came about in time"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error) or "the connection was closed by the peer"
