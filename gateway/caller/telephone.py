"""One call, from the invitation to the report: signalling and sound, with a part that says what the caller does."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.caller.conversation import CallerConversation
from gateway.caller.conversation_log import ConversationLine, ConversationLog
from gateway.caller.errors import CallerInputError
from gateway.caller.hearing import Ears
from gateway.caller.line.relay import LineFaults, Relay, open_relay
from gateway.caller.options import CallReport, Ending
from gateway.caller.part import CallerPart
from gateway.caller.steps import Say
from gateway.caller.voice import Sounds
from gateway.media.client.media_worker import MediaError, MediaWorker, RtpLeg
from gateway.media.leg import Endpointing
from gateway.media.parameters import Codec
from gateway.telephony.call import OutgoingCall
from gateway.telephony.errors import CallFailed, CallRejected, TelephonyError
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.listener import Listener
from gateway.telephony.sessions.media_policy import DEFAULT_OFFERED, MediaPolicy
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.user_agent import UserAgent

RTP_PORTS = (30_000, 39_999)
"""Where the caller receives sound; apart from the gateway's own default range."""

_EVERYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
_TIMERS = Timers(t1=0.125)
"""A host that sends nothing at all is given up after 8 s instead of 32: somebody waits at a terminal."""
_LONGEST_UTTERANCE_MS = 60_000
_RECOGNISE_BEFORE_REPLY_MS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """What is dialled and how; see ``CallOptions`` for the fields of the same names.

    ``from_number`` is who calls, None for nobody in particular. ``presses_keys`` demands telephone events of the other
    side. ``faults`` lie between this caller's telephone and the other side.
    """

    to: str
    from_number: str | None = None
    codecs: tuple[Codec, ...] = DEFAULT_OFFERED
    answer_within_s: float = 30
    longest_s: float = 300
    reply_after_ms: int = 900
    save: Path | None = None
    presses_keys: bool = False
    faults: LineFaults = field(default_factory=LineFaults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """What the caller brings: the ``part``, the ``sounds`` of all that it may say, the ``ears``."""

    part: CallerPart
    sounds: Sounds
    farewell: Say
    ears: Ears
    on_line: Callable[[ConversationLine], None]
    on_answered: Callable[[str], None] = lambda _sip_call_id: None
    """Told the Call-ID once the call was answered."""


def caller_uri(number: str | None, local_address: str) -> str:
    """Return the caller's URI; raise ``CallerInputError`` when ``number`` cannot stand in one."""
    if number == "anonymous":
        return "sip:anonymous@anonymous.invalid"
    host = f"[{local_address}]" if ":" in local_address else local_address
    try:
        return str(parse_uri(f"sip:{number or 'caller'}@{host}"))
    except ValueError as error:
        raise CallerInputError(f"{number!r} cannot be the number that calls: {error}") from error


class Telephone:
    """Holds one call from ``local_address``."""

    def __init__(self, dialling: Dialling, speaking: Speaking, local_address: str) -> None:
        self._dialling = dialling
        self._speaking = speaking
        self._address = local_address
        self._from_uri = caller_uri(dialling.from_number, local_address)
        self._log = ConversationLog(speaking.on_line)

    async def call(self) -> CallReport:
        """Place the call, hold the conversation and return how it went."""
        try:
            async with _started(self._address) as (agent, worker):
                leg = await worker.allocate()
                async with AsyncExitStack() as stack:
                    relay = await stack.enter_async_context(open_relay(self._dialling.faults, leg))
                    call = await self._invite(agent, relay.outer_port if relay else leg.local_port)
                    self._speaking.on_answered(call.sip_call_id)
                    await self._connect(call, leg, relay)
                    return await self._hold(call, leg)
        except CallRejected as error:
            return CallReport(ending=Ending.REFUSED, reason=f"{error}.", status=error.status)
        except CallFailed as error:
            return CallReport(ending=Ending.NO_ANSWER, reason=f"{error}.")
        except (MediaError, TelephonyError) as error:
            return CallReport(ending=Ending.LINE_LOST, reason=f"The call failed: {error}.")

    async def _invite(self, agent: UserAgent, port: int) -> OutgoingCall:
        return await agent.invite(
            self._dialling.to,
            local_port=port,
            from_uri=self._from_uri,
            timeout_s=self._dialling.answer_within_s,
            media=MediaPolicy(offered=self._dialling.codecs),
        )

    async def _connect(self, call: OutgoingCall, leg: RtpLeg, relay: Relay | None) -> None:
        stream = call.stream
        if stream is None:
            raise CallFailed("The call ended as it was answered")
        if self._dialling.presses_keys and stream.telephone_event_payload_type is None:
            await call.hang_up()
            raise CallFailed("The other side takes no telephone events, so no keys can be pressed")
        reply_after_ms = self._dialling.reply_after_ms
        await leg.set_endpointing(
            Endpointing(
                pause_ms=max(200, reply_after_ms - _RECOGNISE_BEFORE_REPLY_MS),
                end_ms=reply_after_ms,
                longest_ms=_LONGEST_UTTERANCE_MS,
            )
        )
        await leg.record(self._dialling.save)
        await leg.connect(stream if relay is None else relay.between(stream))

    async def _hold(self, call: OutgoingCall, leg: RtpLeg) -> CallReport:
        speaking = self._speaking
        conversation = CallerConversation(
            leg,
            taking=speaking.part,
            sounds=speaking.sounds,
            farewell=speaking.farewell,
            hearing=speaking.ears,
            log=self._log,
        )
        watch = asyncio.create_task(_pass_on_the_end(call, leg))
        try:
            ending = await conversation.run(self._dialling.longest_s)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await call.hang_up()
            await leg.hang_up()
        return CallReport(
            ending=ending,
            reason=f"{str(ending).capitalize()}.",
            status=200,
            sip_call_id=call.sip_call_id,
            lines=tuple(self._log.lines),
            own_sounds=tuple(conversation.own_sounds),
            unsaid=speaking.part.unsaid,
            seconds=conversation.ended_ms / 1000,
            recording=self._dialling.save,
            statistics=await leg.statistics(),
        )


async def _pass_on_the_end(call: OutgoingCall, leg: RtpLeg) -> None:
    """End the sound when signalling has ended the call."""
    await call.ended()
    await leg.remote_hung_up()


@asynccontextmanager
async def _started(address: str) -> AsyncIterator[tuple[UserAgent, MediaWorker]]:
    agent = UserAgent(
        [Listener(address, 0), Listener(address, 0, "TCP")],
        allowed=_EVERYWHERE,
        max_calls=1,
        user_agent="practice-gateway-caller",
        timers=_TIMERS,
    )
    worker = MediaWorker(host=address, port_min=RTP_PORTS[0], port_max=RTP_PORTS[1])
    await agent.start()
    try:
        await worker.start()
        yield agent, worker
    finally:
        await agent.stop()
        await worker.stop()
