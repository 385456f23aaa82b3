"""SIPVicious against user agents that take calls meanwhile: it learns nothing, and slows no call.

Its tools scan for SIP servers (svmap), extensions (svwar) and passwords (svcrack). ``-c`` leaves User-Agent out, by
which they would be known at once.
"""

import asyncio
import ipaddress
import os
import sys
from pathlib import Path

import pytest

from gateway.telephony.network.listener import Listener
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_profile import TrunkProfile
from gateway.telephony.user_agent import UserAgent

pytestmark = pytest.mark.quiet

CALLER = "127.0.0.3"
SCANNER = ["127.0.0.1/32", "127.0.0.2/32"]
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
PASSWORD = "1150"
# Port ranges of the scanners are their own; each runs beside the others.
SVMAP = ("svmap", "-b", "127.0.0.2")
SVWAR = ("svwar", "-e100-400", "--maximumtime", "4")
SVCRACK = ("svcrack", "-u", "line", "-r1000-1300", "--maximumtime", "4")


def trunk(name, networks, challenge=None):
    return Trunk(TrunkProfile(id=name, allowed=networks), challenge=challenge)


PBX = trunk("pbx", [f"{CALLER}/32"])
LINE = trunk("line", SCANNER, Credentials("line", PASSWORD, "gateway"))
OPEN = trunk("open", ["127.0.0.0/8"])


class Gateway:
    """A user agent that answers, and the calls of a telephone that it knows."""

    def __init__(self, *trunks):
        self.sent = {}
        self.answers = 0
        self.agent = UserAgent(
            [Listener("127.0.0.1", 0)], max_calls=20, trunks=trunks, on_invite=self.answer, tracer=self.trace
        )
        self.caller = UserAgent([Listener(CALLER, 0)], allowed=LOOPBACK, max_calls=20, tracer=self.trace)

    def trace(self, message):
        if message.sent and CALLER in (message.local[0], message.remote.host):
            self.sent[message.data] = self.sent.get(message.data, 0) + 1
        elif message.sent:
            self.answers += 1

    async def answer(self, call):
        await call.ring()
        await call.answer(local_port=4000)

    async def call_until(self, scanned):
        """Place calls one after the other until the scan is over; return how many."""
        calls = 0
        while not scanned.done() or calls < 5:
            call = await self.caller.invite(
                f"sip:+41441234567@127.0.0.1:{self.agent.address[1]}", local_port=5000, timeout_s=5
            )
            await call.hang_up()
            calls += 1
            await asyncio.wait([scanned], timeout=0.05)
        return calls

    @property
    def retransmissions(self):
        return sum(times - 1 for times in self.sent.values())


async def scan(tool, *options, port, home, local_port):
    """Run a tool of SIPVicious against 127.0.0.1 and return what it says."""
    home.mkdir()
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / f"sipvicious_{tool}",
        *options,
        f"-p{port}",
        f"-P{local_port}",
        "127.0.0.1",
        env={**os.environ, "HOME": str(home)},
        cwd=home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(40):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode()


async def scanned_while_calling(gateway, command, home, local_port):
    await gateway.agent.start()
    await gateway.caller.start()
    try:
        scanning = asyncio.ensure_future(
            scan(*command, port=gateway.agent.address[1], home=home, local_port=local_port)
        )
        calls = await gateway.call_until(scanning)
        return await scanning, calls
    finally:
        await gateway.caller.stop()
        await gateway.agent.stop()


async def scan_all(gateways, tmp_path):
    """Scan each gateway with its command, all at the same time, and look that nothing was learnt and no call slowed."""
    results = await asyncio.gather(
        *(
            scanned_while_calling(gateway, command, tmp_path / str(number), 6100 + 20 * number)
            for number, (command, gateway) in enumerate(gateways)
        )
    )
    for (command, gateway), (output, calls) in zip(gateways, results, strict=True):
        what = f"{command}: {output}"
        assert "found nothing" in output, what
        assert PASSWORD not in output, what
        assert "practice-gateway" not in output, what
        assert calls >= 5, what
        assert gateway.retransmissions == 0, what


async def test_scanners_learn_nothing_and_slow_no_call(tmp_path):
    commands = [SVMAP, (*SVMAP, "-c", "-mINVITE"), SVWAR, (*SVWAR, "-c", "-mINVITE"), (*SVCRACK, "-c")]
    to_strangers = [(command, Gateway(PBX)) for command in commands]
    named = [(command, Gateway(PBX, LINE)) for command in (SVMAP, SVWAR, SVCRACK)]
    unnamed = [
        (command, Gateway(PBX, LINE)) for command in ((*SVWAR, "-c"), (*SVWAR, "-c", "-mINVITE"), (*SVCRACK, "-c"))
    ]
    await scan_all(to_strangers + named + unnamed, tmp_path)
    for command, gateway in to_strangers:
        assert gateway.answers == 0, command
        assert gateway.agent.counters.dropped_foreign > 0, command
    for command, gateway in named:
        assert gateway.answers == 0, command
        assert gateway.agent.counters.dropped_scanner == gateway.agent.counters.shut_outs == 1, command
    for command, gateway in unnamed:
        # Challenged until it has guessed too often: not even 100 requests, and 20 with a password.
        assert 0 < gateway.answers <= 100, command


async def test_a_scanner_does_find_what_is_open_to_it(tmp_path):
    gateway = Gateway(OPEN)
    output, _ = await scanned_while_calling(gateway, (*SVMAP, "-c"), tmp_path / "home", 6900)
    assert "practice-gateway" in output
