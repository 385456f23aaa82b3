"""What watches the SIP messages, as the settings want it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config import ConfigurationError, load_settings, split_host_port
from gateway.records.journal import Journal
from gateway.records.model import NewCall
from gateway.sip_diagnostics import SipCallIds, SipDiagnostics
from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.network.transport import Hop

MESSAGE = TracedMessage(
    datetime.now(UTC).timestamp(),
    False,
    ("192.0.2.1", 5060),
    Hop("192.0.2.9", 5060),
    b"REGISTER sip:x SIP/2.0\r\nCall-ID: c1\r\nAuthorization: Bearer secret\r\n\r\n",
)


async def test_messages_are_kept_and_exported_without_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(5)
        monkeypatch.setenv("SIP_HEP", f"127.0.0.1:{collector.getsockname()[1]}")
        diagnostics = await SipDiagnostics.start(load_settings())
        assert diagnostics.tracer is not None
        assert diagnostics.store is not None
        diagnostics.tracer(MESSAGE)
        (kept,) = diagnostics.store.calls()
        exported = collector.recv(65_535)
        await diagnostics.stop()
    assert kept.call_id == "c1"
    assert b"secret" not in kept.messages[0].data
    assert kept.messages[0].data in exported


async def test_nothing_watches_where_nothing_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIP_TRACE", "off")
    diagnostics = await SipDiagnostics.start(load_settings())
    assert (diagnostics.store, diagnostics.sender, diagnostics.tracer) == (None, None, None)
    await diagnostics.stop()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("homer.example:9060", ("homer.example", 9060)),
        ("192.0.2.1:9060", ("192.0.2.1", 9060)),
        ("[2001:db8::1]:9060", ("2001:db8::1", 9060)),
    ],
)
def test_a_host_and_a_port_are_read(text: str, expected: tuple[str, int]) -> None:
    assert split_host_port(text) == expected


@pytest.mark.parametrize(
    "text", ["homer", "homer:", ":9060", "homer:0", "homer:65536", "2001:db8::1:9060", "h:x", "[]:1"]
)
def test_a_collector_that_cannot_be_meant_stops_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIP_HEP", text)
    with pytest.raises(ConfigurationError, match=r"^SIP_HEP: has to be a host and a port"):
        load_settings()


async def test_a_call_id_is_found_by_the_beginning_of_an_id_in_the_records(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "gateway.sqlite3")
    ids = [
        await journal.begin_call(NewCall("sip", "practice", datetime.now(UTC), sip_call_id=f"sip-{number}"))
        for number in range(2)
    ]
    find = SipCallIds(journal)
    assert [await find(call_id) for call_id in ids] == ["sip-0", "sip-1"]
    assert await find(ids[0][:6]) is None, "both begin so"
    assert await find("nobody@host") is None
    await journal.close()
