"""Run the SIPp scenarios of ``sip-test-configs/`` against real gateways and print what each promises and how it went.

Ends with 0 only if every scenario kept its promise. Logs stay where the last line says when one did not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway_process import StartFailure
from sip_test_gateway import Bench, SpeechServer
from sip_test_index import Index, IndexFault, Scenario, load_index
from sip_test_run import Result, clear, run_group
from sip_test_sipp import SippMissing, sipp_program

from gateway.logs import configure_logging

GROUPS_AT_ONCE = 3
"""How many gateways run at a time."""


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="run this scenario; repeatable")
    parser.add_argument("--list", action="store_true", help="print what there is and end")
    parser.add_argument("--keep", action="store_true", help="keep the logs, also when all went well")
    options = parser.parse_args()
    configure_logging("error", "auto", stream=sys.stderr)
    try:
        index = load_index()
        selected = index.select(options.only)
        if options.list:
            for scenario in selected:
                print(f"{scenario.name:34} {scenario.promise}")
            return 0
        sipp_program()
        return _run(index, selected, keep=options.keep)
    except (IndexFault, SippMissing, StartFailure) as fault:
        print(fault, file=sys.stderr)
        return 1


def _run(index: Index, selected: list[Scenario], *, keep: bool) -> int:
    folder = Path(tempfile.mkdtemp(prefix="sip-test-"))
    began = time.monotonic()
    failed: list[Result] = []
    printing = threading.Lock()

    def report(result: Result) -> None:
        with printing:
            verdict = "ok" if result.failure is None else "FAILED"
            print(
                f"{verdict:7}{result.seconds:6.1f} s  {result.scenario.name:34} {result.scenario.promise}", flush=True
            )
            if result.failure is not None:
                failed.append(result)

    run_all(index, selected, folder, report)
    for result in failed:
        print(f"\n{result.scenario.name}: {result.failure}")
    print(f"\n{len(selected) - len(failed)} of {len(selected)} kept, {time.monotonic() - began:.0f} s.", end=" ")
    if failed or keep:
        print(f"Logs are in {folder}.")
    else:
        print()
        clear(folder)
    return 1 if failed else 0


def run_all(
    index: Index,
    selected: list[Scenario],
    folder: Path,
    report: Callable[[Result], None],
    speech_url: str | None = None,
) -> None:
    """Run the scenarios group by group; ``speech_url`` is a speech server that runs already.

    Raises ``StartFailure`` when a speech server is needed and does not start.
    """
    speech = None if speech_url is not None else SpeechServer(folder)
    try:
        if speech is not None:
            speech.wait_until_ready()
            speech_url = speech.url
        work = [
            (Bench(folder / group.name, group, speech_url or ""), scenarios)
            for group in index.groups.values()
            if (scenarios := [scenario for scenario in selected if scenario.group == group.name])
        ]
        with ThreadPoolExecutor(GROUPS_AT_ONCE) as pool:
            futures = [pool.submit(run_group, bench, scenarios, report) for bench, scenarios in work]
        for future in futures:
            future.result()
    finally:
        if speech is not None:
            speech.stop()


if __name__ == "__main__":
    sys.exit(main())
