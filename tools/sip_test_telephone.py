"""The gateway's user agent as a telephone that rings, answers and hangs up as its caller wants to see it.

The gateway itself answers at once. What its user agent can do before and after that is tried here, without a
conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import threading
from collections.abc import Awaitable, Callable, Mapping

from gateway.telephony.call import IncomingCall
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent

MEDIA_PORT = 20_000
READY_WITHIN_S = 10.0
NEVER_S = 30.0
MOST_CALLS = 50

Behaviour = Callable[[IncomingCall], Awaitable[None]]


class Telephone:
    """A user agent at ``host``:``port``, in a thread of its own from ``open`` to ``close``.

    ``behaviours`` has, by the caller's address, the name of what is done with its calls.
    """

    def __init__(self, host: str, port: int, behaviours: Mapping[str, str]) -> None:
        self._behaviours = behaviours
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True, name="telephone")
        self._ready = threading.Event()
        self._stopping = asyncio.Event()
        self._failure: Exception | None = None
        self.agent = UserAgent(
            [Listener(host, port)],
            allowed=[ipaddress.ip_network("127.0.0.0/8")],
            max_calls=MOST_CALLS,
            on_invite=self._take,
        )

    def open(self) -> None:
        """Start; raise what the user agent raises when it cannot."""
        self._thread.start()
        self._ready.wait(READY_WITHIN_S)
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Stop, ending every call."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(READY_WITHIN_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        try:
            await self.agent.start()
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            self._failure = error
            return
        finally:
            self._ready.set()
        await self._stopping.wait()
        await self.agent.stop()

    async def _take(self, call: IncomingCall) -> None:
        await BEHAVIOURS[self._behaviours[call.source[0]]](call)


async def _rings(call: IncomingCall) -> None:
    await call.ring()
    await asyncio.sleep(1.2)
    await _answers(call)


async def _plays_early(call: IncomingCall) -> None:
    await call.progress(local_port=MEDIA_PORT)
    await asyncio.sleep(1.2)
    await _answers(call)


async def _never_answers(call: IncomingCall) -> None:
    await call.ring()
    await asyncio.sleep(NEVER_S)
    await call.reject(480)


async def _answers(call: IncomingCall) -> None:
    await call.answer(local_port=MEDIA_PORT)
    await call.ended()


async def _hangs_up(call: IncomingCall) -> None:
    await call.answer(local_port=MEDIA_PORT)
    await asyncio.sleep(0.5)
    await call.hang_up("the conversation is over")


async def _holds(call: IncomingCall) -> None:
    await call.answer(local_port=MEDIA_PORT)
    await asyncio.sleep(0.5)
    await call.hold()
    await asyncio.sleep(0.5)
    await call.resume()
    await call.ended()


async def _moves(call: IncomingCall) -> None:
    await call.answer(local_port=MEDIA_PORT)
    await asyncio.sleep(0.5)
    await call.move(local_port=MEDIA_PORT + 10)
    await call.ended()


async def _presses_keys(call: IncomingCall) -> None:
    await call.answer(local_port=MEDIA_PORT)
    await asyncio.sleep(0.5)
    await call.send_dtmf_info("7#")
    await call.ended()


BEHAVIOURS: dict[str, Behaviour] = {
    "rings": _rings,
    "plays early": _plays_early,
    "never answers": _never_answers,
    "hangs up": _hangs_up,
    "holds": _holds,
    "moves": _moves,
    "presses keys": _presses_keys,
}
"""What is done with a call, by the name that the index has for it."""
