"""How many calls a second the gateway sets up on one core, without a failure or a retransmission.

A generator process of its own places calls over loopback UDP: INVITE with an offer, 100, 180, 200, ACK, half a second
of call, BYE, 200. The gateway's user agent runs in a second process that is held to one core, with its logs written as
in operation. It is measured twice: signalling only, and with RTP ports allocated in the media worker, connected and
released for each call, the worker being on another core.

A rate counts as reached when every call is set up and ended, no message had to be sent twice by either side, and the
generator itself kept its pace. Prints a table and one JSON line. Run it with nothing else on the machine; at least 35
seconds for each rate, so that transactions end as fast as they begin:

    .venv/bin/python benchmarks/call_setup.py
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import heapq
import ipaddress
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gateway.logs import configure_logging

HOLD_S = 0.5
"""How long a call lasts."""
T1_S = 0.5
"""After how long the generator sends a request again."""
GIVE_UP_S = 8.0
"""After how long the generator gives a call up."""
SOURCES = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
"""Where calls come from: four trunks, as the gateway limits what one address may send."""
RTP_PORTS = (10_000, 29_999)
LATE_S = 0.05
"""How late the generator may be with a call and still have kept its pace."""


@dataclass
class Rate:
    """What came of calls at one rate."""

    calls_per_second: float
    offered: int
    ended: int
    failed: int
    statuses: dict[str, int]
    sent_again: int
    received_again: int
    late: int
    answer_ms_p50: float
    answer_ms_p99: float
    server_cpu_ms_per_call: float
    worker_cpu_ms_per_call: float
    generator_cpu_ms_per_call: float
    server_busy: float

    @property
    def reached(self) -> bool:
        """Whether every call went through at this rate at the first try."""
        return not (self.failed or self.sent_again or self.received_again) and self.late <= self.offered // 100


class Call:
    """One call as the generator sees it: what it sent last, and what it waits for."""

    __slots__ = ("answered", "began", "bye", "deadline", "ended", "line", "name", "resend_at", "sent", "tag", "waits")

    def __init__(self, name: str, line: int, now: float) -> None:
        self.name = name
        self.line = line
        self.began = now
        self.deadline = now + GIVE_UP_S
        self.answered = 0.0
        self.tag = ""
        self.sent = b""
        self.waits = ""
        self.resend_at = 0.0
        self.bye = False
        self.ended = False


class Generator:
    """Places calls at a rate from one thread; counts what had to be said twice."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.calls: dict[str, Call] = {}
        self.statuses: dict[str, int] = {}
        self.answer_s: list[float] = []
        self.offered = self.ended = self.failed = self.sent_again = self.received_again = self.late = 0
        self._agenda: list[tuple[float, int, Call]] = []
        self._count = 0
        self._prefix = os.urandom(4).hex()
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []
        for host in SOURCES:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind((host, 0))
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ, len(self._sockets))
            self._sockets.append(sock)

    def run(self, rate: float, seconds: float) -> None:
        """Place ``rate`` calls a second for ``seconds``, and wait for the last one's end."""
        began = time.monotonic()
        total = int(rate * seconds)
        while True:
            now = time.monotonic()
            while self.offered < total and (due := began + self.offered / rate) <= now:
                self.late += now - due > LATE_S
                self._begin(now)
            self._work_off(now)
            if self.offered == total and not self.calls:
                return
            following = [began + self.offered / rate] if self.offered < total else []
            following += [self._agenda[0][0]] if self._agenda else []
            wait = max(0.0, min(following, default=now + 0.1) - time.monotonic())
            for key, _ in self._selector.select(wait):
                self._read(key.data)

    def close(self) -> None:
        """Close the sockets."""
        self._selector.close()
        for sock in self._sockets:
            sock.close()

    def _begin(self, now: float) -> None:
        line = self.offered % len(self._sockets)
        call = Call(f"{self._prefix}-{self.offered}", line, now)
        self.offered += 1
        self.calls[call.name] = call
        self._request(call, "INVITE", now)

    def _request(self, call: Call, method: str, now: float) -> None:
        host, port = self._sockets[call.line].getsockname()
        body = b""
        extra = ""
        if method == "INVITE":
            body = (
                f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\n"
                "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
                "a=fmtp:101 0-15\r\na=sendrecv\r\n"
            ).encode()
            extra = (
                f"Contact: <sip:+41791234567@{host}:{port}>\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"
                f"P-Asserted-Identity: <sip:+41791234567@{host}>\r\nContent-Type: application/sdp\r\n"
            )
        number = 2 if method == "BYE" else 1
        tag = f";tag={call.tag}" if call.tag else ""
        target = f"sip:+41445550100@{self.target[0]}:{self.target[1]}"
        call.sent = (
            f"{method} {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK{call.name}-{method}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:+41791234567@{host}>;tag={call.name}\r\nTo: <{target}>{tag}\r\n"
            f"Call-ID: {call.name}\r\nCSeq: {number} {method}\r\nUser-Agent: load generator\r\n{extra}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._sockets[call.line].sendto(call.sent, self.target)
        if method != "ACK":
            call.waits = method
            call.resend_at = now + T1_S
            self._schedule(call.resend_at, call)

    def _schedule(self, at: float, call: Call) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (at, self._count, call))

    def _work_off(self, now: float) -> None:
        while self._agenda and self._agenda[0][0] <= now:
            call = heapq.heappop(self._agenda)[2]
            if call.ended:
                continue
            if now >= call.deadline:
                self._fail(call, "timeout")
            elif call.waits and now >= call.resend_at:
                self.sent_again += 1
                self._sockets[call.line].sendto(call.sent, self.target)
                call.resend_at = now + 2 * T1_S
                self._schedule(call.resend_at, call)
            elif call.answered and not call.bye and now >= call.answered + HOLD_S:
                call.bye = True
                self._request(call, "BYE", now)

    def _read(self, line: int) -> None:
        while True:
            try:
                data = self._sockets[line].recv(65_535)
            except BlockingIOError:
                return
            now = time.monotonic()
            if not data.startswith(b"SIP/2.0 "):
                self.received_again += 1  # a BYE of the gateway's own: it did not see our ACK
                continue
            self._take(data, int(data[8:11]), now)

    def _take(self, data: bytes, status: int, now: float) -> None:
        call = self.calls.get(_field(data, b"Call-ID: ").decode())
        if call is None:
            self.received_again += 1
            return
        method = _field(data, b"CSeq: ").split()[1]
        if method == b"INVITE":
            if status < 200:
                call.waits = ""
            elif status >= 300:
                call.tag = _tag(data)
                self._request(call, "ACK", now)
                self._fail(call, str(status))
            elif call.answered:
                self.received_again += 1
            else:
                call.answered, call.waits, call.tag = now, "", _tag(data)
                self.answer_s.append(now - call.began)
                self._request(call, "ACK", now)
                self._schedule(now + HOLD_S, call)
        elif status >= 200:
            if status >= 300:
                self._fail(call, f"{status} to BYE")
                return
            call.ended = True
            self.ended += 1
            del self.calls[call.name]

    def _fail(self, call: Call, why: str) -> None:
        call.ended = True
        self.failed += 1
        self.statuses[why] = self.statuses.get(why, 0) + 1
        del self.calls[call.name]


