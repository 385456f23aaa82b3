"""The line to the person that a caller is put through to."""

from __future__ import annotations

import asyncio

from gateway.media.client.media_worker import RtpLeg
from gateway.media.leg import Dtmf, HungUp
from gateway.sip_line import SipLine
from gateway.telephony.call import OutgoingCall


class PersonLine(SipLine):
    """A second call: what the person presses, and when they are gone."""

    def __init__(self, call: OutgoingCall, leg: RtpLeg) -> None:
        super().__init__(call, leg)
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect the leg and begin to follow call and leg; see ``SipLine.open``."""
        self._reading = asyncio.create_task(self._read(), name="person-events")
        await super().open()

    async def close(self) -> None:
        """Hang up and free the leg; harmless when either is done already."""
        await super().close()
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def key(self) -> str:
        """Wait until the person presses a key, and return it."""
        return await self._keys.get()

    async def gone(self) -> None:
        """Wait until the person has hung up, or the line is lost."""
        await self._gone.wait()

    async def _read(self) -> None:
        async for event in self.leg.events():
            if isinstance(event, Dtmf):
                self._keys.put_nowait(event.digit)
            elif isinstance(event, HungUp):
                self._gone.set()
