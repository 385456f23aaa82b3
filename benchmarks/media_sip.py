"""Answers SIP calls with legs that play, listen and record, for any SIP load generator."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from media_calls import Conversation, Counts

from gateway.audio import Pcm
from gateway.media.client.media_worker import MediaWorker
from gateway.sip_line import SipLine
from gateway.telephony.call import IncomingCall
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent


async def serve(port: int, workers: Sequence[MediaWorker], prompts: list[Pcm], folder: Path | None) -> None:
    """Answer every call from this machine at 127.0.0.1:``port`` until SIGTERM or SIGINT.

    Prints one JSON line when it listens: ``address``, and the ``pids`` whose CPU is the gateway's, this one first.
    """
    counts = Counts()
    numbers = itertools.count()

    async def answer(call: IncomingCall) -> None:
        number = next(numbers)
        line = SipLine(call, await workers[number % len(workers)].allocate())
        conversation = Conversation(line.leg, prompts, number, counts)
        try:
            await call.answer(local_port=line.leg.local_port)
            await line.open()
            if folder is not None:
                await line.leg.record(folder / f"{number}.wav")
            await conversation.prompt()
            await call.ended()
        finally:
            await line.close()
            await conversation.over()

    agent = UserAgent(
        [Listener("127.0.0.1", port)],
        allowed=[ipaddress.ip_network("127.0.0.0/8")],
        max_calls=10_000,
        on_invite=answer,
    )
    await agent.start()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    host, bound = agent.address
    print(json.dumps({"address": f"{host}:{bound}", "pids": [os.getpid(), *(w.pid for w in workers)]}), flush=True)
    await stopping.wait()
    await agent.stop()
    print(json.dumps(vars(counts)), flush=True)
