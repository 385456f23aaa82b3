"""The report on a rehearsal: a table for the terminal, JSON for everything else. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.rehearsal.result import CallResult, Tally, passed, tallies

_COLUMNS = (
    *("language", "calls", "success", "facts", "wrong", "unconf.", "turns"),
    *("missed", "stopped", "resumed", "cut off", "p50 ms", "p95 ms"),
)


def format_result(result: CallResult) -> str:
    """Return one line for a call that was held."""
    verdict = "ok  " if result.judgement.succeeded else "FAIL"
    line = f"{verdict}  {result.name:<34} {result.scenario.language}  {result.judgement.turns:>2} turns  "
    return f"{line}{result.seconds:>4.0f} s  {'; '.join(result.judgement.problems)}".rstrip()


def format_report(results: Sequence[CallResult], pass_share: float) -> str:
    """Return the whole report."""
    lines = [*_failures(results), *_table(results), "", *_fields(results), "", _verdict(results, pass_share)]
    return "\n".join(lines)


def _failures(results: Sequence[CallResult]) -> Iterator[str]:
    for result in results:
        if result.judgement.succeeded:
            continue
        yield f"FAILED {result.name}: {result.scenario.title}"
        yield from (f"  - {problem}" for problem in result.judgement.problems)
        yield from (f"      {line}" for line in result.lines)
        yield f"      ({result.ending})"
        yield ""


def _table(results: Sequence[CallResult]) -> Iterator[str]:
    rows = [_COLUMNS, *(_row(name, tally) for name, tally in tallies(results).items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        yield "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    return (
        name,
        str(tally.calls),
        f"{tally.share:.0%}",
        "-" if tally.fact_share is None else f"{tally.fact_share:.0%}",
        str(tally.wrong_confirmed),
        str(tally.wrong_unconfirmed),
        f"{tally.mean_turns:.1f}",
        f"{tally.missed}/{tally.interruptions}",
        f"{tally.stopped_by}/{tally.backchannels}",
        f"{tally.resumed}/{tally.stopped_by}",
        str(tally.cut_offs),
        _milliseconds(tally.response_ms(50)),
        _milliseconds(tally.response_ms(95)),
    )


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _fields(results: Sequence[CallResult]) -> Iterator[str]:
    for name, tally in tallies(results).items():
        shares = (f"{fact} {right}/{expected}" for fact, (right, expected) in sorted(tally.fields.items()))
        if tally.fields:
            yield f"{name:<8}  {', '.join(shares)}"


def _verdict(results: Sequence[CallResult], pass_share: float) -> str:
    verdict = "passed" if passed(results, pass_share) else "not passed"
    return f"The rehearsal is {verdict}; {pass_share:.0%} must succeed, and nothing wrong be booked unconfirmed."


def as_json(results: Sequence[CallResult], pass_share: float) -> dict[str, Any]:
    """Return everything as a document."""
    return {
        "passed": passed(results, pass_share),
        "pass_share": pass_share,
        "groups": {name: _tally_json(tally) for name, tally in tallies(results).items()},
        "calls": [_call_json(result) for result in results],
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "calls": tally.calls,
        "succeeded": tally.succeeded,
        "share": round(tally.share, 3),
        "fact_share": None if tally.fact_share is None else round(tally.fact_share, 3),
        "fields": {str(name): {"right": right, "expected": of} for name, (right, of) in tally.fields.items()},
        "wrong_confirmed": tally.wrong_confirmed,
        "wrong_unconfirmed": tally.wrong_unconfirmed,
        "mean_turns": round(tally.mean_turns, 2),
        "interruptions": tally.interruptions,
        "interruptions_missed": tally.missed,
        "backchannels": tally.backchannels,
        "backchannels_stopped_by": tally.stopped_by,
        "backchannels_resumed_after": tally.resumed,
        "cut_offs": tally.cut_offs,
        "response_ms": {
            "p50": _rounded(tally.response_ms(50)),
            "p95": _rounded(tally.response_ms(95)),
            "measured": len(tally.responses_ms),
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _call_json(result: CallResult) -> dict[str, Any]:
    judgement, sound = result.judgement, result.sound
    return {
        "scenario": result.scenario.name,
        "title": result.scenario.title,
        "language": result.scenario.language,
        "run": result.run,
        "succeeded": judgement.succeeded,
        "problems": list(judgement.problems),
        "facts": {
            str(fact.name): {"expected": fact.expected, "found": fact.found, "right": fact.right}
            for fact in judgement.facts
        },
        "wrong": [
            {"action": str(one.action), "fact": str(one.name), "value": one.value, "confirmed": one.confirmed}
            for one in judgement.wrong
        ],
        "turns": judgement.turns,
        "seconds": round(result.seconds, 1),
        "ending": result.ending,
        "response_ms": [round(value) for value in sound.responses_ms],
        "cut_offs": sound.cut_offs,
        "interruptions": {"made": sound.interruptions, "missed": sound.missed},
        "backchannels": {"made": sound.backchannels, "stopped_by": sound.stopped_by, "resumed": sound.resumed},
        "lines": list(result.lines),
    }
