"""The list of metrics, the dashboard and the alerts against the real registries."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from every_metric import every_family

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "practice-gateway.json").read_text(encoding="utf-8"))
PROMETHEUS = ROOT / "deploy" / "prometheus"
ALERTS = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
MADE_BY_PROMETHEUS = {"up"}
METRIC = re.compile(r"\b(?:gateway|speech|process)_[a-z0-9_]+|\bup\b")
LABELS = re.compile(r"([a-z_]+)\{([^}]*)\}")


def names_of(query: str) -> set[str]:
    """Return the metrics in ``query``, without the values and names of labels."""
    return set(METRIC.findall(re.sub(r'"[^"]*"', "", query)))


def queries() -> list[str]:
    """Return the queries of dashboard and alerts."""
    shown = [target["expr"] for panel in PANELS for target in panel["targets"]]
    return shown + [alert["expr"] for alert in ALERTS]


async def test_the_document_lists_every_metric_with_its_type_and_labels_and_no_other():
    listed = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*?) ?\|", DOCUMENT, re.MULTILINE)
    }
    assert listed == {family.name: (family.type, family.labels) for family in every_family().values()}


async def test_names_follow_the_conventions_of_prometheus():
    for family in every_family().values():
        assert (family.type == "counter") == family.name.endswith("_total"), family.name
        assert not re.search(r"_(ms|milliseconds|minutes|kilobytes|percent)(_|$)", family.name), family.name
        assert family.documentation.strip(), family.name


async def test_no_label_could_tell_one_call_from_another():
    for family in every_family().values():
        assert not {"call", "call_id", "id", "caller", "number", "phone", "name"} & set(family.labels), family.name


async def test_every_metric_in_dashboard_and_alerts_exists():
    series = MADE_BY_PROMETHEUS.union(*(family.series for family in every_family().values()))
    for query in queries():
        names = names_of(query)
        assert names, query
        assert names <= series, query


async def test_every_label_that_dashboard_and_alerts_select_by_exists():
    labels = {series: set(family.labels) for family in every_family().values() for series in family.series}
    of_prometheus = {"instance", "le"}
    for query in queries():
        for metric, selectors in LABELS.findall(query):
            if metric in labels:
                chosen = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", selectors))
                assert chosen <= labels[metric] | of_prometheus, query


def test_every_alert_says_what_is_wrong_and_where_to_read_on():
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.+)$", DOCUMENT, re.MULTILINE)}
    for alert in ALERTS:
        document, _, section = alert["annotations"]["runbook"].partition("#")
        assert document == "docs/metrics.md"
        assert section in headings, alert["alert"]
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert alert["annotations"]["summary"]
        assert alert["annotations"]["description"].endswith(".")


def test_every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not():
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    names = {alert["alert"] for alert in ALERTS}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


def test_the_dashboard_can_be_imported_anywhere():
    assert DASHBOARD["id"] is None
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in PANELS:
        assert {each["datasource"]["uid"] for each in (panel, *panel["targets"])} == {"${datasource}"}
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


@pytest.mark.parametrize(
    "command",
    [
        ("check", "rules", "alerts.yaml"),
        ("test", "rules", "alerts_test.yaml"),
        ("check", "config", "--syntax-only", "prometheus.yaml"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_promtool_finds_no_fault(command):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing; run tools/install_promtool.sh")
    done = subprocess.run([promtool, *command], cwd=PROMETHEUS, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
