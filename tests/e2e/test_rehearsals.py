"""The command that rehearses; its quick suite is held as a whole by the tests of the patients."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(240)
def test_the_command_holds_a_rehearsal_with_a_gateway_of_its_own_and_reports_it(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "gateway", "rehearse", "quick", "--only", "^it_address$", "--json", str(report)]
    held = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=220, check=False)
    assert held.returncode == 0, f"{held.stdout}\n{held.stderr}"
    document = json.loads(report.read_text("utf-8"))
    assert [call["scenario"] for call in document["calls"]] == ["it_address"]
    overall = document["groups"]["all"]
    assert overall["wrong_unconfirmed"] == 0
    assert overall["response_ms"]["measured"] >= 1, "the patient's recording was measured"
