"""The conversation as it is printed: lines with their times, in the order in which they began.

What the other side said is known only once it has been recognised, while the caller may already be speaking again. A
line that is still open holds back those after it, so that the print reads in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Speaker(StrEnum):
    """Whose line it is."""

    OTHER_SIDE = "gateway"
    CALLER = "caller"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """One line: it began ``at_ms`` milliseconds after the answer."""

    at_ms: int
    speaker: Speaker
    text: str


def format_line(line: ConversationLine) -> str:
    """Return the line for a terminal, such as ``00:03.2  gateway  Guten Tag``."""
    minutes, milliseconds = divmod(max(line.at_ms, 0), 60_000)
    return f"{minutes:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000 // 100}  {line.speaker:<7}  {line.text}"


@dataclass(slots=True)
class _Entry:
    at_ms: int
    speaker: Speaker
    text: str | None


class ConversationLog:
    """Collects lines and hands each to ``on_line`` once it and all before it are known."""

    def __init__(self, on_line: Callable[[ConversationLine], None]) -> None:
        self.lines: list[ConversationLine] = []
        self._on_line = on_line
        self._entries: dict[int, _Entry] = {}
        self._next = 0

    def open(self, at_ms: int, speaker: Speaker) -> int:
        """Begin a line whose text is not known yet and return its number."""
        number = self._next
        self._next += 1
        self._entries[number] = _Entry(at_ms, speaker, None)
        return number

    def close(self, number: int, text: str) -> None:
        """Set the text of an open line."""
        self._entries[number].text = text
        self._flush()

    def add(self, at_ms: int, speaker: Speaker, text: str) -> None:
        """Add a line whose text is known."""
        self.close(self.open(at_ms, speaker), text)

    def _flush(self) -> None:
        for number, entry in list(self._entries.items()):
            if entry.text is None:
                return
            del self._entries[number]
            line = ConversationLine(entry.at_ms, entry.speaker, entry.text)
            self.lines.append(line)
            self._on_line(line)
