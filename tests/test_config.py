"""Settings: every default suits one machine, and a bad value is one sentence that names its variable."""

import os
from pathlib import Path

import pytest

from gateway.config import ConfigurationError, Settings, environment, load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_bind_to_loopback_only():
    settings = load_settings()
    assert (settings.sip_host, settings.http_host, settings.speech_host) == ("127.0.0.1",) * 3
    assert settings.starts_speech_server
    assert settings.database_path.parent == settings.data_dir


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIP_PORT", "70000"),
        ("SIP_PORT", "-1"),
        ("SIP_PORT", "sip"),
        ("HTTP_PORT", "80.5"),
        ("SIP_HOST", "localhost"),
        ("HTTP_HOST", "256.1.1.1"),
        ("SPEECH_HOST", "::g"),
        ("ADVERTISED_ADDRESS", "gateway.example"),
        ("SIP_ALLOWED", "10.0.0.0/8, nonsense"),
        ("SIP_ALLOWED", "10.0.0.1/8"),
        ("SIP_MAX_CALLS", "0"),
        ("SIP_MAX_CALLS", "many"),
        ("SIP_BUSY_STATUS", "600"),
        ("SIP_CALLS_PER_SECOND", "0"),
        ("SIP_SOURCE_CALLS_PER_SECOND", "fast"),
        ("MEDIA_TIMEOUT_S", "0"),
        ("VOICE_DETECTOR", "ears"),
        ("MEDIA_WORKERS", "0"),
        ("MEDIA_WORKERS", "65"),
        ("MEDIA_WORKERS", "all"),
        ("MEDIA_CPUS", "4096"),
        ("MEDIA_CPUS", "-1"),
        ("MEDIA_CPUS", "two"),
        ("ASR_ENDPOINT", "speech:8090"),
        ("ASR_ENDPOINT", "ftp://speech"),
        ("TTS_ENDPOINT", "http://"),
        ("NEXTJS_ACTION_ENDPOINT", "not a url"),
        ("SPEECH_THREADS", "-2"),
        ("SPEECH_DRAIN_S", "-1"),
        ("ASR_DEVICE", "gpu"),
        ("ASR_DEVICE", "cuda:0,"),
        ("ASR_COMPUTE_TYPE", "int4"),
        ("TTS_ENGINE", "espeak"),
        ("TTS_DEVICE", "cuda:0,1"),
        ("TTS_ENDPOINT_VOICES", "alloy"),
        ("TTS_ENDPOINT_VOICES", "de="),
        ("TTS_ENDPOINT_VOICES", "rm=alloy"),
        ("TTS_ENDPOINT_VOICES", "de=alloy,de=nova"),
        ("RECORDING", "maybe"),
        ("RECORDING_FORMAT", "mp3"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_is_one_sentence_that_begins_with_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    message = str(raised.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    assert repr(value) in message
    assert "Input should" not in message


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"RTP_PORT_MIN": "20000", "RTP_PORT_MAX": "20010"}, ["RTP_PORT_MIN", "RTP_PORT_MAX", "SIP_MAX_CALLS"]),
        ({"RTP_PORT_MIN": "20000", "RTP_PORT_MAX": "10000"}, ["RTP_PORT_MIN", "RTP_PORT_MAX"]),
        ({"HTTP_HOST": "0.0.0.0"}, ["HTTP_TOKEN", "HTTP_HOST"]),
        ({"SPEECH_HOST": "0.0.0.0"}, ["SPEECH_TOKEN", "SPEECH_HOST"]),
        ({"NEXTJS_ACTION_ENDPOINT": "https://app.example/actions"}, ["NEXTJS_ACTION_SECRET", "NEXTJS_ACTION_ENDPOINT"]),
        ({"NEXTJS_CALENDAR": "true"}, ["NEXTJS_CALENDAR", "NEXTJS_ACTION_ENDPOINT"]),
        ({"NEXTJS_REPORTS": "true"}, ["NEXTJS_REPORTS", "NEXTJS_ACTION_ENDPOINT"]),
    ],
)
def test_values_that_do_not_go_together_are_told_by_their_names(monkeypatch, variables, names):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert all(name in str(raised.value) for name in names)
    assert "\n" not in str(raised.value)


def test_a_secret_is_never_in_a_message_or_a_representation(monkeypatch):
    monkeypatch.setenv("HTTP_TOKEN", "hunter2")
    monkeypatch.setenv("NEXTJS_ACTION_SECRET", "hunter3")
    assert "hunter" not in repr(load_settings())
    monkeypatch.setenv("SIP_PORT", "x")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    error = raised.value
    while error is not None:
        assert "hunter" not in str(error)
        error = error.__cause__ or error.__context__


