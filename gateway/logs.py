"""Structured logs of every process: JSON lines for machines, short coloured lines on a terminal.

Logs hold no names, numbers or words of callers. The code does not log them; ``redact`` is the net below that.
A call's id is bound with ``structlog.contextvars.bind_contextvars(call_id=…)`` and is then on every line of its task.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Literal, TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, Processor

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
LogFormat: TypeAlias = Literal["auto", "json", "pretty"]

REDACTED = "[redacted]"

PERSONAL_KEYS = frozenset(
    {
        "body",
        "caller",
        "caller_name",
        "caller_number",
        "called_number",
        "date_of_birth",
        "digits",
        "display_name",
        "email",
        "facts",
        "from",
        "from_uri",
        "heard_text",
        "keys",
        "message",
        "name",
        "number",
        "p_asserted_identity",
        "payload",
        "phone",
        "prompt",
        "text",
        "to",
        "to_uri",
        "transcript",
        "utterance",
        "value",
        "words",
    }
)
"""Keys whose values are never written."""

_PERSONAL_IN_TEXT = re.compile(
    r"(?<=sip:)[^@\s<>\"]+(?=@)|(?<=sips:)[^@\s<>\"]+(?=@)|(?<=tel:)[+\d][\d().-]{5,}"  # the user part of a URI
    r"|\+\d[\d \u00a0./-]{6,18}\d"  # +41 79 123 45 67
    r"|\b0\d{2}[ \u00a0./-]?\d{3}[ \u00a0./-]?\d{2}[ \u00a0./-]?\d{2}\b"  # 079 123 45 67
)

# Loggers of libraries that tell every request, with its address; their warnings are enough.
_TALKATIVE = ("httpx", "httpcore", "urllib3", "faster_whisper", "asyncio", "python_multipart")


def redact(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """Mask values under personal keys, and telephone numbers and SIP users wherever they are."""
    return {key: _masked(key, value) for key, value in event_dict.items()}


def _masked(key: object, value: Any) -> Any:
    if isinstance(key, str) and key.lower().replace("-", "_") in PERSONAL_KEYS and value is not None:
        return REDACTED
    if isinstance(value, str):
        return _PERSONAL_IN_TEXT.sub(REDACTED, value)
    if isinstance(value, Mapping):
        return {inner_key: _masked(inner_key, inner) for inner_key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(None, inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _PERSONAL_IN_TEXT.sub(REDACTED, str(value))


_OWN = "gateway."
_WITHOUT_VALUES = (OSError, RuntimeError, ArithmeticError, AttributeError, ImportError, MemoryError, TypeError)
"""Built-in exceptions whose messages are about the program or the machine."""


def _message(error: BaseException) -> str:
    """Return an exception's message where it quotes no value that it was raised over.

    Our own are written to be read by operators. Those of libraries and of ``ValueError`` and ``KeyError`` show what
    could not be read, stored or found: what a caller said. The frames tell where that was.
    """
    module = type(error).__module__
    if module.startswith(_OWN) or (module == "builtins" and isinstance(error, _WITHOUT_VALUES)):
        return str(error)
    return REDACTED if str(error) else ""


def _structured_exception(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """Replace ``exc_info`` by a list of exceptions, the outermost first, each with its frames and no local values."""
    chain = _chain(_exception_of(event_dict.pop("exc_info", None)))
    if chain:
        event_dict["exception"] = [
            {"type": type(error).__qualname__, "error": _message(error), "frames": _frames(error)} for error in chain
        ]
    return event_dict


def _long_exception(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """Replace ``exc_info`` by lines for a developer."""
    chain = _chain(_exception_of(event_dict.pop("exc_info", None)))
    if chain:
        lines = [
            line
            for error in chain
            for line in (f"{type(error).__qualname__}: {_message(error)}", *map("    {}".format, _frames(error)))
        ]
        event_dict["exception"] = "\n".join(lines)
    return event_dict


def _short_exception(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    """Replace ``exc_info`` by one sentence; who needs the frames logs JSON or on the level ``debug``."""
    error = _exception_of(event_dict.pop("exc_info", None))
    if error is not None:
        event_dict["exception"] = f"{type(error).__qualname__}: {_message(error)}"
    return event_dict


def _chain(error: BaseException | None) -> list[BaseException]:
    """Return ``error`` and what it was raised from, ten at most."""
    chain: list[BaseException] = []
    while error is not None and error not in chain and len(chain) < 10:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def _frames(error: BaseException) -> list[str]:
    """Return the innermost twenty places of an exception's way."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-20:]
    ]


def _exception_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _without_internals(_logger: object, _method: str, event_dict: EventDict) -> EventDict:
    event_dict.pop("_record", None)
    event_dict.pop("_from_structlog", None)
    event_dict.pop("color_message", None)  # uvicorn's, a second copy of the event
    if event_dict.get("logger") == "asyncio":
        # What follows the first line shows the task, and in it the exception with all that it quotes.
        event_dict["event"] = str(event_dict["event"]).partition("\n")[0]
    return event_dict


def _processors(level: LogLevel, *, json_lines: bool, colours: bool) -> list[Processor]:
    """Return the steps from an event to its line, after those that need the place where it was logged."""
    if json_lines:
        return [
            _without_internals,
            _structured_exception,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    exception: Processor = _long_exception if level == "debug" else _short_exception
    return [_without_internals, exception, redact, structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=28)]


def configure_logging(level: LogLevel = "info", format: LogFormat = "auto", stream: TextIO | None = None) -> None:  # noqa: A002 - the setting's name
    """Send the logs of structlog and of the standard library to ``stream`` (stdout) from ``level`` up.

    ``auto`` is pretty on a terminal and JSON elsewhere. Exceptions that nobody catches are logged too, so that no
    traceback is printed. May be called again.
    """
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        # A peer's identifiers may be in no encoding; a line that cannot be written would be printed unredacted.
        stream.reconfigure(errors="backslashreplace")
    terminal = stream.isatty()
    json_lines = format == "json" or (format == "auto" and not terminal)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True) if json_lines else structlog.processors.TimeStamper("%T"),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        processors=_processors(level, json_lines=json_lines, colours=terminal),
        use_get_message=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger("gateway").critical("uncaught_exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_type is SystemExit:
        return
    details: MutableMapping[str, Any] = {"exc_info": arguments.exc_value}
    if arguments.thread is not None:
        details["thread"] = arguments.thread.name
    structlog.get_logger("gateway").critical("uncaught_exception", **details)
