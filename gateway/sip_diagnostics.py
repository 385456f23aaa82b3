"""What watches the SIP messages of a running gateway, as its settings want it."""

from __future__ import annotations

from gateway.config import Settings, split_host_port
from gateway.records.errors import AmbiguousCallId
from gateway.records.journal import Journal
from gateway.telephony.diagnostics.hep_sender import HepSender
from gateway.telephony.diagnostics.trace import MaskingTracer, Tracer
from gateway.telephony.diagnostics.trace_store import TraceStore


class SipDiagnostics:
    """The trace in memory and the export to a collector, each where it is wanted. ``start`` makes it.

    ``store`` is None where SIP_TRACE is off, ``tracer`` where nothing watches.
    """

    def __init__(self, store: TraceStore | None, sender: HepSender | None) -> None:
        self.store = store
        self.sender = sender
        watching = [tracer for tracer in (store, sender) if tracer is not None]
        self.tracer: Tracer | None = MaskingTracer(watching) if watching else None

    @classmethod
    async def start(cls, settings: Settings) -> SipDiagnostics:
        """Return what ``settings`` ask for; it is begun."""
        store = TraceStore(max_octets=settings.sip_trace_mb * 1_000_000) if settings.sip_trace else None
        sender = HepSender(*split_host_port(settings.sip_hep)) if settings.sip_hep else None
        if sender is not None:
            await sender.start()
        return cls(store, sender)

    async def stop(self) -> None:
        """Close what is open."""
        if self.sender is not None:
            await self.sender.stop()


class SipCallIds:
    """Finds the Call-ID of a call by its id in the records."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def __call__(self, call_id: str) -> str | None:
        """Return the Call-ID of the call whose id begins so; None when there is not exactly one."""
        try:
            story = await self._journal.call(call_id)
        except AmbiguousCallId:
            return None
        return None if story is None else story.summary.sip_call_id
