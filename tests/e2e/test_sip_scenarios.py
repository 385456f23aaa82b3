"""Every SIPp scenario of ``sip-test-configs/`` keeps its promise. They are run together, and each is told of alone."""

from __future__ import annotations

import pytest
from sip_test import run_all
from sip_test_index import load_index
from sip_test_run import Result

from gateway.logs import configure_logging

INDEX = load_index()


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """How each scenario went that the chosen tests ask for."""
    names = [item.callspec.params["name"] for item in request.session.items if item.module is request.module]
    found: dict[str, Result] = {}
    configure_logging("error", "auto")
    run_all(
        INDEX, INDEX.select(names), tmp_path_factory.mktemp("sip"), lambda one: found.update({one.scenario.name: one})
    )
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", [scenario.name for scenario in INDEX.scenarios])
def test_the_scenario_keeps_its_promise(name: str, results: dict[str, Result]) -> None:
    failure = results[name].failure
    assert failure is None, failure
