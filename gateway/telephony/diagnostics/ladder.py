"""Draws one call's messages as a ladder for a terminal: a column for each address, an arrow for each message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from gateway.telephony.diagnostics.message_outline import MessageOutline, outline
from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.diagnostics.trace_store import TracedCall
from gateway.telephony.messages.uri import host_port

_MARGIN = 11
_LANE = 56
"""Columns between two lines of life."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What the ladder is drawn with."""

    line: str = "│"
    dash: str = "─"
    right: str = "▶"
    left: str = "◀"


ASCII = Glyphs("|", "-", ">", "<")
"""For terminals that know no other."""


class _End(NamedTuple):
    """One end of a message: an address of ours or of a peer."""

    host: str
    port: int
    ours: bool


def without_controls(text: str) -> str:
    """Return ``text`` with control characters made visible: what came from outside must not steer the terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def render_ladder(call: TracedCall, *, zone: tzinfo | None = None, glyphs: Glyphs | None = None) -> str:
    """Return the ladder of ``call``; times of day are of ``zone`` (by default of this machine)."""
    glyphs = glyphs or Glyphs()
    ends = _ends(call.messages)
    began = datetime.fromtimestamp(call.began_at, zone).astimezone(zone)
    lines = [f"Call-ID {without_controls(call.call_id)}", f"began {began:%d.%m.%Y %H:%M:%S}", ""]
    lines += _heads(ends, call.messages)
    seen: set[bytes] = set()
    for index, message in enumerate(call.messages):
        if call.omitted and index == call.omitted_after:
            lines += [f"{'':{_MARGIN}}… {call.omitted} messages were not kept …"]
        read = outline(message.data)
        source, target = _direction(message)
        lines += _rung(
            f"{message.at - call.began_at:+.3f} s",
            _labels(read, again=message.data in seen),
            (ends.index(source), ends.index(target), len(ends)),
            glyphs,
        )
        seen.add(message.data)
    return "\n".join(line.rstrip() for line in lines)


def _direction(message: TracedMessage) -> tuple[_End, _End]:
    ours = _End(*message.local, ours=True)
    peer = _End(message.remote.host, message.remote.port, ours=False)
    return (ours, peer) if message.sent else (peer, ours)


def _ends(messages: Sequence[TracedMessage]) -> list[_End]:
    """Return who takes part, in the order in which they appear."""
    return list(dict.fromkeys(end for message in messages for end in _direction(message)))


def _heads(ends: Sequence[_End], messages: Sequence[TracedMessage]) -> list[str]:
    transports = {_End(m.remote.host, m.remote.port, ours=False): m.remote.transport for m in messages}
    who = where = ""
    for index, end in enumerate(ends):
        name, address = "gateway" if end.ours else transports[end], host_port(end.host, end.port)
        middle = _MARGIN + _LANE * index
        who = _placed(who, max(0, middle - len(name) // 2), name)
        where = _placed(where, max(0, middle - len(address) // 2), address)
    return [who, where]


def _labels(read: MessageOutline, *, again: bool) -> list[str]:
    number = f"  ({read.cseq[0]} {read.cseq[1]})" if read.cseq else ""
    title = f"{read.title}{number}{'  again' if again else ''}"
    return [without_controls(label) for label in (title, *read.media)]


def _rung(offset: str, labels: Sequence[str], place: tuple[int, int, int], glyphs: Glyphs) -> list[str]:
    """Return the lines of one message: its labels, then its arrow from one end of ``place`` to the other."""
    source, target, count = place
    low, high = min(source, target), max(source, target)
    rails = "".join(" " * (_LANE - 1 if index else _MARGIN) + glyphs.line for index in range(count))
    room = _LANE * (high - low) - 3
    lines = []
    for index, label in enumerate(labels):
        text = label if len(label) <= room else f"{label[: room - 1]}…"
        line = _placed(rails, _MARGIN + _LANE * low + 2, text)
        lines.append(_placed(line, 0, f"{offset:>{_MARGIN - 1}}") if index == 0 else line)
    span = _LANE * (high - low) - 1
    arrow = glyphs.dash * (span - 1) + glyphs.right if source < target else glyphs.left + glyphs.dash * (span - 1)
    return [*lines, _placed(rails, _MARGIN + _LANE * low + 1, arrow)]


def _placed(line: str, at: int, text: str) -> str:
    return line[:at].ljust(at) + text + line[at + len(text) :]
