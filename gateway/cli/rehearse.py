"""``gateway rehearse``."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import yaml

from gateway.caller.errors import CallerInputError
from gateway.cli.failure import fail
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.logs import configure_logging
from gateway.practice.loader import ProfileError, load_profile
from gateway.practice.opening import opening_times
from gateway.practice.profile import PracticeProfile
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.rehearsal.errors import RehearsalError
from gateway.rehearsal.own_gateway import REPOSITORY, RunningGateway, own_gateway
from gateway.rehearsal.practice_phones import busy_phones
from gateway.rehearsal.practices import rehearsed_practices
from gateway.rehearsal.rehearsal import Appointed, Rehearsal
from gateway.rehearsal.report import as_json, format_report, format_result
from gateway.rehearsal.result import CallResult, passed
from gateway.rehearsal.scenario_file import Calendar
from gateway.rehearsal.story_ears import StoryReader
from gateway.rehearsal.suite import load_suite, suite_folder
from gateway.telephony.messages.uri import SipUri, parse_uri

_PROFILE = REPOSITORY / "dialplan" / "practices" / "example.yaml"
_BROKEN_OFF = 130
"""Exit code after Ctrl-C, as shells have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What was asked for on the command line."""

    suite: str
    calls: int = 2
    only: str | None = None
    target: str | None = None
    seed: int = 1
    repeat: int = 1
    pass_share: float = 0.9
    json_file: Path | None = None
    keep: Path | None = None


def run_rehearsal(options: RehearsalOptions) -> int:
    """Hold a rehearsal, print its report, and return the exit code."""
    results: list[CallResult] = []
    broken_off = False
    try:
        settings = load_settings()
        configure_logging("error", settings.log_format, stream=sys.stderr)
        asyncio.run(_rehearse(options, settings, results))
    except (asyncio.CancelledError, KeyboardInterrupt):
        broken_off = True
    except (ConfigurationError, CallerInputError, RehearsalError, ProfileError, RecordsError) as error:
        return fail(str(error), 2)
    except ExceptionGroup as group:
        known, unknown = group.split((CallerInputError, RecordsError))
        if known is None or unknown is not None:
            raise
        return fail(str(known.exceptions[0]), 2)
    print(f"\n{format_report(results, options.pass_share)}")
    if options.json_file is not None:
        document = json.dumps(as_json(results, options.pass_share), ensure_ascii=False, indent=2)
        try:
            options.json_file.write_text(f"{document}\n", "utf-8")
        except OSError as error:
            return fail(f"the report cannot be written to {options.json_file}: {error.strerror}", 2)
    if broken_off:
        return _BROKEN_OFF
    return 0 if passed(results, options.pass_share) else 1


async def _rehearse(options: RehearsalOptions, settings: Settings, results: list[CallResult]) -> None:
    folder = suite_folder(options.suite)
    _end_on_signals()
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-rehearsal-")))
        if options.target is None:
            document = _document(_PROFILE)
            phones = await stack.enter_async_context(busy_phones(_targets(document)))
            rehearsed = rehearsed_practices(document, dt.datetime.now(dt.UTC), phones)
            opened, closed = ((one.number, one.profile) for one in rehearsed)
        else:
            opened = closed = _practice_of(options.target, settings)
        appointed = _appointed(options, folder, opened, closed)
        print(f"{len(appointed)} calls, {options.calls} at a time, suite {folder}", flush=True)
        if options.target is None:
            gateway = await stack.enter_async_context(own_gateway(scratch, rehearsed, options.calls))
        else:
            gateway = _running(options.target, settings)
        recordings = options.keep or scratch / "heard"
        recordings.mkdir(parents=True, exist_ok=True)
        journal = await Journal.open(gateway.database, read_only=True)
        stack.push_async_callback(journal.close)
        rehearsal = Rehearsal(gateway, StoryReader(journal), recordings, seed=options.seed)

        def on_result(result: CallResult) -> None:
            results.append(result)
            print(f"{len(results):>3}/{len(appointed)}  {format_result(result)}", flush=True)

        await rehearsal.hold(appointed, calls=options.calls, on_result=on_result)


def _end_on_signals() -> None:
    """Let Ctrl-C and a termination end the calls and the gateway; what is known by then is reported."""
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _appointed(
    options: RehearsalOptions, folder: Path, opened: tuple[str, PracticeProfile], closed: tuple[str, PracticeProfile]
) -> list[Appointed]:
    def calendar(after_hours: bool) -> Calendar:
        _, profile = closed if after_hours else opened
        today = dt.datetime.now(profile.zone).date()
        return Calendar(today, lambda day: bool(opening_times(profile, day)))

    scenarios = load_suite(folder, options.only, calendar)
    return [
        Appointed(scenario, *(closed if scenario.after_hours else opened), run)
        for run in range(1, options.repeat + 1)
        for scenario in scenarios
    ]


def _document(path: Path) -> dict[str, object]:
    document = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(document, dict):
        raise RehearsalError(f"{path} is no practice profile")
    return document


def _targets(document: dict[str, object]) -> list[str]:
    targets = document.get("transfer_targets")
    return [str(target["id"]) for target in targets] if isinstance(targets, list) else []


def _practice_of(target: str, settings: Settings) -> tuple[str, PracticeProfile]:
    """Return the number that is called at ``target`` and the first practice of the settings."""
    uri = _sip_uri(target)
    return uri.user or "assistant", load_profile(settings.practice_profile[0])


def _running(target: str, settings: Settings) -> RunningGateway:
    """Return the gateway at ``target``, whose records are in this environment's DATA_DIR."""
    uri = _sip_uri(target)
    return RunningGateway(
        sip_host=uri.host,
        sip_port=uri.port or 5060,
        database=settings.database_path,
        delivers=settings.nextjs_action_endpoint is not None,
    )


def _sip_uri(target: str) -> SipUri:
    try:
        uri = parse_uri(target)
    except ValueError as error:
        raise RehearsalError(f"{target!r} cannot be called: {error}") from error
    if not isinstance(uri, SipUri):
        raise RehearsalError(f"{target!r} cannot be called: a SIP URI such as sip:assistant@127.0.0.1 is needed")
    return uri
