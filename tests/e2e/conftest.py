"""A real gateway, its processes and a receiver of actions, for all end-to-end tests together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_process import Gateway, Receiver
from open_practice import write_open_practice

from gateway.practice.loader import load_profile
from gateway.practice.profile import PracticeProfile

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; all but the SIPp scenarios hold conversations."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if not item.path.name.startswith("test_sip_scenarios"):
                item.add_marker(pytest.mark.conversation)


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """The receiver of actions."""
    receiver = Receiver(tmp_path_factory.mktemp("receiver"))
    yield receiver
    receiver.stop()


@pytest.fixture(scope="session")
def profile_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile of the practice, which is open now."""
    return write_open_practice(tmp_path_factory.mktemp("practice"))


@pytest.fixture(scope="session")
def started_gateway(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver, profile_path: Path
) -> Iterator[Gateway]:
    """The gateway, which ends as cleanly as Ctrl-C promises."""
    settings = {
        "PRACTICE_PROFILE": str(profile_path),
        "NEXTJS_ACTION_ENDPOINT": receiver.url,
        "NEXTJS_ACTION_SECRET": receiver.secret,
        "SIP_MAX_CALLS": "30",
        "LOG_LEVEL": "debug",
    }
    gateway = Gateway(tmp_path_factory.mktemp("gateway"), settings)
    gateway.wait_until_healthy()
    yield gateway
    assert gateway.stop() == 0, gateway.tail()


@pytest.fixture
def gateway(started_gateway: Gateway) -> Gateway:
    """The gateway with all its parts well, whatever the test before has done to it."""
    started_gateway.wait_until_healthy(60)
    return started_gateway


@pytest.fixture(scope="session")
def practice(profile_path: Path) -> PracticeProfile:
    """The practice that the gateway answers for."""
    return load_profile(profile_path)
