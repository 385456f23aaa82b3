"""Which trunk a request came by, and who is let in."""

import pytest
from sip_fixtures import invite, request, respond

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.admission.request_policy import Admitted, Dropped
from gateway.telephony.authentication.digest import DigestClient
from gateway.telephony.messages.message import parse_message
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.session_parameters import Credentials, ExtensionMode
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_policy import TrunkPolicy
from gateway.telephony.trunks.trunk_profile import TrunkProfile

PBX, OFFICE, STRANGER, SERVER = (Hop(f"192.0.2.{last}", 5060) for last in (9, 20, 66, 40))


def trunk(trunk_id, *, challenge=None, **fields):
    if "servers" not in fields:
        fields.setdefault("allowed", ["192.0.2.9/32"])
    profile = TrunkProfile.model_validate({"id": trunk_id, **fields})
    return Trunk(profile, tuple(parse_uri(server) for server in profile.servers), challenge=challenge)


def judge(policy, data, source=PBX, now=0.0):
    return policy.judge(parse_message(data), source, now)


def test_a_trunk_is_known_by_the_networks_that_it_allows():
    policy = TrunkPolicy([trunk("pbx", allowed=["192.0.2.0/28", "2001:db8::/64"])])
    for host in ("192.0.2.9", "::ffff:192.0.2.9", "2001:db8::5"):
        assert judge(policy, invite(), Hop(host, 5060)).trunk == "pbx"
    for host in ("192.0.2.16", "2001:db9::5"):
        assert isinstance(judge(policy, invite(), Hop(host, 5060)), Dropped)
        assert not policy.hears(host)


def test_and_by_its_servers_as_they_are_looked_up():
    policy = TrunkPolicy([trunk("provider", servers=["sip:sip.provider.example"])])
    assert not policy.hears(SERVER.host)
    policy.set_servers("provider", [SERVER.host])
    assert judge(policy, invite(), SERVER).trunk == "provider"
    assert policy.trusts(SERVER.host)
    policy.set_servers("provider", ["192.0.2.41"])
    assert isinstance(judge(policy, invite(), SERVER), Dropped)
    assert not policy.trusts(SERVER.host)


def test_who_may_call_by_address_alone_is_trusted_and_who_needs_a_password_is_not():
    policy = TrunkPolicy([trunk("pbx"), trunk("office", allowed=["192.0.2.20"], challenge=Credentials("a", "b"))])
    assert policy.hears(PBX.host)
    assert policy.trusts(PBX.host)
    assert policy.hears(OFFICE.host)
    assert not policy.trusts(OFFICE.host)


def test_a_trunks_own_server_is_trusted_though_its_calls_need_a_password():
    policy = TrunkPolicy([trunk("provider", servers=["sip:sip.provider.example"], challenge=Credentials("a", "b"))])
    policy.set_servers("provider", [SERVER.host])
    assert policy.trusts(SERVER.host)
    assert judge(policy, invite(), SERVER).status == 401


def test_a_trunk_says_how_its_calls_are_held_and_whether_it_is_believed():
    policy = TrunkPolicy([trunk("pbx", session_timer="required", min_se_s="120", trust_asserted_identity="no")])
    admitted = judge(policy, invite())
    assert isinstance(admitted, Admitted)
    assert admitted.parameters.session_timer is ExtensionMode.REQUIRED
    assert admitted.parameters.min_se_s == 120
    assert not admitted.trusts_identity


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:account-2@192.0.2.1", "second"),
        ("sip:+41441234570@192.0.2.1", "third"),
        ("sip:0441234570@192.0.2.1;user=phone", "third"),
        ("sip:+41449999999@192.0.2.1", "first"),
    ],
)
def test_trunks_that_share_a_source_are_told_apart_by_the_called_account_or_number(uri, expected):
    policy = TrunkPolicy(
        [
            trunk("first"),
            trunk("second", username="account-2", password_env="X"),
            trunk("third", identity={"number": "+41441234570"}),
        ]
    )
    assert judge(policy, invite(uri=uri)).trunk == expected


OFFICE_LOGIN = Credentials("office", "long and secret", "practice")


