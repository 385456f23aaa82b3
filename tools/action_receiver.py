"""Receive the gateway's actions: a small HTTP server that shows what the practice's application has to do.

With ``--calendar`` it also answers which times are free and books them while the caller waits.

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
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from practice_calendar import PracticeCalendar, read_calendar, usual_calendar

TOLERANCE_S = 300
LARGEST_BODY = 256 * 1024
SIGNATURE = re.compile(r"t=([0-9]{1,15})((?:,v1=[0-9a-f]{64}){1,4})")


class Refusal(Exception):
    """A request that is answered with an error; ``status`` and the message go to the sender."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Faults:
    """What goes wrong on purpose, for tests and rehearsals."""

    fail_first: int = 0
    """Requests that are answered with 503 first of all."""
    lose_bookings: int = 0
    """Bookings that are kept and whose answer is lost on the way."""
    slots_delay_s: float = 0.0
    booking_delay_s: float = 0.0


class ActionReceiver(ThreadingHTTPServer):
    """The server and the answers that it has given so far, by idempotency key."""

    daemon_threads = True

    def __init__(
        self, host: str, port: int, *, secret: str, out: Path | None, calendar: PracticeCalendar | None, faults: Faults
    ) -> None:
        super().__init__((host, port), _Handler)
        self.secret = secret
        self.out = out
        self.calendar = calendar
        self.faults = faults
        self._lock = threading.Lock()
        self._answers: dict[str, dict[str, object]] = {}
        for line in _lines_in(out):
            self._remember(line)

    def _remember(self, line: dict[str, object]) -> None:
        key, slot, answer = str(line["idempotency_key"]), slot_of(line["action"]), line.get("answer")
        self._answers[key] = answer if isinstance(answer, dict) else {}
        appointment = self._answers[key].get("appointment")
        if self.calendar is not None and slot and isinstance(appointment, dict) and appointment["status"] == "booked":
            self.calendar.restore(key, slot)

    def simulated_fault(self) -> bool:
        """Return whether this request is one of the first that are made to fail."""
        with self._lock:
            self.faults.fail_first -= 1
            return self.faults.fail_first >= 0

    def loses_answer(self, answer: dict[str, object]) -> bool:
        """Return whether this answer to a booking is one of those that are made to get lost."""
        with self._lock:
            if "appointment" not in answer or self.faults.lose_bookings <= 0:
                return False
            self.faults.lose_bookings -= 1
            return True

    def take(self, key: str, action: dict[str, object]) -> tuple[bool, dict[str, object]]:
        """Keep ``action`` unless its key was seen before; return whether it is new, and the answer to it.

        The line is on the disk before the sender is told that it may forget the action. A slot is booked with it, and
        whoever asks again is answered as the first time.
        """
        with self._lock:
            if key in self._answers:
                return False, self._answers[key]
            slot = slot_of(action)
            answer: dict[str, object] = {}
            if self.calendar is not None and slot:
                answer = {"appointment": self.calendar.book(key, slot)}
            if self.out is not None:
                line = {"idempotency_key": key, "action": action} | ({"answer": answer} if answer else {})
                with self.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
            self._answers[key] = answer
            print(describe(action, answer), flush=True)
            return True, answer


