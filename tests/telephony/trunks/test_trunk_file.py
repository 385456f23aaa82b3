"""The trunks file is read whole, and every mistake is told with its line and key."""

import ipaddress
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Settings
from gateway.media.parameters import Codec
from gateway.practice.loader import load_profile
from gateway.telephony.network.listener import Listener, TlsFiles
from gateway.telephony.sessions import media_policy
from gateway.telephony.sessions.media_policy import MediaPolicy, SrtpMode
from gateway.telephony.sessions.session_parameters import Credentials, ExtensionMode
from gateway.telephony.trunks.trunk import server_authorities
from gateway.telephony.trunks.trunk_file import (
    TrunkFileError,
    TrunkPlan,
    implied_trunk,
    load_trunks,
    plan_from_settings,
)
from gateway.telephony.trunks.trunk_profile import TrunkProfile, TrunksProfile
from gateway.telephony.trunks.trunk_schema import trunks_schema

FOLDER = Path(__file__).parents[3] / "dialplan" / "trunks"
EXAMPLE = FOLDER / "example.yaml"
SECRETS = {"LINE_PASSWORD": "p:ässwörd", "OFFICE_PASSWORD": "o"}

WHOLE = """\
listeners:
  - {transport: tls, host: "::1", port: 0, certificate: cert.pem, key: key.pem}
  - host: 192.0.2.7
    stun: stun.example.net:3479
trunks:
  - id: provider
    servers: ["sip:sip.provider.example", "sips:backup.provider.example:5071"]
    allowed: [198.51.100.0/24, 203.0.113.5]
    username: line
    password_env: LINE_PASSWORD
    realm: provider.example
    registration: {}
    identity: {number: "+41441234560", number_format: "00"}
    session_timer: off
    reliable_provisional: required
    options_interval_s: 0
    practice: seepark
  - id: office
    allowed: [192.0.2.0/24]
    challenge:
      username: office
      password_file: office.secret
"""


def write(tmp_path, text=WHOLE):
    for name, content in (("cert.pem", "-"), ("key.pem", "-"), ("office.secret", "  top secret \nsecond line\n")):
        (tmp_path / name).write_text(content)
    path = tmp_path / "trunks.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(tmp_path, text, environment=SECRETS):
    with pytest.raises(TrunkFileError) as raised:
        load_trunks(write(tmp_path, text), environment)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


def test_everything_in_the_file_arrives(tmp_path):
    plan = load_trunks(write(tmp_path), SECRETS)
    assert plan.listeners == (
        Listener("::1", 0, "TLS", TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")),
        Listener("192.0.2.7", 5060, stun_server="stun.example.net:3479"),
    )
    provider, office = plan.trunks
    assert [str(server) for server in provider.servers] == [
        "sip:sip.provider.example",
        "sips:backup.provider.example:5071",
    ]
    assert provider.credentials == Credentials("line", "p:ässwörd", "provider.example")
    assert str(provider.registrar) == "sip:sip.provider.example"
    assert (provider.domain, provider.contact_user) == ("sip.provider.example", "line")
    assert provider.profile.allowed == (ipaddress.ip_network("198.51.100.0/24"), ipaddress.ip_network("203.0.113.5"))
    assert provider.parameters.session_timer is ExtensionMode.OFF
    assert provider.parameters.reliable_provisional is ExtensionMode.REQUIRED
    assert provider.parameters.credentials == provider.credentials
    assert office.challenge == Credentials("office", "top secret", "gateway")
    assert (office.registrar, office.domain, office.credentials) == (None, None, None)
    assert plan.practices == {"provider": "seepark"}
    assert plan.media_host == "::"


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7", "192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7", "192.0.2.8"], "0.0.0.0"),
        (["2001:db8::1", "2001:db8::2"], "::"),
        (["0.0.0.0", "::"], "::"),
    ],
)
def test_sound_is_received_wherever_calls_are(hosts, expected):
    assert TrunkPlan(tuple(Listener(host, 5060) for host in hosts), ()).media_host == expected


