"""Settings, read from the environment and from ``.env`` in the working directory.

Every setting has a default that suits one machine on loopback. A value that cannot be used stops the start with one
sentence that names the setting.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.language import LANGUAGES, Language

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Port = Annotated[int, Field(ge=0, le=65535)]


class ConfigurationError(Exception):
    """A setting cannot be used; the message is one sentence that names it."""


def default_cache() -> Path:
    """Return the folder for what can be fetched or made again (XDG Base Directory Specification)."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "practice-gateway"


def split_host_port(text: str) -> tuple[str, int]:
    """Return host and port of ``host:port``, an IPv6 address in brackets; raise ValueError."""
    host, colon, port = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not (colon and host and port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65535):
        raise ValueError("has to be a host and a port such as homer.example.ch:9060 or [2001:db8::1]:9060")
    return host, int(port)


class Settings(BaseSettings):
    """All settings of the gateway; the environment variable is the field's name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    practice_profile: Annotated[tuple[Path, ...], NoDecode, Field(min_length=1)] = (
        Path("dialplan/practices/example.yaml"),
    )
    """The practice profiles (YAML): a file, several separated by commas, or a folder."""

    sip_host: str = "127.0.0.1"
    """Address that the SIP user agent binds to."""
    sip_port: Port = 5060
    """UDP port of the SIP user agent; 0 takes a free one."""
    sip_allowed: Annotated[tuple[Network, ...], NoDecode] = (
        ipaddress.ip_network("127.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )
    """Networks, separated by commas, whose requests are answered; all others are dropped."""
    sip_trunks: Path | None = None
    """The trunks file (YAML); none: SIP_HOST, SIP_PORT and SIP_ALLOWED stand for one trunk."""
    sip_max_calls: Annotated[int, Field(ge=1)] = 50
    """Calls at a time; one more is refused as SIP_BUSY_STATUS says."""
    sip_busy_status: Literal["486", "503"] = "486"
    """486: the practice is busy. 503 with Retry-After: the trunk may try another gateway."""
    sip_calls_per_second: Annotated[int, Field(ge=1)] = 50
    """New calls a second over time, twice as many at once; more are refused with 503 and Retry-After."""
    sip_source_calls_per_second: Annotated[int, Field(ge=1)] = 20
    """The same for each source address."""
    sip_drain_s: Annotated[int, Field(ge=0)] = 0
    """Seconds that running calls may go on after SIGTERM, while new ones are refused with 503; a second one ends it."""
    advertised_address: str | None = None
    """Address for Contact and SDP when it is not the one that the socket is bound to (behind NAT)."""

    sip_trace: bool = True
    """Keep the last SIP messages in memory, secrets masked, for `gateway sip-trace`."""
    sip_trace_mb: Annotated[int, Field(ge=1, le=1024)] = 16
    """Megabytes of memory for them."""
    sip_hep: str | None = None
    """Host and port of a Homer collector (HEP version 3 over UDP) that gets every SIP message, secrets masked."""

    rtp_port_min: Port = 10000
    """Lowest UDP port for RTP."""
    rtp_port_max: Port = 19999
    """Highest UDP port for RTP."""
    media_timeout_s: Annotated[int, Field(ge=1)] = 20
    """Seconds without an RTP packet after which a call counts as lost."""
    voice_detector: Literal["silero", "webrtc"] = "silero"
    """What judges whether a caller speaks: the network `silero`, or `webrtc`, which takes less and hears worse."""
    media_silence: Literal["silence", "comfort_noise"] = "silence"
    """What is sent while nothing is played: `silence`, or `comfort_noise` (RFC 3389 where the peer has it)."""
    media_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that carry the calls' sound, each on a core; `auto`: one for each core but one."""
    media_cpus: Annotated[tuple[Annotated[int, Field(ge=0)], ...], NoDecode] = ()
    """Cores, separated by commas, that the media workers are bound to in turn; none: the system decides."""

    http_host: str = "127.0.0.1"
    """Address of the HTTP API."""
    http_port: Port = 8080
    """Port of the HTTP API; 0 takes a free one."""
    http_token: SecretStr | None = None
    """Bearer token of the HTTP API; needed unless it is bound to loopback."""

    staff_users_file: Path | None = None
    """File with the users of the staff's page, see `gateway staff`; none: `staff-users.json` in DATA_DIR."""
    staff_without_tls: bool = False
    """Let the staff sign in over a network without TLS: whoever is on it can read the passwords."""

    data_dir: Path = Path("data")
    """Folder for the database and the recordings."""
    database_url: SecretStr | None = None
    """PostgreSQL database for the records, such as postgresql://gateway:password@host/gateway; none: SQLite."""
    gateway_name: Annotated[str, Field(min_length=1, max_length=64)] = Field(default_factory=socket.gethostname)
    """Name of this gateway among those that share a PostgreSQL database; the host's name if not given."""
    cache_dir: Path = Field(default_factory=default_cache)
    """Folder for the embedded models and for prompts that were synthesised once."""

    models_dir: Path = Path("models")
    """Folder for the models that `gateway models pull NAME` fetches."""
    asr_endpoint: AnyHttpUrl | None = None
    """Base URL of an OpenAI-compatible server for recognition; none: the gateway starts its own."""
    asr_endpoint_model: str = "whisper-1"
    """What the model is called on ASR_ENDPOINT."""
    asr_api_key: SecretStr | None = None
    """Bearer token of ASR_ENDPOINT, where it wants one."""
    asr_model: str = "whisper-base"
    """Model of the own recognition: `whisper-base`, `faster-whisper-large-v3`, or the folder of a CTranslate2 model."""
    asr_device: str = "auto"
    """Where it runs: `auto`, `cpu`, `cuda`, or numbered cards such as `cuda:0,1`."""
    asr_compute_type: Literal["auto", "int8", "int8_float16", "float16", "float32"] = "auto"
    """Numbers that it computes with; `auto` chooses by the device."""
    tts_endpoint: AnyHttpUrl | None = None
    """Base URL of an OpenAI-compatible server for synthesis; none: the gateway starts its own."""
    tts_endpoint_model: str = "tts-1"
    """What the model is called on TTS_ENDPOINT."""
    tts_endpoint_voices: Annotated[dict[Language, str], NoDecode] = Field(default_factory=dict)
    """Voices on TTS_ENDPOINT by language, such as `de=alloy,fr=nova`; a language without one gets its locale's name."""
    tts_api_key: SecretStr | None = None
    """Bearer token of TTS_ENDPOINT, where it wants one."""
    tts_engine: Literal["pico", "xtts", "piper"] = "pico"
    """What the own synthesis speaks with."""
    tts_model: str = "xtts-v2"
    """XTTS's checkpoint: `xtts-v2`, or the folder of another one."""
    tts_device: str = "auto"
    """Where XTTS runs: `auto`, `cpu`, `cuda`, or one card such as `cuda:1`."""
    tts_speaker: str | None = None
    """Whose voice XTTS speaks with: a WAV file, or one of the checkpoint's speakers."""
    tts_voices_dir: Path = Path("models/piper")
    """Folder with Piper's voices (`.onnx` and `.onnx.json`)."""
    speech_host: str = "127.0.0.1"
    """Address that the own speech server binds to."""
    speech_port: Port = 8090
    """Port of the own speech server; 0 takes a free one."""
    speech_token: SecretStr | None = None
    """Bearer token of the own speech server; needed unless it is bound to loopback."""
    speech_drain_s: Annotated[int, Field(ge=0, le=600)] = 10
    """Seconds that running requests of the speech server may go on after SIGTERM; a second one ends them."""
    speech_threads: Annotated[int, Field(ge=0)] = 0
    """Threads of recognition, which first do several utterances at once; 0 takes the number of cores."""

    llm_endpoint: AnyHttpUrl | None = None
    """Base URL of an OpenAI-compatible server for a language model; none: the rules understand callers alone."""
    llm_model: str | None = None
    """The model's name there; none: the first that the server lists."""
    llm_api_key: SecretStr | None = None
    """Bearer token of that server, where it wants one."""
    llm_deadline_ms: Annotated[int, Field(ge=100, le=10_000)] = 1500
    """Milliseconds in which the model has to have answered within a turn; after that the rules go on without it."""

    nextjs_action_endpoint: AnyHttpUrl | None = None
    """URL that actions are sent to; none: they stay pending."""
    nextjs_action_secret: SecretStr | None = None
    """Secret of the actions' HMAC-SHA256 signature; needed with an endpoint."""
    nextjs_action_secret_previous: SecretStr | None = None
    """The secret before it: while one is being replaced, actions are signed with both."""
    nextjs_reports: bool = False
    """Also send how calls and transfers ended and which messages were recorded: the endpoint has to know these."""
    nextjs_calendar: bool = False
    """Ask the actions' endpoint for free slots and book them while the caller waits: it has to keep a calendar."""
    calendar_deadline_ms: Annotated[int, Field(ge=100, le=10000)] = 2500
    """Milliseconds after which a caller waits no longer for free slots."""
    booking_deadline_ms: Annotated[int, Field(ge=100, le=10000)] = 4000
    """Milliseconds after which a booking that was not answered becomes a request that the practice confirms."""

    recording: bool = True
    """Record calls (announced, and refusable by the caller)."""
    recording_format: Literal["wav", "flac", "opus"] = "wav"
    """What a recording is kept as once its call is over: `flac` keeps all of it in less space, `opus` takes a fifth."""
    recording_key: SecretStr | None = None
    """Keys of age (AGE-SECRET-KEY-1...), separated by commas: recordings are encrypted for the first, read with all."""
    recording_key_file: Path | None = None
    """File with these keys, one a line."""
    retention_audio_days: Annotated[int, Field(ge=1, le=36_500)] = 7
    """Days after a call for which its recording is kept."""
    retention_transcript_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    """Days after a call for which what was said in it is kept."""
    retention_record_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    """Days after a call for which the call itself is kept, with its facts and actions."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Lowest level that is logged."""
    log_format: Literal["auto", "json", "pretty"] = "auto"
    """Logs as JSON lines, as pretty text, or pretty only on a terminal."""

    @field_validator("sip_allowed", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError as error:
            raise ValueError(f"has to be networks such as 192.0.2.0/24, separated by commas ({error})") from error

    @field_validator("sip_host", "http_host", "speech_host", "advertised_address")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ipaddress.ip_address(value)
            except ValueError as error:
                raise ValueError("has to be an IP address such as 127.0.0.1") from error
        return value

    @field_validator("sip_hep")
    @classmethod
    def _is_host_and_port(cls, value: str | None) -> str | None:
        if value is not None:
            split_host_port(value)
        return value

    @field_validator("asr_device")
    @classmethod
    def _is_devices(cls, value: str) -> str:
        if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2}(,\d{1,2})*)?", value):
            raise ValueError("has to be auto, cpu, cuda, or cards such as cuda:0,1")
        return value

    @field_validator("tts_device")
    @classmethod
    def _is_device(cls, value: str) -> str:
        if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2})?", value):
            raise ValueError("has to be auto, cpu, cuda, or a card such as cuda:1")
        return value

    @field_validator("tts_endpoint_voices", mode="before")
    @classmethod
    def _split_voices(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        voices = {language.strip(): voice.strip() for language, _, voice in pairs}
        if not all(voices.values()) or not set(voices) <= set(LANGUAGES) or len(voices) < len(pairs):
            raise ValueError("has to be voices by language such as de=alloy,fr=nova")
        return voices

    @field_validator(
        "log_level",
        "log_format",
        "recording_format",
        "voice_detector",
        "media_silence",
        "asr_device",
        "asr_compute_type",
        "tts_engine",
        "tts_device",
        mode="before",
    )
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("media_workers", mode="before")
    @classmethod
    def _for_each_core(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.strip().lower() == "auto":
            return max(1, len(os.sched_getaffinity(0)) - 1)
        if not value.strip().lstrip("+-").isdecimal():
            raise ValueError("has to be a whole number or auto")
        return value

    @field_validator("media_cpus", mode="before")
    @classmethod
    def _split_numbers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            cores = tuple(int(part) for part in value.split(",") if part.strip())
        except ValueError as error:
            raise ValueError("has to be numbers of cores such as 2,3") from error
        if absent := sorted(set(cores) - os.sched_getaffinity(0)):
            raise ValueError(f"this process may not run on core {absent[0]}")
        return cores

    @field_validator("practice_profile", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        if isinstance(value, Path):
            return (value,)
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("practice_profile")
    @classmethod
    def _all_with_home(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(path.expanduser() for path in value)

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            url = urlsplit(value.get_secret_value().strip())
            if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
                raise ValueError("has to be a URL such as postgresql://gateway:password@db.example.ch/gateway")
        return value

    @field_validator(
        "sip_trunks", "data_dir", "cache_dir", "models_dir", "tts_voices_dir", "recording_key_file", "staff_users_file"
    )
    @classmethod
    def _with_home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value is not None else None

    @model_validator(mode="after")
    def _belongs_together(self) -> Settings:
        if self.rtp_port_max - self.rtp_port_min < 2 * self.sip_max_calls:
            raise ValueError(
                "RTP_PORT_MIN to RTP_PORT_MAX is too narrow: two ports are needed for each of SIP_MAX_CALLS"
            )
        if self.http_token is None and not ipaddress.ip_address(self.http_host).is_loopback:
            raise ValueError("HTTP_TOKEN is needed because HTTP_HOST is not loopback")
        if self.speech_token is None and not ipaddress.ip_address(self.speech_host).is_loopback:
            raise ValueError("SPEECH_TOKEN is needed because SPEECH_HOST is not loopback")
        if self.nextjs_action_endpoint is not None and self.nextjs_action_secret is None:
            raise ValueError("NEXTJS_ACTION_SECRET is needed because NEXTJS_ACTION_ENDPOINT is set")
        if self.nextjs_calendar and self.nextjs_action_endpoint is None:
            raise ValueError("NEXTJS_ACTION_ENDPOINT is needed because NEXTJS_CALENDAR is true")
        if self.nextjs_reports and self.nextjs_action_endpoint is None:
            raise ValueError("NEXTJS_ACTION_ENDPOINT is needed because NEXTJS_REPORTS is true")
        if max(self.retention_audio_days, self.retention_transcript_days) > self.retention_record_days:
            raise ValueError(
                "RETENTION_AUDIO_DAYS and RETENTION_TRANSCRIPT_DAYS cannot be more than RETENTION_RECORD_DAYS, "
                "because recordings and transcripts go with the call"
            )
        if self.recording_key is not None and self.recording_key_file is not None:
            raise ValueError("RECORDING_KEY and RECORDING_KEY_FILE cannot both be set")
        return self

    @property
    def database_path(self) -> Path:
        """The SQLite database."""
        return self.data_dir / "gateway.sqlite3"

    @property
    def recordings_dir(self) -> Path:
        """Where recordings lie."""
        return self.data_dir / "recordings"

    @property
    def staff_users_path(self) -> Path:
        """The file with the users of the staff's page."""
        return self.staff_users_file or self.data_dir / "staff-users.json"

    @property
    def open_dialogs_dir(self) -> Path:
        """Where the calls that are under way are noted, so that they can be ended after a crash."""
        return self.data_dir / "open-dialogs"

    @property
    def starts_speech_server(self) -> bool:
        """Whether the daemon starts a speech server of its own."""
        return self.asr_endpoint is None or self.tts_endpoint is None


_SECRETS = frozenset(
    name
    for name, field in Settings.model_fields.items()
    if SecretStr in (field.annotation, *get_args(field.annotation))
)
"""Settings whose values are in no message."""

# By pydantic's name for the fault; filled with pydantic's own details.
_SENTENCES = {
    "int_parsing": "has to be a whole number",
    "greater_than_equal": "has to be at least {ge}",
    "less_than_equal": "has to be at most {le}",
    "too_short": "has to name at least one",
    "literal_error": "has to be {expected}",
    "bool_parsing": "has to be true or false",
    "url_parsing": "has to be a URL such as http://127.0.0.1:8090",
    "url_scheme": "has to be a URL such as http://127.0.0.1:8090",
    "value_error": "{error}",
}


def environment() -> dict[str, str]:
    """Return the environment's variables, and those of ``.env`` that it does not have; raise ``ConfigurationError``."""
    try:
        written = dotenv_values(".env")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file .env cannot be read: {error}.") from error
    return {name: value for name, value in written.items() if value is not None} | dict(os.environ)


def load_settings() -> Settings:
    """Return the settings of this process; raise ``ConfigurationError`` when one cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        # What pydantic says holds the settings as they were read; only the sentence goes on.
        raise ConfigurationError(_sentence(error.errors(include_url=False)[0])) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file .env cannot be read: {error}.") from error


def _sentence(fault: ErrorDetails) -> str:
    """Return a fault as one sentence that begins with the name of the variable, if it is about one."""
    template = _SENTENCES.get(fault["type"])
    sentence = fault["msg"] if template is None else template.format(**fault.get("ctx", {}))
    if not fault["loc"]:
        return sentence
    if fault["loc"][0] in _SECRETS:
        return f"{str(fault['loc'][0]).upper()}: {sentence}"
    return f"{str(fault['loc'][0]).upper()}: {sentence}, not {fault['input']!r}"
