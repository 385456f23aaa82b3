"""One party on the telephone: its signalling and its sound, which begin, move and end together."""

from __future__ import annotations

import asyncio

import structlog

from gateway.media.client.media_worker import RtpLeg
from gateway.media.errors import MediaError
from gateway.media.parameters import StreamParameters
from gateway.telephony.call import Call, IncomingCall
from gateway.telephony.errors import CallEnded
from gateway.telephony.events import EndReason

_log = structlog.get_logger(__name__)


class SipLine:
    """An answered ``call`` with the ``leg`` that carries its sound.

    Another call that replaces this one (RFC 3891) takes its place on the line; whoever talks on the leg goes on.
    """

    def __init__(self, call: Call, leg: RtpLeg) -> None:
        self.call = call
        """The call that is on the line now."""
        self.leg = leg
        self._moves: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect the leg, and let it follow the call from now on: another address, hold, keys, the end.

        Raises:
            CallEnded: the call is not answered.
            MediaError: the stream cannot be used, or the leg is gone.

        """
        stream = self.call.stream
        if stream is None:
            raise CallEnded("not_answered")
        self._follow(self.call)
        await self.leg.connect(stream)

    async def close(self) -> None:
        """Hang up and free the leg; harmless when either is done already."""
        if self._watch is not None:
            self._watch.cancel()
        self._unfollow(self.call)
        await self.call.hang_up()
        await self.leg.release()

    def _follow(self, call: Call) -> None:
        call.on_stream_changed = self._move
        call.on_dtmf = self.leg.press
        call.on_replaced = self._take_over
        self._watch = asyncio.create_task(self._end_leg_with_call(call), name="watch-call")

    def _unfollow(self, call: Call) -> None:
        call.on_stream_changed = call.on_dtmf = call.on_replaced = None

    async def _take_over(self, call: IncomingCall) -> None:
        """Answer ``call``, which ends the one that was on the line, and go on with its sound."""
        before = self.call
        if self._watch is not None:
            self._watch.cancel()
        try:
            stream = await call.answer(local_port=self.leg.local_port)
        except BaseException:
            self._follow(before)
            raise
        self._unfollow(before)
        self.call = call
        self._follow(call)
        _log.info("call_replaced", sip_call_id=call.sip_call_id, replaced=before.sip_call_id)
        await self._connect(stream)

    def _move(self, stream: StreamParameters) -> None:
        task = asyncio.create_task(self._connect(stream), name="move-stream")
        self._moves.add(task)
        task.add_done_callback(self._moves.discard)

    async def _connect(self, stream: StreamParameters) -> None:
        try:
            await self.leg.connect(stream)
        except MediaError as error:
            _log.warning("stream_not_changed", cause=str(error))

    async def _end_leg_with_call(self, call: Call) -> None:
        reason = await call.ended()
        await self.leg.remote_hung_up("caller" if reason is EndReason.PEER else str(reason))
