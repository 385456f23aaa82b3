"""The calls of the media benchmark, on this side: legs of real media workers that play, listen and record."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media_load import RtpLoad

from gateway.audio import Pcm
from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.leg import HungUp, PlaybackEnded, PlaybackOutcome, SpeechEnded, SpeechStarted
from gateway.media.parameters import Codec, StreamParameters

PCMA = 8
TELEPHONE_EVENT = 101
MARKED_PACKETS = 10
"""Of so many packets one is marked, so that its delay can be measured."""


@dataclass
class Counts:
    """What the legs have reported."""

    utterances: int = 0
    speech_started: int = 0
    prompts: int = 0
    barge_ins: int = 0
    hung_up: dict[str, int] = field(default_factory=dict)


async def _sound(pcm: Pcm) -> AsyncIterator[Pcm]:
    yield pcm


class Conversation:
    """Plays a prompt on a leg whenever its caller has spoken; each ``number`` begins at another prompt."""

    def __init__(self, leg: RtpLeg, prompts: Sequence[Pcm], number: int, counts: Counts) -> None:
        self._leg = leg
        self._prompts = itertools.islice(itertools.cycle(prompts), number % len(prompts), None)
        self._counts = counts
        self._playing = False
        self._task = asyncio.create_task(self._converse(), name=f"conversation {number}")

    async def _converse(self) -> None:
        async for event in self._leg.events():
            match event:
                case SpeechStarted():
                    self._counts.speech_started += 1
                case SpeechEnded():
                    self._counts.utterances += 1
                    await self.prompt()
                case PlaybackEnded():
                    self._playing = False
                    self._counts.barge_ins += event.heard.outcome is PlaybackOutcome.BARGE_IN
                case HungUp():
                    self._counts.hung_up[event.reason] = self._counts.hung_up.get(event.reason, 0) + 1

    async def prompt(self) -> None:
        """Say the next prompt unless one is being said."""
        if not self._playing:
            self._playing = True
            self._counts.prompts += 1
            await self._leg.play(_sound(next(self._prompts)))

    async def over(self) -> None:
        """Wait until the leg's last event has been read."""
        await self._task


@dataclass(frozen=True, eq=False)
class Caller:
    """One call: the leg, its conversation, and the caller's slot in the load process."""

    leg: RtpLeg
    conversation: Conversation
    slot: int


class Calls:
    """Calls between a load process and the workers, spread over these in turn."""

    def __init__(self, workers: Sequence[MediaWorker], load: RtpLoad, prompts: list[Pcm], folder: Path | None) -> None:
        """Record to ``folder``, or not with None."""
        self.counts = Counts()
        self.callers: list[Caller] = []
        self.begun = 0
        self._workers = itertools.cycle(workers)
        self._load = load
        self._prompts = prompts
        self._folder = folder

    @property
    def records(self) -> bool:
        """Whether the calls are recorded."""
        return self._folder is not None

    async def add(self) -> Caller:
        """Begin a call: connect its leg, say the first prompt, record."""
        slot = self._load.free.pop(0)
        leg = await self._connect(next(self._workers), slot)
        caller = Caller(leg, Conversation(leg, self._prompts, slot, self.counts), slot)
        if self._folder is not None:
            await leg.record(self._folder / f"{slot}.wav")
        await caller.conversation.prompt()
        self.callers.append(caller)
        self.begun += 1
        return caller

    async def add_bridge(self) -> None:
        """Begin two calls that are put through to each other; the first one's sound is marked."""
        worker = next(self._workers)
        first_slot, second_slot = self._load.free.pop(0), self._load.free.pop(0)
        first, second = await self._connect(worker, first_slot), await self._connect(worker, second_slot)
        await first.bridge(second)
        self._load.mark(first_slot, MARKED_PACKETS)

    async def _connect(self, worker: MediaWorker, slot: int) -> RtpLeg:
        leg = await worker.allocate()
        stream = StreamParameters("127.0.0.1", self._load.ports[slot], Codec.PCMA, PCMA, TELEPHONE_EVENT)
        await leg.connect(stream)
        self._load.start(slot, leg.local_port)
        return leg

    async def remove(self, caller: Caller) -> None:
        """End a call; its slot goes behind the others that are free, and its recording is deleted."""
        self._load.stop(caller.slot)
        self.callers.remove(caller)
        await caller.leg.hang_up()
        await caller.conversation.over()
        if self._folder is not None:
            (self._folder / f"{caller.slot}.wav").unlink(missing_ok=True)
        self._load.free.append(caller.slot)
