"""Coverage-guided fuzzing for a bounded time, and that it would find a fault."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.quiet

SCRIPT = Path(__file__).parent / "fuzz" / "fuzz_signalling.py"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "20"))


def fuzz(*options):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *options], capture_output=True, text=True, errors="replace", check=False
    )


@pytest.mark.timeout(SECONDS + 100)
def test_fuzzing_finds_nothing_in_a_bounded_time(capsys):
    done = fuzz("--seconds", str(SECONDS))
    assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
    runs = int(re.search(r"Done (\d+) runs", done.stderr)[1])
    covered = int(re.findall(r" cov: (\d+)", done.stderr)[-1])
    with capsys.disabled():
        sys.stdout.write(f"\n{runs} inputs in {SECONDS} s, {covered} branches covered\n")
    assert runs > 10 * SECONDS
    assert covered > 1_000


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("fault", "sign"), [("crash", "IndexError: planted"), ("hang", "libFuzzer: timeout"), ("growth", "Left: {")]
)
def test_a_planted_fault_is_found(fault, sign):
    found = fuzz("--seconds", "60", "--plant", fault)
    assert found.returncode != 0
    assert sign in found.stdout + found.stderr
