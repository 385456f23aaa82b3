"""The media benchmark runs, measures what it says, and a soak's verdict tells growth from calm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from media_load import turns  # noqa: E402
from media_soak import verdict  # noqa: E402

from gateway.audio import Pcm  # noqa: E402
from gateway.media.codecs.g711 import decode  # noqa: E402
from gateway.media.parameters import Codec  # noqa: E402

pytestmark = pytest.mark.quiet


@pytest.mark.skipif(shutil.which("cc") is None, reason="the load generator needs a C compiler")
@pytest.mark.timeout(60)
def test_calls_are_held_heard_recorded_and_measured_and_a_bridges_delay_with_them() -> None:
    command = [sys.executable, str(BENCHMARKS / "media_plane.py"), "--worker-cpus"]
    command += ["--calls", "3", "--pairs", "1", "--seconds", "3", "--settle", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout.splitlines()[-1])["runs"]
    packets = run["packets"]
    assert packets["received"] == pytest.approx(5 * 150, abs=15)
    assert (packets["lost"], packets["duplicated"], packets["ssrc_changes"]) == (0, 0, 0)
    assert 10 < packets["delay_ms"]["p50"] < 200
    assert packets["delay_ms"]["count"] == pytest.approx(15, abs=2)
    assert run["cpu_percent"] > 0
    assert run["heard"]["prompts"] >= 3
    assert run["heard"]["hung_up"] == {"gateway": 3}


@pytest.mark.parametrize("talk", [0.2, 0.4, 0.8])
def test_the_caller_speaks_as_much_of_the_time_as_asked_for(talk: float) -> None:
    speech = Pcm(np.full(8000, 10_000, np.int16), 8000)
    sound = decode(Codec.PCMA, turns([speech, speech], talk))
    assert np.mean(np.abs(sound.astype(int)) > 5000) == pytest.approx(talk, abs=0.001)
    assert np.abs(sound[8100:8200].astype(int)).max() < 200


CALM = {
    "begun": 100,
    "hung_up": {"gateway": 90},
    "anonymous_kb": 50_000,
    "delay_p50_ms": 30.0,
    "descriptors_beyond_legs": 12,
    "lost": 0,
    "deviation_p99_ms": 0.5,
    "deviation_max_ms": 3.0,
}


def samples(count: int = 60, **changes: Any) -> list[dict[str, Any]]:
    """Return a soak's samples; a change is a value, or a function of the sample's number."""
    return [
        {**CALM, **{name: change(n) if callable(change) else change for name, change in changes.items()}}
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"anonymous_kb": lambda n: 50_000 + 3000 * min(n, 10)}, True),
        ({"anonymous_kb": lambda n: 50_000 + 200 * n}, False),
        ({"anonymous_kb": lambda n: 50_000 + 3000 * (n % 2)}, True),
        ({"delay_p50_ms": lambda n: 30 + 0.1 * n}, False),
        ({"delay_p50_ms": lambda n: 30 + n % 3}, True),
        ({"descriptors_beyond_legs": lambda n: 12 + n // 20}, False),
        ({"descriptors_beyond_legs": lambda n: 12 + (n % 7 == 0)}, True),
        ({"lost": lambda n: int(n == 30)}, False),
        ({"hung_up": {"gateway": 90, "worker_lost": 1}}, False),
    ],
)
def test_a_soak_passes_only_without_growth_loss_and_calls_cut_off(changes: dict[str, Any], passes: bool) -> None:
    assert verdict(samples(**changes))["passed"] is passes


def test_a_soak_that_was_too_short_gives_no_verdict() -> None:
    with pytest.raises(SystemExit, match="7 samples are too few"):
        verdict(samples(7))
