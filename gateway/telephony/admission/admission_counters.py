"""What became of messages and calls that were not let in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class AdmissionCounters:
    """Counts since the start. "Dropped" is without an answer, "refused" with one."""

    dropped_foreign: int = 0
    """Messages from outside the allowed networks."""
    dropped_shut_out: int = 0
    """Messages of sources that are shut out because of what they sent before."""
    dropped_message_rate: int = 0
    """Messages above a source's rate."""
    dropped_by_policy: int = 0
    """Requests that belong to no trunk."""
    dropped_scanner: int = 0
    """Requests of known scanners."""
    dropped_stray: int = 0
    """Requests of unknown dialogs and transactions that are owed no answer."""
    malformed: int = 0
    """Messages that could not be read, answered or not."""
    shut_outs: int = 0
    """How often a source was shut out."""
    refused_by_policy: int = 0
    """Requests that the trunks' policy refused or challenged."""
    refused_stray: int = 0
    """Requests of unknown dialogs and transactions, answered with 481."""
    refused_draining: int = 0
    """New calls and OPTIONS while the gateway goes down."""
    refused_overload: int = 0
    """New calls shed because the event loop was late."""
    refused_call_rate: int = 0
    """New calls above the rate of all sources together."""
    refused_source_call_rate: int = 0
    """New calls above the rate of their source."""
    refused_full: int = 0
    """New calls and OPTIONS while every line of the gateway was taken."""
    refused_trunk_full: int = 0
    """New calls and OPTIONS while every line of their trunk was taken."""
