"""The index of the SIPp scenarios: what each promises, which gateway it needs, and how SIPp is started for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sip-test-configs"
INDEX = FOLDER / "scenarios.yaml"

Transport = Literal["udp", "tcp", "tls", "ipv6", "md5"]
"""How SIPp reaches the gateway; ``md5`` is UDP by way of a relay that leaves only challenges of MD5."""


class IndexFault(Exception):
    """The index cannot be used; the message is one sentence that says where."""


@dataclass(frozen=True, slots=True)
class Group:
    """A gateway that scenarios share. In values, ``{net}`` stands for the run's loopback network, such as 127.9.8."""

    name: str
    about: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables."""
    trunks: str | None = None
    """The trunks file, in ``sip-test-configs/``."""
    practices: int = 1
    """How many practices the gateway answers for: the example, and a second one with another number."""
    telephone: bool = False
    """Not a gateway but its user agent alone, as a telephone."""
    at_once: int = 8
    """How many scenarios run at a time, most of which wait most of the time; 1: one after the other, in their order."""
    drained: bool = False
    """Whether the gateway gets SIGTERM once a call is up; it has to end by itself after the last one."""
    before_start: bool = False
    """Whether the scenarios are started before the gateway, which is the one that speaks first."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One behaviour of the gateway, and the SIPp that checks it."""

    name: str
    promise: str
    group: str
    host: int = 11
    """The last number of the loopback address that SIPp has; trunks are told apart by it."""
    transport: Transport = "udp"
    calls: int = 1
    """How many calls SIPp makes at once."""
    service: str = "+41441234560"
    """The user part of the Request-URI."""
    arguments: tuple[str, ...] = ()
    """Further arguments of SIPp."""
    within_s: float = 15
    """How long it may take."""
    called_for_s: float | None = None
    """SIPp is called, by the gateway's user agent, which hangs up after so many seconds."""
    outcome: str = "answered"
    """What that user agent has to say of the call, as ``sip_test_caller.call_sipp`` tells it."""
    telephone: str | None = None
    """What the group's telephone does with the call, see ``sip_test_telephone``."""
    peers: tuple[str, ...] = ()
    """Scenarios of further parties, each a name of a file and its host, such as ``transfer_target:31``."""
    speech: str | None = None
    """What SIPp's ``caller.alaw`` says, in German."""
    record: Mapping[str, str | None] = field(default_factory=dict)
    """What the gateway's records have to say of the call once it is over, by the field's name."""
    digest: str | None = None
    """User and password, with a colon between them, of the digests that SIPp has logged."""
    stops: bool = False
    """The scenario ends only when the gateway is stopped."""

    @property
    def path(self) -> Path:
        """The scenario's file."""
        return FOLDER / f"{self.name}.xml"

    @property
    def files(self) -> frozenset[str]:
        """The names of all XML files that the scenario uses."""
        return frozenset({self.path.name, *(f"{peer.partition(':')[0]}.xml" for peer in self.peers)})


@dataclass(frozen=True, slots=True)
class Index:
    """All groups by name, all scenarios in the index's order."""

    groups: Mapping[str, Group]
    scenarios: tuple[Scenario, ...]

    def select(self, names: list[str]) -> list[Scenario]:
        """Return the scenarios with these names, all when there are none; raise ``IndexFault`` for an unknown one."""
        unknown = set(names) - {scenario.name for scenario in self.scenarios}
        if unknown:
            raise IndexFault(f"There is no scenario named {', '.join(sorted(unknown))}; see --list.")
        return [scenario for scenario in self.scenarios if not names or scenario.name in names]


def load_index(path: Path = INDEX) -> Index:
    """Return the index at ``path``; raise ``IndexFault`` when it is not one."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise IndexFault(f"{path} cannot be read: {error}") from error
    groups = {name: _read(Group, name, entry) for name, entry in document["groups"].items()}
    scenarios = tuple(_read(Scenario, name, entry) for name, entry in document["scenarios"].items())
    for scenario in scenarios:
        if scenario.group not in groups:
            raise IndexFault(f"The scenario {scenario.name} is of the group {scenario.group}, which is not listed.")
        if scenario.transport not in get_args(Transport):
            raise IndexFault(f"The scenario {scenario.name} has the unknown transport {scenario.transport}.")
    return Index(groups, scenarios)


def _read(kind: Any, name: str, entry: dict[str, Any]) -> Any:
    known = {one.name for one in fields(kind)} - {"name"}
    if unknown := set(entry) - known:
        raise IndexFault(f"{name} in the index has keys that nothing reads: {', '.join(sorted(unknown))}.")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        return kind(name=name, **values)
    except TypeError as error:
        raise IndexFault(f"{name} in the index lacks a key: {error}") from error
