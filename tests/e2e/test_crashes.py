"""The gateway is killed with -9 while people talk to it."""

from __future__ import annotations

from pathlib import Path

from crash import crash


async def test_nothing_that_was_confirmed_is_lost_and_nothing_is_delivered_twice(tmp_path: Path) -> None:
    report = await crash(tmp_path, conversations=12, kills=3, seed=2)
    assert report.violations == []
    assert (report.conversations, report.kills) == (12, 3)
    assert report.actions_promised == 12
    assert report.actions_delivered == report.actions_in_records >= 12
    assert report.broken_off > 0
