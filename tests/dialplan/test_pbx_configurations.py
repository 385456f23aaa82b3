"""The configurations for Asterisk, FreeSWITCH and Kamailio can be read, and fit the example practice profile."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from gateway.practice.loader import load_profile

ROOT = Path(__file__).resolve().parent.parent.parent
DIALPLAN = ROOT / "dialplan"
PROFILE = load_profile(DIALPLAN / "practices" / "example.yaml")
TARGETS = sorted(target.uri.removeprefix("sip:").partition("@")[0] for target in PROFILE.transfer_targets)
GATEWAY = "192.168.1.20"
TRUNKS = yaml.safe_load((DIALPLAN / "trunks" / "example.yaml").read_text("utf-8"))
(PBX,) = (trunk for trunk in TRUNKS["trunks"] if trunk["id"] == "pbx")

# ---- Asterisk


@dataclass(frozen=True)
class Line:
    section: str
    key: str
    operator: str
    value: str


def read_asterisk(path: Path) -> Iterator[Line]:
    """Yield the settings of an Asterisk configuration file; fail at a line that Asterisk would not read."""
    section = None
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = re.sub(r"(?<!\\);.*", "", raw).strip()
        if not line:
            continue
        if match := re.fullmatch(r"\[([A-Za-z0-9_-]+)\](\([A-Za-z0-9_,!+-]+\))?", line):
            section = match[1]
        elif match := re.fullmatch(r"([A-Za-z0-9_]+)\s*(=>?)\s*(\S.*)", line):
            assert section is not None, f"{path.name}:{number} stands outside of a section"
            yield Line(section, match[1], match[2], match[3])
        else:
            pytest.fail(f"{path.name}:{number} is no setting: {raw!r}")


def pjsip_objects() -> dict[tuple[str, str], dict[str, str]]:
    """Return the options of each object by its section and its type; ``type`` begins a new object."""
    objects: dict[tuple[str, str], dict[str, str]] = {}
    options: dict[str, str] = {}
    for line in read_asterisk(DIALPLAN / "asterisk" / "pjsip.conf"):
        assert line.operator == "=", line
        if line.key == "type":
            options = objects.setdefault((line.section, line.value), {})
        else:
            options[line.key] = line.value
    return objects


# Of each type, the options in use here (https://docs.asterisk.org, res_pjsip).
PJSIP_OPTIONS = {
    "transport": {"protocol", "bind"},
    "endpoint": {
        *("transport", "aors", "context", "disallow", "allow", "dtmf_mode", "send_pai", "trust_id_outbound", "timers"),
        *("timers_sess_expires", "100rel", "direct_media", "rtp_symmetric", "rtcp_mux", "allow_transfer"),
    },
    "aor": {"contact", "qualify_frequency", "qualify_timeout"},
    "identify": {"endpoint", "match"},
}


def test_asterisks_endpoint_is_complete_and_refers_to_what_is_there() -> None:
    objects = pjsip_objects()
    assert {kind for _, kind in objects} == set(PJSIP_OPTIONS)
    for (_, kind), options in objects.items():
        assert set(options) <= PJSIP_OPTIONS[kind]
    endpoint = objects["practice-gateway", "endpoint"]
    assert (endpoint["transport"], "transport") in objects
    assert (endpoint["aors"], "aor") in objects
    assert endpoint["context"] in {line.section for line in read_asterisk(DIALPLAN / "asterisk" / "extensions.conf")}
    assert endpoint["allow"].split(",") == ["g722", "alaw", "ulaw"]
    assert objects["practice-gateway", "identify"] == {"endpoint": "practice-gateway", "match": GATEWAY}
    assert objects["practice-gateway", "aor"]["contact"] == f"sip:{GATEWAY}:5060"


@dataclass
class Step:
    label: str | None
    application: str
    arguments: str


def asterisk_dialplan() -> dict[str, dict[str, list[Step]]]:
    """Return the steps of each extension by context; fail at one that Asterisk would not read."""
    contexts: dict[str, dict[str, list[Step]]] = {}
    steps: list[Step] = []
    for line in read_asterisk(DIALPLAN / "asterisk" / "extensions.conf"):
        extensions = contexts.setdefault(line.section, {})
        assert line.operator == "=>", line
        if line.key == "include":
            extensions[f"include {line.value}"] = []
            continue
        if line.key == "exten":
            pattern, priority, rest = line.value.split(",", 2)
            assert priority == "1", line
            steps = extensions.setdefault(pattern, [])
        else:
            assert line.key == "same", line
            priority, rest = line.value.split(",", 1)
        match = re.fullmatch(r"(?:1|n)(?:\(([a-z]+)\))?", priority)
        assert match is not None, line
        application = re.fullmatch(r"([A-Za-z]+)\((.*)\)", rest)
        assert application is not None, line
        assert rest.count("(") == rest.count(")"), line
        assert rest.count("{") == rest.count("}"), line
        assert rest.count("[") == rest.count("]"), line
        steps.append(Step(match[1], application[1], application[2]))
    return contexts


def test_asterisks_dialplan_leads_every_number_to_the_gateway_and_then_to_the_reception() -> None:
    contexts = asterisk_dialplan()
    for number in PROFILE.numbers:
        national = number.replace("+41", "0")
        assert contexts["practice"][number][0].arguments == "practice-call,${EXTEN},1"
        assert contexts["practice"][national][0].arguments == f"practice-call,{number},1"
    (call,) = contexts["practice-call"].values()
    dialled = [step.arguments for step in call if step.application == "Dial"]
    assert dialled == ["PJSIP/${EXTEN}@practice-gateway,8", "PJSIP/reception,60"]


def test_asterisks_jumps_and_includes_lead_somewhere() -> None:
    contexts = asterisk_dialplan()
    jumps = 0
    for extensions in contexts.values():
        for name, steps in extensions.items():
            if name.startswith("include "):
                assert name.removeprefix("include ") in contexts
            labels = {step.label for step in steps}
            for step in steps:
                if step.application == "GotoIf":
                    assert step.arguments.rpartition("?")[2] in labels
                    jumps += 1
                elif step.application == "Goto":
                    assert step.arguments.split(",")[0] in contexts
                    jumps += 1
                else:
                    assert step.application in ("NoOp", "Dial", "Hangup")
    assert jumps > 3


def test_asterisk_lets_the_gateway_reach_its_transfer_targets() -> None:
    reachable = asterisk_dialplan()["from-practice-gateway"]
    assert set(TARGETS) <= set(reachable)
    for target in TARGETS:
        assert reachable[target][0].arguments == f"PJSIP/{target},60"


# ---- FreeSWITCH


def read_freeswitch(name: str) -> ElementTree.Element:
    root = ElementTree.parse(DIALPLAN / "freeswitch" / name).getroot()
    assert root.tag == "include"
    return root


def matching(root: ElementTree.Element, network: str, number: str) -> list[tuple[str, str]]:
    """Return the actions that FreeSWITCH runs for a call to ``number``: those of the first extension that fits."""
    values = {"network_addr": network, "destination_number": number}
    for extension in root.iter("extension"):
        conditions = extension.findall("condition")
        found = [re.search(one.attrib["expression"], values[one.attrib["field"]]) for one in conditions]
        if all(found):
            last = found[-1]
            assert last is not None
            return [
                (action.attrib["application"], last.expand(action.get("data", "").replace("$1", r"\1")))
                for action in conditions[-1].findall("action")
            ]
    return []


def test_freeswitchs_gateway_is_called_by_its_address() -> None:
    (gateway,) = read_freeswitch("gateway.xml").iter("gateway")
    parameters = {param.attrib["name"]: param.attrib["value"] for param in gateway.iter("param")}
    assert gateway.attrib["name"] == "practice-gateway"
    assert parameters["proxy"] == f"{GATEWAY}:5060"
    assert parameters["register"] == "false"
    assert int(parameters["ping"]) > 0


@pytest.mark.parametrize("number", PROFILE.numbers)
@pytest.mark.parametrize("prefix", ["+41", "0041", "0"])
def test_freeswitchs_dialplan_leads_every_number_to_the_gateway_and_then_to_the_reception(
    number: str, prefix: str
) -> None:
    actions = matching(read_freeswitch("dialplan.xml"), "198.51.100.7", number.replace("+41", prefix))
    bridges = [data for application, data in actions if application == "bridge"]
    assert len(bridges) == 2
    assert bridges[0].endswith(f"sofia/gateway/practice-gateway/{number}")
    assert bridges[1] == "user/reception@${domain_name}"
    assert ("set", "continue_on_fail=true") in actions[: actions.index(("bridge", bridges[0]))]


def test_freeswitch_lets_the_gateway_reach_its_transfer_targets_and_nothing_else() -> None:
    dialplan, transfer = read_freeswitch("dialplan.xml"), read_freeswitch("transfer.xml")
    for target in TARGETS:
        assert ("bridge", f"user/{target}@${{domain_name}}") in matching(dialplan, GATEWAY, target)
        assert ("bridge", f"user/{target}@${{domain_name}}") in matching(transfer, GATEWAY, target)
    for other in (*PROFILE.numbers, "+41900123456", "0900123456", "1"):
        assert matching(dialplan, GATEWAY, other) == [("respond", "403")]
        assert matching(transfer, GATEWAY, other) == []
    (context,) = transfer.iter("context")
    assert ("set", f"force_transfer_context={context.attrib['name']}") in matching(
        dialplan, "198.51.100.7", PROFILE.numbers[0]
    )


# ---- Kamailio


@pytest.mark.parametrize(
    "defines", [(), ("WITH_TLS",), ('GATEWAY_URI="sip:192.168.1.21:5062"', "LISTEN=tcp:192.168.1.10:5062")]
)
def test_kamailio_takes_its_configuration(defines: tuple[str, ...]) -> None:
    program = shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert program is not None, "kamailio is missing; run tools/install_test_peers.sh"
    command = [program, "-c", "-f", str(DIALPLAN / "kamailio" / "kamailio.cfg")]
    for define in defines:
        command += ["-A", define]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    output = checked.stdout + checked.stderr
    assert checked.returncode == 0, output
    assert "config file ok" in output
    assert "WARNING" not in output
    for define in defines:
        assert define != "WITH_TLS" or "tls: 192.168.1.10" in output


def test_the_example_of_trunks_calls_kamailio_where_it_listens() -> None:
    configuration = (DIALPLAN / "kamailio" / "kamailio.cfg").read_text("utf-8")
    listened = re.search(r"#!define LISTEN udp:(\S+)", configuration)
    assert listened is not None
    assert PBX["servers"] == [f"sip:{listened[1]}"]
    assert f'#!define GATEWAY_ADDRESS "{GATEWAY}"' in configuration


def test_kamailio_lets_the_gateway_reach_its_transfer_targets_and_nothing_else() -> None:
    configuration = (DIALPLAN / "kamailio" / "kamailio.cfg").read_text("utf-8")
    route = configuration.partition("route[FROM_GATEWAY] {")[2].partition("\n}")[0]
    assert sorted(re.findall(r'case "(.*?)":', route)) == TARGETS
    assert re.search(r'default:\s+sl_send_reply\("403"', route)
