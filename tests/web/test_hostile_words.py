"""Callers say what they like: nothing of it may become a part of the page. And the headers that stand behind that."""

from __future__ import annotations

import re

import pytest
from staff_page import StaffPage

from gateway.actions.kinds import ActionKind
from gateway.records.model import FactValue, NewTurn
from gateway.web.rendering import static_files

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title><svg onload=alert(1)>",
    "Anna\u202eKeller & <b>Söhne</b>",
)


async def hostile_call(page: StaffPage, words: str) -> str:
    facts = [FactValue(name, words, words) for name in ("name", "message", "reason", "preferred_date", "phone", words)]
    call_id, action = await page.call(ActionKind.CALLBACK_REQUESTED, facts, number=words, details={"words": words})
    await page.journal.add_turn(call_id, NewTurn("caller", words, "de"))
    await page.journal.set_summary(call_id, words)
    await page.journal.staff.hold(call_id, words, words)
    await page.refuse(action)
    return call_id


@pytest.mark.parametrize("words", HOSTILE)
async def test_what_a_caller_says_is_text_and_nothing_else(page: StaffPage, words: str):
    call_id = await hostile_call(page, words)
    for path in ("/", "/?done=1", "/calls", "/undelivered", f"/calls/{call_id}"):
        text = (await page.browser.get(path)).text
        assert not re.search(r"<(?:script>|img|svg|b>Söhne)", text), path
        assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', text)), path
        assert not re.search(r'href="(?!/|#|\?|tel:)', text), path
        assert "49" not in re.findall(r"<h1>(.*?)</h1>", text), path


@pytest.mark.parametrize("words", HOSTILE)
async def test_what_is_searched_for_is_text_and_nothing_else(page: StaffPage, words: str):
    text = (await page.browser.get("/calls", params={"q": words})).text
    assert not re.search(r"<(?:script>|img|svg|b>Söhne)", text)
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', text))


async def test_every_page_forbids_what_is_not_its_own(page: StaffPage):
    await page.call(ActionKind.CALLBACK_REQUESTED)
    for path in ("/", "/calls", "/undelivered", "/calls/unknown", "/static/x/page.css", "/sign-in"):
        if path == "/sign-in":
            page.browser.cookies.clear()
        headers = (await page.browser.get(path)).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] in {"no-referrer", "same-origin"}


async def test_no_page_has_a_script_or_a_style_of_its_own(page: StaffPage):
    call_id = await hostile_call(page, "Anna")
    for path in ("/", "/calls", "/undelivered", "/sign-in", f"/calls/{call_id}"):
        text = (await page.browser.get(path, follow_redirects=True)).text
        assert "<style" not in text
        assert " style=" not in text
        assert not re.search(r"<script(?![^>]* src=)", text)
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), "no asset from elsewhere"


async def test_a_static_file_is_kept_for_good_and_found_by_its_content_only(visited: StaffPage):
    for name, file in static_files().items():
        answer = await visited.browser.get(file.url)
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.content == file.body


@pytest.mark.parametrize(
    "path",
    ["/static/x/page.css", "/static/x/../pages.py", "/static/x/%2e%2e/pages.py", "/static/x//etc/passwd", "/static/x/"],
)
async def test_nothing_else_is_served_as_a_file(visited: StaffPage, path: str):
    assert (await visited.browser.get(path, follow_redirects=True)).status_code == 404