def _field(data: bytes, name: bytes) -> bytes:
    start = data.index(b"\r\n" + name) + 2 + len(name)
    return data[start : data.index(b"\r\n", start)]


def _tag(data: bytes) -> str:
    return _field(data, b"To: ").rpartition(b";tag=")[2].decode()


# The other process: the gateway's user agent.


async def serve(*, rtp: bool, core: int | None) -> None:
    """Answer every call until SIGTERM; write the port, and on each line read from standard input the figures so far."""
    from gateway.media.client.media_worker import MediaWorker
    from gateway.sip_line import SipLine
    from gateway.telephony.call import IncomingCall
    from gateway.telephony.network.listener import Listener
    from gateway.telephony.user_agent import UserAgent

    worker = MediaWorker(port_min=RTP_PORTS[0], port_max=RTP_PORTS[1]) if rtp else None
    if worker is not None:
        await worker.start()
    if core is not None:
        os.sched_setaffinity(0, {core})

    async def answer(call: IncomingCall) -> None:
        await call.ring()
        if worker is None:
            await call.answer(local_port=RTP_PORTS[0])
            return
        line = SipLine(call, await worker.allocate())
        await call.answer(local_port=line.leg.local_port)
        await line.open()
        await call.ended()
        await line.close()

    agent = UserAgent(
        [Listener("127.0.0.1", 0)],
        allowed=[ipaddress.ip_network("127.0.0.0/8")],
        max_calls=10_000,
        on_invite=answer,
    )
    await agent.start()
    gc.freeze()  # as the gateway does when it has started
    print(agent.address[1], flush=True)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)

    def report() -> None:
        sys.stdin.readline()
        figures = {
            "cpu_s": time.process_time(),
            "worker_cpu_s": _cpu_of(worker.pid) if worker is not None and worker.pid is not None else 0.0,
            "counters": {key: value for key, value in asdict(agent.counters).items() if value},
        }
        print(json.dumps(figures), flush=True)

    asyncio.get_running_loop().add_reader(sys.stdin, report)
    await stopping.wait()
    await agent.stop()
    if worker is not None:
        await worker.stop()


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Server:
    """The gateway's process, asked for its figures over its standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._line())

    def figures(self) -> dict[str, Any]:
        """Return what it has used and refused so far."""
        if self._process.stdin is None:
            raise RuntimeError("the server was started without a pipe")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        figures: dict[str, Any] = json.loads(self._line())
        return figures

    def _line(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SystemExit("The server process ended.")
        return line


@contextmanager
def running_server(*, rtp: bool, core: int | None, logs: str) -> Iterator[Server]:
    """Start a server process, and stop it in the end."""
    command = [sys.executable, str(Path(__file__).resolve()), "--serve", "rtp" if rtp else "signalling", "--logs", logs]
    if core is not None:
        command += ["--core", str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()
            process.wait(timeout=20)


def measure(server: Server, rate: float, seconds: float) -> Rate:
    """Place calls at ``rate`` and return what came of them."""
    generator = Generator(("127.0.0.1", server.port))
    before, own, began = server.figures(), time.process_time(), time.monotonic()
    try:
        generator.run(rate, seconds)
    finally:
        generator.close()
    elapsed = time.monotonic() - began
    used, after = time.process_time() - own, server.figures()
    calls = max(1, generator.offered)
    waits = generator.answer_s or [0.0]
    return Rate(
        calls_per_second=rate,
        offered=generator.offered,
        ended=generator.ended,
        failed=generator.failed,
        statuses=generator.statuses,
        sent_again=generator.sent_again,
        received_again=generator.received_again,
        late=generator.late,
        answer_ms_p50=round(float(np.percentile(waits, 50)) * 1000, 1),
        answer_ms_p99=round(float(np.percentile(waits, 99)) * 1000, 1),
        server_cpu_ms_per_call=round((after["cpu_s"] - before["cpu_s"]) / calls * 1000, 3),
        worker_cpu_ms_per_call=round((after["worker_cpu_s"] - before["worker_cpu_s"]) / calls * 1000, 3),
        generator_cpu_ms_per_call=round(used / calls * 1000, 3),
        server_busy=round((after["cpu_s"] - before["cpu_s"]) / elapsed, 3),
    )


def measure_all(rates: Sequence[float], seconds: float, logs: str) -> dict[str, object]:
    """Measure every rate with and without RTP ports, each way until one is not reached."""
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0] if len(cores) > 1 else None
    others = set(cores[1:]) or set(cores)
    os.sched_setaffinity(0, others)
    figures: dict[str, object] = {
        "benchmark": "call_setup",
        "cores": len(cores),
        "server_on_a_core_of_its_own": core is not None,
        "seconds": seconds,
        "hold_s": HOLD_S,
    }
    for name, rtp in (("signalling", False), ("with_rtp_ports", True)):
        steps: list[Rate] = []
        with running_server(rtp=rtp, core=core, logs=logs) as server:
            for rate in rates:
                steps.append(measure(server, rate, seconds))
                print(f"  {name}: {rate:g} calls a second {_verdict(steps[-1])}", file=sys.stderr, flush=True)
                if not steps[-1].reached:
                    break
            refused = server.figures()["counters"]
        figures[name] = {
            "reached_calls_per_second": max((step.calls_per_second for step in steps if step.reached), default=0.0),
            "rates": [asdict(step) for step in steps],
            "not_let_in": refused,
        }
    return figures


def _verdict(step: Rate) -> str:
    return "reached" if step.reached else "not reached"


def table(figures: dict[str, Any]) -> str:
    """Return the figures for people."""
    rows = [
        f"{'calls/s':<9}{'offered':>8}{'failed':>8}{'again':>7}{'late':>6}{'p50 ms':>8}{'p99 ms':>8}"
        f"{'server ms':>11}{'worker ms':>11}{'busy':>7}"
    ]
    for name, title in (("signalling", "signalling only"), ("with_rtp_ports", "with RTP ports")):
        rows.append(f"{title}: {figures[name]['reached_calls_per_second']:g} calls a second")
        for step in figures[name]["rates"]:
            again = step["sent_again"] + step["received_again"]
            rows.append(
                f"{step['calls_per_second']:<9g}{step['offered']:>8}{step['failed']:>8}{again:>7}{step['late']:>6}"
                f"{step['answer_ms_p50']:>8}{step['answer_ms_p99']:>8}{step['server_cpu_ms_per_call']:>11}"
                f"{step['worker_cpu_ms_per_call']:>11}{step['server_busy']:>7.0%}"
            )
    rows.append("CPU milliseconds are for each call; busy is the share of its core that the server took.")
    return "\n".join(rows)


def main() -> None:
    """Measure, print the table, then the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="+", default=[100, 200, 300, 400, 500], help="calls a second")
    parser.add_argument("--seconds", type=float, default=40, help="how long each rate is held")
    parser.add_argument("--serve", choices=("signalling", "rtp"), help=argparse.SUPPRESS)
    parser.add_argument("--core", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--logs", default=os.devnull, help="file for the gateway's logs")
    options = parser.parse_args()
    if options.serve:
        with Path(options.logs).open("w") as logs:
            configure_logging("info", "json", stream=logs)
            asyncio.run(serve(rtp=options.serve == "rtp", core=options.core))
        return
    figures = measure_all(options.rates, options.seconds, options.logs)
    print(table(figures))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
