"""``gateway check``: everything that can be wrong before the first call, each in plain words."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.practice.loader import ProfileError, load_profile
from gateway.speech import model_store

ENDPOINT_DEADLINE_S = 5.0
LEAST_FREE_BYTES = 1_000_000_000
"""About a week of recordings of a small practice."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``problem`` is None when it is well."""

    subject: str
    problem: str | None = None


def run_checks() -> int:
    """Print what is well and what is not; return 0 when everything is."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return fail(f"WRONG  settings: {error}")
    problems = 0
    for check in CHECKS:
        for finding in check(settings):
            problems += finding.problem is not None
            print(f"WRONG  {finding.subject}: {finding.problem}" if finding.problem else f"ok     {finding.subject}")
    if problems:
        return fail(f"{problems} of these must be put right." if problems > 1 else "One of these must be put right.")
    print("The gateway can start.")
    return 0


def check_profile(settings: Settings) -> Iterator[Finding]:
    """Read the practice profile."""
    subject = f"practice profile {settings.practice_profile}"
    try:
        load_profile(settings.practice_profile)
    except ProfileError as error:
        yield Finding(subject, str(error))
    else:
        yield Finding(subject)


def check_models(settings: Settings) -> Iterator[Finding]:
    """Hash the embedded models, where they are used."""
    if not settings.starts_speech_server:
        return
    problems = model_store.verify(settings.cache_dir)
    if not problems:
        yield Finding("embedded models")
    for problem in problems:
        yield Finding("embedded models", f"{problem} `gateway models pull` fetches them.")


def check_ports(settings: Settings) -> Iterator[Finding]:
    """Bind what the gateway will bind."""
    yield _bind("SIP, UDP", socket.SOCK_DGRAM, settings.sip_host, settings.sip_port)
    yield _bind("HTTP, TCP", socket.SOCK_STREAM, settings.http_host, settings.http_port)
    if settings.starts_speech_server:
        yield _bind("speech server, TCP", socket.SOCK_STREAM, settings.speech_host, settings.speech_port)
    yield _bind("first RTP port, UDP", socket.SOCK_DGRAM, settings.sip_host, settings.rtp_port_min)


def check_folders(settings: Settings) -> Iterator[Finding]:
    """Look whether there is room to write."""
    for name, folder in (("DATA_DIR", settings.data_dir), ("CACHE_DIR", settings.cache_dir)):
        existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            yield Finding(f"{name} {folder}", f"{existing} is not a folder that can be written to.")
        elif (free := shutil.disk_usage(existing).free) < LEAST_FREE_BYTES:
            yield Finding(f"{name} {folder}", f"only {free // 1_000_000} MB are free.")
        else:
            yield Finding(f"{name} {folder}")


def check_endpoints(settings: Settings) -> Iterator[Finding]:
    """Ask every configured endpoint for any answer at all."""
    for name, url in (
        ("ASR_ENDPOINT", settings.asr_endpoint),
        ("TTS_ENDPOINT", settings.tts_endpoint),
        ("NEXTJS_ACTION_ENDPOINT", settings.nextjs_action_endpoint),
    ):
        if url is None:
            continue
        try:
            httpx.request("OPTIONS", str(url), timeout=ENDPOINT_DEADLINE_S)
        except httpx.HTTPError as error:
            yield Finding(f"{name} {url.host}", f"does not answer: {error or type(error).__name__}.")
        else:
            yield Finding(f"{name} {url.host}")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_profile,
    check_models,
    check_folders,
    check_ports,
    check_endpoints,
)


def _bind(what: str, kind: socket.SocketKind, host: str, port: int) -> Finding:
    subject = f"{what} {host}:{port}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding(subject, f"{error.strerror}. Is the gateway running already?")
    return Finding(subject)
