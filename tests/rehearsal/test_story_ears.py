"""What a patient hears is what the records say was sent."""

import asyncio
from pathlib import Path

import pytest
from rehearsal_helpers import NOW, turn

from gateway.audio import Pcm
from gateway.records.journal import Journal
from gateway.records.model import NewCall, NewTurn
from gateway.rehearsal.story_ears import StoryEars, StoryReader, last_said

SILENCE = Pcm.silence(20)


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ((), ""),
        ((turn(0, "gateway", "Guten Tag."),), "Guten Tag."),
        ((turn(0, "gateway", "Guten Tag."), turn(1, "caller", "Hallo.")), ""),
        (
            (turn(0, "gateway", "A."), turn(1, "caller", "x"), turn(2, "gateway", "B."), turn(3, "gateway", "C.")),
            "B. C.",
        ),
        ((turn(0, "gateway", "Guten Tag, hier ist die Praxis.", "Guten Tag,"),), "Guten Tag,"),
        ((turn(0, "gateway", "Guten Tag.", ""),), ""),
    ],
)
def test_what_was_heard_since_the_callers_last_turn_counts(turns: tuple, said: str):
    assert last_said(turns) == said


async def test_words_are_waited_for_until_they_are_written(tmp_path: Path):
    journal = await Journal.open(tmp_path / "gateway.sqlite3")
    call_id = await journal.begin_call(NewCall(line="sip", practice_id="x", started_at=NOW, sip_call_id="abc"))
    reader = await Journal.open(tmp_path / "gateway.sqlite3", read_only=True)
    ears = StoryEars(StoryReader(reader))
    assert await ears.words(SILENCE) is None, "there is no call yet"
    ears.listen_to("abc")
    listening = asyncio.create_task(ears.words(SILENCE))
    await asyncio.sleep(0)
    await journal.add_turn(call_id, NewTurn("gateway", "Guten Tag."))
    assert await listening == "Guten Tag."
    story = await StoryReader(reader).finished("abc", within_s=0, delivered=True)
    assert story is not None
    assert story.summary.ended_at is None
    assert await StoryReader(reader).story("nobody") is None
    await reader.close()
    await journal.close()
