"""A caller and a callee of the same make talk over real sockets, on the caller's own machine."""

import asyncio
import ipaddress
import re
import socket
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from gateway.audio import Pcm, write_wav
from gateway.caller.call import place_call, script_of
from gateway.caller.conversation_log import ConversationLine, Speaker
from gateway.caller.errors import CallerInputError
from gateway.caller.options import CallOptions, Ending
from gateway.caller.steps import HangUp, PlayWav, PressKeys, Say, Script, Turn
from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.leg import Dtmf, LegEvent, SpeechEnded
from gateway.media.parameters import Codec
from gateway.speech.fallback import InProcessSynthesiser
from gateway.telephony.call import IncomingCall
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
Behaviour = Callable[[IncomingCall, MediaWorker], Awaitable[None]]


@asynccontextmanager
async def callee(behaviour: Behaviour, over: str = "UDP") -> AsyncIterator[str]:
    """Give the URI of a user agent that treats each call by ``behaviour``."""
    worker = MediaWorker(port_min=40_000, port_max=40_100)
    await worker.start()

    async def on_invite(call: IncomingCall) -> None:
        await behaviour(call, worker)

    listeners = [Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, "TCP")]
    agent = UserAgent(listeners, allowed=LOOPBACK, max_calls=2, on_invite=on_invite)
    await agent.start()
    try:
        yield f"sip:assistant@127.0.0.1:{agent.addresses[over == 'TCP'].port};transport={over.lower()}"
    finally:
        await agent.stop()
        await worker.stop()


async def answered(call: IncomingCall, worker: MediaWorker) -> RtpLeg:
    leg = await worker.allocate()
    await leg.connect(await call.answer(local_port=leg.local_port))
    return leg


async def heard_on(leg: RtpLeg, kind: type[LegEvent]) -> LegEvent:
    async for event in leg.events():
        if isinstance(event, kind):
            return event
    raise AssertionError("the line closed before")


async def test_a_whole_call_is_held_printed_and_saved(tmp_path: Path):
    seen: dict[str, object] = {}

    async def behave(call: IncomingCall, worker: MediaWorker) -> None:
        seen["caller"] = call.caller.number
        leg = await answered(call, worker)
        greeting = InProcessSynthesiser().synthesise("Guten Tag, wie kann ich Ihnen helfen?", "de")
        await (await leg.play(greeting, barge_in=False)).finished()
        seen["heard"] = await heard_on(leg, SpeechEnded)
        await call.hang_up()
        await leg.hang_up()

    printed: list[ConversationLine] = []
    saved = tmp_path / "call.wav"
    async with callee(behave) as uri:
        options = CallOptions(
            to=uri,
            say=["Ich möchte einen Termin."],
            number="+41791234567",
            save=saved,
            transcribe=False,
            codecs=(Codec.PCMU,),
        )
        report = await asyncio.wait_for(place_call(options, on_line=printed.append), 30)

    assert (report.ending, report.exit_code, report.status) == (Ending.OTHER_SIDE, 0, 200)
    assert report.unsaid == ()
    assert report.sip_call_id
    assert seen["caller"] == "+41791234567"
    assert isinstance(seen["heard"], SpeechEnded)
    assert seen["heard"].pcm.seconds > 1
    assert [line.speaker for line in printed] == [Speaker.OTHER_SIDE, Speaker.CALLER, Speaker.LINE]
    assert printed[0].text.endswith("s of speech)")
    assert printed[1].text == "Ich möchte einen Termin."
    assert tuple(printed) == report.lines
    assert report.statistics is not None
    assert report.statistics.packets_received > 100
    assert report.statistics.codec == "PCMU", "the one that was asked for"
    with wave.open(str(saved), "rb") as reader:
        assert (reader.getnchannels(), reader.getframerate()) == (2, 8000)
        sides = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2).astype(int)
    assert np.abs(sides[:, 0]).max() > 2000
    assert np.abs(sides[:, 1]).max() > 2000