def test_codecs_and_encryption_are_each_trunks_own(tmp_path):
    text = WHOLE.replace("session_timer: off", "codecs: [Opus, g722, PCMA]\n    srtp: required")
    provider, office = load_trunks(write(tmp_path, text), SECRETS).trunks
    codecs = (Codec.OPUS, Codec.G722, Codec.PCMA)
    assert provider.parameters.media == MediaPolicy(answered=codecs, offered=codecs, srtp=SrtpMode.REQUIRED)
    assert office.parameters.media == MediaPolicy()
    assert office.parameters.media.srtp is SrtpMode.OFF


def test_a_codec_that_the_machine_lacks_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(media_policy, "available_codecs", lambda: frozenset({Codec.PCMA}))
    media_policy.usable.cache_clear()
    text = WHOLE.replace("session_timer: off", "codecs: [PCMA, opus]")
    (problem,) = problems(tmp_path, text)
    media_policy.usable.cache_clear()
    assert problem.endswith(":14: trunks[0].codecs: this machine does not have opus; for opus it needs libopus")


def test_a_provider_may_have_another_user_name_for_the_password(tmp_path):
    text = WHOLE.replace("username: line", "username: line\n    auth_username: a123")
    provider = load_trunks(write(tmp_path, text), SECRETS).trunks[0]
    assert provider.credentials.username == "a123"
    assert (provider.profile.username, provider.contact_user) == ("line", "line")


AUTHORITIES = """\
trunks:
  - {id: a, servers: ["sips:sip.a.example", "sips:sip.shared.example"], server_ca: a.pem}
  - {id: b, servers: ["sips:sip.b.example", "sips:SIP.Shared.example"], server_ca: %s}
  - {id: c, servers: ["sips:sip.c.example"]}
"""


def test_each_trunk_may_name_the_authorities_of_its_servers_and_needs_no_tls_listener(tmp_path):
    (tmp_path / "a.pem").write_text("-")
    plan = load_trunks(write(tmp_path, AUTHORITIES % "a.pem"), {})
    hosts = ["sip.a.example", "sip.shared.example", "sip.b.example"]
    assert server_authorities(plan.trunks) == dict.fromkeys(hosts, tmp_path / "a.pem")


def test_trunks_that_share_a_server_share_its_authorities(tmp_path):
    (tmp_path / "a.pem").write_text("-")
    (tmp_path / "b.pem").write_text("-")
    (problem,) = problems(tmp_path, AUTHORITIES % "b.pem")
    assert problem.endswith(":3: trunks[1].server_ca: trunks[0] has another file for the server sip.shared.example")


