"""Runs the scenarios of a group against its gateway."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gateway_process import Gateway, StartFailure
from sip_test_caller import call_sipp
from sip_test_challenge_relay import ChallengeRelay
from sip_test_digest import digest_fault
from sip_test_gateway import SIP_PORT, TLS_PORT, Bench
from sip_test_index import FOLDER, Scenario
from sip_test_sipp import Sipp, Wire
from sip_test_sound import write_speech
from sip_test_telephone import Telephone
from sip_test_tls import Tunnel

from gateway.records.journal import Journal
from gateway.records.model import CallSummary

RECORDED_WITHIN_S = 8
ENDS_WITHIN_S = 10


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario went; ``failure`` is None when it kept its promise."""

    scenario: Scenario
    failure: str | None
    seconds: float


def run_group(bench: Bench, scenarios: list[Scenario], report: Callable[[Result], None]) -> None:
    """Run ``scenarios``, which are of one group, and report each."""
    runs = [_Run(bench, scenario, number) for number, scenario in enumerate(scenarios)]
    try:
        if bench.group.telephone:
            _run_with_telephone(bench, runs)
        elif bench.group.before_start:
            _run_before_start(bench, runs)
        else:
            _run_after_start(bench, runs)
    except StartFailure as failure:
        for run in runs:
            run.stop(str(failure))
    for run in runs:
        report(run.result())


def _run_before_start(bench: Bench, runs: list[_Run]) -> None:
    """Start the scenarios, then the gateway; stop it once only those are left that wait for that."""
    for run in runs:
        run.start()
    gateway = bench.start()
    try:
        for run in runs:
            if not run.scenario.stops:
                run.wait()
    finally:
        code = gateway.stop()
    for run in runs:
        run.wait()
        run.check_end(gateway, code)


def _run_after_start(bench: Bench, runs: list[_Run]) -> None:
    gateway = bench.start()
    try:
        if bench.group.drained:
            threading.Thread(target=_drain, args=(gateway,), daemon=True, name="drain").start()
        _perform(bench, runs)
        if bench.group.drained:
            _check_ends(gateway, runs)
        else:
            _check_records(gateway, runs)
    finally:
        code = gateway.stop()
    for run in runs:
        run.check_end(gateway, code)


def _drain(gateway: Gateway) -> None:
    """Tell the gateway to stop once a call is up."""
    while gateway.is_running:
        health = gateway.health()
        if health is not None and health["calls"] > 0:
            os.kill(gateway.pid, signal.SIGTERM)
            return
        time.sleep(0.05)


