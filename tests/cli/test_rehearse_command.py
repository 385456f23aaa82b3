"""``gateway rehearse`` with input that cannot be used."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.app import app


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["no-such-suite"], "there is no suite 'no-such-suite'"),
        (["quick", "--only", "("], "--only is not a regular expression"),
        (["quick", "--only", "nobody"], "no scenario in"),
        (["quick", "--target", "tel:+41441234560"], "a SIP URI such as"),
        (["quick", "--target", "nonsense"], "cannot be called"),
    ],
)
def test_what_cannot_be_rehearsed_is_told_in_one_sentence(
    arguments: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["rehearse", *arguments])
    assert result.exit_code == 2
    assert problem in result.output
    assert "Traceback" not in result.output


def test_a_scenario_with_a_mistake_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "somebody.yaml").write_text("language: de\nwants: '[laugh]'\nexpect: {actions: []}\n", "utf-8")
    result = CliRunner().invoke(app, ["rehearse", str(tmp_path)])
    assert result.exit_code == 2
    assert "somebody.yaml:2: `wants`: the mark [laugh] is unknown" in result.output
