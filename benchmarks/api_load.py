"""The list of calls under load: 100 000 calls in SQLite, 50 requests a second, and telephone calls meanwhile.

Fills a database with two years of invented calls, starts the real gateway on it (the engines are stubs), holds
telephone calls with SIPp, and reads for a minute how late the media worker's ticks are, first alone, then while the
list is asked for: its first pages, pages far back, filters, searches, single calls.

    .venv/bin/python benchmarks/api_load.py --calls 100000 --rate 50

Prints, for each kind of request, the time until its answer in milliseconds; the main process's CPU time for one
request; and the media worker's lateness without and with the load.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import httpx
import numpy as np
from gateway_process import Gateway
from own_latency import caller_sound, spoken
from stub_engines import StubEngines, StubTimes

from gateway.media.codecs.g711 import encode
from gateway.media.parameters import Codec
from gateway.records.folding import fold
from gateway.records.journal import Journal

ROOT = Path(__file__).parents[1]
LINE = "Guten Tag, ich habe eine Frage zu meiner Rechnung."
FIRST_NAMES = ("Anna", "Peter", "Ursula", "Luca", "Nicole", "Beat", "Giulia", "Pierre", "Ruth", "Daniel")
LAST_NAMES = ("Keller", "Meier", "Favre", "Bernasconi", "Huber", "Müller", "Rochat", "Brunner", "Weber", "Schmid")
OUTCOMES = ("appointment.requested", "callback.requested", "appointment.move_requested", "emergency.flagged", None)
LANGUAGES = ("de", "de", "de", "fr", "fr", "it", "en")
TURNS = 6
WATCHED_S = 62.0
"""The worker's figures are those of its last minute."""
LATE = re.compile(r'^gateway_media_worker_late_seconds\{quantile="([\d.]+)",worker="0"\} ([\d.e-]+)', re.MULTILINE)

COLUMNS = {
    "call": "id line practice_id caller_number language started_at answered_at ended_at end_reason outcome"
    " recording_consent summary gateway",
    "turn": 'call_id "index" speaker text language confidence start_sample end_sample latency_ms created_at',
    "fact": "call_id name value words confidence confirmed created_at",
    "action": "id call_id kind payload idempotency_key status attempts created_at delivered_at",
    "search_document": "call_id words",
}


def rows(count: int, now: datetime) -> Iterator[dict[str, list[tuple[object, ...]]]]:
    """Yield what one call has in each table, the oldest call first."""
    chance = random.Random(1)
    step = timedelta(days=730) / count
    for number in range(count):
        at = now - timedelta(days=730) + number * step
        when = at.strftime("%Y-%m-%d %H:%M:%S.%f")
        after = (at + timedelta(seconds=90)).strftime("%Y-%m-%d %H:%M:%S.%f")
        call_id = identifier(at, number)
        name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        phone = f"+4179{chance.randrange(10_000_000):07}"
        outcome, language = chance.choice(OUTCOMES), chance.choice(LANGUAGES)
        call = (call_id, "sip", "lindengarten", phone, language, when, when, after, "gateway", outcome, "none")
        texts = [f"{LINE} Mein Name ist {name}." if index == 1 else LINE for index in range(TURNS)]
        yield {
            "call": [(*call, f"Rückruf: {name}.", "gateway")],
            "turn": [
                (call_id, index, ("gateway", "caller")[index % 2], text, language, 0.9, 8000, 16000, "{}", when)
                for index, text in enumerate(texts)
            ],
            "fact": [
                (call_id, key, value, value, 0.9, True, when) for key, value in (("name", name), ("phone", phone))
            ],
            "action": []
            if outcome is None
            else [(f"{call_id}-a", call_id, outcome, "{}", f"{call_id}-k", "delivered", 1, when, after)],
            "search_document": [(call_id, fold(f"{phone} {name} {LINE}"))],
        }


def identifier(at: datetime, number: int) -> str:
    """Return a UUID of version 7 (RFC 9562)."""
    digits = f"{round(at.timestamp() * 1000):012x}7{number % 4096:03x}8{number:015x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


async def fill(database: Path, count: int) -> list[str]:
    """Make the database; return some of the calls' ids, the oldest first."""
    database.parent.mkdir(parents=True, exist_ok=True)
    await (await Journal.open(database)).close()
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous = OFF")
    ids = []
    batch: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for number, made in enumerate(rows(count, datetime.now(UTC)), start=1):
        ids.append(str(made["call"][0][0]))
        for table, values in made.items():
            batch[table] += values
        if number % 5000 == 0 or number == count:
            for table, values in batch.items():
                columns = COLUMNS[table].split()
                marks = ", ".join("?" * len(columns))
                connection.executemany(f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})', values)
            connection.commit()
            batch.clear()
            print(f"{number} of {count} calls written", file=sys.stderr)
    connection.close()
    return ids