def _check_ends(gateway: Gateway, runs: list[_Run]) -> None:
    """Note where a gateway that drains goes on after its last call."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while gateway.is_running and time.monotonic() < deadline:
        time.sleep(0.05)
    if gateway.is_running:
        for run in runs:
            run.stop("The gateway did not end after its last call.")


def _run_with_telephone(bench: Bench, runs: list[_Run]) -> None:
    behaviours = {
        bench.address(run.scenario.host): run.scenario.telephone for run in runs if run.scenario.telephone is not None
    }
    telephone = Telephone(bench.address(1), SIP_PORT, behaviours)
    telephone.open()
    try:
        _perform(bench, runs)
    finally:
        telephone.close()


def _perform(bench: Bench, runs: list[_Run]) -> None:
    with ThreadPoolExecutor(bench.group.at_once) as pool:
        futures = [pool.submit(run.perform) for run in runs]
    for run, future in zip(runs, futures, strict=True):
        fault = future.exception()
        if fault is not None:
            run.stop(f"{type(fault).__name__}: {fault}")


class _Run:
    """One scenario: its SIPp, those of further parties, a call by the gateway's own telephone."""

    def __init__(self, bench: Bench, scenario: Scenario, number: int) -> None:
        self.scenario = scenario
        self._bench = bench
        self._folder = bench.folder / scenario.name
        self._ports = 16000 + 20 * number
        self._failures: list[str] = []
        self._sipps: list[Sipp] = []
        self._tunnel: Tunnel | ChallengeRelay | None = None
        self._began = time.monotonic()
        self._seconds: float | None = None

    def perform(self) -> None:
        """Run the scenario from the beginning to the end."""
        try:
            self.start()
        except OSError as error:
            self.stop(f"It could not be started: {error}")
        else:
            self.wait()

    def start(self) -> None:
        """Start every process of the scenario."""
        self._began = time.monotonic()
        self._folder.mkdir(parents=True)
        if self.scenario.speech is not None:
            write_speech(self.scenario.speech, self._folder / "caller.alaw")
        for peer in self.scenario.peers:
            name, _, host = peer.partition(":")
            self._sipps.append(self._sipp(FOLDER / f"{name}.xml", int(host), SIP_PORT, []))
        near = (self._bench.address(self.scenario.host), self._ports + 10)
        if self.scenario.transport == "tls":
            authority = self._bench.folder / "tls" / "ca.pem"
            self._tunnel = Tunnel(near, (self._bench.address(1), TLS_PORT), authority)
        elif self.scenario.transport == "md5":
            self._tunnel = ChallengeRelay(near, (self._bench.address(1), SIP_PORT))
        if self._tunnel is not None:
            self._tunnel.open()
        self._sipps.append(self._sipp(self.scenario.path, self.scenario.host, self._own_port, self._arguments()))
        if self.scenario.called_for_s is not None:
            self._call(self.scenario.called_for_s)

    def wait(self) -> None:
        """Wait until every process has ended; note what went wrong. Harmless when that was done."""
        if self._seconds is not None:
            return
        for sipp in self._sipps:
            failure = sipp.wait()
            if failure is not None:
                self._failures.append(failure)
        if self._tunnel is not None:
            self._tunnel.close()
        if self.scenario.digest is not None and not self._failures:
            fault = digest_fault(self._folder / "log.log", self.scenario.digest)
            if fault is not None:
                self._failures.append(fault)
        self._seconds = time.monotonic() - self._began

    def stop(self, failure: str) -> None:
        """End what runs and note why."""
        for sipp in self._sipps:
            sipp.stop()
        self._sipps.clear()
        self._failures.append(failure)
        self.wait()

    def check_record(self, calls: list[CallSummary]) -> bool:
        """Compare the gateway's record of the call with what it should say; return False while it is not complete."""
        wanted = self.scenario.record
        if not wanted or self._failures:
            return True
        mine = [call for call in calls if (call.sip_call_id or "").startswith(f"{self.scenario.name}-")]
        if not mine or any(call.ended_at is None for call in mine):
            return False
        for name, value in wanted.items():
            found = getattr(mine[0], name)
            if found != value:
                self._failures.append(f"The record says {name}={found!r}, not {value!r}.")
        return True

    def record_missing(self) -> None:
        """Note that no complete record of the call was found."""
        self._failures.append("There is no complete record of the call.")

    def check_end(self, gateway: Gateway, code: int) -> None:
        """Note a gateway that did not end cleanly: whatever was run against it has failed."""
        if code != 0:
            self._failures.append(f"The gateway ended with code {code}:\n{gateway.tail()}")

    def result(self) -> Result:
        """Return how it went."""
        failure = "\n".join(self._failures) if self._failures else None
        return Result(self.scenario, failure, self._seconds or 0.0)

    def _arguments(self) -> list[str]:
        calls = str(self.scenario.calls)
        arguments = ["-s", self.scenario.service, "-m", calls, "-l", calls, "-r", calls]
        if self.scenario.transport in ("tcp", "tls"):
            arguments += ["-t", "t1"]
        return arguments + [self._bench.fill(argument) for argument in self.scenario.arguments]

    def _sipp(self, path: Path, host: int, port: int, arguments: list[str]) -> Sipp:
        local, remote = self._bench.address(host), f"{self._bench.address(1)}:{SIP_PORT}"
        if self.scenario.transport == "ipv6":
            local, remote = "::1", f"[::1]:{self._bench.ipv6_port}"
        elif self.scenario.transport in ("tls", "md5"):
            remote = f"{local}:{self._ports + 10}"
        folder = self._folder if path == self.scenario.path else self._folder / path.stem
        wire = Wire(local, port, self._ports + 2, remote)
        keys = ["-key", "net", self._bench.net]
        if path != self.scenario.path:
            arguments = ["-m", "1"]
        return Sipp(path, wire, folder, [*keys, *arguments], self.scenario.within_s)

    @property
    def _own_port(self) -> int:
        return SIP_PORT if self._bench.group.before_start else self._ports

    def _call(self, hold_s: float) -> None:
        # SIPp does not tell when it has bound its socket; an INVITE that comes too soon is repeated.
        address = self._bench.address(self.scenario.host)
        target = f"sip:{self.scenario.service}@{address}:{self._own_port}"
        outcome = call_sipp(target, self._bench.address(1), self._ports + 4, hold_s)
        if outcome != self.scenario.outcome:
            self._failures.append(f"The call went {outcome!r}, not {self.scenario.outcome!r}.")


def _check_records(gateway: Gateway, runs: list[_Run]) -> None:
    waiting = [run for run in runs if run.scenario.record]
    deadline = time.monotonic() + RECORDED_WITHIN_S
    while waiting:
        calls = asyncio.run(_recorded(gateway))
        waiting = [run for run in waiting if not run.check_record(calls)]
        if waiting and time.monotonic() > deadline:
            for run in waiting:
                run.record_missing()
            return
        time.sleep(0.2 if waiting else 0)


async def _recorded(gateway: Gateway) -> list[CallSummary]:
    journal = await Journal.open(gateway.database, read_only=True)
    try:
        return list(await journal.calls(limit=500))
    finally:
        await journal.close()


def clear(folder: Path) -> None:
    """Remove the logs of a run that kept every promise."""
    shutil.rmtree(folder, ignore_errors=True)
