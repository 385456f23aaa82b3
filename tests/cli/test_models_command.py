"""``gateway models`` against a hub in this test."""

import io
import json
import subprocess
import sys

import pytest
from hub_models import CONTENT, put, small_model
from hub_server import HubServer
from huggingface_hub import close_session, constants
from typer.testing import CliRunner

from gateway.cli import models as command
from gateway.cli.app import app
from gateway.speech import model_store
from gateway.speech.models import hub, inventory
from gateway.speech.models.places import home

OPEN = small_model()
CLOSED = small_model(name="closed", licence="CPML", commercial_use=False, folder="xtts/closed")
GATED = small_model(name="gated", gated=True, folder="llama3/gated")
EMBEDDED = small_model(name="inside", folder="", files=OPEN.files[:2])
MODELS = (EMBEDDED, OPEN, CLOSED, GATED)


@pytest.fixture
def server():
    with HubServer().running() as running:
        yield running
        close_session()


@pytest.fixture
def gateway(tmp_path, server, monkeypatch):
    """Runs the command line in an empty folder, with four models in the manifest."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(hub.ModelHub.__init__, "__defaults__", (server.url, 0))
    monkeypatch.setattr(command, "take_hub_settings", lambda: None)
    for module in (command, inventory):
        monkeypatch.setattr(module, "all_models", lambda: MODELS)
    monkeypatch.setattr(command, "embedded_models", lambda: (EMBEDDED,))
    monkeypatch.setattr(command, "model_called", {model.name: model for model in MODELS}.get)

    def embedded(model, folder, progress):
        put(folder, {file.name: CONTENT[file.name] for file in model.files})

    monkeypatch.setattr(model_store.pull_model, "__defaults__", (lambda line: None, [("here", embedded)]))
    return lambda *arguments: CliRunner().invoke(app, ["models", *arguments])


def states(gateway):
    return {entry["name"]: entry["state"] for entry in json.loads(gateway("list", "--json").stdout)}


def test_pull_without_names_fetches_the_embedded_ones_only(gateway, server):
    assert gateway("pull").exit_code == 0
    assert states(gateway)["inside"] == "verified"
    assert server.requests == []


def test_a_named_model_is_fetched_and_listed_with_its_state(gateway, tmp_path):
    assert states(gateway)["small"] == "missing"
    pulled = gateway("pull", "small")
    assert (pulled.exit_code, pulled.stdout) == (0, "")
    assert "The licence of small (some/small) is: MIT." in pulled.stderr
    assert states(gateway) == {
        "inside": "missing",
        "small": "verified",
        "closed": "missing",
        "gated": "missing",
        "svox-pico": "present",
        "silero-vad": "present",
    }
    table = gateway("list").stdout.splitlines()
    assert table[0].split() == ["MODEL", "FOR", "STATE", "CHECKSUMS", "SIZE", "LICENCE", "WHERE"]
    assert table[2].split() == ["small", "recognition", "verified", "hub", "0", "MB", "MIT", "models/whisper/small"]
    assert "CPML (non-commercial)" in table[3]


@pytest.mark.parametrize("name", ["closed", "gated"])
def test_a_licence_that_has_to_be_accepted_is_not_accepted_by_a_script(gateway, server, name):
    refused = gateway("pull", name)
    assert refused.exit_code == 1
    assert f"--accept-licence {name}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert server.requests == []
    assert gateway("pull", name, "--accept-licence", name).exit_code == 0
    assert states(gateway)[name] == "verified"


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("no\n", 1), ("", 1), ("y\n", 1)])
def test_on_a_terminal_it_is_asked_for(gateway, monkeypatch, answer, code):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert command.pull(["closed"], False, []) == code
    assert states(gateway)["closed"] == ("verified" if code == 0 else "missing")


def test_all_means_all_and_one_that_fails_does_not_keep_the_others_back(gateway):
    pulled = gateway("pull", "--all", "--accept-licence", "gated")
    assert pulled.exit_code == 1
    assert {name for name, state in states(gateway).items() if state == "verified"} == {"inside", "small", "gated"}


def test_a_hub_that_refuses_is_one_sentence(gateway, server):
    server.needed_token = "hf_right"
    refused = gateway("pull", "gated", "--accept-licence", "gated")
    assert refused.exit_code == 1
    assert "set HF_TOKEN" in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize("arguments", [("pull", "other"), ("verify", "other"), ("pull", "--accept-licence", "other")])
def test_an_unknown_name_is_wrong_use_and_names_the_known_ones(gateway, arguments):
    finished = gateway(*arguments)
    assert finished.exit_code == 2
    assert finished.stderr == "There is no model 'other'; there are inside, small, closed, gated.\n"


def test_interrupting_says_how_to_go_on(gateway, monkeypatch):
    def interrupted(self, model, name):
        raise KeyboardInterrupt

    monkeypatch.setattr(hub.ModelHub, "locate", interrupted)
    stopped = gateway("pull", "small")
    assert stopped.exit_code == 130
    assert "`gateway models pull small` goes on where it stopped" in stopped.stderr


def test_verify_looks_at_the_embedded_ones_and_at_all_that_are_there(gateway, tmp_path):
    gateway("pull")
    gateway("pull", "small")
    verified = gateway("verify")
    assert verified.exit_code == 0
    assert verified.stdout == "inside: every file is as it should be.\nsmall: every file is as it should be.\n"
    put(home(tmp_path / "models", OPEN), {"NOTICE": b"other"})
    damaged = gateway("verify")
    assert damaged.exit_code == 1
    assert "NOTICE is not the file" in damaged.stdout
    missing = gateway("verify", "closed")
    assert (missing.exit_code, "run `gateway models pull closed`" in missing.stdout) == (1, True)


def test_verify_says_which_files_nobody_knows_the_checksum_of(gateway, tmp_path):
    put(home(tmp_path / "models", OPEN))
    unknown = gateway("verify", "small")
    assert unknown.exit_code == 1
    assert "No checksum is known for NOTICE" in unknown.stdout


def test_the_hubs_settings_may_stand_in_the_env_file(tmp_path, server, monkeypatch):
    """Its own process: huggingface_hub reads the environment once, when it is imported."""
    server.refusal = (401, "GatedRepo")
    (tmp_path / ".env").write_text(f"HF_ENDPOINT={server.url}\nHF_TOKEN=hf_from_file\n")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    arguments = ["models", "pull", "llama-3-8b-instruct", "--accept-licence", "llama-3-8b-instruct"]
    finished = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 1
    assert f"accept its licence at {server.url}/meta-llama/Meta-Llama-3-8B-Instruct" in finished.stderr
    assert "hf_from_file" not in finished.stderr
    assert {request[3] for request in server.requests} == {"Bearer hf_from_file"}
