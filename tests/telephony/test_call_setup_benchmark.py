"""The benchmark of call set-up runs, and counts what it says that it counts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.quiet

BENCHMARK = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "call_setup.py"


@pytest.mark.timeout(60)
def test_calls_are_set_up_with_and_without_rtp_ports():
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--rates", "10", "--seconds", "1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    for name in ("signalling", "with_rtp_ports"):
        (step,) = figures[name]["rates"]
        assert (step["offered"], step["ended"], step["failed"]) == (10, 10, 0)
        assert step["server_cpu_ms_per_call"] > 0
    assert figures["with_rtp_ports"]["rates"][0]["worker_cpu_ms_per_call"] >= 0
