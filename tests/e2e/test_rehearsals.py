"""Simulated patients of the quick suite call a gateway that the command starts by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from gateway_process import ROOT


@pytest.mark.timeout(420)
def test_the_quick_suite_succeeds_and_nothing_wrong_is_booked_unconfirmed(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "gateway", "rehearse", "quick", "--calls", "3"]
    command += ["--pass-share", "0.8", "--json", str(report)]
    held = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False)
    assert held.returncode == 0, f"{held.stdout}\n{held.stderr}"
    document = json.loads(report.read_text("utf-8"))
    suite = {path.stem for path in (ROOT / "rehearsals" / "quick").glob("*.yaml")}
    assert {call["scenario"] for call in document["calls"]} == suite
    overall = document["groups"]["all"]
    assert overall["wrong_unconfirmed"] == 0
    assert overall["response_ms"]["measured"] >= len(suite), "the patients' recordings were measured"
