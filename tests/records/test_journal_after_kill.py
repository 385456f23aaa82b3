"""What was committed outlives ``kill -9`` at any moment."""

import asyncio
import random
import signal
import subprocess
import sys

from gateway.records.journal import Journal

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.records.journal import Journal
from gateway.records.model import FactValue, NewAction, NewCall, NewTurn

async def main():
    journal = await Journal.open(Path(sys.argv[1]))
    call = await journal.begin_call(NewCall("sip", "practice", datetime.now(UTC)))
    print(call, flush=True)
    for number in range(1_000_000):
        turn = await journal.add_turn(call, NewTurn("caller", str(number)))
        action = NewAction(f"{call}-{number}", "callback.requested", "{}", f"{call}-{number}")
        await journal.commit_action(call, turn, [FactValue("message", str(number))], action)
        print(number, flush=True)

asyncio.run(main())
"""


async def test_committed_turns_facts_and_actions_are_there_after_kill_9(tmp_path):
    database = tmp_path / "gateway.sqlite3"
    committed = {}
    for _ in range(3):
        call_id, last = await asyncio.to_thread(_write_and_kill, database, random.randint(3, 40))
        committed[call_id] = last

    journal = await Journal.open(database)
    for call_id, last in committed.items():
        story = await journal.call(call_id)
        # One more may have been committed between the last line and the kill.
        assert len(story.actions) in (last + 1, last + 2)
        assert len(story.turns) in (len(story.actions), len(story.actions) + 1)
        assert len(story.facts) == len(story.actions)
        assert [turn.text for turn in story.turns] == [str(number) for number in range(len(story.turns))]
        assert story.summary.facts == {"message": str(len(story.actions) - 1)}
    assert await journal.recover() == len(committed)
    await journal.close()


def _write_and_kill(database, lines):
    """Let a process write, kill it after ``lines`` commits, and return the call and the last number that it told."""
    with subprocess.Popen([sys.executable, "-c", WRITER, database], stdout=subprocess.PIPE, text=True) as writer:
        call_id = writer.stdout.readline().strip()
        for _ in range(lines):
            last = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        assert writer.wait() == -signal.SIGKILL
    return call_id, int(rest[-1]) if rest else last
