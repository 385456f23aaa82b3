"""``gateway call``."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path

from gateway.caller.call import place_call
from gateway.caller.conversation_log import ConversationLine, format_line
from gateway.caller.errors import CallerInputError
from gateway.caller.options import CallOptions, CallReport
from gateway.cli.failure import fail
from gateway.cli.gateway_client import answering_host
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.logs import configure_logging
from gateway.telephony.messages.uri import host_port


def run_call(
    *,
    to: str | None,
    say: list[str],
    wav: list[Path],
    script: Path | None,
    language: str,
    voice: str | None,
    number: str | None,
    save: Path | None,
    reply_after_ms: int,
    longest_s: int,
    transcribe: bool,
) -> int:
    """Place the call, print the conversation as it goes, and return the exit code."""
    try:
        settings = load_settings()
        configure_logging("warning", settings.log_format, stream=sys.stderr)
        options = CallOptions(
            to=to or _own_gateway(settings),
            say=say,
            wav=wav,
            script=script,
            language=language,
            voice=voice,
            number=number,
            save=save or _new_recording(settings),
            reply_after_ms=reply_after_ms,
            longest_s=longest_s,
            transcribe=transcribe,
            recognition_endpoint=_recognition_endpoint(settings),
            recognition_token=_recognition_token(settings),
        )
        report = asyncio.run(place_call(options, on_line=_print))
    except (ConfigurationError, CallerInputError) as error:
        return fail(str(error), 2)
    except KeyboardInterrupt:
        return fail("The call was broken off.")
    _print_end(report)
    return report.exit_code


def _new_recording(settings: Settings) -> Path:
    """Return where what was heard goes when nothing else was asked for; raise ``CallerInputError``."""
    folder = settings.data_dir / "heard"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CallerInputError(f"what is heard cannot be saved in {folder}: {error.strerror}; use --save") from error
    return folder / f"{dt.datetime.now():%Y-%m-%d-%H%M%S}.wav"


def _own_gateway(settings: Settings) -> str:
    return f"sip:assistant@{host_port(answering_host(settings.sip_host), settings.sip_port)}"


def _recognition_endpoint(settings: Settings) -> str:
    if settings.asr_endpoint is not None:
        return str(settings.asr_endpoint)
    return f"http://{host_port(answering_host(settings.speech_host), settings.speech_port)}"


def _recognition_token(settings: Settings) -> str | None:
    token = settings.speech_token if settings.asr_endpoint is None else settings.asr_api_key
    return token.get_secret_value() if token is not None else None


def _print(line: ConversationLine) -> None:
    print(format_line(line), flush=True)


def _print_end(report: CallReport) -> None:
    print(f"{report.reason} ({report.seconds:.0f} s)")
    if report.recording is not None:
        print(f"What was heard: {report.recording}")
