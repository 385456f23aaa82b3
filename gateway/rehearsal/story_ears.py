"""The ears of a patient who hears as well as a person: what the gateway said is read from the call's story.

A small recogniser mistakes synthetic voices more than people do, and a rehearsal is about what the gateway understands.
Only what the caller was sent is heard: of a sentence that was cut off, the part before the cut.
"""

from __future__ import annotations

import asyncio

from gateway.audio import Pcm
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import CallStory, TurnRecord

_WRITTEN_WITHIN_S = 3.0
"""How long after the sound's end its words may be written; later ones are not understood."""
_POLL_S = 0.08


class StoryReader:
    """Finds stories in a gateway's records, which another process writes."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._ids: dict[str, str] = {}

    async def story(self, sip_call_id: str) -> CallStory | None:
        """Return the story so far of the call with this SIP Call-ID; raise ``RecordsError``."""
        known = self._ids.get(sip_call_id)
        if known is None:
            for summary in await self._journal.calls(limit=100):
                if summary.sip_call_id == sip_call_id:
                    known = self._ids[sip_call_id] = summary.id
        return None if known is None else await self._journal.call(known)

    async def finished(self, sip_call_id: str, *, within_s: float, delivered: bool) -> CallStory | None:
        """Return the story once the call has ended, and its actions were delivered where they are to be.

        After ``within_s`` it is returned as it is then.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while True:
            story = await self.story(sip_call_id)
            over = story is not None and story.summary.ended_at is not None
            done = story is not None and (not delivered or all(action.delivered_at for action in story.actions))
            if (over and done) or loop.time() >= until:
                return story
            await asyncio.sleep(0.2)


class StoryEars:
    """Hears what is in the story of one call; see ``Ears``."""

    def __init__(self, reader: StoryReader) -> None:
        self._reader = reader
        self._sip_call_id: str | None = None

    def listen_to(self, sip_call_id: str) -> None:
        """Say which call it is."""
        self._sip_call_id = sip_call_id

    async def words(self, pcm: Pcm) -> str | None:
        """Return what the gateway has said since the caller's last turn that it took; None when nothing was written."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _WRITTEN_WITHIN_S
        while self._sip_call_id is not None:
            try:
                story = await self._reader.story(self._sip_call_id)
            except RecordsError:
                return None
            said = last_said(story.turns) if story is not None else ""
            if said:
                return said
            if loop.time() >= until:
                return None
            await asyncio.sleep(_POLL_S)
        return None


def last_said(turns: tuple[TurnRecord, ...]) -> str:
    """Return what the gateway said after the caller's last turn, as far as it was heard."""
    said: list[str] = []
    for turn in reversed(turns):
        if turn.speaker != "gateway":
            break
        said.append(turn.text if turn.heard_text is None else turn.heard_text)
    return " ".join(reversed(said)).strip()
