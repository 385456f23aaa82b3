"""Places one call: signalling, sound and the caller's part in it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from gateway.caller.conversation import CallerConversation
from gateway.caller.conversation_log import ConversationLine, ConversationLog
from gateway.caller.engines import open_recogniser
from gateway.caller.errors import CallerInputError
from gateway.caller.hearing import Hearing
from gateway.caller.options import CallOptions, CallReport, Ending
from gateway.caller.script import load_script
from gateway.caller.steps import PlayWav, PressKeys, Say, Script, Turn
from gateway.caller.turn_taking import TurnTaking
from gateway.caller.voice import FAREWELLS, Sounds, make_sounds
from gateway.language import LANGUAGES, Language
from gateway.media.client.media_worker import MediaError, MediaWorker, RtpLeg
from gateway.media.leg import Endpointing
from gateway.speech.fallback import InProcessSynthesiser
from gateway.speech.interface import Recogniser
from gateway.telephony.call import OutgoingCall
from gateway.telephony.errors import CallFailed, CallRejected, TelephonyError
from gateway.telephony.messages.uri import SipUri, parse_uri
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.network_address import is_ip_address, resolve, route_address
from gateway.telephony.sessions.media_policy import MediaPolicy
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.user_agent import UserAgent

RTP_PORTS = (30_000, 39_999)
"""Where the caller receives sound; apart from the gateway's own default range."""

_EVERYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
_TIMERS = Timers(t1=0.125)
"""A host that sends nothing at all is given up after 8 s instead of 32: somebody waits at a terminal."""
_RESOLVE_WITHIN_S = 5.0
_LONGEST_UTTERANCE_MS = 60_000
_RECOGNISE_BEFORE_REPLY_MS = 400


async def place_call(options: CallOptions, *, on_line: Callable[[ConversationLine], None]) -> CallReport:
    """Call ``options.to``, hold the conversation and return how it went.

    ``on_line`` gets each line of the conversation as soon as it and all before it are known.

    Raises:
        CallerInputError: the call cannot be placed as asked; one sentence that says what to change.

    """
    script = script_of(options)
    if script.needs_transcripts and not options.transcribe:
        raise CallerInputError("the script has lines with `when`, which need what was said to be recognised")
    local_address = await _local_address(options.to)
    _from_uri(script.from_number, local_address)
    _check_folder(options.save)
    sounds = await make_sounds(script.turns, InProcessSynthesiser(), script.language, script.voice)
    async with open_recogniser(options.recognition_endpoint if options.transcribe else None) as recogniser:
        return await _Caller(options, script, sounds, recogniser, on_line).call(local_address)


def script_of(options: CallOptions) -> Script:
    """Return the caller's part; raise ``CallerInputError`` when there is none or it cannot be used."""
    given = options.script
    if given is not None and (options.say or options.wav):
        raise CallerInputError("a script holds all that is said, so it cannot go with further lines or WAV files")
    if isinstance(given, Path):
        given = load_script(given)
    if given is None:
        moves: list[Say | PlayWav] = [
            *(Say(line.strip()) for line in options.say),
            *(PlayWav(path) for path in options.wav),
        ]
        if not moves:
            raise CallerInputError("there is nothing to say; give lines, WAV files or a script")
        given = Script(tuple(Turn((move,)) for move in moves), language=_language(options.language))
    return replace(given, voice=given.voice or options.voice, from_number=given.from_number or options.number)


def _language(text: str) -> Language:
    for language in LANGUAGES:
        if text == language:
            return language
    raise CallerInputError(f"the language must be one of {', '.join(LANGUAGES)}, not {text!r}")


