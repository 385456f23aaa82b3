"""``gateway trunks``."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.api.trunks import TrunkReport, TrunkReports
from gateway.cli.failure import fail
from gateway.cli.gateway_client import NoAnswer, fetch, open_client
from gateway.config import ConfigurationError, load_settings

_HEADINGS = ("TRUNK", "STATE", "REGISTERED", "REACHABLE", "CALLS", "SERVER", "SINCE")


def show_trunks(*, as_json: bool) -> int:
    """Print how the running gateway's trunks are.

    Return 0 when all are up, 1 when one is down or the gateway does not answer, 2 when the settings are wrong.
    """
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return fail(str(error), 2)
    try:
        with open_client(settings) as client:
            reports = fetch(client, "/api/trunks", TrunkReports)
    except NoAnswer as error:
        return fail(str(error))
    if as_json:
        print(reports.model_dump_json(indent=2))
    else:
        print("\n".join(_table(reports.trunks)))
    return 0 if all(trunk.up for trunk in reports.trunks) else 1


def _table(trunks: list[TrunkReport]) -> Iterator[str]:
    rows = [_HEADINGS, *map(_row, trunks)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    problems = [(None, None), *((trunk.error, trunk.warning) for trunk in trunks)]
    for row, (error, warning) in zip(rows, problems, strict=True):
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        if error is not None:
            yield f"  {error}"
        if warning is not None:
            yield f"  warning: {warning}"


def _row(trunk: TrunkReport) -> tuple[str, ...]:
    calls = f"{trunk.calls}" if trunk.max_calls is None else f"{trunk.calls}/{trunk.max_calls}"
    return (
        trunk.id,
        "up" if trunk.up else "DOWN",
        trunk.registration or "-",
        trunk.reachability,
        calls,
        trunk.server or "-",
        trunk.since.astimezone().strftime("%d.%m.%Y %H:%M:%S"),
    )