async def test_keys_and_files_go_over_the_line(tmp_path: Path):
    tone = (8000 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype(np.int16)
    path = tmp_path / "tone.wav"
    path.write_bytes(write_wav(Pcm(tone, 8000)))
    pressed: list[str] = []

    async def behave(call: IncomingCall, worker: MediaWorker) -> None:
        leg = await answered(call, worker)
        async for event in leg.events():
            if isinstance(event, Dtmf):
                pressed.append(event.digit)
        await call.hang_up()

    turns = (Turn((PlayWav(path), PressKeys("19#"), HangUp()), opening=True),)
    async with callee(behave) as uri:
        options = CallOptions(to=uri, script=Script(turns), transcribe=False, longest_s=20)
        report = await asyncio.wait_for(place_call(options, on_line=lambda _line: None), 30)
        await asyncio.sleep(0.1)
    assert report.ending is Ending.CALLER
    assert pressed == ["1", "9", "#"]


@pytest.mark.parametrize("over", ["UDP", "TCP"])
async def test_a_refusal_names_its_sip_status(over: str):
    async def behave(call: IncomingCall, worker: MediaWorker) -> None:
        await call.reject(486)

    async with callee(behave, over) as uri:
        report = await place_call(CallOptions(to=uri, say=["Hallo"], transcribe=False), on_line=lambda _line: None)
    assert (report.ending, report.exit_code, report.status) == (Ending.REFUSED, 1, 486)
    assert "486 Busy Here" in report.reason


async def test_nobody_there_is_said():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        uri = f"sip:assistant@127.0.0.1:{silent.getsockname()[1]}"
        options = CallOptions(to=uri, say=["Hallo"], transcribe=False, answer_within_s=20)
        report = await place_call(options, on_line=lambda _line: None)
    assert (report.ending, report.exit_code) == (Ending.NO_ANSWER, 1)
    assert re.fullmatch(r"Nobody responds at 127\.0\.0\.1 port \d+\.", report.reason)


async def test_a_call_that_only_rings_is_given_up():
    async def behave(call: IncomingCall, worker: MediaWorker) -> None:
        await call.ring()
        await call.ended()

    async with callee(behave) as uri:
        options = CallOptions(to=uri, say=["Hallo"], transcribe=False, answer_within_s=0.3)
        report = await place_call(options, on_line=lambda _line: None)
    assert (report.ending, report.exit_code) == (Ending.NO_ANSWER, 1)
    assert report.reason == "Nobody answered within 0.3 seconds."


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (CallOptions(), "there is nothing to say"),
        (CallOptions(say=["x"], script=Path("y.yaml")), "a script holds all that is said"),
        (CallOptions(script=Path("none.yaml")), "none.yaml cannot be read"),
        (CallOptions(say=["x"], language="rm"), "the language must be one of de, fr, it, en, not 'rm'"),
        (CallOptions(say=["x"], to="tel:144"), "a SIP URI such as"),
        (CallOptions(say=["x"], to="sip:"), "cannot be called"),
        (CallOptions(say=["x"], to="sip:a@no-such-host.invalid"), "no-such-host.invalid cannot be found"),
        (CallOptions(say=["x"], number="a b"), "'a b' cannot be the number that calls"),
        (CallOptions(say=["x"], save=Path("/no/folder/a.wav")), "there is no folder /no/folder"),
        (CallOptions(say=["x"], voice="de-AT"), "unknown voice 'de-AT'"),
        (CallOptions(say=["..."]), "has nothing that can be spoken"),
    ],
)
async def test_what_cannot_be_placed_is_said_in_one_sentence(options: CallOptions, problem: str):
    with pytest.raises(CallerInputError) as raised:
        await place_call(options, on_line=lambda _line: None)
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_conditions_need_recognition(tmp_path: Path):
    path = tmp_path / "script.yaml"
    path.write_text("lines:\n  - say: x\n    when: y\n")
    with pytest.raises(CallerInputError, match="need what was said to be recognised"):
        await place_call(CallOptions(script=path, transcribe=False), on_line=lambda _line: None)


def test_lines_come_before_files():
    script = script_of(CallOptions(say=["a", "b"], wav=[Path("c.wav")], language="it", voice="it-IT", number="1"))
    assert [turn.moves for turn in script.turns] == [(Say("a"),), (Say("b"),), (PlayWav(Path("c.wav")),)]
    assert (script.language, script.voice, script.from_number) == ("it", "it-IT", "1")