def test_passwords_do_not_show_in_a_traceback(tmp_path):
    shown = repr(load_trunks(write(tmp_path), SECRETS))
    assert "p:ässwörd" not in shown
    assert "top secret" not in shown


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: office", "id: Office", ":18: trunks[1].id: 'Office' is not an id of small letters"),
        ("id: office", "id: provider", ":18: trunks[1].id: 'provider' stands in trunks[0] already"),
        ("sip:sip.provider", "sip.provider", ":7: trunks[0].servers: 'sip.provider.example' is not a SIP"),
        ("sip:sip.provider.example", "sip:sip.provider.example;transport=sctp", "its transport is none of UDP"),
        ("198.51.100.0/24", "198.51.100.1/24", ":8: trunks[0].allowed: '198.51.100.1/24' is not a network"),
        ("password_env: LINE_PASSWORD", "password: x", ":10: trunks[0].password: is not a known key; did "
         "you mean password_env?"),
        ("    realm:", "    server_ca: ca.pem\n    realm:", ":11: trunks[0].server_ca: {folder}/ca.pem cannot be read"),
        ("  - id: office", "  - id: office\n    server_ca: cert.pem", ":18: trunks[1]: server_ca belongs to a trunk"),
        ("LINE_PASSWORD", "LINE", ":10: trunks[0].password_env: the environment variable LINE is not set"),
        ("LINE_PASSWORD", "'$LINE'", ":10: trunks[0].password_env: '$LINE' is not the name of an"),
        ("    password_env: LINE_PASSWORD\n", "", ":6: trunks[0]: a username needs password_env or"),
        ("    username: line\n", "", ":6: trunks[0]: a password needs a username"),
        ("    username: line\n    password_env: LINE_PASSWORD\n", "", "registration needs a username and its"),
        ("username: line", 'username: "a b"', ":9: trunks[0].username: 'a b' is not a SIP user name"),
        ("office.secret", "none.secret", ":22: trunks[1].challenge.password_file: {folder}/none.secret "
         "cannot be read: No such file or directory"),
        ("office.secret", "cert.empty", ":22: trunks[1].challenge.password_file: "),
        ("    allowed: [192.0.2.0/24]\n", "", ":18: trunks[1]: needs servers, or the networks in allowed"),
        ("certificate: cert.pem, ", "", ":2: listeners[0]: a tls listener needs certificate and key"),
        ("cert.pem", "none.pem", ":2: listeners[0].certificate: {folder}/none.pem cannot be read"),
        ("transport: tls", "transport: sctp", ":2: listeners[0].transport: 'sctp' is not one of 'udp'"),
        ("transport: tls", "transport: tcp", ":2: listeners[0]: certificate, key, client_ca and server_ca "
         "belong to a tls"),
        ("192.0.2.7", "host.example", ":3: listeners[1].host: 'host.example' is not an IP address"),
        ("port: 0", "port: 70000", ":2: listeners[0].port: has to be at most 65535"),
        ("stun.example.net:3479", "stun:x", ":4: listeners[1].stun: 'stun:x' is not a host or host:port"),
        ("    stun: stun.example.net:3479", "  - host: 192.0.2.7", ":4: listeners[2]: the same"),
        ('number_format: "00"', "number_format: national2", ":13: trunks[0].identity.number_format: "),
        ("+41441234560", "0441234560", ":13: trunks[0].identity.number: '0441234560' is not a number in"),
        ("session_timer: off", "srtp: always", ":14: trunks[0].srtp: 'always' is not one of 'off', 'preferred' or"),
        ("session_timer: off", "codecs: []", ":14: trunks[0].codecs: needs at least 1 entry"),
        ("session_timer: off", "codecs: PCMA", ":14: trunks[0].codecs: has to be a list"),
        ("session_timer: off", "codecs: [PCMA, G729]", ":14: trunks[0].codecs[1]: 'G729' is not one of 'PCMA', 'PCMU'"),
        ("session_timer: off", "codecs: [PCMA, pcma]", ":14: trunks[0].codecs: PCMA stands in it twice"),
        ("session_timer: off", "session_timer: maybe", ":14: trunks[0].session_timer: 'maybe' is not one of"),
        ("registration: {}", "registration: {expires_s: 5}", ":12: trunks[0].registration.expires_s: has to "
         "be at least 60"),
        ("registration: {}", 'registration: {registrar: "sip:a@b"}', "has to name a domain without a user"),
        ("registration: {}", "registration: yes", ":12: trunks[0].registration: has to be a mapping"),
        ("options_interval_s: 0", "options_interval_s: often", ":16: trunks[0].options_interval_s: has to be "
         "a whole number"),
        ("session_timer: off", "session_expires_s: 100\n    min_se_s: 200", "min_se_s has to be at most"),
        ("username: line\n    password_env: LINE_PASSWORD", "auth_username: line", "auth_username needs a username"),
        ("id: office", "id: office\n    challenge: {username: o, password_env: LINE_PASSWORD}\n  - id: other\n"
         "    challenge: {username: o, password_env: LINE_PASSWORD}\n    allowed: [192.0.2.0/24]\n  - id: third",
         ":21: trunks[2].challenge.username: 'o' is the login of trunks[1] already"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_key(tmp_path, old, new, expected):
    assert old in WHOLE
    (tmp_path / "cert.empty").write_text("\n")
    found = problems(tmp_path, WHOLE.replace(old, new, 1))
    assert any(expected.format(folder=tmp_path) in problem for problem in found), found


def test_all_missing_passwords_are_told_at_once(tmp_path):
    text = WHOLE.replace("password_file: office.secret", "password_env: OFFICE_PASSWORD")
    assert len(problems(tmp_path, text, {})) == 2


@pytest.mark.parametrize("text", ["", "trunks: []", "trunks:", "- a", "listeners: []"])
def test_a_file_without_a_trunk_is_told(tmp_path, text):
    assert problems(tmp_path, text)


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path):
    with pytest.raises(TrunkFileError, match=r"none\.yaml: the trunks file cannot be read: No such file"):
        load_trunks(tmp_path / "none.yaml", {})