@pytest.fixture
def policy():
    office = trunk(
        "office",
        allowed=["0.0.0.0/0"],
        challenge=OFFICE_LOGIN,
    )
    return TrunkPolicy([trunk("pbx"), office])


def answer(refusal, credentials, source=OFFICE, **fields):
    """Return the INVITE that answers the challenge in ``refusal``."""
    client, first = DigestClient(credentials), parse_message(invite(**fields))
    headers = tuple(f"{name}: {value}" for name, value in refusal.headers)
    assert client.challenged(first, parse_message(respond(first, 401, headers=headers)))
    client.authorise(first)
    return first


def test_a_trunk_that_challenges_lets_in_who_knows_the_password(policy):
    refusal = judge(policy, invite(), OFFICE)
    assert (refusal.status, len(refusal.headers)) == (401, 2)
    admitted = policy.judge(answer(refusal, OFFICE_LOGIN), OFFICE, 1.0)
    assert admitted.trunk == "office"


@pytest.mark.parametrize("credentials", [Credentials("office", "guess"), Credentials("admin", "long and secret")])
def test_who_does_not_is_challenged_again_and_learns_nothing(policy, credentials):
    first = judge(policy, invite(), OFFICE)
    again = policy.judge(answer(first, credentials), OFFICE, 1.0)
    assert isinstance(again, Refusal)
    assert [(name, value.replace(nonce(value), "")) for name, value in again.headers] == [
        (name, value.replace(nonce(value), "")) for name, value in first.headers
    ]


def nonce(value):
    return value.partition('nonce="')[2].partition('"')[0]


def test_an_old_answer_is_called_stale(policy):
    message = answer(judge(policy, invite(), OFFICE), OFFICE_LOGIN)
    verdict = policy.judge(message, OFFICE, 10_000.0)
    assert "stale=true" in verdict.headers[0][1]


def test_pings_need_no_password(policy):
    assert judge(policy, request("OPTIONS"), OFFICE).trunk == "office"


def test_a_trunk_known_by_its_address_is_not_challenged_beside_one_that_takes_any(policy):
    assert judge(policy, invite(), PBX).trunk == "pbx"


def test_of_trunks_that_share_a_source_the_narrower_network_counts_whatever_their_order():
    anywhere = trunk("anywhere", allowed=["0.0.0.0/0"], challenge=OFFICE_LOGIN)
    region = trunk("region", allowed=["192.0.2.0/24"])
    provider = trunk("provider", servers=["sip:sip.provider.example"])
    policy = TrunkPolicy([anywhere, region, trunk("pbx"), provider])
    policy.set_servers("provider", [SERVER.host])
    assert judge(policy, invite(), PBX).trunk == "pbx"
    assert judge(policy, invite(), OFFICE).trunk == "region"
    assert judge(policy, invite(), SERVER).trunk == "provider"
    assert judge(policy, invite(), Hop("198.51.100.1", 5060)).status == 401


@pytest.mark.parametrize("login", ["north", "south"])
def test_who_may_be_one_of_several_is_asked_in_each_realm(login):
    logins = {name: Credentials(name, f"secret of {name}", f"realm of {name}") for name in ("north", "south")}
    trunks = [trunk(name, allowed=["0.0.0.0/0"], challenge=logins[name]) for name in logins]
    policy = TrunkPolicy(trunks)
    refusal = judge(policy, invite(), OFFICE)
    assert len(refusal.headers) == 4
    assert policy.judge(answer(refusal, logins[login]), OFFICE, 1.0).trunk == login
    wrong = Credentials(login, "guess", logins[login].realm)
    assert policy.judge(answer(refusal, wrong), OFFICE, 1.0).status == 401


def test_a_login_counts_only_where_its_trunk_may_be():
    near = trunk("near", challenge=Credentials("near", "one", "practice"))
    far = trunk("far", allowed=["192.0.2.20/32"], challenge=Credentials("far", "two", "practice"))
    policy = TrunkPolicy([near, far])
    refusal = judge(policy, invite(), OFFICE)
    assert isinstance(policy.judge(answer(refusal, Credentials("near", "one")), OFFICE, 1.0), Dropped)
    refusal = judge(policy, invite(), OFFICE)
    assert policy.judge(answer(refusal, Credentials("far", "two")), OFFICE, 1.0).trunk == "far"
