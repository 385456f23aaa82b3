"""``gateway sip-trace``."""

from __future__ import annotations

import base64
import json
import sys
import urllib.parse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx

from gateway.api.sip_trace import CallList, CallMessages, CallSummary, MessageBody
from gateway.cli.failure import fail
from gateway.cli.gateway_client import NoAnswer, fetch, open_client
from gateway.config import ConfigurationError, load_settings
from gateway.telephony.diagnostics.ladder import ASCII, Glyphs, render_ladder, without_controls
from gateway.telephony.diagnostics.pcap import write_pcap
from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.diagnostics.trace_anonymiser import Anonymiser
from gateway.telephony.diagnostics.trace_store import TracedCall
from gateway.telephony.messages.uri import host_port
from gateway.telephony.network.transport import Hop

_LATEST_AMONG = 50
"""Calls heard of last, among which the one that began last is looked for: long ones may have ended after it."""


def show_sip_trace(
    call: str | None,
    *,
    latest: bool,
    messages: bool,
    as_json: bool,
    pcap: Path | None,
    anonymise: bool,
    limit: int,
) -> int:
    """Print the calls of the running gateway's trace, or one as a ladder; return the exit code."""
    if call is not None and latest:
        return fail("Give either a call or --latest.", 2)
    if call is None and not latest and (messages or anonymise or pcap is not None):
        return fail("--messages, --pcap and --anonymise need a call, or --latest.", 2)
    try:
        with open_client(load_settings()) as client:
            if call is None and not latest:
                return _list(client, limit, as_json=as_json)
            traced = _fetch(client, call)
    except (ConfigurationError, NoAnswer) as error:
        return fail(str(error))
    if anonymise:
        traced = _anonymised(traced)
    if pcap is not None:
        return _write(traced, pcap)
    if as_json:
        print(json.dumps(_plain(traced), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_whole(traced)) if messages else render_ladder(traced, glyphs=_glyphs()))
    return 0


def _write(call: TracedCall, pcap: Path) -> int:
    try:
        pcap.write_bytes(write_pcap(call.messages))
    except OSError as error:
        return fail(f"{pcap} cannot be written: {error.strerror}.")
    print(f"{len(call.messages)} messages are in {pcap}.")
    return 0


def _fetch(client: httpx.Client, call: str | None) -> TracedCall:
    if call is None:
        # Pings and registrations come all the time: whoever asks for the latest wants a call.
        calls = fetch(client, "/api/sip-trace", CallList, limit=_LATEST_AMONG, invites_only=True).calls
        if not calls:
            raise NoAnswer("There is no call in the trace yet.")
        call = max(calls, key=lambda summary: summary.began_at).call_id
    path = f"/api/sip-trace/{urllib.parse.quote(call, safe='')}"
    return _traced(fetch(client, path, CallMessages))


def _traced(call: CallMessages) -> TracedCall:
    return TracedCall(call.call_id, tuple(_message(body) for body in call.messages), call.omitted, call.omitted_after)


def _message(body: MessageBody) -> TracedMessage:
    data = body.text.encode() if body.octets is None else base64.b64decode(body.octets)
    peer = Hop(body.host, body.port, body.transport)
    return TracedMessage(body.at, body.sent, (body.local_host, body.local_port), peer, data)


def _anonymised(call: TracedCall) -> TracedCall:
    anonymise = Anonymiser()
    return TracedCall(call.call_id, tuple(map(anonymise, call.messages)), call.omitted, call.omitted_after)


def _list(client: httpx.Client, limit: int, *, as_json: bool) -> int:
    calls = fetch(client, "/api/sip-trace", CallList, limit=limit)
    if as_json:
        print(calls.model_dump_json(indent=2))
    else:
        print("\n".join(map(_line, calls.calls)) or "No SIP message has come or gone yet.")
    return 0


def _line(call: CallSummary) -> str:
    began = datetime.fromtimestamp(call.began_at).astimezone()
    peer = f"{'to' if call.direction == 'out' else 'from'} {host_port(call.host, call.port)} {call.transport}"
    final = "no final response" if call.status is None else f"{call.status} {call.reason}"
    return without_controls(
        f"{began:%d.%m.%Y %H:%M:%S}  {call.method or '?':<9} {peer:<32} {final:<28} "
        f"{call.messages:>4} messages  {call.call_id}"
    )


def _whole(call: TracedCall) -> Iterator[str]:
    for message in call.messages:
        peer = host_port(message.remote.host, message.remote.port)
        direction = f"to {peer}" if message.sent else f"from {peer}"
        yield f"=== {message.at - call.began_at:+.3f} s  {direction} {message.remote.transport}"
        yield without_controls(message.data.decode("utf-8", "replace").replace("\r\n", "\n"))


def _plain(call: TracedCall) -> dict[str, object]:
    return {
        "call_id": call.call_id,
        "omitted": call.omitted,
        "messages": [
            {
                "at": message.at,
                "sent": message.sent,
                "local": {"host": message.local[0], "port": message.local[1]},
                "remote": {
                    "host": message.remote.host,
                    "port": message.remote.port,
                    "transport": message.remote.transport,
                },
                "text": message.data.decode("utf-8", "replace"),
            }
            for message in call.messages
        ],
    }


def _glyphs() -> Glyphs:
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Glyphs() if encoding.startswith("utf") else ASCII
