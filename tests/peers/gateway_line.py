"""The gateway's signalling and media without its speech: takes calls, plays tones, records."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from silent_leg import SilentLeg
from tones import read_both_sides, stream_tone

from gateway.audio import TELEPHONE_RATE
from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.leg import Dtmf
from gateway.media.parameters import StreamParameters
from gateway.telephony.call import Call, IncomingCall
from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.events import EndReason
from gateway.telephony.messages.message import Message, Request, Response, parse_message
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
WITHIN_S = 15


class LineCall:
    """One call with its sound, recorded from its answer on."""

    def __init__(self, call: Call, leg: RtpLeg | SilentLeg, recording: Path) -> None:
        self.call = call
        self.leg = leg
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        """DTMF digits as they arrive, in RTP or in INFO."""
        self.changes: asyncio.Queue[StreamParameters] = asyncio.Queue()
        """What re-INVITEs and UPDATEs have made of the stream."""
        self.over = asyncio.Event()
        self._recording = recording
        self._listening: asyncio.Task[None] | None = None

    async def connect(self, stream: StreamParameters) -> None:
        """Let the sound flow."""
        self._listening = asyncio.create_task(self._listen())
        await self.leg.connect(stream)
        await self.leg.record(self._recording)

    async def follow(self, stream: StreamParameters) -> None:
        """Take a change of the stream."""
        await self.leg.connect(stream)
        self.changes.put_nowait(stream)

    async def play_tone(self, frequency: float, seconds: float, rate: int = TELEPHONE_RATE) -> None:
        """Play a tone to the peer and wait for its end."""
        assert isinstance(self.leg, RtpLeg)
        playback = await self.leg.play(stream_tone(frequency, seconds, rate), barge_in=False)
        await asyncio.wait_for(playback.finished(), seconds + WITHIN_S)

    async def ended(self) -> EndReason:
        """Wait until the call is over and its recording is written."""
        await asyncio.wait_for(self.over.wait(), WITHIN_S)
        return await self.call.ended()

    async def close(self) -> None:
        """Write the recording and free the leg."""
        await self.leg.record(None)
        await self.leg.release()
        if self._listening is not None:
            await self._listening
        self.over.set()

    @property
    def heard(self) -> npt.NDArray[np.int16]:
        """What came from the peer; known when the call is over."""
        return read_both_sides(self._recording)[0]

    async def _listen(self) -> None:
        async for event in self.leg.events():
            if isinstance(event, Dtmf):
                self.keys.put_nowait(event.digit)


class GatewayLine:
    """A user agent and a media worker that answer every call; use it as an asynchronous context manager.

    Callers hear it ring for ``ring_s`` seconds, then, if ``early_tone`` is given, half a second of that tone, before
    they are answered. Without ``sound`` there is no worker, and calls have signalling only.
    """

    def __init__(
        self,
        folder: Path,
        *listeners: Listener,
        ring_s: float = 0,
        early_tone: float | None = None,
        sound: bool = True,
        **options: Any,
    ) -> None:
        self.messages: list[TracedMessage] = []
        """What went over the wire, oldest first."""
        self.calls: asyncio.Queue[LineCall] = asyncio.Queue()
        """Answered calls, in the order of their answers."""
        options = {"allowed": LOOPBACK, "max_calls": 10, **options}
        listeners = listeners or (Listener("127.0.0.1", 0),)
        self.agent = UserAgent(listeners, on_invite=self._take, tracer=self.messages.append, **options)
        # Above the ranges that the peers are given, and below the kernel's own.
        self.worker = MediaWorker(host=listeners[0].host, port_min=30_000, port_max=32_000)
        self._served = {trunk.id for trunk in options.get("trunks", ()) if trunk.servers}
        self._folder = folder
        self._ring_s = ring_s
        self._early_tone = early_tone
        self._sound = sound
        self._starting: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> GatewayLine:
        await self.agent.start()
        if self._sound:
            # Peers start meanwhile.
            self._starting = asyncio.create_task(self.worker.start())
        return self

    async def __aexit__(self, *error: object) -> None:
        try:
            await self.agent.stop()
            await asyncio.gather(*self._tasks)
        finally:
            if self._starting is not None:
                await self._starting
                await self.worker.stop()

    async def allocate(self) -> RtpLeg | SilentLeg:
        """Return a leg that belongs to no call yet."""
        if self._starting is None:
            return SilentLeg()
        await self._starting
        return await self.worker.allocate()

    @property
    def port(self) -> int:
        """The port of the first listener."""
        return self.agent.address[1]

    def uri(self, transport: str = "UDP") -> str:
        """Return what is called over ``transport``, which a listener has to be there for."""
        (address,) = (hop for hop in self.agent.addresses if hop.transport == transport)
        host = f"[{address.host}]" if ":" in address.host else address.host
        parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
        return f"sip:praxis@{host}:{address.port}{parameter}"

    async def next_call(self) -> LineCall:
        """Wait for an answered call."""
        return await asyncio.wait_for(self.calls.get(), WITHIN_S)

    async def dial(self, target: str, **options: Any) -> LineCall:
        """Call a peer and return the call once it is answered."""
        async with asyncio.timeout(WITHIN_S):
            while any(state.server is None for state in self.agent.trunk_states() if state.id in self._served):
                await asyncio.sleep(0.01)
        leg = await self.allocate()
        try:
            call = await self.agent.invite(target, local_port=leg.local_port, timeout_s=WITHIN_S, **options)
        except BaseException:
            await leg.release()
            raise
        return await self._begin(call, leg, call.stream)

    async def all_over(self) -> None:
        """Wait until no call is under way."""
        async with asyncio.timeout(WITHIN_S):
            while self.agent.calls:
                await asyncio.sleep(0.01)

    def sent(self, what: str | int) -> list[Message]:
        """Return the requests of a method, or the responses with a status, that were sent."""
        return self._select(what, sent=True)

    def received(self, what: str | int) -> list[Message]:
        """Return the requests of a method, or the responses with a status, that came in."""
        return self._select(what, sent=False)

    def statuses(self) -> list[int]:
        """Return the statuses of all responses that were sent, also to requests that could not be read."""
        return [
            int(message.data[8:11]) for message in self.messages if message.sent and message.data[:8] == b"SIP/2.0 "
        ]

    def ladder(self) -> str:
        """Return all start lines, for a failing test's message."""
        return "\n".join(
            f"{'->' if message.sent else '<-'} {message.remote.port} {message.data.splitlines()[0]!r}"
            for message in self.messages
        )

    def _select(self, what: str | int, *, sent: bool) -> list[Message]:
        messages = [
            parse_message(traced.data) for traced in self.messages if traced.sent is sent and traced.data.strip()
        ]
        return [
            message
            for message in messages
            if (isinstance(message, Request) and message.method == what)
            or (isinstance(message, Response) and message.status == what)
        ]

    async def _take(self, call: IncomingCall) -> None:
        leg = await self.allocate()
        try:
            await call.ring()
            if self._ring_s:
                await asyncio.wait([asyncio.ensure_future(call.ended())], timeout=self._ring_s)
            if self._early_tone is not None:
                await leg.connect(await call.progress(local_port=leg.local_port))
                assert isinstance(leg, RtpLeg)
                playback = await leg.play(stream_tone(self._early_tone, 0.5), barge_in=False)
                await playback.finished()
            stream = await call.answer(local_port=leg.local_port)
        except BaseException:
            await leg.release()
            raise
        self.calls.put_nowait(await self._begin(call, leg, stream))

    async def _begin(self, call: Call, leg: RtpLeg | SilentLeg, stream: StreamParameters | None) -> LineCall:
        assert stream is not None
        line_call = LineCall(call, leg, self._folder / f"gateway-{next(self._numbers)}.wav")
        call.on_replaced = self._take
        call.on_dtmf = line_call.keys.put_nowait
        call.on_stream_changed = lambda changed: self._spawn(line_call.follow(changed))
        await line_call.connect(stream)
        self._spawn(self._close_with(line_call))
        return line_call

    async def _close_with(self, line_call: LineCall) -> None:
        await line_call.call.ended()
        await line_call.close()

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        # A task that failed is kept: the end of the line raises what it raised.
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)
