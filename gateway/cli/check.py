"""``gateway check``: everything that can be wrong before the first call, each in plain words."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import httpx

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.practice.directory import PracticeDirectory, load_profiles
from gateway.practice.loader import ProfileError
from gateway.speech import model_store
from gateway.speech.manifest import WHISPER_BASE
from gateway.speech.models.errors import ModelStoreError
from gateway.speech.models.find import find_model
from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.uri import host_port
from gateway.telephony.network.server_location import ServerLocator, reach_of
from gateway.telephony.network.tls import ClientContexts, TlsContexts
from gateway.telephony.trunks.trunk import server_authorities
from gateway.telephony.trunks.trunk_file import TrunkFileError, TrunkPlan, plan_from_settings
from gateway.transfer.target_check import check_targets

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


def check_profiles(settings: Settings) -> Iterator[Finding]:
    """Read the practice profiles."""
    subject = f"practice profile {', '.join(map(str, settings.practice_profile))}"
    try:
        profiles = load_profiles(settings.practice_profile)
    except ProfileError as error:
        yield Finding(subject, str(error))
        return
    yield Finding(subject)
    plan = _plan(settings)
    if plan is None:
        return
    try:
        PracticeDirectory(profiles, plan.practices)
    except ProfileError as error:
        yield Finding("practices of trunks", str(error))
    try:
        check_targets(profiles, [trunk.id for trunk in plan.trunks])
    except ProfileError as error:
        yield Finding("transfer targets", str(error))


def check_trunks(settings: Settings) -> Iterator[Finding]:
    """Read the trunks file with its passwords and certificates, and look up every server."""
    if settings.sip_trunks is None:
        return
    subject = f"trunks file {settings.sip_trunks}"
    try:
        plan = plan_from_settings(settings)
    except (TrunkFileError, ConfigurationError) as error:
        yield Finding(subject, str(error))
        return
    yield Finding(subject)
    for listener in plan.listeners:
        if listener.tls is not None:
            certificate = f"certificate of {host_port(listener.host, listener.port)}"
            yield _read_tls(certificate, partial(TlsContexts, listener.tls))
    for trunk in plan.trunks:
        if trunk.server_ca is not None:
            yield _read_tls(f"authorities of the trunk {trunk.id}", ClientContexts(server_authorities([trunk])).load)
    yield from asyncio.run(_find_servers(plan))


def _read_tls(subject: str, read: Callable[[], object]) -> Finding:
    try:
        read()
    except TelephonyError as error:
        return Finding(subject, f"{error}.")
    return Finding(subject)


async def _find_servers(plan: TrunkPlan) -> list[Finding]:
    locator = ServerLocator(reach_of(plan.listeners))
    findings: list[Finding] = []
    for trunk in plan.trunks:
        for server in trunk.servers:
            try:
                hops = await locator.locate(server)
            except TelephonyError as error:
                findings.append(Finding(f"trunk {trunk.id}, {server}", f"{error}."))
            else:
                found = ", ".join(f"{host_port(hop.host, hop.port)} {hop.transport}" for hop in hops)
                findings.append(Finding(f"trunk {trunk.id}, {server}: {found}"))
    return findings


def _plan(settings: Settings) -> TrunkPlan | None:
    """Return the trunks and listeners; None when ``check_trunks`` tells what is wrong with them."""
    try:
        return plan_from_settings(settings)
    except (TrunkFileError, ConfigurationError):
        return None


def check_models(settings: Settings) -> Iterator[Finding]:
    """Hash the models that are used: the embedded ones, which stand in when others fail, and those of the settings."""
    if not settings.starts_speech_server:
        return
    problems = model_store.verify(settings.cache_dir)
    if not problems:
        yield Finding("embedded models")
    for problem in problems:
        yield Finding("embedded models", f"{problem} `gateway models pull` fetches them.")
    if settings.asr_endpoint is None and settings.asr_model != WHISPER_BASE:
        yield _model(settings, "ASR_MODEL", settings.asr_model, "recognition")
    if settings.tts_endpoint is None and settings.tts_engine == "xtts":
        yield _model(settings, "TTS_MODEL", settings.tts_model, "synthesis")
    if settings.tts_endpoint is None and settings.tts_engine == "piper":
        folder = settings.tts_voices_dir
        missing = None if any(folder.glob("*.onnx")) else f"{folder} holds no voice (*.onnx)."
        yield Finding("TTS_VOICES_DIR", missing)


def _model(settings: Settings, setting: str, name: str, purpose: str) -> Finding:
    """Hash a model of the manifest as the speech server does before it loads it."""
    try:
        find_model(settings.models_dir, settings.cache_dir, name, purpose)
    except ModelStoreError as error:
        return Finding(f"{setting} {name}", str(error))
    return Finding(f"{setting} {name}")


def check_ports(settings: Settings) -> Iterator[Finding]:
    """Bind what the gateway will bind."""
    plan = _plan(settings)
    for listener in plan.listeners if plan is not None else ():
        kind = socket.SOCK_DGRAM if listener.transport == "UDP" else socket.SOCK_STREAM
        yield _bind(f"SIP, {listener.transport}", kind, listener.host, listener.port)
    yield _bind("HTTP, TCP", socket.SOCK_STREAM, settings.http_host, settings.http_port)
    if settings.starts_speech_server:
        yield _bind("speech server, TCP", socket.SOCK_STREAM, settings.speech_host, settings.speech_port)
    if plan is not None:
        yield _bind("first RTP port, UDP", socket.SOCK_DGRAM, plan.media_host, settings.rtp_port_min)


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
    check_profiles,
    check_trunks,
    check_models,
    check_folders,
    check_ports,
    check_endpoints,
)


def _bind(what: str, kind: socket.SocketKind, host: str, port: int) -> Finding:
    subject = f"{what} {host_port(host, port)}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Finding(subject, f"{error.strerror}. Is the gateway running already?")
    return Finding(subject)
