"""Telephones and a gateway on loopback for the tests of transfers: signalling, and sound as tones over RTP."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from gateway.audio import Pcm
from gateway.conversation.transfer import TransferAttempt, TransferResult
from gateway.language import Language
from gateway.media.client.media_worker import MediaWorker
from gateway.media.client.media_worker_pool import MediaWorkers
from gateway.media.codecs.g711 import decode, encode
from gateway.media.leg import HungUp
from gateway.media.parameters import Codec
from gateway.media.rtp.packet import RtpPacket, parse_rtp
from gateway.practice.loader import load_profile
from gateway.practice.profile import PracticeProfile, TransferTarget
from gateway.sip_line import SipLine
from gateway.telephony.call import IncomingCall
from gateway.telephony.messages.message import Request, Response, parse_message
from gateway.telephony.network.listener import Listener
from gateway.telephony.transactions.timers import Timers
from gateway.telephony.trunks import trunk
from gateway.telephony.trunks.trunk_profile import TrunkProfile
from gateway.telephony.user_agent import UserAgent
from gateway.transfer.switchboard import Switchboard

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
QUICK = Timers(t1=0.03, t2=0.1, t4=0.05)
PATIENCE_S = 10
EXAMPLE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
EVENTS = 101
A_LAW_ONLY = trunk.Trunk(
    TrunkProfile.model_validate(
        {"id": "telephone", "allowed": [str(network) for network in LOOPBACK], "codecs": ["PCMA"], "servers": []}
    ),
    (),
    None,
    None,
    None,
)
"""What a telephone can do whose sound is a ``Sound``."""


def practice(*targets: TransferTarget) -> PracticeProfile:
    """Return the example practice with these transfer targets, the first of which is its reception."""
    return EXAMPLE.model_copy(update={"transfer_targets": targets, "reception": targets[0].id})


def target(uri: str, *, rings_s: float = 5, **options: object) -> TransferTarget:
    """Return the transfer target ``reception`` at ``uri``; ``rings_s`` may be shorter than a profile's may."""
    name = EXAMPLE.transfer_targets[0].name
    made = TransferTarget.model_validate({"id": "reception", "name": name, "uri": uri, **options})
    return made.model_copy(update={"ring_s": rings_s})


class Sound:
    """One end of an RTP stream in A-law: says a tone and keeps what it hears."""

    def __init__(self, hertz: float) -> None:
        self.hertz = hertz
        self.heard: list[RtpPacket] = []
        self.keys: list[int] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._task: asyncio.Task[None] | None = None
        self._keys = ""

    @property
    def port(self) -> int:
        return self._socket.getsockname()[1]

    def talk_to(self, port: int) -> None:
        """Begin to say the tone to ``port`` and to listen."""
        self._task = asyncio.create_task(self._run(port))

    def press(self, key: str) -> None:
        self._keys = key

    async def _run(self, port: int) -> None:
        times = np.arange(8000) / 8000
        tone = encode(Codec.PCMA, (6000 * np.sin(2 * np.pi * self.hertz * times)).astype(np.int16)).tobytes()
        began, count, ssrc = asyncio.get_running_loop().time(), 0, secrets.randbits(32)
        while True:
            offset = count * 160 % 8000
            packet = RtpPacket(8, count & 0xFFFF, count * 160, ssrc, tone[offset : offset + 160])
            if self._keys:
                digit, self._keys = self._keys, ""
                payload = bytes([int(digit), 0x80 | 10, 3, 0x20])
                packet = RtpPacket(EVENTS, count & 0xFFFF, count * 160, ssrc, payload, True)
            self._socket.sendto(packet.build(), ("127.0.0.1", port))
            count += 1
            await asyncio.sleep(max(0.0, began + count * 0.02 - asyncio.get_running_loop().time()))
            self._listen()

    def _listen(self) -> None:
        while True:
            try:
                packet = parse_rtp(self._socket.recv(2048))
            except (BlockingIOError, ConnectionError):
                return
            if packet.payload_type == EVENTS:
                self.keys.append(packet.payload[0])
            else:
                self.heard.append(packet)

    async def hears(self, hertz: float, seconds: float = 0.4) -> None:
        """Wait until ``seconds`` on end of what is heard are mostly the tone ``hertz``."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await asyncio.sleep(0.05)
                recent = [packet.payload for packet in self.heard[-round(seconds * 50) :]]
                if len(recent) == round(seconds * 50) and share(b"".join(recent), hertz) > 0.8:
                    return

    def forget(self) -> None:
        self.heard.clear()

    @property
    def samples(self) -> np.ndarray:
        return decode(Codec.PCMA, np.frombuffer(b"".join(packet.payload for packet in self.heard), np.uint8))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._socket.close()


def share(octets: bytes, hertz: float) -> float:
    """Return which part of the power of ``octets`` (A-law) lies within 20 Hz of ``hertz``."""
    sound = decode(Codec.PCMA, np.frombuffer(octets, np.uint8)).astype(np.float64)
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / 8000)
    return float(power[np.abs(frequencies - hertz) < 20].sum() / max(power.sum(), 1.0))


class Person:
    """Somebody's telephone: answers, refuses or rings, and says a tone of 700 Hz."""

    def __init__(self, *, status: int | None = 200, headers_seen: list[Request] | None = None) -> None:
        self.status = status
        self.calls: list[IncomingCall] = []
        self.requests = headers_seen if headers_seen is not None else []
        self.sound = Sound(700)
        self.agent = UserAgent(
            [Listener("127.0.0.1", 0)], trunks=[A_LAW_ONLY], max_calls=10, timers=QUICK, on_invite=self._take
        )

    @property
    def uri(self) -> str:
        return f"sip:reception@127.0.0.1:{self.agent.address[1]}"

    async def _take(self, call: IncomingCall) -> None:
        self.calls.append(call)
        await call.ring()
        if self.status is None:
            await call.ended()
        elif self.status == 200:
            stream = await call.answer(local_port=self.sound.port)
            self.sound.talk_to(stream.remote_port)
        else:
            await call.reject(self.status)

    async def rings(self) -> IncomingCall:
        async with asyncio.timeout(PATIENCE_S):
            while not self.calls:
                await asyncio.sleep(0.01)
        return self.calls[-1]

    async def __aenter__(self) -> Person:
        await self.agent.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.agent.stop(grace_s=0.1)
        await self.sound.close()