@given(st.integers(min_value=0, max_value=120), st.sampled_from(["", "x", "- x", "  ", "x: y", "]", '"', "    id: a"]))
def test_a_spoiled_line_of_the_example_never_breaks_the_loader(tmp_path_factory, number, spoiled):
    lines = EXAMPLE.read_text("utf-8").splitlines()
    lines[number % len(lines)] = spoiled
    path = tmp_path_factory.getbasetemp() / "spoiled-trunks.yaml"
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(TrunkFileError) as raised:  # at least the password is missing
        load_trunks(path, {})
    assert raised.value.problems


def test_the_example_can_be_used_also_with_everything_that_is_commented_out(tmp_path):
    secrets = {"SIP_PROVIDER_PASSWORD": "a", "SIP_BRANCH_PASSWORD": "b"}
    plan = load_trunks(EXAMPLE, secrets)
    assert [trunk.id for trunk in plan.trunks] == ["provider", "pbx"]
    assert plan.practices["provider"] == load_profile(FOLDER.parent / "practices" / "example.yaml").id
    text = re.sub(r"^( *)# (- |  )", r"\1\2", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    (tmp_path / "tls").mkdir()
    for name in re.findall(r"\btls/([a-z-]+\.pem)", text):
        (tmp_path / "tls" / name).write_text("-")
    (tmp_path / "all.yaml").write_text(text)
    plan = load_trunks(tmp_path / "all.yaml", secrets)
    assert [trunk.id for trunk in plan.trunks] == ["provider", "pbx", "branch"]
    assert [listener.transport for listener in plan.listeners] == ["UDP", "TCP", "TLS"]


def test_the_example_names_every_key(tmp_path):
    text = EXAMPLE.read_text("utf-8")
    for model in (TrunksProfile, TrunkProfile):
        for name in model.model_fields:
            assert re.search(rf"\b{name}:", text), name
    assert set(yaml.safe_load(text)) == {"listeners", "trunks"}


def test_the_schema_beside_the_example_is_that_of_the_code():
    assert (FOLDER / "trunks.schema.json").read_text("utf-8") == trunks_schema()


def test_without_a_file_the_settings_stand_for_one_trunk(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = Settings(sip_host="127.0.0.2", sip_port=5070, sip_allowed="192.0.2.0/24", advertised_address="192.0.2.1")
    plan = plan_from_settings(settings)
    assert plan.listeners == (Listener("127.0.0.2", 5070, advertised_address="192.0.2.1"),)
    assert plan.trunks == (implied_trunk((ipaddress.ip_network("192.0.2.0/24"),)),)
    assert plan.media_host == "127.0.0.2"


def test_a_file_without_listeners_uses_those_of_the_settings_and_passwords_of_dotenv(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LINE_PASSWORD='from .env'\n")
    text = WHOLE[WHOLE.index("trunks:") :]
    plan = plan_from_settings(Settings(sip_trunks=write(tmp_path, text), sip_port=5070))
    assert plan.listeners == (Listener("127.0.0.1", 5070),)
    assert plan.trunks[0].credentials.password == "from .env"
    monkeypatch.setenv("LINE_PASSWORD", "from the environment")
    plan = plan_from_settings(Settings(sip_trunks=tmp_path / "trunks.yaml"))
    assert plan.trunks[0].credentials.password == "from the environment"
