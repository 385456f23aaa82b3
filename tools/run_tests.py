#!/usr/bin/env python3
"""Runs every test, side by side where tests wait more than they work.

Conversations take place in real time and leave most of the machine idle; the unit tests take what they leave, and step
back behind them. What measures times runs last, by itself. Each suite can be run by hand with the same markers:

    .venv/bin/pytest -m "not e2e and not quiet"
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
NICE = 15
NO_TESTS = 5
"""pytest's exit code where a suite has none."""


@dataclass(frozen=True)
class Suite:
    """Tests that are run together; those of a ``background`` suite step back behind all others.

    A suite with a ``program`` is run by that, in an environment of its own.
    """

    name: str
    markers: str = ""
    options: Sequence[str] = ()
    background: bool = False
    program: str | None = None


STAGES: tuple[tuple[Suite, ...], ...] = (
    (
        Suite("conversations", "conversation and not crowd", ("-n", "2", "--dist", "loadfile")),
        Suite("unit tests", "not e2e and not quiet", ("-n", "2"), background=True),
        Suite("XTTS", program="tools/xtts_test.py", background=True),
    ),
    (Suite("SIP end to end", "e2e and not conversation", ("-n", "3", "--dist", "loadfile")),),
    (Suite("a crowd of callers", "crowd"),),
    (Suite("times", "quiet"),),
)


@dataclass
class Run:
    """A suite that is being run, its output kept in a file until it is over."""

    suite: Suite
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    began: float = field(default_factory=time.monotonic)


def start(suite: Suite) -> Run:
    """Start ``suite``."""
    output = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it has been printed
    if suite.program is not None:
        command = [sys.executable, suite.program, *sys.argv[1:]]
    else:
        command = [sys.executable, "-m", "pytest", "-q", *suite.options, "-m", suite.markers, *sys.argv[1:]]
    if suite.background:
        command = ["nice", "-n", str(NICE), *command]
    process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    print(f"--- {suite.name}: started", flush=True)
    return Run(suite, process, output)


def finish(run: Run) -> bool:
    """Print what a suite has printed; return whether it passed."""
    code = run.process.returncode
    seconds = time.monotonic() - run.began
    run.output.seek(0)
    sys.stdout.buffer.write(run.output.read())
    run.output.close()
    passed = code in (0, NO_TESTS)
    print(f"--- {run.suite.name}: {'passed' if passed else f'FAILED ({code})'} in {seconds:.0f} s", flush=True)
    return passed


def run_stage(stage: Sequence[Suite]) -> list[str]:
    """Run the suites of ``stage`` side by side; return the names of those that failed."""
    running = [start(suite) for suite in stage]
    failed = []
    try:
        while running:
            for run in list(running):
                if run.process.poll() is not None:
                    running.remove(run)
                    if not finish(run):
                        failed.append(run.suite.name)
            time.sleep(0.2)
    finally:
        for run in running:
            run.process.terminate()
            run.process.wait()
    return failed


def main() -> int:
    """Run every stage, also after one has failed; return the exit code."""
    os.chdir(ROOT)
    failed = [name for stage in STAGES for name in run_stage(stage)]
    if failed:
        print(f"Failed: {', '.join(failed)}.")
        return 1
    print("All tests passed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
