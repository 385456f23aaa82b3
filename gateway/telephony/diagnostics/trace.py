"""What a tracer of SIP messages is told, and the tracer of the gateway: it masks secrets and hands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import structlog

from gateway.telephony.diagnostics.trace_masking import mask_secrets
from gateway.telephony.network.transport import Hop

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """One message as it was on the wire. ``at`` is in seconds since the epoch; ``sent`` tells its direction."""

    at: float
    sent: bool
    local: tuple[str, int]
    remote: Hop
    data: bytes


Tracer: TypeAlias = Callable[[TracedMessage], None]
"""Called in the path of every message, so it must be quick and must not raise."""


class MaskingTracer:
    """Hands each message to every one of ``tracers``, its secrets masked (``mask_secrets``). Never raises."""

    def __init__(self, tracers: Sequence[Tracer]) -> None:
        self.failures = 0
        """How many messages a tracer failed at; only the first failure is logged."""
        self._tracers = tuple(tracers)

    def __call__(self, message: TracedMessage) -> None:
        """Trace one message; a keep-alive, which holds nothing, is passed over."""
        if not message.data.strip(b"\r\n\x00"):
            return
        try:
            masked = replace(message, data=mask_secrets(message.data))
            for tracer in self._tracers:
                tracer(masked)
        except Exception:  # a call must not suffer from being watched
            self.failures += 1
            if self.failures == 1:
                log.exception("sip_trace_failed")
