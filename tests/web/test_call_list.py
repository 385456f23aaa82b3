"""The calls of a day, and search over all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from staff_page import StaffPage

from gateway.records.model import FactValue
from gateway.web import call_list

ZURICH = ZoneInfo("Europe/Zurich")


def named(name: str) -> list[FactValue]:
    return [FactValue("name", name)]


async def body(page: StaffPage, **fields: str) -> str:
    answer = await page.browser.get("/calls", params=fields)
    assert answer.status_code == 200
    return answer.text


async def test_a_day_shows_its_calls_and_no_others(page: StaffPage):
    day = datetime(2026, 11, 20, tzinfo=ZURICH)
    for name, at in (
        ("The day before", day - timedelta(seconds=1)),
        ("The first", day),
        ("The last", day + timedelta(hours=23, minutes=59)),
        ("The day after", day + timedelta(days=1)),
    ):
        await page.call(facts=named(name), at=at.astimezone(UTC))
    text = await body(page, day="2026-11-20")
    assert "Anrufe vom 20.11.2026" in text
    assert [name in text for name in ("The day before", "The first", "The last", "The day after")] == [
        False,
        True,
        True,
        False,
    ]
    assert "/calls?day=2026-11-19" in text
    assert "/calls?day=2026-11-21" in text


@pytest.mark.parametrize("day", ["", "nonsense", "2026-02-30", "9999-12-31", "0001-01-01", "2026-11-20\x00"])
async def test_a_day_that_there_is_not_is_another_one(page: StaffPage, day: str):
    await body(page, day=day)


async def test_the_future_has_no_calls(page: StaffPage):
    today = datetime.now(ZURICH).date()
    text = await body(page, day=(today + timedelta(days=9)).isoformat())
    assert f"Anrufe vom {today:%d.%m.%Y}" in text
    assert 'rel="next"' not in text


async def test_a_full_day_goes_on_on_the_next_page(page: StaffPage, monkeypatch):
    monkeypatch.setattr(call_list, "PAGE", 2)
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for number in range(5):
        await page.call(facts=named(f"Caller {number}"), at=noon + timedelta(minutes=number))
    seen, address = [], "/calls?day=2026-11-20"
    for _ in range(3):
        text = (await page.browser.get(address)).text
        seen += [number for number in range(4, -1, -1) if f"Caller {number}" in text]
        _, _, older = text.partition('href="/calls?day=2026-11-20&amp;before=')
        address = f"/calls?day=2026-11-20&before={older.partition(chr(34))[0]}"
    assert seen == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("words", ["anna", "Keller", "079 123 45 67", "+41791234567", "  anna   keller "])
async def test_a_search_finds_calls_of_every_day(page: StaffPage, words: str):
    call_id, _ = await page.call(facts=named("Anna Keller"), at=datetime(2025, 3, 4, 9, tzinfo=UTC))
    await page.call(facts=named("Luc Favre"), number="+41216543210")
    text = await body(page, q=words)
    assert f"/calls/{call_id}" in text
    assert "04.03.2025" in text, "a list of many days tells them"
    assert "Luc Favre" not in text


@pytest.mark.parametrize("words", ["nobody", '"', "'; drop table call --", "*", "NEAR(", "%", "\x00", "ä" * 1000, "-"])
async def test_a_search_that_finds_nothing_is_no_fault(page: StaffPage, words: str):
    await page.call(facts=named("Anna Keller"))
    await body(page, q=words)


async def test_a_page_after_a_call_that_is_gone_is_no_fault(page: StaffPage):
    assert (await page.browser.get("/calls", params={"before": "gone"})).status_code in {200, 404}


async def test_the_last_day_of_summer_time_is_a_day_like_others(page: StaffPage):
    await page.call(facts=named("Late"), at=datetime(2025, 10, 26, 22, 30, tzinfo=UTC))
    assert "Late" in await body(page, day=date(2025, 10, 26).isoformat())
