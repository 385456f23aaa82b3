"""One party on the telephone: its signalling and its sound, which begin, move and end together."""

from __future__ import annotations

import asyncio

import structlog

from gateway.media.client import RtpLeg
from gateway.media.errors import MediaError
from gateway.media.parameters import StreamParameters
from gateway.telephony.call import Call
from gateway.telephony.errors import CallEnded
from gateway.telephony.events import EndReason

_log = structlog.get_logger(__name__)


class SipLine:
    """An answered ``call`` with the ``leg`` that carries its sound."""

    def __init__(self, call: Call, leg: RtpLeg) -> None:
        self.leg = leg
        self._call = call
        self._moves: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect the leg, and let it follow the call from now on: another address, hold, the end.

        Raises:
            CallEnded: the call is not answered.
            MediaError: the stream cannot be used, or the leg is gone.

        """
        stream = self._call.stream
        if stream is None:
            raise CallEnded("not_answered")
        self._call.on_stream_changed = self._move
        await self.leg.connect(stream)
        self._watch = asyncio.create_task(self._end_leg_with_call(), name="watch-call")

    async def close(self) -> None:
        """Hang up and free the leg; harmless when either is done already."""
        if self._watch is not None:
            self._watch.cancel()
        await self._call.hang_up()
        await self.leg.release()

    def _move(self, stream: StreamParameters) -> None:
        async def connect() -> None:
            try:
                await self.leg.connect(stream)
            except MediaError as error:
                _log.warning("stream_not_changed", cause=str(error))

        task = asyncio.create_task(connect(), name="move-stream")
        self._moves.add(task)
        task.add_done_callback(self._moves.discard)

    async def _end_leg_with_call(self) -> None:
        reason = await self._call.ended()
        await self.leg.remote_hung_up("caller" if reason is EndReason.PEER else str(reason))
