"""The daemon: the one place where the parts are wired together, started, watched and stopped, in one order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from importlib.metadata import version

import structlog

from gateway.actions.calendar import Calendar
from gateway.actions.client import EndpointUnusable
from gateway.actions.outbox import Outbox
from gateway.actions.reports import CallReports
from gateway.api.app import Health, PartHealth, PartState, create_app, worst
from gateway.api.conversations import create_conversations_router
from gateway.api.metrics import create_metrics_router
from gateway.api.server import HttpServer, HttpServerError
from gateway.api.sip_trace import create_sip_trace_router
from gateway.api.trunks import TrunkReport, create_trunks_router
from gateway.call_desk import Desk
from gateway.config import ConfigurationError, Settings
from gateway.conversation.assistance import ModelAssistance
from gateway.conversation.call_summary import CallSummariser
from gateway.conversation.conversation import Engines
from gateway.conversation.live_calls import LiveCalls
from gateway.dialogue.phrase import fixed_prompts
from gateway.dialogue.warm_up import warm_up
from gateway.http_line import HttpLine
from gateway.language import Language
from gateway.language_model.http_model import HttpChatModel
from gateway.media.client.media_worker_pool import MediaWorkers
from gateway.media.errors import MediaError
from gateway.media.playout.silence_fill import Silence
from gateway.media.recording.recording_format import RecordingFormat
from gateway.monitoring.disk import disk_space
from gateway.monitoring.gateway_metrics import GatewayMetrics
from gateway.monitoring.part_metrics import Parts
from gateway.monitoring.sampling import Sampler
from gateway.practice.directory import PracticeDirectory, load_profiles
from gateway.practice.loader import ProfileError
from gateway.practice.profile import PracticeProfile
from gateway.reception import Reception
from gateway.recording_archive import RecordingArchive
from gateway.records.address import address_of
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.recording_keys import recording_keys
from gateway.retention import Periods, RetentionJob
from gateway.sip_diagnostics import SipCallIds, SipDiagnostics
from gateway.speech.assembly import SpeechEngines
from gateway.speech.interface import SpeechError
from gateway.speech.model_store import ModelStoreError
from gateway.telephony.admission.call_gate import CallLimits
from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.uri import host_port
from gateway.telephony.recovery.dialog_recovery import DialogRecovery
from gateway.telephony.trunks.trunk_file import TrunkFileError, TrunkPlan, plan_from_settings
from gateway.telephony.user_agent import UserAgent
from gateway.tracing.setup import TracingUnavailable, open_tracing
from gateway.transfer.switchboard import Switchboard
from gateway.transfer.target_check import check_targets
from gateway.trunk_reports import sip_health, trunk_health, trunk_report
from gateway.web.pages import add_pages
from gateway.web.recordings import Recordings
from gateway.web.staff_context import StaffContext
from gateway.web.users import StaffUsers

_log = structlog.get_logger(__name__)

DRAIN_S = 5.0
"""How long the calls that were ended at a stop may take to write their last words."""


_CANNOT_START = (
    TracingUnavailable,
    EndpointUnusable,
    ConfigurationError,
    ProfileError,
    TrunkFileError,
    RecordsError,
    MediaError,
    ModelStoreError,
    SpeechError,
    TelephonyError,
    HttpServerError,
)


class StartError(Exception):
    """The gateway cannot start; the message is one sentence that says why."""


class Daemon:
    """Start, serve, stop. ``stop`` undoes whatever ``start`` came to, also when it failed half-way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = AsyncExitStack()
        self._began = time.monotonic()
        self._practices: PracticeDirectory | None = None
        self._speech = SpeechEngines(settings)
        self._workers: MediaWorkers | None = None
        self._reception: Reception | None = None
        self._user_agent: UserAgent | None = None
        self._http: HttpServer | None = None
        self._http_line: HttpLine | None = None
        self._journal: Journal | None = None
        self._warm = False
        self._draining = False
        self._parts: Parts | None = None
        self._metrics = GatewayMetrics(
            user_agent=lambda: self._user_agent,
            workers=lambda: self._workers.status if self._workers is not None else [],
            parts=lambda: self._parts,
        )

    async def start(self) -> None:
        """Start every part; raise ``StartError`` when the gateway could not take a call."""
        try:
            await self._start()
        except _CANNOT_START as error:
            raise StartError(str(error)) from error
        _log.info(
            "started", sip=list(self.sip_address), http=list(self.http_address), recording=self.settings.recording
        )

    async def _start(self) -> None:
        settings = self.settings
        plan = plan_from_settings(settings)
        practices = self._practices = PracticeDirectory(load_profiles(settings.practice_profile), plan.practices)
        check_targets(practices.profiles, [trunk.id for trunk in plan.trunks])
        keys = recording_keys(settings)
        journal = await Journal.open(address_of(settings))
        self._journal = journal
        self._stack.push_async_callback(journal.close)
        if cut_off := await journal.recover():
            _log.warning("calls_cut_off_by_a_crash", calls=cut_off)
        archive = RecordingArchive(
            journal,
            settings.recordings_dir,
            RecordingFormat(settings.recording_format),
            None if keys is None else keys.recipient,
        )
        await archive.start()
        self._stack.push_async_callback(archive.stop)
        retention = RetentionJob(journal, settings.recordings_dir, Periods.of(settings))
        await retention.start()
        self._stack.push_async_callback(retention.stop)
        if (tracing := open_tracing()) is not None:
            self._stack.push_async_callback(tracing.stop)
        endpoint, secret = settings.nextjs_action_endpoint, settings.nextjs_action_secret
        outbox = Outbox(
            journal,
            str(endpoint) if endpoint else None,
            secret.get_secret_value() if secret else None,
            previous_secret=self._previous_secret(),
            metrics=self._metrics.deliveries,
            traces=None if tracing is None else tracing.deliveries,
        )
        await outbox.start()
        self._stack.push_async_callback(outbox.stop)
        workers = self._workers = MediaWorkers(
            host=plan.media_host,
            port_min=settings.rtp_port_min,
            port_max=settings.rtp_port_max,
            media_timeout_s=settings.media_timeout_s,
            detector=settings.voice_detector,
            silence=Silence(settings.media_silence),
            count=settings.media_workers,
            cpus=settings.media_cpus,
        )
        self._stack.push_async_callback(workers.stop)
        self._stack.push_async_callback(self._speech.stop)
        reading = [asyncio.to_thread(warm_up, profile, datetime.now(profile.zone)) for profile in practices.profiles]
        await asyncio.gather(workers.start(), self._speech.start(), *reading)
        calendar = self._open_calendar()
        model = self._open_language_model()
        live = LiveCalls()
        desk = Desk(
            practices=practices,
            worker=workers,
            engines=Engines(self._speech.recogniser, self._speech.synthesiser),
            journal=journal,
            outbox=outbox,
            recordings=settings.recordings_dir if settings.recording else None,
            clock=datetime.now,
            calendar=calendar,
            booking_deadline_s=settings.booking_deadline_ms / 1000,
            assistance=None if model is None else self._assistance(model),
            summariser=CallSummariser(journal, model),
            reports=await self._open_reports(journal, outbox, practices),
            metrics=self._metrics.calls,
            live=live,
            traces=None if tracing is None else tracing.calls,
            observe_leg=self._metrics.legs.observe,
            keep_recording=archive.put,
        )
        self._watch_parts(journal, archive, retention)
        await self._open_lines(desk, plan, live)
        warming = asyncio.create_task(self._make_prompts(practices.profiles), name="warm-prompts")
        self._stack.push_async_callback(_cancel, warming)

    def _watch_parts(self, journal: Journal, archive: RecordingArchive, retention: RetentionJob) -> None:
        """Let the metrics show how the parts are."""
        parts = self._parts = Parts(
            conversations=self._conversations,
            draining=lambda: self._draining,
            prompts_ready=lambda: self._warm,
            prompts_found=lambda: self._speech.prompts_found,
            records_waiting=lambda: journal.waiting,
            records_away=lambda: journal.away,
            recordings_waiting=lambda: archive.waiting,
            retention_done=lambda: retention.done_at,
            backlog=Sampler("actions", journal.actions.backlog, (RecordsError,)),
            speech=Sampler("speech", self._speech.ready, (SpeechError,)),
            disk=Sampler("disk", lambda: disk_space(self.settings.data_dir), (OSError,)),
            version=version("practice-gateway"),
        )
        for sampler in (parts.backlog, parts.speech, parts.disk):
            sampler.start()
            self._stack.push_async_callback(sampler.stop)

    def _conversations(self) -> dict[str, int]:
        lines = {"sip": self._reception, "http": self._http_line}
        return {name: 0 if line is None else line.calls for name, line in lines.items()}

    def _previous_secret(self) -> str | None:
        secret = self.settings.nextjs_action_secret_previous
        return secret.get_secret_value() if secret else None

    async def _open_reports(self, journal: Journal, outbox: Outbox, practices: PracticeDirectory) -> CallReports | None:
        """Return what reports calls to the practice's application, where it wants that; tell what was missed."""
        if not self.settings.nextjs_reports:
            return None
        reports = CallReports(journal, outbox, {profile.id: profile.languages[0] for profile in practices.profiles})
        if missed := await reports.catch_up(utc_now()):
            _log.info("calls_reported_late", calls=missed)
        return reports

    def _open_calendar(self) -> Calendar | None:
        """Return the practice's calendar, where the actions' endpoint keeps one."""
        settings = self.settings
        endpoint, secret = settings.nextjs_action_endpoint, settings.nextjs_action_secret
        if not settings.nextjs_calendar or endpoint is None or secret is None:
            return None
        deadline_s = settings.calendar_deadline_ms / 1000
        calendar = Calendar(
            str(endpoint), secret.get_secret_value(), previous_secret=self._previous_secret(), deadline_s=deadline_s
        )
        self._stack.push_async_callback(calendar.close)
        return calendar

    def _open_language_model(self) -> HttpChatModel | None:
        """Return the language model, where there is one."""
        settings = self.settings
        if settings.llm_endpoint is None:
            return None
        key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
        model = HttpChatModel(str(settings.llm_endpoint), model=settings.llm_model, api_key=key)
        self._stack.push_async_callback(model.close)
        return model

    def _assistance(self, model: HttpChatModel) -> ModelAssistance:
        deadline_ms = self.settings.llm_deadline_ms
        return ModelAssistance(model, deadline_ms=deadline_ms, metrics=self._metrics.assistance)

    def _staff_context(self, desk: Desk, live: LiveCalls) -> StaffContext:
        settings = self.settings

        async def state() -> PartState:
            return (await self.health()).status

        return StaffContext(
            practices=desk.practices,
            journal=desk.journal,
            live=live,
            users=StaffUsers(settings.staff_users_path),
            recordings=Recordings(settings.recordings_dir, recording_keys(settings)),
            health=state,
            notify_outbox=desk.outbox.notify,
            without_tls=settings.staff_without_tls,
        )

    async def _open_lines(self, desk: Desk, plan: TrunkPlan, live: LiveCalls) -> None:
        settings = self.settings
        token = settings.http_token.get_secret_value() if settings.http_token else None
        diagnostics = await SipDiagnostics.start(settings)
        self._stack.push_async_callback(diagnostics.stop)
        line = self._http_line = HttpLine(desk)
        self._stack.push_async_callback(line.close)
        routers = [
            create_sip_trace_router(diagnostics.store, SipCallIds(desk.journal)),
            create_trunks_router(self._trunk_reports),
            create_metrics_router(self._metrics.registry),
            create_conversations_router(
                line, desk.journal, recordings=settings.recordings_dir, keys=recording_keys(settings)
            ),
        ]
        app = create_app(self.health, ready=self.ready, token=token, routers=routers)
        add_pages(app, self._staff_context(desk, live))
        http = self._http = HttpServer(app, settings.http_host, settings.http_port)
        await http.start()
        self._stack.push_async_callback(http.stop)
        self._stack.callback(live.close)  # before that: what is being watched would keep the server
        reception = self._reception = Reception(desk)
        self._stack.push_async_callback(reception.drain, DRAIN_S)
        recovery = DialogRecovery(settings.open_dialogs_dir)
        await recovery.open()
        self._stack.push_async_callback(recovery.close)
        user_agent = self._user_agent = UserAgent(
            plan.listeners,
            trunks=plan.trunks,
            max_calls=settings.sip_max_calls,
            limits=CallLimits(
                calls_per_second=settings.sip_calls_per_second,
                calls_per_second_per_source=settings.sip_source_calls_per_second,
                busy_status=int(settings.sip_busy_status),
            ),
            on_invite=reception.take,
            tracer=diagnostics.tracer,
            dialog_observer=recovery.keeper,
        )
        reception.switchboard = Switchboard(user_agent, desk.worker, desk.engines.synthesiser, plan.trunks)
        await user_agent.start()
        self._stack.push_async_callback(user_agent.stop)
        credentials = {trunk.id: trunk.credentials for trunk in plan.trunks}
        recovery.end_orphans(user_agent, len(plan.listeners), credentials)

    async def drain(self) -> None:
        """Take no new call, and wait until the running ones have ended, for ``SIP_DRAIN_S`` seconds at most."""
        self._draining = True
        if self._user_agent is None or self._reception is None or not self.settings.sip_drain_s:
            return
        self._user_agent.drain()
        _log.info("draining", calls=self._reception.calls)
        await self._reception.drain(self.settings.sip_drain_s)

    async def stop(self) -> None:
        """End every call, stop every part in the reverse order of the start."""
        await self._stack.aclose()
        _log.info("stopped")

    async def _make_prompts(self, profiles: Sequence[PracticeProfile]) -> None:
        prompts: list[tuple[str, Language]] = [
            (text, language)
            for profile in profiles
            for language in profile.languages
            for text in fixed_prompts(profile, language)
        ]
        made = await self._speech.warm(prompts)
        self._warm = True
        _log.info("prompts_ready", prompts=len(prompts), synthesised=made)

    @property
    def sip_address(self) -> tuple[str, int]:
        """Where SIP is listened for."""
        return self._user_agent.address if self._user_agent else (self.settings.sip_host, self.settings.sip_port)

    @property
    def http_address(self) -> tuple[str, int]:
        """Where HTTP is listened for."""
        return self._http.address if self._http else (self.settings.http_host, self.settings.http_port)

    async def health(self) -> Health:
        """Return how each part is."""
        delivers = self.settings.nextjs_action_endpoint is not None
        trunks = self._user_agent.trunk_states() if self._user_agent else ()
        parts = {
            "sip": sip_health(trunks) if self._user_agent else PartHealth(state="down"),
            **(trunk_health(trunks) if self.settings.sip_trunks is not None else {}),
            "media": self._media_health(),
            "speech": _part(await self._speech.ready(), "degraded", "The speech server does not answer."),
            "actions": _part(delivers, "ok", "NEXTJS_ACTION_ENDPOINT is not set: actions stay pending."),
        }
        return self._health_of(parts)

    async def ready(self) -> Health:
        """Return whether callers should be sent here: each part that a call needs, well and warm."""
        parts = {name: part for name, part in (await self.health()).parts.items() if name != "actions"}
        parts["prompts"] = _part(self._warm, "degraded", "The prompts are being made.")
        parts["records"] = await self._records_health()
        parts["service"] = _part(not self._draining, "down", "The gateway is being stopped.")
        return self._health_of(parts)

    async def _records_health(self) -> PartHealth:
        if self._journal is None:
            return PartHealth(state="down")
        try:
            await self._journal.check_writable()
        except RecordsError as error:
            return PartHealth(state="down", detail=str(error))
        return PartHealth(state="ok")

    def _health_of(self, parts: dict[str, PartHealth]) -> Health:
        return Health(
            status=worst(parts),
            version=version("practice-gateway"),
            uptime_s=round(time.monotonic() - self._began, 1),
            calls=sum(self._conversations().values()),
            parts=parts,
        )

    def _media_health(self) -> PartHealth:
        workers = self._workers.status if self._workers is not None else []
        missing = sum(worker.pid is None for worker in workers)
        if missing == len(workers):
            return PartHealth(state="down", detail="The media worker is being restarted.")
        return _part(missing == 0, "degraded", f"{missing} of {len(workers)} media workers are being restarted.")

    def _trunk_reports(self) -> list[TrunkReport]:
        return [trunk_report(state) for state in (self._user_agent.trunk_states() if self._user_agent else ())]

    def welcome(self) -> str:
        """Return what somebody who started the gateway by hand wants to know."""
        profiles = self._practices.profiles if self._practices else ()
        practices = ", ".join(profile.name.in_language(profile.languages[0]) for profile in profiles)
        listeners = self._user_agent.addresses if self._user_agent else ()
        http = f"http://{host_port(*self.http_address)}"
        lines = (
            f"{practices} {'is' if len(profiles) == 1 else 'are'} answered.",
            *(f"  SIP      {hop.transport.lower()} {host_port(hop.host, hop.port)}" for hop in listeners),
            f"  HTTP     {http}/api/conversations/health",
            f"  Page     {http}/  (gateway staff add NAME lets somebody sign in)",
            *(f"  {name:<8} {what}" for name, what in self._speech.describe()),
            f"  Records  {address_of(self.settings)}",
            "Try it:    .venv/bin/gateway call --say 'Guten Tag, ich möchte einen Termin.'",
            "Then:      .venv/bin/gateway calls",
            "Ctrl-C ends it.",
        )
        return "\n".join(lines)


def _part(well: bool, otherwise: PartState, detail: str) -> PartHealth:
    return PartHealth(state="ok") if well else PartHealth(state=otherwise, detail=detail)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
