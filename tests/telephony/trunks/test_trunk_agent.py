"""What the state of a trunk follows from."""

import datetime as dt

from sip_fixtures import CoreDriver, respond

from gateway.telephony.messages.message import parse_message
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.trunks.registration import RegistrationState
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_agent import TrunkAgent
from gateway.telephony.trunks.trunk_monitor import Reachability
from gateway.telephony.trunks.trunk_profile import TrunkProfile

FIRST, SECOND = Hop("192.0.2.9", 5060), Hop("192.0.2.10", 5060)


class Agent:
    """A trunk's agent with a clock for people beside the core's."""

    def __init__(self, **fields):
        fields = {"servers": ["sip:sip.provider.example"], "options_interval_s": 0, **fields}
        profile = TrunkProfile.model_validate({"id": "provider", "username": "line", "password_env": "X", **fields})
        servers = tuple(parse_uri(server) for server in profile.servers)
        registrar = servers[0] if profile.registers else None
        self.driver = CoreDriver()
        self.time = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
        self.told = []
        trunk = Trunk(profile, servers, registrar, Credentials("line", "secret"))
        self.agent = TrunkAgent(trunk, self.driver.core, changed=self._note, clock=lambda: self.time)
        self.agent.start(self.driver.now)

    def _note(self, agent):
        self.told.append(agent.state(0))

    @property
    def state(self):
        return self.agent.state(3)

    def locate(self, *hops):
        self.agent.set_hops(hops, self.driver.now)

    def answer(self, status, *headers, hop=FIRST):
        for item in self.driver.core.take_outgoing():
            if item.hop == hop:
                data = respond(parse_message(item.data), status, headers=headers)
                self.driver.core.receive(data, hop, self.driver.now)


def test_a_trunk_that_nobody_asks_is_up_once_its_servers_are_known():
    trunk = Agent()
    assert (trunk.state.up, trunk.state.server) == (False, None)
    trunk.locate(FIRST, SECOND)
    assert (trunk.state.up, trunk.state.server) == (True, "192.0.2.9:5060 UDP")
    assert trunk.state.registration is None
    assert trunk.state.reachability is Reachability.UNKNOWN
    assert trunk.state.calls == 3


def test_a_trunk_without_servers_is_up():
    trunk = Agent(servers=[], allowed=["192.0.2.0/24"])
    assert trunk.state.up
    assert trunk.state.server is None


def test_a_trunk_that_registers_is_up_while_it_is_registered():
    trunk = Agent(registration={})
    trunk.locate(FIRST, SECOND)
    assert (trunk.state.up, trunk.state.registration) == (False, RegistrationState.UNREGISTERED)
    trunk.time += dt.timedelta(seconds=5)
    trunk.answer(200, "Expires: 600")
    assert (trunk.state.up, trunk.state.registration) == (True, RegistrationState.REGISTERED)
    assert trunk.state.since == trunk.time
    trunk.driver.advance(601)
    assert not trunk.state.up
    assert trunk.state.error == "The server does not respond"


def test_a_trunk_none_of_whose_servers_responds_is_down():
    trunk = Agent(options_interval_s=30)
    trunk.locate(FIRST)
    trunk.driver.advance(40)
    assert (trunk.state.up, trunk.state.reachability) == (False, Reachability.DOWN)
    assert trunk.state.error == "The server does not respond"


def test_calls_go_first_where_we_are_registered_and_last_where_nobody_responds():
    trunk = Agent(registration={}, options_interval_s=30)
    trunk.locate(FIRST, SECOND)
    trunk.answer(503)
    trunk.answer(200, "Expires: 600", hop=SECOND)
    assert trunk.agent.hops_for_call() == (SECOND, FIRST)


def test_a_lookup_that_fails_later_leaves_the_servers_that_were_known():
    trunk = Agent()
    trunk.locate(FIRST)
    trunk.agent.location_failed("The host cannot be found")
    assert trunk.state.up
    assert trunk.state.error == "The host cannot be found"
    trunk.locate(FIRST)
    assert trunk.state.error is None


def test_a_change_is_told_once_and_none_after_the_end():
    trunk = Agent()
    trunk.locate(FIRST)
    trunk.locate(FIRST)
    trunk.locate(FIRST)
    assert len(trunk.told) == 1
    trunk.agent.stop(trunk.driver.now)
    trunk.locate(SECOND)
    trunk.agent.location_failed("x")
    assert len(trunk.told) == 1


def test_calls_take_the_service_route():
    route = "<sip:s1.provider.example;lr>"
    trunk = Agent(registration={})
    trunk.locate(FIRST)
    assert trunk.agent.routes_for_call() == ()
    trunk.answer(200, "Expires: 600", f"Service-Route: {route}")
    assert [str(value) for value in trunk.agent.routes_for_call()] == [route]
