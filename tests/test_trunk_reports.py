"""What health says of trunks."""

from __future__ import annotations

import datetime as dt

from gateway.telephony.trunks.registration import RegistrationState
from gateway.telephony.trunks.trunk_monitor import Reachability
from gateway.telephony.trunks.trunk_state import TrunkState
from gateway.trunk_reports import sip_health, trunk_health, trunk_report


def state(trunk_id: str, *, up: bool, error: str | None = None) -> TrunkState:
    return TrunkState(
        id=trunk_id,
        up=up,
        registration=RegistrationState.REGISTERED if up else RegistrationState.UNREGISTERED,
        reachability=Reachability.UNKNOWN,
        server=None,
        error=error,
        since=dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
        calls=0,
        max_calls=None,
    )


UP, DOWN, LOST = state("a", up=True), state("b", up=False, error="The server does not respond"), state("c", up=False)


def test_signalling_is_well_while_every_trunk_is_up() -> None:
    assert sip_health([UP]).state == "ok"
    assert sip_health([]).state == "ok"


def test_signalling_is_degraded_by_name_and_never_down_while_trunks_are_down() -> None:
    assert (sip_health([UP, DOWN]).state, sip_health([UP, DOWN]).detail) == ("degraded", "The trunk b is down.")
    assert (sip_health([DOWN, LOST]).state, sip_health([DOWN, LOST]).detail) == (
        "degraded",
        "The trunks b, c are down.",
    )


def test_each_trunk_is_named_with_what_is_wrong() -> None:
    parts = trunk_health([UP, DOWN, LOST])
    assert {name: (part.state, part.detail) for name, part in parts.items()} == {
        "trunk a": ("ok", None),
        "trunk b": ("degraded", "The server does not respond."),
        "trunk c": ("degraded", "It is not connected yet."),
    }


def test_a_report_is_the_state_in_plain_values() -> None:
    assert trunk_report(DOWN).model_dump(mode="json") == {
        "id": "b",
        "up": False,
        "registration": "unregistered",
        "reachability": "unknown",
        "server": None,
        "error": "The server does not respond",
        "since": "2026-11-23T00:00:00Z",
        "calls": 0,
        "max_calls": None,
        "warning": None,
    }
