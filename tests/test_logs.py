"""Logs: one line of JSON an event, nothing of what callers say or are called, no traceback."""

import io
import json
import logging
import subprocess
import sys
import warnings

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway.logs import PERSONAL_KEYS, REDACTED, configure_logging, redact


@pytest.fixture
def stream():
    """Return a stream for logs; put logging back as it was afterwards."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, __import__("threading").excepthook)
    show = warnings.showwarning
    yield io.StringIO()
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    warnings.showwarning = show
    root.handlers, (sys.excepthook, __import__("threading").excepthook) = handlers, hooks
    root.setLevel(level)


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("written_as", ["json", "pretty"])
def test_what_a_peer_sent_in_no_encoding_is_logged_too(stream, capsys, written_as):
    octets = io.BytesIO()
    configure_logging("info", written_as, io.TextIOWrapper(octets, encoding="utf-8", write_through=True))
    structlog.get_logger("gateway.test").info(
        "call.answered", sip_call_id=b"a\xff@host".decode("utf-8", "surrogateescape")
    )
    assert b"call.answered" in octets.getvalue()
    assert b"@host" in octets.getvalue()
    assert capsys.readouterr().err == ""


def test_an_event_is_one_line_of_json_with_its_call(stream):
    configure_logging("info", "json", stream)
    structlog.contextvars.bind_contextvars(call_id="0199")
    structlog.get_logger("gateway.test").info("call.answered", codec="PCMA", ports=(10000, 10001))
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "call.answered",
        "level": "info",
        "logger": "gateway.test",
        "call_id": "0199",
        "codec": "PCMA",
        "ports": [10000, 10001],
    }


def test_the_standard_librarys_logs_come_out_the_same_way(stream):
    configure_logging("info", "json", stream)
    logging.getLogger("uvicorn.error").info("Uvicorn running on %s", "http://x", extra={"color_message": "\x1b[1m"})
    logging.getLogger("some.library").warning("odd", extra={"caller_number": "+41791234567", "port": 5060})
    first, second = lines(stream)
    assert (first["event"], first["logger"], first["level"]) == ("Uvicorn running on http://x", "uvicorn.error", "info")
    assert "color_message" not in first
    assert (second["caller_number"], second["port"]) == (REDACTED, 5060)


def test_lines_below_the_level_and_every_single_http_request_are_left_out(stream):
    configure_logging("warning", "json", stream)
    structlog.get_logger("x").info("no")
    logging.getLogger("x").info("no")
    structlog.get_logger("x").warning("yes")
    assert [line["event"] for line in lines(stream)] == ["yes"]
    configure_logging("debug", "json", stream)
    logging.getLogger("httpx").info("HTTP Request: POST http://example/ 200")
    assert len(lines(stream)) == 1


def test_personal_values_are_masked_wherever_they_are(stream):
    configure_logging("info", "json", stream)
    structlog.get_logger("x").info(
        "turn",
        text="ich heisse Anna Keller",
        caller_number="+41791234567",
        Heard_Text="Anna",
        nested={"name": "Anna Keller", "list": [{"phone": "0791234567"}, "sip:anna.keller@example.ch"]},
        uri="sips:+41791234567@trunk;user=phone",
        note="rief 079 123 45 67 an, dann +41 44 123 45 67",
        port=5060,
        confidence=0.93,
        none=None,
    )
    text = stream.getvalue()
    for personal in ("Anna", "Keller", "anna.keller", "79", "123 45 67"):
        assert personal not in text.replace('"timestamp"', "").split("timestamp")[0]
    (line,) = lines(stream)
    assert (line["port"], line["confidence"], line["none"]) == (5060, 0.93, None)
    assert line["nested"]["list"][1] == f"sip:{REDACTED}@example.ch"
    assert line["note"] == f"rief {REDACTED} an, dann {REDACTED}"


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(PERSONAL_KEYS)), inner),
        max_leaves=10,
    ),
    st.from_regex(r"\+41[1-9][0-9]{8}", fullmatch=True),
)
def test_no_structure_hides_a_number_or_a_name(value, number):
    event = redact(None, "info", {"event": f"called {number}", "data": {"value": value, "deep": [[{"name": number}]]}})
    assert event == {
        "event": f"called {REDACTED}",
        "data": {"value": REDACTED if value is not None else None, "deep": [[{"name": REDACTED}]]},
    }


def test_what_is_not_personal_is_left_alone():
    harmless = {
        "event": "rtp.bound",
        "call_id": "0199a8f3-1c2d-7abc-8def-0123456789ab",
        "address": "192.168.001.010:10000",
        "at": "2026-11-23T09:00:00+01:00",
        "path": "data/recordings/2026-11-23/0199a8f3.wav",
        "uri": "http://127.0.0.1:8080/api",
    }
    assert redact(None, "info", dict(harmless)) == harmless


def lose_the_call():
    try:
        {}["sip:anna@example.ch"]
    except KeyError as error:
        raise RuntimeError("lost +41791234567") from error


def test_an_exception_is_structured_and_masked(stream):
    configure_logging("info", "json", stream)
    try:
        lose_the_call()
    except RuntimeError:
        structlog.get_logger("x").exception("call.failed")
        logging.getLogger("y").exception("and so")
    first, second = lines(stream)
    assert [error["type"] for error in first["exception"]] == ["RuntimeError", "KeyError"]
    assert first["exception"][0]["error"] == f"lost {REDACTED}"
    assert "anna" not in first["exception"][1]["error"]
    assert first["exception"][0]["frames"][-1].endswith("lose_the_call")
    assert second["exception"] == first["exception"]


def test_on_a_terminal_an_exception_is_one_sentence_and_frames_are_for_debugging(stream):
    for level, frames in (("info", False), ("debug", True)):
        stream.truncate(0)
        configure_logging(level, "pretty", stream)
        try:
            lose_the_call()
        except RuntimeError:
            structlog.get_logger("x").exception("call.failed", text="Anna")
        text = stream.getvalue()
        assert f"RuntimeError: lost {REDACTED}" in text
        assert "Anna" not in text
        assert "anna" not in text
        assert "Traceback" not in text
        assert ("test_logs.py" in text) is frames


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_auto_is_pretty_on_a_terminal_and_json_elsewhere(stream):
    configure_logging("info", "auto", stream)
    structlog.get_logger("x").info("here")
    assert lines(stream)[0]["event"] == "here"
    terminal = Terminal()
    configure_logging("info", "auto", terminal)
    structlog.get_logger("x").info("here")
    assert not terminal.getvalue().startswith("{")
    assert "here" in terminal.getvalue()


def test_configuring_twice_does_not_write_twice(stream):
    configure_logging("info", "json", stream)
    configure_logging("info", "json", stream)
    structlog.get_logger("x").info("once")
    assert len(lines(stream)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "raise RuntimeError('lost')",
        "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
        "import asyncio\nasync def f(): asyncio.get_running_loop().call_exception_handler({'message': 'm'})\n"
        "asyncio.run(f())",
        "import warnings; warnings.warn('old')",
    ],
)
def test_what_nobody_catches_is_logged_and_no_traceback_reaches_anybody(code):
    program = f"from gateway.logs import configure_logging\nconfigure_logging('info', 'json')\n{code}"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert process.stderr == ""
    (line,) = (json.loads(text) for text in process.stdout.splitlines())
    assert line["level"] in {"critical", "error", "warning"}