class Trunk:
    """The caller's side, SIP written by hand: calls the gateway, takes REFER and tells how it goes."""

    def __init__(self, gateway: tuple[str, int], *, allow: str = "INVITE, ACK, BYE, CANCEL, REFER, NOTIFY") -> None:
        self.sound = Sound(500)
        self.requests: list[Request] = []
        self._gateway = gateway
        self._allow = allow
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.call_id = secrets.token_hex(8)
        self._to = f"<sip:+41441234567@127.0.0.1:{gateway[1]}>"
        self.our_tag = ""
        self._cseq = 0
        self._messages: asyncio.Queue[Request | Response] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def call(self, *headers: str) -> None:
        """Call the gateway and acknowledge its answer; the sound runs from then on."""
        self.send("INVITE", (f"Allow: {self._allow}", "Content-Type: application/sdp", *headers), self.sdp())
        ok = await self.receive(200)
        self._to = ok.headers.get("To") or ""
        self.our_tag = ok.to_address.tag
        self.send("ACK", cseq=self._cseq)
        match = re.search(rb"m=audio (\d+)", ok.body)
        assert match
        self.sound.talk_to(int(match[1]))

    def sdp(self) -> bytes:
        lines = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0")
        media = (f"m=audio {self.sound.port} RTP/AVP 8 {EVENTS}", f"a=rtpmap:{EVENTS} telephone-event/8000")
        return "".join(f"{line}\r\n" for line in (*lines, *media)).encode()

    def send(self, method: str, headers: tuple[str, ...] = (), body: bytes = b"", cseq: int | None = None) -> None:
        if cseq is None:
            self._cseq += 1
            cseq = self._cseq
        port = self._socket.getsockname()[1]
        lines = (
            f"{method} sip:assistant@127.0.0.1:{self._gateway[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: <sip:+41791234567@127.0.0.1:{port}>;tag=caller",
            f"To: {self._to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            "Max-Forwards: 70",
            f"Contact: <sip:caller@127.0.0.1:{port}>",
            *headers,
            f"Content-Length: {len(body)}",
        )
        self._socket.sendto("\r\n".join(lines).encode() + b"\r\n\r\n" + body, self._gateway)

    def respond(self, request: Request, status: int, *headers: str) -> None:
        lines = [f"SIP/2.0 {status} Text"]
        lines += [f"{name}: {request.headers.get(name)}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        lines += [f"Contact: <sip:caller@127.0.0.1:{self._socket.getsockname()[1]}>", *headers, "Content-Length: 0"]
        self._socket.sendto("\r\n".join(lines).encode() + b"\r\n\r\n", self._gateway)

    def notify(self, status_line: str, state: str = "active;expires=60") -> None:
        """Tell how the transfer goes."""
        headers = ("Event: refer", f"Subscription-State: {state}", "Content-Type: message/sipfrag;version=2.0")
        self.send("NOTIFY", headers, f"SIP/2.0 {status_line}\r\n".encode())

    async def receive(self, *wanted: int | str) -> Request | Response:
        """Return the next message whose status or method is wanted; a BYE is answered."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self._messages.get()
                kind = message.status if isinstance(message, Response) else message.method
                if kind in wanted:
                    return message

    async def referred(self, status: int = 202, *headers: str) -> Request:
        """Take a REFER, answer it and return it."""
        refer = await self.receive("REFER")
        assert isinstance(refer, Request)
        self.respond(refer, status, *headers)
        return refer

    async def _read(self) -> None:
        while True:
            data = await asyncio.get_running_loop().sock_recv(self._socket, 65_536)
            message = parse_message(data)
            if isinstance(message, Request):
                known = any(seen.top_via.branch == message.top_via.branch for seen in self.requests)
                if message.method == "BYE":
                    self.respond(message, 200)
                if known:
                    continue
                self.requests.append(message)
            self._messages.put_nowait(message)

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self._socket.close()
        await self.sound.close()


class Voice:
    """Says each sentence as a tone of 1200 Hz, 0.3 s long."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        del language, voice
        self.said.append(text)
        times = np.arange(2400) / 8000
        yield Pcm((6000 * np.sin(2 * np.pi * 1200 * times)).astype(np.int16), 8000)


class House:
    """The gateway without its conversation: answers and puts the caller through to ``reception`` at once."""

    def __init__(self, worker: MediaWorker | MediaWorkers, profile: PracticeProfile) -> None:
        self.worker = worker
        self.profile = profile
        self.voice = Voice()
        self.attempt: TransferAttempt | None = None
        self.connected = asyncio.Event()
        self.result: asyncio.Future[TransferResult] = asyncio.get_running_loop().create_future()
        self.call: IncomingCall | None = None
        self.line: SipLine | None = None
        self.stay = asyncio.Event()
        self.agent = UserAgent(
            [Listener("127.0.0.1", 0)], allowed=LOOPBACK, max_calls=10, timers=QUICK, on_invite=self._take
        )
        self.switchboard = Switchboard(self.agent, worker, self.voice)

    async def _take(self, call: IncomingCall) -> None:
        self.call = call
        leg = await self.worker.allocate()
        line = self.line = SipLine(call, leg)
        await call.answer(local_port=leg.local_port)
        await line.open()
        attempt = self.attempt = TransferAttempt("reception", self._connect)
        transfer = asyncio.create_task(self.switchboard.transferrer(line, self.profile).transfer(attempt))
        gone = asyncio.create_task(self._gone(leg))
        try:
            await asyncio.wait((transfer, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done() and not transfer.done():
                transfer.cancel()
                await asyncio.wait([transfer])
                self.result.set_result(TransferResult.CALLER_LEFT)
            else:
                self.result.set_result(await transfer)
                await self.stay.wait()
        finally:
            gone.cancel()
            await line.close()
            await asyncio.wait([gone])

    async def _gone(self, leg: object) -> None:
        async for event in leg.events():
            if isinstance(event, HungUp):
                return

    async def _connect(self) -> None:
        self.connected.set()

    async def ends(self) -> TransferResult:
        """Wait for the transfer's result, then let the gateway hang up."""
        async with asyncio.timeout(PATIENCE_S):
            result = await asyncio.shield(self.result)
        self.stay.set()
        return result

    async def idle(self) -> None:
        """Wait until no call and no leg is left."""
        await until_idle(self.agent, self.worker)

    async def __aenter__(self) -> House:
        await self.agent.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stay.set()
        await self.agent.stop(grace_s=0.1)


async def until_idle(agent: UserAgent, worker: MediaWorker | MediaWorkers) -> None:
    """Wait until ``agent`` has no call and ``worker`` no leg."""
    async with asyncio.timeout(PATIENCE_S):
        while agent.calls or worker.legs:
            await asyncio.sleep(0.02)
