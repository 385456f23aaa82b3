"""The staff's page as people use it: a real browser on a real gateway."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_process import Gateway, Receiver
from playwright.sync_api import Locator, Page, expect, sync_playwright
from staff_page_demo import PASSWORD, USER

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.records.journal import Journal, utc_now
from gateway.records.model import FactValue, NewCall
from gateway.web.users import StaffUsers

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="There is no /usr/bin/chromium (apt install chromium).")


@pytest.fixture
def page(gateway: Gateway) -> Iterator[Page]:
    """A browser's empty page; what its console says of errors fails the test."""
    StaffUsers(gateway.data / "staff-users.json").add(USER, PASSWORD)
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(base_url=f"http://127.0.0.1:{gateway.http_port}", locale="de-CH")
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == []


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Zu erledigen")).to_be_visible()


def dead_letter(gateway: Gateway) -> None:
    """Write a request that the practice's application has refused."""

    async def write() -> None:
        journal = await Journal.open(gateway.database, beside_gateway=True)
        try:
            begun = NewCall("sip", "lindengarten", utc_now(), caller_number="+41216543210")
            call_id = await journal.begin_call(begun)
            story = ActionCall(
                id=call_id, caller_number=begun.caller_number, language="fr", started_at=begun.started_at
            )
            action = build_action(
                kind=ActionKind.CALLBACK_REQUESTED,
                practice_id="lindengarten",
                call=story,
                facts=[FactValue("name", "Luc Favre", "Luc Favre", 0.9, confirmed=True)],
                details={},
                created_at=utc_now(),
            )
            await journal.commit_action(call_id, None, [], action)
            assert await journal.actions.claim(action.id, utc_now()) is not None
            await journal.actions.failed(action.id, 422, "refused")
            await journal.end_call(call_id, "caller", "callback.requested")
        finally:
            await journal.close()

    # Playwright keeps a loop of its own in this thread.
    thread = threading.Thread(target=lambda: asyncio.run(write()))
    thread.start()
    thread.join()


def playing_at(page: Page) -> float:
    return float(page.evaluate("document.getElementById('sound').currentTime"))


def hear(page: Page, place: Locator) -> float:
    """Press the button that plays what ``place`` was said at; return the moment that it names."""
    page.wait_for_function("document.getElementById('sound').readyState >= 1")
    button = place.locator("[data-seek]")
    button.click()
    return float(button.get_attribute("data-seek") or "nan")


def test_staff_watch_a_call_hear_a_fact_correct_it_and_work_it_off(gateway: Gateway, page: Page) -> None:
    sign_in(page)
    url = f"http://127.0.0.1:{gateway.http_port}"
    caller = threading.Thread(target=lambda: gateway.command("smoke", "--url", url))
    caller.start()
    live = page.get_by_role("region", name="Jetzt am Telefon").get_by_role("link").last
    live.click(timeout=20_000)
    turns = page.locator("#turns li")
    expect(turns.first).to_be_visible()
    first = turns.count()
    expect(turns.nth(first + 1)).to_be_visible(timeout=20_000)
    expect(page.locator("#turns li.caller").first).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("Nachricht", timeout=20_000)
    page.get_by_role("link", name="Zum Protokoll").click(timeout=30_000)
    caller.join()

    name = page.locator("#f-name")
    expect(name).to_contain_text("bestätigt")
    moment = hear(page, name)
    assert moment > 0
    assert moment <= playing_at(page) < moment + 3
    expect(page.locator(".turns li.playing")).to_have_class("caller playing")
    expect(page.locator("#wave canvas").first).to_be_attached()

    before = name.locator(".value").inner_text()
    name.get_by_role("link", name="Berichtigen").click()
    page.get_by_label("Name", exact=True).fill("Anna Mayer-Huber")
    page.get_by_role("button", name="Speichern").click()
    expect(name).to_contain_text("Anna Mayer-Huber")
    expect(name).to_contain_text(f"berichtigt von {USER}")
    expect(name).to_contain_text(f"vorher: {before}")

    request = page.locator(".item")
    expect(request).to_contain_text("Anna Mayer-Huber")
    request.get_by_role("button", name="Erledigt").click()
    expect(page.locator(".item")).to_contain_text(f"erledigt von {USER}")
    page.goto("/")
    expect(page.locator("#work")).not_to_contain_text("Anna Mayer-Huber")
    page.goto("/?done=1")
    expect(page.locator("#work")).to_contain_text("Anna Mayer-Huber")


def test_a_dead_letter_is_sent_again_and_arrives(gateway: Gateway, receiver: Receiver, page: Page) -> None:
    dead_letter(gateway)
    sign_in(page)
    page.get_by_role("navigation", name="Bereiche").get_by_role("link", name="Nicht zugestellt").click()
    letter = page.locator(".item", has_text="Luc Favre")
    letter.get_by_role("button", name="Noch einmal senden").click()
    expect(letter).to_have_count(0)
    page.wait_for_timeout(1500)
    names = [fact["value"] for action in receiver.actions() for fact in action["facts"] if fact["name"] == "name"]
    assert "Luc Favre" in names


def test_who_signs_out_is_out_and_the_key_of_the_api_opens_no_page(gateway: Gateway, page: Page) -> None:
    sign_in(page)
    page.get_by_role("button", name="Abmelden").click()
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    page.goto("/calls")
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
