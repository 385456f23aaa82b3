"""One call, as the staff reads and hears it."""

from __future__ import annotations

import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyrage
from staff_page import NAME, PRACTICE, StaffPage

from gateway.actions.kinds import ActionKind
from gateway.records.model import FactValue, NewCall, NewTurn
from gateway.records.recording_keys import parse_keys
from gateway.web.recordings import Recordings

ANNA = FactValue("name", "Anna Keller", "Anna Keller", 0.9, confirmed=True)


def record(path: Path, seconds: float = 2.0) -> bytes:
    """Write a recording whose left side is loud in its first half, and its right side in its second."""
    sides = np.zeros((round(8000 * seconds), 2), np.int16)
    half = len(sides) // 2
    sides[:half, 0] = 16384
    sides[half:, 1] = 8192
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(sides.tobytes())
    return path.read_bytes()


async def told(page: StaffPage, folder: Path, *, consent: str = "announced") -> tuple[str, Path]:
    """Write a call with a recording and one fact; return its id and where the recording is to be."""
    at = datetime.now(UTC)
    call_id = await page.journal.begin_call(NewCall("sip", PRACTICE, at, caller_number="+41791234567"))
    path = folder / "recordings" / f"{at:%Y-%m-%d}" / f"{call_id}.wav"
    await page.journal.answer_call(call_id, at, path, consent)
    turn = await page.journal.add_turn(
        call_id, NewTurn("caller", "Ich heisse Anna Keller.", "de", None, 0.9, 12_000, 20_000)
    )
    await page.journal.add_turn(call_id, NewTurn("gateway", "Guten Tag. Wie heissen Sie?", heard_text="Guten Tag."))
    await page.journal.save_facts(call_id, turn, [ANNA])
    await page.journal.end_call(call_id, "caller", None)
    return call_id, path


async def test_a_fact_stands_beside_the_moment_at_which_it_was_said(visited: StaffPage, tmp_path: Path) -> None:
    call_id, path = await told(visited, tmp_path)
    record(path)
    await visited.sign_in()
    text = (await visited.browser.get(f"/calls/{call_id}")).text
    assert 'data-seek="1.5" data-fact="name"' in text
    assert 'data-at="1.5" data-until="2.5"' in text
    assert "<s" in text
    assert " Wie heissen Sie?</s>" in text


async def test_a_correction_is_kept_as_such_with_what_was_before(visited: StaffPage, tmp_path: Path) -> None:
    call_id, _ = await told(visited, tmp_path)
    await visited.sign_in()
    answer = await visited.send(f"/calls/{call_id}/facts/name", value="  Anna   Käller ")
    assert answer.status_code == 303
    text = (await visited.browser.get(f"/calls/{call_id}", headers={"Accept-Language": "en"})).text
    assert f"corrected by {NAME}" in text
    assert "before: Anna Keller" in text
    story = await visited.journal.call(call_id)
    assert [(fact.value, fact.corrected_by) for fact in story.facts] == [("Anna Keller", None), ("Anna Käller", NAME)]


async def test_nothing_is_no_correction_and_an_unknown_fact_none_either(visited: StaffPage, tmp_path: Path) -> None:
    call_id, _ = await told(visited, tmp_path)
    await visited.sign_in()
    assert (await visited.send(f"/calls/{call_id}/facts/name", value=" \n")).status_code == 422
    assert (await visited.send(f"/calls/{call_id}/facts/shoe_size", value="43")).status_code == 404
    assert (await visited.browser.post(f"/calls/{call_id}/facts/name", data={"value": "x"})).status_code == 403
    story = await visited.journal.call(call_id)
    assert [fact.value for fact in story.current_facts] == ["Anna Keller"]


async def test_a_call_is_kept_from_deletion_and_let_go_again(visited: StaffPage, tmp_path: Path) -> None:
    call_id, _ = await told(visited, tmp_path)
    await visited.sign_in()
    assert (await visited.send(f"/calls/{call_id}/hold", reason="")).status_code == 422
    await visited.send(f"/calls/{call_id}/hold", reason="Beschwerde")
    held = (await visited.journal.call(call_id)).hold
    assert (held.reason, held.placed_by) == ("Beschwerde", NAME)
    await visited.send(f"/calls/{call_id}/release")
    assert (await visited.journal.call(call_id)).hold is None


