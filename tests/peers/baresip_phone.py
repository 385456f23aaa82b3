"""baresip as a telephone that is steered over its control port (module ctrl_tcp: netstrings of JSON)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from peer_process import PeerProcess, free_port, start_on_free_ports
from tones import read_first_channel, read_mono, write_tone

from gateway.audio import Pcm

WITHIN_S = 15

CONFIGURATION = """
poll_method epoll
sip_listen {place}
{tls}
net_interface {host}
call_max_calls 4
module_path /usr/lib/baresip/modules
{codecs}
module aufile.so
module sndfile.so
module srtp.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
snd_path {folder}
audio_path {folder}
audio_source aufile,{folder}/microphone.wav
audio_player none,none
audio_alert none,none
ausrc_format s16
ausrc_srate 8000
ausrc_channels 1
auplay_format s16
auenc_format s16
audec_format s16
rtp_ports 26000-27999
"""


class BaresipPhone:
    """One baresip with one account, a line of its ``accounts`` file.

    Its microphone is a tone of ``frequency`` Hz; what it hears is in ``heard``. ``certificate`` (PEM, with its key)
    makes it listen for TLS on the port above ``sip_port``; ``authority`` is what it trusts. ``codecs`` are its modules
    for them, the one that it likes best first. Use it as an asynchronous context manager.
    """

    def __init__(
        self,
        folder: Path,
        account: str,
        *,
        frequency: float = 500,
        host: str = "127.0.0.1",
        certificate: Path | None = None,
        authority: Path | None = None,
        codecs: Sequence[str] = ("g711",),
    ) -> None:
        self._codecs = "\n".join(f"module {name}.so" for name in codecs)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.sip_port = 0
        """The port that it listens on, once it has started."""
        self._host = host
        self._tls = ""
        if certificate is not None:
            self._tls += f"sip_certificate {certificate}\n"
        if authority is not None:
            self._tls += f"sip_cafile {authority}\n"
        (folder / "accounts").write_text(account + "\n")
        (folder / "contacts").write_text("")
        write_tone(folder / "microphone.wav", frequency, 60)
        self._process: PeerProcess
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._reading: asyncio.Task[None]
        self._events: list[dict[str, Any]] = []
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Condition()

    async def __aenter__(self) -> BaresipPhone:
        await start_on_free_ports(self._start)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def _start(self) -> None:
        # UDP and TCP on the one, TLS on the other.
        self.sip_port, control_port = free_port(2), free_port()
        host = f"[{self._host}]" if ":" in self._host else self._host
        configuration = CONFIGURATION.format(
            place=f"{host}:{self.sip_port}",
            host=self._host,
            control_port=control_port,
            folder=self.folder,
            tls=self._tls,
            codecs=self._codecs,
        )
        (self.folder / "config").write_text(configuration)
        command = ["baresip", "-6" if ":" in self._host else "-4", "-s", "-f", str(self.folder)]
        self._process = await PeerProcess.start(command, self.folder / "baresip.log")
        try:
            await self._connect(control_port)
        except BaseException:
            await self._process.stop()
            raise

    async def _connect(self, port: int) -> None:
        async with asyncio.timeout(WITHIN_S):
            while True:
                self._process.assert_running()
                try:
                    self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)
        self._reading = asyncio.create_task(self._read())
        # Modules are loaded one after the other: the first answer tells that this one runs.
        await self.command("help")

    async def stop(self) -> None:
        """Let the telephone quit: it ends its calls and registrations."""
        self._send("quit", "")
        try:
            await asyncio.wait_for(self._process.process.wait(), WITHIN_S)
        except TimeoutError:
            pass
        finally:
            await self._process.stop()
            self._reading.cancel()
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def command(self, name: str, parameter: str = "") -> str:
        """Give a command by its long name, or press a key, and return what it prints."""
        self._process.assert_running()
        self._send(name, parameter)
        answer = await asyncio.wait_for(self._answers.get(), WITHIN_S)
        assert answer["ok"], answer
        return str(answer["data"])

    async def dial(self, uri: str) -> None:
        """Call somebody."""
        await self.command("dial", uri)

    async def event(self, kind: str, **fields: str) -> dict[str, Any]:
        """Return the first event of this type with these fields; wait for it."""
        wanted = {"type": kind, **fields}
        try:
            async with asyncio.timeout(WITHIN_S), self._news:
                while True:
                    for event in self._events:
                        if wanted.items() <= event.items():
                            return event
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {wanted}: {self._events}\n{self._process.output()[-6000:]}") from None

    @property
    def heard(self) -> npt.NDArray[np.int16]:
        """What the telephone heard in its only call so far; known when that is over."""
        (path,) = self.folder.glob("dump-*-dec.wav")
        return read_mono(path)

    @property
    def heard_at_its_rate(self) -> Pcm:
        """The same at the rate of its codec, which is not that of a telephone with wideband."""
        (path,) = self.folder.glob("dump-*-dec.wav")
        return read_first_channel(path)

    def _send(self, name: str, parameter: str) -> None:
        message = json.dumps({"command": name, "params": parameter, "token": name}).encode()
        self._writer.write(b"%d:%s," % (len(message), message))

    async def _read(self) -> None:
        while length := await self._reader.readuntil(b":"):
            message = json.loads(await self._reader.readexactly(int(length[:-1])))
            assert await self._reader.readexactly(1) == b","
            if message.get("event"):
                async with self._news:
                    self._events.append(message)
                    self._news.notify_all()
            else:
                self._answers.put_nowait(message)
