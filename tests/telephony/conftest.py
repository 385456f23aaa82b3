"""Fixtures of the signalling tests."""

import pytest
from sip_fixtures import CoreDriver


@pytest.fixture
def driver():
    return CoreDriver()