async def _local_address(target: str) -> str:
    """Return the address that this machine has toward ``target``; raise ``CallerInputError``."""
    try:
        uri = parse_uri(target)
    except ValueError as error:
        raise CallerInputError(f"{target!r} cannot be called: {error}") from error
    if not isinstance(uri, SipUri):
        raise CallerInputError(f"{target!r} cannot be called: a SIP URI such as sip:assistant@127.0.0.1 is needed")
    try:
        known = is_ip_address(uri.host)
        return route_address(
            uri.host if known else await resolve(uri.host, uri.port or 5060, socket.AF_UNSPEC, _RESOLVE_WITHIN_S)
        )
    except OSError as error:
        raise CallerInputError(f"the host {uri.host} cannot be found: {error.strerror or error}") from error
    except TelephonyError as error:
        raise CallerInputError(f"{target!r} cannot be called: {error}") from error


def _from_uri(number: str | None, local_address: str) -> str:
    """Return the caller's URI; raise ``CallerInputError`` when ``number`` cannot stand in one."""
    if number == "anonymous":
        return "sip:anonymous@anonymous.invalid"
    host = f"[{local_address}]" if ":" in local_address else local_address
    try:
        return str(parse_uri(f"sip:{number or 'caller'}@{host}"))
    except ValueError as error:
        raise CallerInputError(f"{number!r} cannot be the number that calls: {error}") from error


def _check_folder(save: Path | None) -> None:
    if save is not None and not save.absolute().parent.is_dir():
        raise CallerInputError(f"the recording cannot be saved: there is no folder {save.absolute().parent}")


class _Caller:
    """One call, from the invitation to the report."""

    def __init__(
        self,
        options: CallOptions,
        script: Script,
        sounds: Sounds,
        recogniser: Recogniser | None,
        on_line: Callable[[ConversationLine], None],
    ) -> None:
        self._options = options
        self._script = script
        self._sounds = sounds
        self._hearing = Hearing(recogniser)
        self._log = ConversationLog(on_line)
        self._taking = TurnTaking(script.turns, options.patience)

    async def call(self, local_address: str) -> CallReport:
        """Hold the call from ``local_address``."""
        try:
            async with _started(local_address) as (agent, worker):
                leg = await worker.allocate()
                call = await self._invite(agent, leg, local_address)
                return await self._hold(call, leg)
        except CallRejected as error:
            return CallReport(ending=Ending.REFUSED, reason=f"{error}.", status=error.status)
        except CallFailed as error:
            return CallReport(ending=Ending.NO_ANSWER, reason=f"{error}.")
        except (MediaError, TelephonyError) as error:
            return CallReport(ending=Ending.LINE_LOST, reason=f"The call failed: {error}.")

    async def _invite(self, agent: UserAgent, leg: RtpLeg, local_address: str) -> OutgoingCall:
        return await agent.invite(
            self._options.to,
            local_port=leg.local_port,
            from_uri=_from_uri(self._script.from_number, local_address),
            timeout_s=self._options.answer_within_s,
            media=MediaPolicy(offered=self._options.codecs),
        )

    async def _hold(self, call: OutgoingCall, leg: RtpLeg) -> CallReport:
        stream = call.stream
        if stream is None:
            raise CallFailed("The call ended as it was answered")
        presses = any(isinstance(move, PressKeys) for turn in self._script.turns for move in turn.moves)
        if presses and stream.telephone_event_payload_type is None:
            await call.hang_up()
            raise CallFailed("The other side takes no telephone events, so no keys can be pressed")
        await leg.set_endpointing(
            Endpointing(
                pause_ms=max(200, self._options.reply_after_ms - _RECOGNISE_BEFORE_REPLY_MS),
                end_ms=self._options.reply_after_ms,
                longest_ms=_LONGEST_UTTERANCE_MS,
            )
        )
        await leg.record(self._options.save)
        await leg.connect(stream)
        conversation = CallerConversation(
            leg,
            taking=self._taking,
            sounds=self._sounds,
            farewell=FAREWELLS[self._script.language],
            hearing=self._hearing,
            log=self._log,
        )
        watch = asyncio.create_task(_pass_on_the_end(call, leg))
        try:
            ending = await conversation.run(self._options.longest_s)
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
            unsaid=self._taking.unsaid,
            seconds=conversation.ended_ms / 1000,
            recording=self._options.save,
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
