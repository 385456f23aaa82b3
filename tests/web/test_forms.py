"""Forms: the page's own only, and nothing in them that cannot be read."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from staff_page import NAME, PASSWORD, StaffPage

from gateway.actions.kinds import ActionKind
from gateway.web.forms import LARGEST_FORM, one_line

FORMS = (
    "/sign-out",
    "/undelivered/again",
    "/actions/x/done",
    "/calls/x/hold",
    "/calls/x/release",
    "/calls/x/facts/name",
)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("given", [{}, {"csrf": ""}, {"csrf": "x"}, {"csrf": "ä"}])
async def test_a_form_without_the_sessions_secret_is_refused(page: StaffPage, path: str, given: dict[str, str]):
    answer = await page.browser.post(path, data=given)
    assert answer.status_code == 403
    assert "Das Formular ist veraltet." in answer.text


async def test_another_sessions_secret_does_not_count(page: StaffPage):
    theirs = await page.csrf()
    await page.sign_in()
    assert (await page.browser.post("/undelivered/again", data={"csrf": theirs})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_form_from_elsewhere_is_refused(page: StaffPage, headers: dict[str, str]):
    data = {"csrf": await page.csrf()}
    assert (await page.browser.post("/undelivered/again", data=data, headers=headers)).status_code == 403
    signing_in = {"name": NAME, "password": PASSWORD}
    assert (await page.browser.post("/sign-in", data=signing_in, headers=headers)).status_code == 403


async def test_a_form_of_our_own_is_taken(page: StaffPage):
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    data = {"csrf": await page.csrf()}
    assert (await page.browser.post("/undelivered/again", data=data, headers=headers)).status_code == 303


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&" * 30, b"x" * (LARGEST_FORM + 1), b""])
async def test_what_is_no_form_is_refused(page: StaffPage, body: bytes):
    assert (await page.browser.post("/undelivered/again", content=body)).status_code == 403


async def test_a_body_that_does_not_end_is_not_read(page: StaffPage):
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 1000:
            sent += 1
            yield b"x" * 1024

    assert (await page.browser.post("/sign-in", content=endless())).status_code == 403
    assert sent < 50


async def test_a_form_by_get_changes_nothing(page: StaffPage):
    _, action = await page.call(ActionKind.CALLBACK_REQUESTED)
    answer = await page.browser.get(f"/actions/{action}/done", params={"csrf": await page.csrf()})
    assert answer.status_code == 405
    assert len(await page.journal.staff.open_actions()) == 1


async def test_a_session_that_ended_meanwhile_is_told_at_the_form(page: StaffPage):
    data = {"csrf": await page.csrf()}
    page.browser.cookies.clear()
    answer = await page.browser.post("/undelivered/again", data=data)
    assert isinstance(answer, httpx.Response)
    assert answer.status_code == 401


@given(st.text(max_size=100), st.integers(min_value=1, max_value=60))
def test_a_field_is_one_readable_line(text: str, longest: int):
    line = one_line(text, longest)
    assert len(line) <= longest
    assert line.isprintable()
    assert one_line(line, longest) == line.strip()
