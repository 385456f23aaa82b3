"""TLS for a SIPp that was built without it, as Debian's is: certificates, and a tunnel from TCP to TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from pathlib import Path

import trustme


def write_certificates(folder: Path, address: str) -> Path:
    """Write ``ca.pem``, ``server.pem`` and ``server.key`` for ``address`` to ``folder``/tls; return that folder."""
    tls = folder / "tls"
    tls.mkdir()
    authority = trustme.CA()
    server = authority.issue_cert(address)
    authority.cert_pem.write_to_path(tls / "ca.pem")
    server.private_key_pem.write_to_path(tls / "server.key")
    for pem in server.cert_chain_pems:
        pem.write_to_path(tls / "server.pem", append=True)
    return tls


class Tunnel:
    """Takes TCP at ``listen`` and passes it on by TLS to ``remote``, from the same host, checking the certificate.

    Runs in a thread of its own until ``close``.
    """

    def __init__(self, listen: tuple[str, int], remote: tuple[str, int], authority: Path) -> None:
        self._listen = listen
        self._remote = remote
        self._context = ssl.create_default_context(cafile=str(authority))
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stopping = asyncio.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="tls-tunnel")

    def open(self) -> None:
        """Begin to listen; raise ``OSError`` when the address is taken."""
        self._thread.start()
        self._ready.wait(10)
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Close every connection."""
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself after a failure
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass_on, *self._listen)
        self._ready.set()
        async with server:
            await self._stopping.wait()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            source = (self._listen[0], 0)
            there = await asyncio.open_connection(*self._remote, ssl=self._context, local_addr=source)
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, there[1]))
                both.create_task(_copy(there[0], writer))
        except* (OSError, ssl.SSLError):
            pass  # SIPp is told by the end of its own connection
        finally:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
