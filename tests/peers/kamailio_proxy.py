"""Kamailio as proxy and registrar, as ``kamailio.cfg`` sets it up, between telephones and the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

from peer_process import PeerProcess, free_port, start_on_free_ports

CONFIGURATION = Path(__file__).with_name("kamailio.cfg")
WITHIN_S = 15
SECRET = "geheim-und-lang"
"""The password of every user."""


class KamailioProxy:
    """One Kamailio that sends calls to ``gateway`` (a SIP URI); use it as an asynchronous context manager.

    ``algorithm`` is what its digest challenges ask for: empty (MD5 without saying so), MD5 or SHA-256. ``certificate``,
    ``key`` and ``authority`` (PEM files) make it speak TLS, on ``tls_port``.
    """

    def __init__(
        self,
        folder: Path,
        gateway: str,
        *,
        algorithm: str = "",
        certificate: Path | None = None,
        key: Path | None = None,
        authority: Path | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = self.tls_port = 0
        """The ports that it listens on, once it has started."""
        self._folder = folder
        # A path of a Unix socket may be only 107 octets long, which a test's folder can exceed.
        self._runtime = Path(tempfile.mkdtemp(prefix="kamailio-"))
        dispatcher_list = folder / "dispatcher.list"
        dispatcher_list.write_text(f"1 {gateway}\n")
        self._defines = {
            "PRACTICE": gateway,
            "SECRET": SECRET,
            "ALGORITHM": f'"{algorithm}"',
            "RPC_SOCKET": f'"{self._runtime}/rpc"',
            "DISPATCHER_LIST": f'"{dispatcher_list}"',
        }
        self._speaks_tls = certificate is not None
        if certificate is not None:
            files = {"CERTIFICATE": certificate, "KEY": key, "AUTHORITY": authority}
            self._defines |= {"WITH_TLS": "1"} | {name: f'"{path}"' for name, path in files.items()}
        self._process: PeerProcess

    async def __aenter__(self) -> KamailioProxy:
        try:
            await start_on_free_ports(self._start)
        except BaseException:
            shutil.rmtree(self._runtime, ignore_errors=True)
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End the proxy."""
        # It has nothing to save, and its children can get stuck in their own signal handlers.
        await self._process.stop(signal.SIGKILL)
        shutil.rmtree(self._runtime, ignore_errors=True)

    async def rpc(self, method: str, *parameters: Any) -> Any:
        """Call one of Kamailio's RPC methods and return its result; fail when it returns an error."""
        answer = await asyncio.to_thread(self._ask, {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        assert "error" not in answer, answer
        return answer["result"]

    async def gateway_flags(self) -> str:
        """Return how the dispatcher sees the gateway: A active, I inactive, and P when it is probed."""
        sets = await self.rpc("dispatcher.list")
        (record,) = sets["RECORDS"]
        (target,) = record["SET"]["TARGETS"]
        return str(target["DEST"]["FLAGS"])

    async def contact(self) -> str:
        """Return the contact of the only one who is registered; wait for it."""
        async with asyncio.timeout(WITHIN_S):
            while not (contacts := await self.contacts()):
                await asyncio.sleep(0.02)
        (contact,) = contacts
        return contact

    async def contacts(self) -> list[str]:
        """Return the contacts of all who are registered."""
        answer = await asyncio.to_thread(self._ask, {"jsonrpc": "2.0", "id": 1, "method": "ul.dump", "params": []})
        if "error" in answer:
            return []
        return [
            contact["Contact"]["Address"]
            for domain in answer["result"]["Domains"]
            for record in domain["Domain"]["AoRs"]
            for contact in record["Info"]["Contacts"]
        ]

    async def _start(self) -> None:
        self.port, self.tls_port = free_port(), free_port()
        sockets = [f"udp:127.0.0.1:{self.port}", f"tcp:127.0.0.1:{self.port}"]
        sockets += [f"tls:127.0.0.1:{self.tls_port}"] * self._speaks_tls
        command = ["kamailio", "-DD", "-E", "-f", str(CONFIGURATION), "-Y", str(self._runtime)]
        command += ["-P", str(self._runtime / "pid"), "-m", "16", "-M", "4"]
        for place in sockets:
            command += ["-l", place]
        for name, value in self._defines.items():
            command += ["-A", f"{name}={value}"]
        self._process = await PeerProcess.start(command, self._folder / "kamailio.log")
        try:
            await self._wait_until_ready()
        except BaseException:
            await self._process.stop(signal.SIGKILL)
            raise

    async def _wait_until_ready(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            while True:
                self._process.assert_running()
                with contextlib.suppress(OSError):
                    await self.rpc("core.uptime")
                    return
                await asyncio.sleep(0.02)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.bind("")  # the kernel chooses a name
            client.settimeout(2)
            client.connect(str(self._runtime / "rpc"))
            client.send(json.dumps(question).encode())
            answer: dict[str, Any] = json.loads(client.recv(65_536))
            return answer