def requests(ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield kinds and addresses of requests, for ever."""
    chance = random.Random(2)
    base = "/api/conversations"
    day = timedelta(days=1)
    while True:
        some = chance.choice(ids)
        at = datetime.now(UTC) - chance.randrange(700) * day
        span = f"from={at:%Y-%m-%dT00:00:00Z}&to={at + day:%Y-%m-%dT00:00:00Z}"
        name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        yield from (
            ("first page", base),
            ("page far back", f"{base}?before={some}"),
            ("one day", f"{base}?{span}"),
            ("outcome", f"{base}?outcome=emergency.flagged"),
            ("language", f"{base}?language=it"),
            ("search", f"{base}?text={name.replace(' ', '+')}"),
            ("one call", f"{base}/{some}"),
        )


async def ask(url: str, ids: Sequence[str], rate: float, seconds: float) -> dict[str, list[float]]:
    """Send ``rate`` requests a second, whether answers come or not; return milliseconds by kind."""
    took: dict[str, list[float]] = defaultdict(list)
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=limits) as client:

        async def one(kind: str, path: str) -> None:
            began = time.perf_counter()
            (await client.get(path)).raise_for_status()
            took[kind].append(1000 * (time.perf_counter() - began))

        asked = requests(ids)
        began = time.monotonic()
        tasks = []
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            tasks.append(asyncio.create_task(one(*next(asked))))
        await asyncio.gather(*tasks)
    return took


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def lateness(url: str) -> dict[str, float]:
    """Return how late the media worker's ticks were in the last minute, in milliseconds by quantile."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        text = (await client.get("/metrics")).text
    return {quantile: 1000 * float(value) for quantile, value in LATE.findall(text)}


async def measure(folder: Path, calls: int, rate: float, telephone_calls: int) -> dict[str, object]:
    """Return all figures."""
    ids = await fill(folder / "data" / "gateway.sqlite3", calls)
    line = await spoken(LINE)
    async with StubEngines({LINE: line}, StubTimes(5, 5, 5)) as stubs:
        settings = {"ASR_ENDPOINT": stubs.url, "TTS_ENDPOINT": stubs.url, "CACHE_DIR": str(folder / "cache")}
        settings |= {"RETENTION_RECORD_DAYS": "1000", "RETENTION_TRANSCRIPT_DAYS": "1000", "LOG_LEVEL": "warning"}
        gateway = await asyncio.to_thread(Gateway, folder, settings)
        try:
            await asyncio.to_thread(gateway.wait_until_healthy)
            url = f"http://127.0.0.1:{gateway.http_port}"
            (folder / "caller.alaw").write_bytes(encode(Codec.PCMA, caller_sound([line] * 40).samples).tobytes())
            shutil.copy(ROOT / "sip-test-configs" / "call_with_rtp.xml", folder)
            command = ["sipp", f"127.0.0.1:{gateway.sip_port}", "-s", "assistant", "-sf", "call_with_rtp.xml"]
            command += ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-m", str(telephone_calls), "-l", str(telephone_calls)]
            command += ["-r", "5", "-nostdin", "-d", str(round(1000 * (2 * WATCHED_S + 20)))]
            quiet = asyncio.subprocess.DEVNULL
            sipp = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=quiet, stderr=quiet)
            await asyncio.sleep(5)
            before = cpu_seconds(gateway.pid)
            await asyncio.sleep(WATCHED_S)
            without, at_rest = await lateness(url), cpu_seconds(gateway.pid) - before
            before = cpu_seconds(gateway.pid)
            took = await ask(url, ids, rate, WATCHED_S)
            loaded, under = await lateness(url), cpu_seconds(gateway.pid) - before
            sipp.terminate()
            await sipp.wait()
        finally:
            await asyncio.to_thread(gateway.stop)
    everything = [one for kind in took.values() for one in kind]
    return {
        "calls": calls,
        "requests": len(everything),
        "cpu_ms_a_request": round(1000 * (under - at_rest) / len(everything), 2),
        "answer_ms": {
            kind: {"p50": round(float(np.percentile(values, 50)), 1), "p95": round(float(np.percentile(values, 95)), 1)}
            for kind, values in {**took, "all": everything}.items()
        },
        "telephone_calls": telephone_calls,
        "late_ms_without": without,
        "late_ms_with": loaded,
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second")
    parser.add_argument("--telephone-calls", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = asyncio.run(measure(Path(name), options.calls, options.rate, options.telephone_calls))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
