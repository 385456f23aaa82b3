"""What is told of the trunks: to health, over HTTP and on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.api.app import PartHealth
from gateway.api.trunks import TrunkReport
from gateway.telephony.trunks.trunk_state import TrunkState


def trunk_report(state: TrunkState) -> TrunkReport:
    """Return a trunk's state as it is sent over HTTP."""
    return TrunkReport(
        id=state.id,
        up=state.up,
        registration=None if state.registration is None else str(state.registration),
        reachability=str(state.reachability),
        server=state.server,
        error=state.error,
        since=state.since,
        calls=state.calls,
        max_calls=state.max_calls,
        warning=state.warning,
    )


def sip_health(states: Sequence[TrunkState]) -> PartHealth:
    """Return how signalling is: degraded while a trunk is down.

    It is never down because of that: a restart would not bring the provider back, and end the calls that go on.
    """
    down = [state.id for state in states if not state.up]
    if not down:
        return PartHealth(state="ok")
    names = ", ".join(down)
    return PartHealth(
        state="degraded", detail=f"The trunk {names} is down." if len(down) == 1 else f"The trunks {names} are down."
    )


def trunk_health(states: Iterable[TrunkState]) -> dict[str, PartHealth]:
    """Return how each trunk is, under a name of its own."""
    return {
        f"trunk {state.id}": PartHealth(state="ok")
        if state.up
        else PartHealth(state="degraded", detail=_sentence(state.error or "It is not connected yet"))
        for state in states
    }


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
