"""The index of the SIPp scenarios and the scenarios themselves belong together."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from sip_test_index import FOLDER, INDEX, IndexFault, load_index

from gateway.telephony.trunks.trunk_file import load_trunks

ALONE = {"call_with_rtp.xml"}
"""Run by tests/e2e/test_sip_peers.py, with twenty calls at once."""

FILES = sorted(path.name for path in FOLDER.glob("*.xml"))
SCENARIOS = load_index().scenarios


def test_every_scenario_file_is_in_the_index_and_every_entry_has_its_files() -> None:
    listed = {name for scenario in SCENARIOS for name in scenario.files}
    assert set(FILES) == listed | ALONE


def test_the_readme_names_every_group() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    for group in load_index().groups:
        assert f"`{group}`" in readme


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_can_be_read_says_what_it_is_for_and_checks_something(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "scenario"
    assert root.attrib["name"]
    assert text.index("<!--") < text.index("<scenario"), "it begins with a comment"
    # One that waits for nothing, or for whatever comes, cannot fail.
    waits = [step for step in root if step.tag == "recv" and step.get("optional") is None]
    silences = [step for step in root if step.tag == "pause"]
    assert waits or silences
    assert all(step.get("response") or step.get("request") for step in root if step.tag == "recv")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_promise_is_one_short_line(scenario) -> None:
    assert "\n" not in scenario.promise
    assert 10 <= len(scenario.promise) <= 90


def test_the_trunks_of_the_groups_can_be_read(tmp_path: Path) -> None:
    for group in load_index().groups.values():
        if group.trunks is None:
            continue
        text = (FOLDER / group.trunks).read_text("utf-8")
        for name in ("server.pem", "server.key"):
            (tmp_path / name).write_text("")
        text = text.replace("{net}", "127.9.8").replace("{ipv6_port}", "15060").replace("{tls}", str(tmp_path))
        path = tmp_path / "trunks.yaml"
        path.write_text(text, "utf-8")
        assert load_trunks(path, dict(group.settings)).trunks


def test_an_unknown_key_is_told_of(tmp_path: Path) -> None:
    document = yaml.safe_load(INDEX.read_text("utf-8"))
    document["scenarios"]["call_udp"]["promised"] = "?"
    path = tmp_path / "scenarios.yaml"
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(IndexFault, match="call_udp in the index has keys that nothing reads: promised"):
        load_index(path)


def test_an_unknown_group_is_told_of(tmp_path: Path) -> None:
    document = yaml.safe_load(INDEX.read_text("utf-8"))
    document["scenarios"]["call_udp"]["group"] = "elsewhere"
    path = tmp_path / "scenarios.yaml"
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(IndexFault, match="call_udp is of the group elsewhere"):
        load_index(path)


def test_an_unknown_scenario_is_told_of() -> None:
    with pytest.raises(IndexFault, match="no scenario named call_telex"):
        load_index().select(["call_telex"])
