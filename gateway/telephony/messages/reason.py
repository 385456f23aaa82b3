"""The Reason header: why a request was sent (RFC 3326)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.telephony.messages.grammar import parse_parameters, quote, split_list

NORMAL_CLEARING = 16
"""The Q.850 cause of a call that somebody hung up."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One value: a ``protocol`` such as SIP or Q.850, its ``cause`` and a ``text`` for people."""

    protocol: str
    cause: int | None = None
    text: str = ""

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        text = f";text={quote(self.text)}" if self.text else ""
        return f"{self.protocol}{cause}{text}"

    @property
    def summary(self) -> str:
        """One line: the text, or else protocol and cause."""
        return self.text or (self.protocol if self.cause is None else f"{self.protocol} cause {self.cause}")


def parse_reasons(values: Iterable[str]) -> tuple[Reason, ...]:
    """Return the reasons in a message's Reason headers; what cannot be read is left out, for nothing hangs on it."""
    reasons: list[Reason] = []
    for value in values:
        try:
            parts = split_list(value)
        except ValueError:
            continue
        reasons += [reason for part in parts if (reason := _parse(part)) is not None]
    return tuple(reasons)


def _parse(text: str) -> Reason | None:
    protocol, _, rest = text.partition(";")
    try:
        parameters = parse_parameters(rest)
    except ValueError:
        return None
    cause = parameters.get("cause") or ""
    readable = cause.isascii() and cause.isdigit() and len(cause) <= 4
    # Line breaks and other control characters would break the log line or page that shows the text.
    printable = "".join(char for char in parameters.get("text") or "" if char.isprintable())
    return Reason(protocol.strip(), int(cause) if readable else None, printable) if protocol.strip() else None
