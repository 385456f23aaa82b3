"""Signing in and out, and what opens the page and what does not."""

from __future__ import annotations

import httpx
import pytest
from staff_page import NAME, PASSWORD, TOKEN, StaffPage, staff_page

from gateway.web.sessions import IDLE_S, LONGEST_S
from gateway.web.sign_in_limit import MOST_FAILURES_OF_NAME, WINDOW_S

PAGES = ("/", "/calls", "/undelivered", "/calls/some-id", "/calls/some-id/sound", "/calls/some-id/outline")


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_a_page_without_signing_in(visited: StaffPage, path: str):
    answer = await visited.browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")
    assert (await visited.browser.get(path, headers={"X-By-Itself": "1"})).status_code == 401


@pytest.mark.parametrize("path", ["/live", "/calls/some-id/live"])
async def test_nobody_listens_without_signing_in(visited: StaffPage, path: str):
    assert (await visited.browser.get(path)).status_code == 303


@pytest.mark.parametrize("path", ["/actions/x/done", "/undelivered/again", "/calls/x/hold", "/calls/x/facts/name"])
async def test_nobody_changes_anything_without_signing_in(visited: StaffPage, path: str):
    assert (await visited.browser.post(path, data={"csrf": "x"})).status_code == 401


async def test_who_signs_in_comes_to_where_they_wanted_to_go(visited: StaffPage):
    asked = await visited.browser.get("/calls?day=2026-11-24")
    form = await visited.browser.get(asked.headers["location"])
    assert 'name="next" value="/calls?day=2026-11-24"' in form.text
    answer = await visited.sign_in(next="/calls?day=2026-11-24")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?day=2026-11-24")
    assert (await visited.browser.get("/calls?day=2026-11-24")).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/\t/evil.example",
        "/x\r\nX: y",
    ],
)
async def test_nobody_is_led_elsewhere(visited: StaffPage, elsewhere: str):
    assert (await visited.sign_in(next=elsewhere)).headers["location"] == "/"
    answer = await visited.browser.get("/language/fr", params={"next": elsewhere})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong password"), ("Nobody", PASSWORD), ("", ""), (NAME, "")])
async def test_what_is_wrong_is_refused_in_the_same_words(visited: StaffPage, name: str, password: str):
    answer = await visited.sign_in(name, password)
    assert answer.status_code == 403
    assert "Name oder Passwort stimmt nicht." in answer.text
    assert "set-cookie" not in answer.headers
    assert (await visited.browser.get("/")).status_code == 303


async def test_the_cookie_is_for_the_browser_and_this_page_only(visited: StaffPage):
    cookie = (await visited.sign_in()).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie, "loopback has no TLS"
    assert "max-age" not in cookie, "it ends with the browser"


async def test_behind_tls_the_cookie_goes_over_tls_only(tmp_path, records):
    async with staff_page(tmp_path, records, url="https://phone.example.ch") as page:
        page.context.users.add(NAME, PASSWORD)
        assert "secure" in (await page.sign_in()).headers["set-cookie"].lower()


async def test_a_network_without_tls_takes_no_password(tmp_path, records):
    async with staff_page(tmp_path, records, url="http://192.0.2.10:8080") as page:
        page.context.users.add(NAME, PASSWORD)
        form = await page.browser.get("/sign-in")
        assert "HTTPS" in form.text
        assert "password" not in form.text
        answer = await page.sign_in()
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_the_name_of_whoever_is_signed_in_is_told_and_signing_out_ends_it(page: StaffPage):
    token = page.browser.cookies["staff_session"]
    assert NAME in (await page.browser.get("/")).text
    answer = await page.send("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "staff_session" not in page.browser.cookies
    page.browser.cookies["staff_session"] = token
    assert (await page.browser.get("/")).status_code == 303, "the server has forgotten it too"


@pytest.mark.parametrize("passed_s", [IDLE_S, LONGEST_S])
async def test_a_session_that_has_ended_is_told(page: StaffPage, passed_s: float):
    page.clock.now += passed_s
    answer = await page.browser.get("/", follow_redirects=True)
    assert "Ihre Anmeldung ist abgelaufen." in answer.text


async def test_a_user_who_was_removed_or_has_another_password_is_signed_out(page: StaffPage):
    page.context.users.add(NAME, "another long password")
    assert (await page.browser.get("/")).status_code == 303
    await page.sign_in(NAME, "another long password")
    assert (await page.browser.get("/")).status_code == 200
    page.context.users.remove(NAME)
    assert (await page.browser.get("/")).status_code == 303


async def test_too_many_attempts_have_to_wait_even_with_the_right_password(visited: StaffPage):
    for _ in range(MOST_FAILURES_OF_NAME):
        assert (await visited.sign_in(NAME, "wrong password")).status_code == 403
    answer = await visited.sign_in()
    assert answer.status_code == 429
    assert "in 5 Minuten" in answer.text
    visited.clock.now += WINDOW_S
    assert (await visited.sign_in()).status_code == 303


async def test_where_there_is_no_user_the_page_says_how_to_make_one(visited: StaffPage):
    visited.context.users.remove(NAME)
    answer = await visited.browser.get("/sign-in")
    assert "gateway staff add NAME" in answer.text
    assert "password" not in answer.text


async def test_a_file_of_users_that_cannot_be_read_is_no_way_in(visited: StaffPage):
    visited.context.users.path.write_text("nonsense")
    for answer in (await visited.browser.get("/sign-in"), await visited.sign_in(), await visited.browser.get("/")):
        assert answer.status_code in {303, 503}
        assert "set-cookie" not in answer.headers


async def test_the_apis_token_does_not_open_the_page_nor_a_session_the_api(page: StaffPage):
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    health = "/api/conversations/health"
    assert (await page.browser.get(health)).status_code == 401
    assert (await page.browser.get(health, headers=bearer)).status_code == 200
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page.app), base_url="http://localhost") as stranger:
        assert (await stranger.get("/", headers=bearer)).status_code == 303


async def test_no_page_is_in_the_apis_description(page: StaffPage):
    schema = (await page.browser.get("/api/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"})).json()
    assert all(path.startswith("/api/") for path in schema["paths"])


async def test_a_language_is_chosen_and_kept(visited: StaffPage):
    french = {"Accept-Language": "fr-CH"}
    assert '<html lang="de">' in (await visited.browser.get("/sign-in")).text, "the practice's first language"
    assert '<html lang="fr">' in (await visited.browser.get("/sign-in", headers=french)).text
    answer = await visited.browser.get("/language/it", params={"next": "/sign-in"})
    assert answer.headers["location"] == "/sign-in"
    assert '<html lang="it">' in (await visited.browser.get("/sign-in", headers=french)).text
    assert (await visited.browser.get("/language/rm")).status_code == 404
