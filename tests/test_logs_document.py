"""docs/logs.md lists every event that the code logs, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
EVENT = re.compile(r"[a-z]+(?:_[a-z]+)*")


def logged(source: str) -> Iterator[str]:
    """Yield the events of the calls of a logger's methods, bound to a name or not."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        function, event = node.func, node.args[0].value
        is_method = isinstance(function, ast.Attribute) and function.attr in LEVELS
        is_bound = isinstance(function, ast.Name) and function.id == "log"
        if (is_method or is_bound) and isinstance(event, str) and EVENT.fullmatch(event):
            yield event


def test_every_event_is_explained_and_no_other_is() -> None:
    events = {event for path in sorted((ROOT / "gateway").rglob("*.py")) for event in logged(path.read_text("utf-8"))}
    rows = re.findall(r"^\| `([a-z_]+)` \| \S", (ROOT / "docs" / "logs.md").read_text("utf-8"), re.MULTILINE)
    assert len(events) > 100
    assert sorted(rows) == sorted(events)


def test_events_are_found_however_they_are_logged() -> None:
    source = "_log.info('one_thing', a=1)\nself._log.bind(x=1).error('two')\nlog('three')\nvalue.error('`x` is none')"
    assert sorted(logged(source)) == ["one_thing", "three", "two"]