class _Handler(BaseHTTPRequestHandler):
    server: ActionReceiver
    protocol_version = "HTTP/1.1"
    timeout = 30  # of a connection that sends nothing

    def do_POST(self) -> None:
        """Take one action, or answer one question for free slots."""
        try:
            status, answer = self._receive()
        except Refusal as refusal:
            self._answer(refusal.status, {"error": str(refusal)})
        else:
            if self.server.loses_answer(answer):
                self.close_connection = True
            else:
                self._answer(status, answer)

    def _receive(self) -> tuple[HTTPStatus, dict[str, object]]:
        body = self._body()
        check_signature(self.headers.get("X-Gateway-Signature"), body, self.server.secret, time.time())
        key = self.headers.get("Idempotency-Key")
        if not key:
            raise Refusal(HTTPStatus.BAD_REQUEST, "The header Idempotency-Key is missing.")
        action = parse(body)
        if self.server.simulated_fault():
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "A simulated fault.")
        if action.get("type") == "slots.requested":
            return HTTPStatus.OK, self._free_slots(action)
        new, answer = self.server.take(key, action)
        if answer:
            time.sleep(self.server.faults.booking_delay_s)
        return HTTPStatus.CREATED if new else HTTPStatus.OK, {"id": action["id"], "new": new, **answer}

    def _free_slots(self, question: dict[str, object]) -> dict[str, object]:
        """Answer a question; nothing is kept of it."""
        if self.server.calendar is None:
            raise Refusal(HTTPStatus.NOT_IMPLEMENTED, "There is no calendar.")
        time.sleep(self.server.faults.slots_delay_s)
        return {"slots": self.server.calendar.find(values_of(question), datetime.now(UTC))}

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
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True
            sys.stderr.write("The gateway did not wait for the answer.\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Tell refused requests on stderr; those that were taken have been printed already."""
        if len(args) > 1 and str(args[1]) >= "400":
            sys.stderr.write(f"{format % args}\n")


def check_signature(header: str | None, body: bytes, secret: str, now: float) -> None:
    """Raise ``Refusal`` unless ``header`` signs ``body`` and is at most five minutes old."""
    match = SIGNATURE.fullmatch(header or "")
    if match is None:
        raise Refusal(HTTPStatus.UNAUTHORIZED, "The header X-Gateway-Signature is missing or malformed.")
    timestamp, digests = match.groups()
    expected = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    # There are two while the gateway's secret is being replaced; all are compared, whichever is right.
    matches = [hmac.compare_digest(expected, digest) for digest in digests.split(",v1=")[1:]]
    if not any(matches):
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


def values_of(action: dict[str, object]) -> dict[str, str]:
    """Return the values of an action's facts by their names."""
    facts = action.get("facts")
    return {str(fact.get("name")): str(fact.get("value")) for fact in (facts if isinstance(facts, list) else [])}


def slot_of(action: object) -> str | None:
    """Return the id of the slot that an action books, if it books one."""
    details = action.get("details") if isinstance(action, dict) else None
    slot = details.get("slot") if isinstance(details, dict) else None
    return slot if isinstance(slot, str) else None


def describe(action: dict[str, object], answer: dict[str, object]) -> str:
    """Return an action, and what it was answered, as a few lines for a person."""
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
    lines += [f"    {name:<16} {value}" for name, value in answer.items()]
    return "\n".join(lines)


def _lines_in(out: Path | None) -> list[dict[str, object]]:
    """Return what an earlier run has written."""
    if out is None or not out.exists():
        return []
    return [json.loads(line) for line in out.read_text("utf-8").splitlines() if line]


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Receive the gateway's actions and print them.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000, help="0 takes a free one; default 3000")
    parser.add_argument("--secret", default=os.environ.get("NEXTJS_ACTION_SECRET"), help="NEXTJS_ACTION_SECRET")
    parser.add_argument("--out", type=Path, help="append every action to this file as a line of JSON")
    parser.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N requests with 503")
    parser.add_argument(
        "--calendar",
        nargs="?",
        const="",
        metavar="FILE",
        help="keep a calendar: the free times of a JSON file, else some on every working day",
    )
    parser.add_argument(
        "--slots-delay", type=float, default=0.0, metavar="S", help="seconds before free times are named"
    )
    parser.add_argument(
        "--booking-delay", type=float, default=0.0, metavar="S", help="seconds before a booking is told"
    )
    parser.add_argument("--lose-bookings", type=int, default=0, metavar="N", help="book the first N without an answer")
    parser.add_argument("--taken-first", type=int, default=0, metavar="N", help="let others be faster at the first N")
    arguments = parser.parse_args()
    if not arguments.secret:
        parser.error("give --secret or set NEXTJS_ACTION_SECRET")
    calendar = None
    if arguments.calendar is not None:
        today = datetime.now(UTC).date()
        slots = read_calendar(Path(arguments.calendar)) if arguments.calendar else usual_calendar(today)
        calendar = PracticeCalendar(slots, taken_first=arguments.taken_first)
    with ActionReceiver(
        arguments.host,
        arguments.port,
        secret=arguments.secret,
        out=arguments.out,
        calendar=calendar,
        faults=Faults(
            fail_first=arguments.fail_first,
            lose_bookings=arguments.lose_bookings,
            slots_delay_s=arguments.slots_delay,
            booking_delay_s=arguments.booking_delay,
        ),
    ) as server:
        print(f"Receiving actions at http://{arguments.host}:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
