"""Receive the gateway's actions: a small HTTP server that shows what the practice's application has to do.

It checks the signature, takes every action once however often it is sent, prints it, and appends it to a file as a
line of JSON. It needs only Python's standard library and shares no code with the gateway, so that it is a second,
independent reading of docs/actions.md.

    python tools/action_receiver.py --secret change-me --out actions.jsonl
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOLERANCE_S = 300
LARGEST_BODY = 256 * 1024
SIGNATURE = re.compile(r"t=([0-9]{1,15}),v1=([0-9a-f]{64})")


class Refusal(Exception):
    """A request that is answered with an error; ``status`` and the message go to the sender."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class ActionReceiver(ThreadingHTTPServer):
    """The server and what it has received so far, by idempotency key."""

    daemon_threads = True

    def __init__(self, host: str, port: int, *, secret: str, out: Path | None, fail_first: int) -> None:
        super().__init__((host, port), _Handler)
        self.secret = secret
        self.out = out
        self._lock = threading.Lock()
        self._failures_left = fail_first
        self._seen = _keys_in(out)

    def simulated_fault(self) -> bool:
        """Return whether this request is one of the first that are made to fail."""
        with self._lock:
            self._failures_left -= 1
            return self._failures_left >= 0

    def take(self, key: str, action: dict[str, object]) -> bool:
        """Keep ``action`` unless its key was seen before; return whether it is new.

        The line is on the disk before the sender is told that it may forget the action.
        """
        with self._lock:
            if key in self._seen:
                return False
            if self.out is not None:
                with self.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"idempotency_key": key, "action": action}, ensure_ascii=False) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
            self._seen.add(key)
            print(describe(action), flush=True)
            return True


class _Handler(BaseHTTPRequestHandler):
    server: ActionReceiver
    protocol_version = "HTTP/1.1"
    timeout = 30  # of a connection that sends nothing

    def do_POST(self) -> None:
        """Take one action."""
        try:
            action, new = self._receive()
        except Refusal as refusal:
            self._answer(refusal.status, {"error": str(refusal)})
        else:
            self._answer(HTTPStatus.CREATED if new else HTTPStatus.OK, {"id": action["id"], "new": new})

    def _receive(self) -> tuple[dict[str, object], bool]:
        body = self._body()
        check_signature(self.headers.get("X-Gateway-Signature"), body, self.server.secret, time.time())
        key = self.headers.get("Idempotency-Key")
        if not key:
            raise Refusal(HTTPStatus.BAD_REQUEST, "The header Idempotency-Key is missing.")
        action = parse(body)
        if self.server.simulated_fault():
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "A simulated fault.")
        return action, self.server.take(key, action)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self.close_connection = True
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "The header Content-Length is missing.")
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"An action has at most {LARGEST_BODY} bytes.")
        return self.rfile.read(int(length))

    def _answer(self, status: HTTPStatus, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Tell refused requests on stderr; those that were taken have been printed already."""
        if len(args) > 1 and str(args[1]) >= "400":
            sys.stderr.write(f"{format % args}\n")


def check_signature(header: str | None, body: bytes, secret: str, now: float) -> None:
    """Raise ``Refusal`` unless ``header`` signs ``body`` and is at most five minutes old."""
    match = SIGNATURE.fullmatch(header or "")
    if match is None:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "The header X-Gateway-Signature is missing or malformed.")
    timestamp, digest = match.groups()
    expected = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, digest):
        raise Refusal(HTTPStatus.UNAUTHORIZED, "The signature does not match the body.")
    if abs(now - int(timestamp)) > TOLERANCE_S:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "The signature is more than five minutes off.")


def parse(body: bytes) -> dict[str, object]:
    """Return the action in ``body``; raise ``Refusal`` when it is none."""
    try:
        action = json.loads(body)
    except ValueError:
        action = None
    if not isinstance(action, dict) or not isinstance(action.get("id"), str) or action.get("version") != 1:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "The body is not an action of version 1.")
    return action


def describe(action: dict[str, object]) -> str:
    """Return an action as a few lines for a person."""
    call = action.get("call")
    call = call if isinstance(call, dict) else {}
    lines = [
        f"{datetime.now():%H:%M:%S}  {action.get('type')}  {action['id']}",
        f"    {'caller':<16} {call.get('caller_number') or 'anonymous'}, {call.get('language')}",
    ]
    facts = action.get("facts")
    for fact in facts if isinstance(facts, list) else []:
        mark = "confirmed" if fact.get("confirmed") else "not confirmed"
        lines.append(f"    {fact.get('name'):<16} {fact.get('value')}  ({mark}; said: {fact.get('words')!r})")
    details = action.get("details")
    for name, value in details.items() if isinstance(details, dict) else []:
        lines.append(f"    {name:<16} {value}")
    return "\n".join(lines)


def _keys_in(out: Path | None) -> set[str]:
    """Return the keys of the actions that an earlier run has written."""
    if out is None or not out.exists():
        return set()
    return {json.loads(line)["idempotency_key"] for line in out.read_text("utf-8").splitlines() if line}


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Receive the gateway's actions and print them.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000, help="0 takes a free one; default 3000")
    parser.add_argument("--secret", default=os.environ.get("NEXTJS_ACTION_SECRET"), help="NEXTJS_ACTION_SECRET")
    parser.add_argument("--out", type=Path, help="append every action to this file as a line of JSON")
    parser.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N requests with 503")
    arguments = parser.parse_args()
    if not arguments.secret:
        parser.error("give --secret or set NEXTJS_ACTION_SECRET")
    with ActionReceiver(
        arguments.host,
        arguments.port,
        secret=arguments.secret,
        out=arguments.out,
        fail_first=arguments.fail_first,
    ) as server:
        print(f"Receiving actions at http://{arguments.host}:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
