"""What reading the gateway's metrics costs: CPU time of one reading with every series that there can be.

.venv/bin/python benchmarks/metrics_scrape.py
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import statistics
import sys
import time
from itertools import product
from pathlib import Path
from typing import get_args

from prometheus_client import generate_latest

from gateway.actions.kinds import ActionKind
from gateway.conversation.call_metrics import END_REASONS, LINES
from gateway.conversation.latency import Latency
from gateway.language import Language
from gateway.media.leg import LegStatistics
from gateway.monitoring.gateway_metrics import GatewayMetrics

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "monitoring"))
from every_metric import a_gateway

LEG = LegStatistics(1000, 3, 1, 0, 1000, 1.0, 160_000, 40.0, 20, 30.0, 0.0, 1.0, 4.35, "PCMA", False, 0)


def fill(metrics: GatewayMetrics) -> None:
    """Count everything that can be told apart once."""
    latency = Latency(600, 50, 20, 80, 750, 300)
    for line, language in product(sorted(LINES), get_args(Language)):
        figures = metrics.calls.of(line)
        figures.answered()
        figures.turn("caller", language)
        figures.turn("gateway", language, latency)
        figures.interrupted(0.2, language)
        for reason, kind in product(sorted(END_REASONS), (None, *ActionKind)):
            figures.ended(reason, kind)
        for kind in ActionKind:
            figures.acted(kind)
    for kind in ActionKind:
        for result in ("delivered", "refused", "unavailable", "given_up", "interrupted"):
            metrics.deliveries.observe(kind, result, 0.1)
    for party, codec in product(("caller", "person"), ("PCMA", "PCMU", "G722", "opus")):
        metrics.legs.observe(party, dataclasses.replace(LEG, codec=codec))


async def main() -> None:
    """Measure, and print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    metrics = a_gateway()
    fill(metrics)
    taken = []
    for _ in range(rounds):
        began = time.thread_time()
        shown = generate_latest(metrics.registry)
        taken.append(1000 * (time.thread_time() - began))
    figures = {"median_ms": round(statistics.median(taken), 1), "worst_ms": round(max(taken), 1)}
    samples = sum(not line.startswith(b"#") for line in shown.splitlines())
    print(json.dumps(figures | {"samples": samples, "bytes": len(shown)}))


if __name__ == "__main__":
    asyncio.run(main())
