"""User agents with trunks over real sockets on loopback: registering, being found, calling out by the next server."""

import asyncio
import contextlib
import socket
from types import SimpleNamespace

import pytest
from sip_fixtures import SDP, accept, invite, request, respond
from test_user_agent import QUICK, Peer

from gateway.telephony import call_placing
from gateway.telephony.authentication.digest_server import DigestServer, Proof
from gateway.telephony.diagnostics.signalling_statistics import CallOutcome, Direction
from gateway.telephony.errors import CallFailed, CallRejected, ServerFailed
from gateway.telephony.messages.message import Request, parse_message
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.listener import Listener
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.trunks import trunk_monitor
from gateway.telephony.trunks.registration import RegistrationState
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_monitor import Reachability
from gateway.telephony.trunks.trunk_profile import TrunkProfile
from gateway.telephony.user_agent import UserAgent


class Server:
    """A provider's server: a UDP socket that answers by hand or by a script."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.uri = f"sip:127.0.0.1:{self.port}"
        self.requests = []
        self.source = None
        self.script = {}
        self._answers = {}
        self._task = asyncio.create_task(self._serve())

    async def _serve(self):
        loop = asyncio.get_running_loop()
        while True:
            data, self.source = await loop.sock_recvfrom(self.socket, 65_536)
            message = parse_message(data)
            if not isinstance(message, Request):
                continue
            key = message.method, message.top_via.branch
            if key not in self._answers:
                self.requests.append(message)
                script = self.script.get(message.method)
                self._answers[key] = None if script is None else script(message)
            # What is sent again gets the answer that it had.
            if (answer := self._answers[key]) is not None:
                self.socket.sendto(answer, self.source)

    def send(self, data):
        self.socket.sendto(data, self.source)

    async def received(self, method, count=1):
        """Wait until ``count`` requests of ``method`` have come, and return them."""
        async with asyncio.timeout(5):
            while len(found := [each for each in self.requests if each.method == method]) < count:
                await asyncio.sleep(0.005)
        return found

    async def close(self):
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self.socket.close()


@pytest.fixture
async def servers():
    made = []

    def make():
        made.append(Server())
        return made[-1]

    yield make
    for server in made:
        await server.close()


@pytest.fixture
async def agents():
    started = []

    async def start(*trunks, on_invite=None, **options):
        agent = UserAgent(
            [Listener("127.0.0.1", 0)], max_calls=10, timers=QUICK, trunks=trunks, on_invite=on_invite, **options
        )
        await agent.start()
        started.append(agent)
        return agent

    yield start
    for agent in started:
        await agent.stop(grace_s=0.5)


def trunk(*servers, trunk_id="provider", credentials=None, challenge=None, **fields):
    fields = {"options_interval_s": 0, "identity": {"number": "+41441234560"}, **fields}
    if credentials is not None:
        fields |= {"username": credentials.username, "password_env": "X"}
    profile = TrunkProfile.model_validate({"id": trunk_id, "servers": [server.uri for server in servers], **fields})
    uris = tuple(parse_uri(server.uri) for server in servers)
    registrar = uris[0] if profile.registers else None
    return Trunk(profile, uris, registrar, credentials, challenge)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


CREDENTIALS = Credentials("line", "secret")


class Registrar:
    """Takes a REGISTER with the right password."""

    def __init__(self):
        self.digest = DigestServer("provider", {"line": "secret"})
        self.contacts = {}

    def __call__(self, message):
        proof, _ = self.digest.verify(message, "us", 1.0)
        if proof is not Proof.RIGHT:
            return respond(message, 401, headers=tuple(f"{n}: {v}" for n, v in self.digest.challenge("us", 1.0)))
        contact, expires = message.headers.get("Contact"), int(message.headers.get("Expires"))
        self.contacts[contact] = expires
        return respond(message, 200, headers=(f"Contact: {contact};expires={expires}",))


async def test_a_trunk_registers_is_called_at_its_contact_and_gives_the_registration_back(agents, servers):
    server, registrar, calls = servers(), Registrar(), []
    server.script["REGISTER"] = registrar

    async def take(call):
        calls.append(call)
        await call.answer(local_port=4000)

    agent = await agents(trunk(server, credentials=CREDENTIALS, registration={}), on_invite=take)
    await until(lambda: agent.trunk_states()[0].up)
    (state,) = agent.trunk_states()
    assert (state.id, state.registration, state.error) == ("provider", RegistrationState.REGISTERED, None)
    assert state.server == f"127.0.0.1:{server.port} UDP"
    ((contact, expires),) = registrar.contacts.items()
    assert (contact, expires) == (f"<sip:line@127.0.0.1:{agent.address[1]}>", 600)
    server.send(invite(uri=contact[1:-1], via=f"127.0.0.1:{server.port}"))
    await until(lambda: calls)
    assert calls[0].trunk == "provider"
    assert agent.trunk_states()[0].calls == 1
    await agent.stop(grace_s=1)
    assert registrar.contacts[contact] == 0


async def test_a_source_that_is_no_trunks_hears_nothing(agents, servers):
    agent = await agents(trunk(allowed=["192.0.2.0/24"]))
    with Peer(agent) as stranger:
        stranger.send(request("OPTIONS", via=f"127.0.0.1:{stranger.address[1]}"))
        assert await stranger.is_silent()
    assert agent.counters.dropped_foreign == 1


async def test_a_caller_who_is_challenged_calls_with_the_password_and_not_without(agents):
    taken = []

    async def take(call):
        taken.append(call.trunk)
        await call.answer(local_port=4000)

    office = Credentials("office", "long and secret", "gateway")
    gateway = await agents(
        trunk(trunk_id="office", allowed=["127.0.0.0/8"], challenge=office, identity={}), on_invite=take
    )
    for password, status in (("long and secret", None), ("guess", 401)):
        to_gateway = SimpleNamespace(uri=f"sip:127.0.0.1:{gateway.address[1]}")
        caller = await agents(trunk(to_gateway, credentials=Credentials("office", password)))
        await until(lambda caller=caller: caller.trunk_states()[0].server)
        if status is None:
            call = await caller.invite("+41441234567", local_port=5000)
            await call.hang_up()
        else:
            with pytest.raises(CallRejected) as raised:
                await caller.invite("+41441234567", local_port=5000)
            assert raised.value.status == status
    assert taken == ["office"]


async def test_a_number_goes_by_the_trunk_in_its_format_and_with_its_identity(agents, servers):
    server = servers()
    server.script["INVITE"] = accept
    agent = await agents(
        trunk(
            server,
            identity={
                "number": "+41441234560",
                "display_name": "Praxis",
                "number_format": "national",
                "header": "p-preferred-identity",
                "domain": "provider.example",
            },
        )
    )
    await until(lambda: agent.trunk_states()[0].server)
    call = await agent.invite("+41791234567", local_port=5000, trunk="provider")
    (sent,) = await server.received("INVITE")
    assert str(sent.uri) == "sip:0791234567@provider.example"
    assert (sent.from_address.display_name, str(sent.from_address.uri)) == ("Praxis", "sip:0441234560@provider.example")
    assert sent.headers.get("P-Preferred-Identity") == '"Praxis" <sip:0441234560@provider.example>'
    assert call.trunk == "provider"
    assert agent.trunk_states()[0].calls == 1
    await call.hang_up()
    await until(lambda: agent.trunk_states()[0].calls == 0)
    assert agent.statistics.calls["provider", Direction.OUTGOING, CallOutcome.ANSWERED] == 1
    assert agent.statistics.responses[Direction.INCOMING, "2xx"] >= 1


@pytest.mark.parametrize("how", ["503", "silent"])
async def test_the_next_server_is_called_when_one_fails(agents, servers, monkeypatch, how):
    monkeypatch.setattr(call_placing, "FAIL_OVER_S", 0.1)
    first, second = servers(), servers()
    if how == "503":
        first.script["INVITE"] = lambda message: respond(message, 503)
    second.script["INVITE"] = accept
    agent = await agents(trunk(first, second))
    await until(lambda: len(agent._trunks.get("provider").hops) == 2)
    call = await agent.invite("144", local_port=5000)
    assert (call.source[1], call.sip_call_id) == (second.port, (await second.received("INVITE"))[0].call_id)
    assert call.sip_call_id != (await first.received("INVITE"))[0].call_id
    await call.hang_up()


async def test_a_server_that_has_answered_100_is_waited_for(agents, servers, monkeypatch):
    monkeypatch.setattr(call_placing, "FAIL_OVER_S", 0.05)
    first, second = servers(), servers()
    first.script["INVITE"] = lambda message: respond(message, 100)
    agent = await agents(trunk(first, second))
    await until(lambda: len(agent._trunks.get("provider").hops) == 2)
    calling = asyncio.create_task(agent.invite("144", local_port=5000))
    (sent,) = await first.received("INVITE")
    await asyncio.sleep(0.15)
    first.send(accept(sent))
    call = await calling
    assert call.source[1] == first.port
    assert second.requests == []
    await call.hang_up()


@pytest.mark.parametrize("status", [302, 404, 486, 500, 603])
async def test_a_refusal_is_final_and_a_redirection_is_not_followed(agents, servers, status):
    first, second = servers(), servers()
    first.script["INVITE"] = lambda message: respond(message, status, headers=(f"Contact: <{second.uri}>",))
    agent = await agents(trunk(first, second))
    await until(lambda: len(agent._trunks.get("provider").hops) == 2)
    with pytest.raises(CallRejected) as raised:
        await agent.invite("+41791234567", local_port=5000)
    assert raised.value.status == status
    assert second.requests == []


async def test_when_the_last_server_fails_too_the_call_has_failed(agents, servers, monkeypatch):
    monkeypatch.setattr(call_placing, "FAIL_OVER_S", 0.1)
    agent = await agents(trunk(servers(), servers()))
    await until(lambda: len(agent._trunks.get("provider").hops) == 2)
    with pytest.raises(ServerFailed, match="Nobody responds"):
        await agent.invite("+41791234567", local_port=5000)


async def test_a_server_that_is_down_is_called_last(agents, servers, monkeypatch):
    monkeypatch.setattr(trunk_monitor, "CONFIRM_S", 0.02)
    first, second = servers(), servers()
    for method in ("OPTIONS", "INVITE"):
        second.script[method] = accept if method == "INVITE" else lambda message: respond(message, 200)
    first.script["OPTIONS"] = lambda message: respond(message, 503)
    agent = await agents(trunk(first, second, options_interval_s=1))
    live = agent._trunks.get("provider")
    await until(lambda: live.hops and live.monitor.is_down(live.hops[0]))
    assert agent.trunk_states()[0].reachability is Reachability.UP
    call = await agent.invite("+41791234567", local_port=5000)
    assert call.source[1] == second.port
    await call.hang_up()


@pytest.mark.parametrize(
    ("target", "trunk_id", "problem"),
    [
        ("+41791234567", "other", "There is no trunk other"),
        ("+41791234567", "inbound", "Nothing can be called by the trunk inbound: it has no servers"),
        ("nonsense", None, "cannot be called"),
    ],
)
async def test_what_cannot_be_called_is_told_in_one_sentence(agents, target, trunk_id, problem):
    agent = await agents(trunk(trunk_id="inbound", allowed=["127.0.0.0/8"]))
    with pytest.raises(CallFailed, match=problem):
        await agent.invite(target, local_port=5000, trunk=trunk_id)


async def test_a_uri_goes_where_it_says_without_the_trunks_credentials(agents, servers):
    provider, pbx = servers(), servers()
    pbx.script["INVITE"] = lambda message: respond(
        message, 401, headers=('WWW-Authenticate: Digest realm="pbx", nonce="n"',)
    )
    agent = await agents(
        trunk(provider, credentials=CREDENTIALS), allowed=trunk(allowed=["127.0.0.0/8"]).profile.allowed
    )
    uri = f"sip:reception@localhost:{pbx.port}"
    with pytest.raises(CallRejected):
        await agent.invite(uri, local_port=5000, trunk="provider")
    (sent,) = await pbx.received("INVITE")
    assert "Authorization" not in sent.headers
    assert provider.requests == []


async def test_a_trunk_whose_server_cannot_be_found_is_down_and_says_so(agents):
    lost = SimpleNamespace(uri="sip:nobody.invalid:5060")
    agent = await agents(trunk(lost))
    await until(lambda: agent.trunk_states()[0].error)
    (state,) = agent.trunk_states()
    assert not state.up
    assert "nobody.invalid" in state.error
    with pytest.raises(CallFailed, match=r"trunk provider: .*nobody\.invalid"):
        await agent.invite("+41791234567", local_port=5000)


async def test_a_trunk_whose_lines_are_all_taken_is_not_called_by(agents, servers):
    server = servers()
    server.script["INVITE"] = accept
    agent = await agents(trunk(server, max_calls=1))
    await until(lambda: agent.trunk_states()[0].server)
    call = await agent.invite("+41791234567", local_port=5000)
    with pytest.raises(CallFailed, match=r"all of its lines \(1\) are taken"):
        await agent.invite("+41791234568", local_port=5002)
    await call.hang_up()
    await until(lambda: agent.trunk_states()[0].calls == 0)
    await (await agent.invite("+41791234568", local_port=5002)).hang_up()


async def test_who_is_called_is_heard_though_no_trunk_allows_it_and_may_not_call(agents, servers):
    pbx = servers()
    headers = (f"Contact: <{pbx.uri}>", "Content-Type: application/sdp")
    pbx.script["INVITE"] = lambda message: respond(message, 200, headers=headers, body=SDP)
    pbx.script["BYE"] = lambda message: respond(message, 200)
    agent = await agents(trunk(allowed=["192.0.2.0/24"]))
    call = await agent.invite(f"sip:reception@127.0.0.1:{pbx.port}", local_port=5000)
    before = agent.counters.dropped_by_policy
    pbx.send(invite(via=f"127.0.0.1:{pbx.port}", call_id="another"))
    await until(lambda: agent.counters.dropped_by_policy == before + 1)
    assert agent.calls == 1
    await call.hang_up()
    await pbx.received("BYE")
    await until(lambda: agent._core.is_idle)
