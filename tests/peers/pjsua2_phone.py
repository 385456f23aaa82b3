"""pjsua2 as a telephone: its process is ``pjsua2_driver.py``, steered by lines of JSON."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from peer_process import STOPPED_WITHIN_S, false_clock
from tones import read_first_channel, read_mono, write_tone

from gateway.audio import Pcm

WITHIN_S = 15
DRIVER = Path(__file__).with_name("pjsua2_driver.py")


class Pjsua2Phone:
    """One pjsua2. Its microphone is a tone of ``frequency`` Hz; use it as an asynchronous context manager.

    ``clock_jumps`` makes ``jump`` possible. ``options`` are those of ``pjsua2_driver.Phone``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        user: str = "0791234567",
        transport: str = "UDP",
        frequency: float = 500,
        clock_jumps: bool = False,
        **options: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.sip_port = 0
        """The port that it listens on, once it has started."""
        self._user = user
        self._options = {
            "id": f'"Anna Muster" <sip:{user}@127.0.0.1>',
            "transport": transport,
            "folder": str(folder),
            "log": str(folder / "pjsua2.log"),
            "microphone": str(folder / "microphone.wav"),
            **options,
        }
        self._frequency = frequency
        self._clock = folder / "clock" if clock_jumps else None
        self._tokens = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._events: list[dict[str, Any]] = []
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Pjsua2Phone:
        write_tone(self.folder / "microphone.wav", self._frequency, 20)
        environment = dict(os.environ)
        if self._clock is not None:
            self.jump(0)
            environment |= {
                "LD_PRELOAD": false_clock(),
                "FAKETIME_TIMESTAMP_FILE": str(self._clock),
                "FAKETIME_NO_CACHE": "1",
            }
        with (self.folder / "pjsua2.out").open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(DRIVER),
                json.dumps(self._options),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                env=environment,
            )
        self._reading = asyncio.create_task(self._read())
        try:
            self.sip_port = int((await self.event("ready"))["port"])
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._end()

    @property
    def uri(self) -> str:
        """What is called to reach it, once it has started."""
        transport = self._options["transport"]
        parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
        return f"sip:{self._user}@127.0.0.1:{self.sip_port}{parameter}"

    def register_with(self, registrar: str, password: str) -> None:
        """Be registered there from the start on."""
        self._options |= {"registrar": registrar, "username": self._user, "password": password}

    async def stop(self) -> None:
        """Let the telephone quit; its recordings are written then. Fail when it died instead."""
        status = await self._end()
        assert status == 0, f"pjsua2 ended with {status}: {self._log()}"

    async def do(self, action: str, **fields: Any) -> Any:
        """Give a command and return its result; fail when pjsua2 refuses it."""
        assert self._process is not None
        assert self._process.stdin is not None
        token = next(self._tokens)
        self._process.stdin.write(json.dumps({"do": action, "token": token, **fields}).encode() + b"\n")
        answer = await self.event("answer", token=token)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    async def dial(self, uri: str) -> int:
        """Call somebody and return the call's number."""
        return int(await self.do("dial", uri=uri))

    async def event(self, event: str, **fields: Any) -> dict[str, Any]:
        """Return the first event of this kind with these fields; wait for it."""
        wanted = {"event": event, **fields}
        try:
            async with asyncio.timeout(WITHIN_S), self._news:
                while True:
                    for found in self._events:
                        if wanted.items() <= found.items():
                            return found
                    if {"event": "ended"} in self._events:
                        raise AssertionError(f"pjsua2 has ended before {wanted}: {self._events}\n{self._log()}")
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {wanted}: {self._events}\n{self._log()}") from None

    def jump(self, seconds: float) -> None:
        """Let the telephone's clock, all of it, be so far ahead of the real one."""
        assert self._clock is not None
        new = self._clock.with_suffix(".new")
        new.write_text(f"{seconds:+g}")
        new.replace(self._clock)

    def forget_events(self) -> None:
        """Forget what has happened, so that ``event`` waits for something new."""
        self._events.clear()

    def heard(self, call: int = 0) -> npt.NDArray[np.int16]:
        """What the telephone heard in a call; known when the telephone has stopped."""
        return read_mono(self.folder / f"heard-{call}.wav")

    def heard_at_its_rate(self, call: int = 0) -> Pcm:
        """Return the same at the ``rate`` that the telephone was given."""
        return read_first_channel(self.folder / f"heard-{call}.wav")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            await self._note(json.loads(line))
        await self._note({"event": "ended"})

    async def _note(self, event: dict[str, Any]) -> None:
        async with self._news:
            self._events.append(event)
            self._news.notify_all()

    async def _end(self) -> int:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOPPED_WITHIN_S)
        except TimeoutError:
            self._process.kill()
        status = await self._process.wait()
        if self._reading is not None:
            await self._reading
        return status

    def _log(self) -> str:
        texts = [(self.folder / name) for name in ("pjsua2.out", "pjsua2.log")]
        return "\n".join(path.read_text("utf-8", "replace")[-3000:] for path in texts if path.exists())
