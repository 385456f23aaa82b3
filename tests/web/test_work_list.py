"""What is to be done: shown, worked off, put back, sent again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from staff_page import NAME, PRACTICE, StaffPage

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.records.model import ActionStatus, FactValue

WISH = ActionKind.APPOINTMENT_REQUESTED
KNOWN = (
    FactValue("name", "Anna Keller", "Anna Keller", 0.9, confirmed=True),
    FactValue("phone", "+41791234567", "079 123 45 67", 0.9, confirmed=True),
    FactValue("preferred_date", "2026-11-26", "Donnerstag", 0.9, confirmed=True),
)


async def body(page: StaffPage, path: str = "/", **headers: str) -> str:
    answer = await page.browser.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.text


def part(text: str, name: str) -> str:
    """Return the part of the page that is brought up to date by itself."""
    begin = text.index(">", text.index(f'id="{name}"'))
    return text[
        begin : min(at for mark in ("data-part", "<section aria-", "</main>") if (at := text.find(mark, begin)) > 0)
    ]


def live(text: str) -> str:
    return text[text.index('id="live"') : text.index('id="emergencies"')]


async def test_an_item_shows_who_wants_what_and_how_to_reach_them(page: StaffPage):
    call_id, _ = await page.call(WISH, KNOWN)
    work = part(await body(page), "work")
    for shown in (
        "Terminwunsch",
        "Anna Keller",
        'href="tel:+41791234567"',
        "079 123 45 67",
        f'href="/calls/{call_id}"',
    ):
        assert shown in work
    assert "26.11.2026" in work
    assert ">de<" in work


async def test_an_emergency_stands_on_top_and_apart(page: StaffPage):
    await page.call(WISH, KNOWN, at=datetime.now(UTC) - timedelta(hours=2))
    words = {"words": "es blutet stark"}
    await page.call(ActionKind.EMERGENCY_FLAGGED, [FactValue("name", "Beat Huber")], details=words)
    text = await body(page)
    emergencies = text[text.index('id="emergencies"') : text.index('id="work"')]
    assert "Beat Huber" in emergencies
    assert "«es blutet stark»" in emergencies
    assert "Beat Huber" not in part(text, "work")


async def test_what_is_done_leaves_the_list_and_is_found_among_what_was_done(page: StaffPage):
    _, action = await page.call(WISH, KNOWN)
    answer = await page.send(f"/actions/{action}/done", next="/?kind=appointment.requested")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?kind=appointment.requested")
    assert "Alles erledigt." in part(await body(page), "work")
    done = part(await body(page, "/?done=1"), "work")
    assert "Anna Keller" in done
    assert f"erledigt von {NAME}, " in done


async def test_what_was_done_is_put_back(page: StaffPage):
    _, action = await page.call(WISH, KNOWN)
    await page.send(f"/actions/{action}/done")
    await page.send(f"/actions/{action}/reopen")
    assert "Anna Keller" in part(await body(page), "work")
    assert "Noch nichts erledigt." in part(await body(page, "/?done=1"), "work")


async def test_who_did_it_first_did_it(page: StaffPage):
    _, action = await page.call(WISH, KNOWN)
    await page.journal.staff.mark_done(action, "Beat")
    assert (await page.send(f"/actions/{action}/done")).status_code == 303
    assert "erledigt von Beat, " in await body(page, "/?done=1")


async def test_the_list_is_narrowed_to_a_kind(page: StaffPage):
    await page.call(WISH, KNOWN)
    await page.call(ActionKind.CALLBACK_REQUESTED, [FactValue("name", "Luc Favre")])
    callbacks = part(await body(page, "/?kind=callback.requested"), "work")
    assert "Luc Favre" in callbacks
    assert "Anna Keller" not in callbacks
    assert "Alles erledigt." in part(await body(page, "/?kind=nonsense"), "work")


async def test_a_report_asks_nobody_for_anything(page: StaffPage):
    await page.call(ActionKind.CALL_ENDED, KNOWN)
    assert "Alles erledigt." in part(await body(page), "work")


async def test_a_value_that_was_corrected_stands_in_the_item(page: StaffPage):
    call_id, _ = await page.call(WISH, KNOWN)
    await page.journal.staff.correct_fact(call_id, "name", "Anna Kehler", "Beat")
    work = part(await body(page), "work")
    assert "Anna Kehler" in work
    assert "Anna Keller" not in work


async def test_a_caller_without_name_and_number_is_one_all_the_same(page: StaffPage):
    await page.call(ActionKind.CALLBACK_REQUESTED, number=None)
    work = part(await body(page), "work")
    assert "Nummer unterdrückt" in work
    assert "tel:" not in work


@pytest.mark.parametrize("action", ["unknown", "%00", "0"])
@pytest.mark.parametrize("deed", ["done", "again", "nonsense"])
async def test_what_there_is_not_is_not_found(page: StaffPage, action: str, deed: str):
    assert (await page.send(f"/actions/{action}/{deed}")).status_code == 404


async def test_the_beginning_of_an_id_is_not_the_action(page: StaffPage):
    _, action = await page.call(WISH, KNOWN)
    assert (await page.send(f"/actions/{action[:8]}/done")).status_code == 404
    assert len(await page.journal.staff.open_actions()) == 1


async def test_dead_letters_are_told_of_and_sent_again(page: StaffPage):
    _, action = await page.call(WISH, KNOWN)
    await page.refuse(action)
    assert 'href="/undelivered">1 ' in await body(page)
    assert "Anna Keller" in await body(page, "/undelivered")
    await page.send(f"/actions/{action}/again", next="/undelivered")
    (found,) = await page.journal.action_archive.find(action)
    assert found.status is ActionStatus.PENDING
    assert page.woken == ["outbox"]
    assert "Alles ist zugestellt oder unterwegs." in await body(page, "/undelivered")


async def test_all_dead_letters_are_sent_again_at_once(page: StaffPage):
    for _ in range(3):
        _, action = await page.call(WISH, KNOWN)
        await page.refuse(action)
    await page.send("/undelivered/again")
    assert await page.journal.action_archive.list(ActionStatus.FAILED) == []
    assert page.woken == ["outbox"]


async def test_who_watches_the_list_is_told_that_something_was_done(page: StaffPage):
    _, action = await page.call(WISH, KNOWN)
    changes = page.context.live.changes()
    before = await anext(changes)
    await page.send(f"/actions/{action}/done")
    assert await anext(changes) > before
    await changes.aclose()


@pytest.mark.parametrize(
    ("state", "told"),
    [("ok", "Telefon bereit"), ("degraded", "Telefon mit Störung"), ("down", "Telefon ausser Betrieb")],
)
async def test_the_gateways_health_is_told(page: StaffPage, state: str, told: str):
    page.state["health"] = state
    assert told in part(await body(page), "health")


async def test_who_is_on_the_telephone_is_shown(page: StaffPage):
    page.context.live.begin("a-call", "lindengarten", "sip", datetime.now(UTC))
    assert 'href="/calls/a-call"' in live(await body(page))
    page.context.live.end("a-call")
    assert "/calls/a-call" not in live(await body(page))


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
async def test_every_page_is_there_in_every_language(page: StaffPage, language: str):
    _, action = await page.call(WISH, KNOWN)
    await page.refuse(action)
    for path in ("/", "/?done=1", "/calls", "/calls?q=anna", "/undelivered"):
        text = await body(
            page, path, Cookie=f"staff_language={language}; staff_session={page.browser.cookies['staff_session']}"
        )
        assert f'<html lang="{language}">' in text


async def test_the_page_has_what_keyboards_and_readers_need(page: StaffPage):
    await page.call(WISH, KNOWN)
    text = await body(page)
    assert '<a class="skip" href="#content">' in text
    assert 'id="content"' in text
    assert len(re.findall("<h1", text)) == 1
    unnamed = [
        field for field in re.findall(r"<input [^>]*>", text) if "hidden" not in field and "aria-label" not in field
    ]
    assert unnamed == []


async def test_what_a_caller_took_back_after_it_had_arrived_is_not_to_be_done(page: StaffPage):
    call_id, wish = await page.call(WISH, KNOWN)
    _, other = await page.call(WISH, KNOWN)
    await page.journal.actions.claim(wish, datetime.now(UTC))
    await page.journal.actions.delivered(wish, datetime.now(UTC), 200)
    story = ActionCall(id=call_id, caller_number=None, language="de", started_at=datetime.now(UTC))
    withdrawal = build_action(
        kind=ActionKind.ACTION_WITHDRAWN,
        practice_id=PRACTICE,
        call=story,
        facts=[],
        details={"action": wish, "idempotency_key": "k", "type": str(WISH)},
        created_at=datetime.now(UTC),
    )
    await page.journal.commit_action(call_id, None, [], withdrawal)
    work = part(await body(page), "work")
    assert wish not in work
    assert other in work
