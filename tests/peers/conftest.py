"""Independent SIP implementations; each test fails when its peer is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from certificates import Certificates

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for all who speak TLS."""
    return Certificates.issue(tmp_path_factory.mktemp("certificates"))
