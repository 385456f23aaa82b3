"""The calls of a day, and those that a search finds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.records.call_filter import CallFilter
from gateway.web.formats import day as written_day
from gateway.web.formats import midnight
from gateway.web.forms import one_line
from gateway.web.guard import Context, Staff
from gateway.web.rendering import render
from gateway.web.views import Viewer

PAGE = 50
LONGEST_SEARCH = 200
_FIRST_DAY = date(2000, 1, 1)


router = APIRouter(include_in_schema=False)


@router.get("/calls")
async def calls(visitor: Staff, context: Context, q: str = "", day: str = "", before: str | None = None) -> Response:
    """Show the calls of a day, or those that a search finds."""
    search = one_line(q, LONGEST_SEARCH)
    today = datetime.now(context.zone).date()
    shown = _day(day, today)
    if search:
        found = await context.journal.search(search, PAGE + 1, before)
        title = visitor.words("calls.found")
    else:
        begin, end = midnight(shown, context.zone), midnight(shown + timedelta(days=1), context.zone)
        found = await context.journal.calls(PAGE + 1, before, CallFilter(since=begin, until=end))
        title = visitor.words("calls.title_of_day", day=written_day(shown))
    page = found[:PAGE]
    fields = {"q": search} if search else {"day": shown.isoformat()}
    viewer = Viewer(context, visitor.words)
    return render(
        "calls.html",
        visitor,
        title=title,
        search=search,
        day=shown.isoformat(),
        latest_day=today.isoformat(),
        day_before=None if search else (shown - timedelta(days=1)).isoformat(),
        day_after=None if search or shown >= today else (shown + timedelta(days=1)).isoformat(),
        older=None if len(found) <= PAGE else f"/calls?{urlencode({**fields, 'before': page[-1].id})}",
        calls=[(written_day(call.started_at, context.zone), viewer.call_line(call)) for call in page],
    )


def _day(text: str, today: date) -> date:
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(wanted, _FIRST_DAY), today)