async def test_the_recording_comes_in_ranges_and_its_outline_tells_the_sides_apart(
    visited: StaffPage, tmp_path: Path
) -> None:
    call_id, path = await told(visited, tmp_path)
    octets = record(path)
    assert (await visited.browser.get(f"/calls/{call_id}/sound")).status_code == 303
    await visited.sign_in()
    whole = await visited.browser.get(f"/calls/{call_id}/sound")
    assert (whole.content, whole.headers["content-type"]) == (octets, "audio/wav")
    part = await visited.browser.get(f"/calls/{call_id}/sound", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, octets[100:200])
    drawn = (await visited.browser.get(f"/calls/{call_id}/outline")).json()
    assert drawn["seconds"] == 2.0
    assert drawn["peaks"] == [[0.5] * 20 + [0.0] * 20, [0.0] * 20 + [0.25] * 20]


async def test_an_encrypted_recording_is_played_with_its_key_and_told_of_without(
    visited: StaffPage, tmp_path: Path
) -> None:
    call_id, path = await told(visited, tmp_path)
    octets = record(path)
    identity = pyrage.x25519.Identity.generate()
    sealed = path.with_name(f"{path.name}.age")
    sealed.write_bytes(pyrage.encrypt(octets, [identity.to_public()]))
    path.unlink()
    assert await visited.journal.move_recording(call_id, path, sealed)
    await visited.sign_in()
    text = (await visited.browser.get(f"/calls/{call_id}", headers={"Accept-Language": "en"})).text
    assert "encrypted and cannot be opened here" in text
    assert (await visited.browser.get(f"/calls/{call_id}/sound")).status_code == 404
    opening = Recordings(tmp_path / "recordings", parse_keys(str(identity), "RECORDING_KEY"))
    visited.context.recordings._keys = opening._keys
    part = await visited.browser.get(f"/calls/{call_id}/sound", headers={"Range": "bytes=-10"})
    assert part.content == octets[-10:]
    assert (await visited.browser.get(f"/calls/{call_id}/outline")).json()["seconds"] == 2.0


async def test_where_there_is_no_sound_the_page_says_why(visited: StaffPage, tmp_path: Path) -> None:
    missing, _ = await told(visited, tmp_path)
    refused, _ = await told(visited, tmp_path, consent="refused")
    broken, path = await told(visited, tmp_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no sound at all")
    await visited.sign_in()
    english = {"Accept-Language": "en"}
    assert "There is no recording" in (await visited.browser.get(f"/calls/{missing}", headers=english)).text
    assert "refused to be recorded" in (await visited.browser.get(f"/calls/{refused}", headers=english)).text
    assert (await visited.browser.get(f"/calls/{broken}/outline")).status_code == 404


async def test_a_call_that_goes_on_is_shown_as_it_grows(visited: StaffPage) -> None:
    at = datetime.now(UTC)
    call_id = await visited.journal.begin_call(NewCall("sip", PRACTICE, at))
    visited.context.live.begin(call_id, PRACTICE, "sip", at)
    await visited.sign_in()
    assert f'data-story="/calls/{call_id}/live"' in (await visited.browser.get(f"/calls/{call_id}")).text
    visited.context.live.end(call_id)
    assert "data-story" not in (await visited.browser.get(f"/calls/{call_id}")).text


async def test_an_emergency_stands_on_its_calls_page_with_what_can_be_done(visited: StaffPage) -> None:
    call_id, action_id = await visited.call(ActionKind.EMERGENCY_FLAGGED, [ANNA], details={"words": "Es blutet."})
    await visited.sign_in()
    text = (await visited.browser.get(f"/calls/{call_id}")).text
    assert f"/actions/{action_id}/done" in text
    assert "Es blutet." in text


async def test_calls_that_there_are_not_are_not_found(visited: StaffPage) -> None:
    await visited.sign_in()
    for path in ("/calls/x", "/calls/x/sound", "/calls/x/outline", "/calls/%2e%2e%2fetc"):
        assert (await visited.browser.get(path)).status_code == 404