def test_the_environment_goes_before_the_file_and_empty_values_do_not_count(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("SIP_PORT=5070\nHTTP_PORT=9090\nUNKNOWN=1\n")
    monkeypatch.setenv("SIP_PORT", "5080")
    monkeypatch.setenv("SIP_HOST", "")
    settings = load_settings()
    assert (settings.sip_port, settings.http_port, settings.sip_host) == (5080, 9090, "127.0.0.1")


def test_a_file_that_is_not_text_is_told(tmp_path):
    (tmp_path / ".env").write_bytes(b"SIP_PORT=\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"\.env"):
        load_settings()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path):
    (tmp_path / ".env").write_text("SIP_PORT=5070")
    (tmp_path / ".env").chmod(0)
    with pytest.raises(ConfigurationError, match=r"\.env"):
        load_settings()


@pytest.mark.parametrize(("cores", "workers"), [({0}, 1), ({0, 1}, 1), ({0, 1, 2, 3}, 3)])
def test_a_media_worker_for_each_core_but_one(monkeypatch, cores, workers):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    monkeypatch.setenv("MEDIA_WORKERS", "Auto")
    assert load_settings().media_workers == workers


def test_the_cores_of_the_media_workers_are_read_from_a_list(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    monkeypatch.setenv("MEDIA_WORKERS", "2")
    monkeypatch.setenv("MEDIA_CPUS", "2, 3")
    settings = load_settings()
    assert (settings.media_workers, settings.media_cpus) == (2, (2, 3))


def test_networks_are_read_from_a_list(monkeypatch):
    monkeypatch.setenv("SIP_ALLOWED", "10.0.0.0/8, 2001:db8::/32,192.0.2.7")
    assert [str(network) for network in load_settings().sip_allowed] == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"]


@pytest.mark.parametrize("level", ["INFO", "Info", "info"])
def test_words_count_in_any_case(monkeypatch, level):
    monkeypatch.setenv("LOG_LEVEL", level)
    assert load_settings().log_level == "info"


def test_a_home_directory_is_understood(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", "~/gateway")
    assert load_settings().data_dir == tmp_path / "gateway"


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ("a.yaml", ["a.yaml"]),
        ("a.yaml, folder/b.yaml,", ["a.yaml", "folder/b.yaml"]),
        ("~/a.yaml", [f"{Path.home()}/a.yaml"]),
    ],
)
def test_the_practice_profiles_are_one_file_or_several(monkeypatch, value, paths):
    monkeypatch.setenv("PRACTICE_PROFILE", value)
    assert [str(path) for path in load_settings().practice_profile] == paths


def test_no_practice_profile_at_all_is_told(monkeypatch):
    monkeypatch.setenv("PRACTICE_PROFILE", ",")
    with pytest.raises(ConfigurationError, match="PRACTICE_PROFILE: has to name at least one"):
        load_settings()


def test_the_environment_comes_before_dotenv(monkeypatch):
    Path(".env").write_text("FIRST=from .env\nSECOND=from .env\nEMPTY\n")
    monkeypatch.setenv("FIRST", "from the environment")
    found = environment()
    assert (found["FIRST"], found["SECOND"]) == ("from the environment", "from .env")
    assert "EMPTY" not in found


def test_the_settings_of_speech_are_read_in_small_letters_and_by_language(monkeypatch):
    monkeypatch.setenv("ASR_DEVICE", "CUDA:0,1")
    monkeypatch.setenv("ASR_COMPUTE_TYPE", "INT8_FLOAT16")
    monkeypatch.setenv("TTS_ENGINE", "XTTS")
    monkeypatch.setenv("TTS_ENDPOINT_VOICES", "de=alloy, fr = nova")
    settings = load_settings()
    assert (settings.asr_device, settings.asr_compute_type, settings.tts_engine) == ("cuda:0,1", "int8_float16", "xtts")
    assert settings.tts_endpoint_voices == {"de": "alloy", "fr": "nova"}


@pytest.mark.parametrize(
    "url",
    ["mysql://gateway:hunter2@db/gateway", "postgresql://gateway:hunter2@db", "hunter2", "postgresql://[hunter2/x"],
)
def test_a_database_url_that_cannot_be_used_is_told_without_its_password(monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ConfigurationError, match=r"^DATABASE_URL: ") as raised:
        load_settings()
    assert "hunter" not in str(raised.value)


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"RETENTION_AUDIO_DAYS": "91"}, ("RETENTION_AUDIO_DAYS", "RETENTION_RECORD_DAYS")),
        ({"RETENTION_TRANSCRIPT_DAYS": "30", "RETENTION_RECORD_DAYS": "29"}, ("RETENTION_TRANSCRIPT_DAYS",)),
        ({"RECORDING_KEY": "x", "RECORDING_KEY_FILE": "y"}, ("RECORDING_KEY", "RECORDING_KEY_FILE")),
    ],
)
def test_settings_of_keeping_that_contradict_each_other_are_told(monkeypatch, variables, names):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert all(name in str(raised.value) for name in names)
