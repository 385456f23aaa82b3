"""The journal on a real SQLite file: what was written is there, and what cannot be written is told."""

import asyncio
import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.records.errors import AmbiguousCallId, RecordsError, UnknownCall
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, FactValue, LegQuality, NewAction, NewCall, NewTurn
from gateway.records.schema import SCHEMA_VERSION

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that is set by the test."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def advance(self, **span):
        self.now += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database(tmp_path):
    return tmp_path / "data" / "gateway.sqlite3"


@pytest.fixture
async def journal(address, clock):
    journal = await Journal.open(address, clock=clock)
    yield journal
    await journal.close()


@pytest.fixture
async def sqlite_journal(database, clock):
    journal = await Journal.open(database, clock=clock)
    yield journal
    await journal.close()


def a_call(**values):
    return NewCall(**{"line": "sip", "practice_id": "lindengarten", "started_at": START} | values)


def an_action(key="key", **values):
    return NewAction(
        **{"id": f"id-{key}", "kind": "callback.requested", "payload": "{}", "idempotency_key": key} | values
    )


async def test_a_call_is_told_back_whole_and_in_order(journal, clock):
    call_id = await journal.begin_call(a_call(sip_call_id="a@b", caller_number="+41791234567", called_number="+4144"))
    clock.advance(seconds=1)
    await journal.answer_call(call_id, clock(), Path("data/recordings/x.wav"), "announced")
    await journal.set_language(call_id, "de")
    first = await journal.add_turn(call_id, NewTurn("gateway", "Guten Tag, hier ist", "de", heard_text="Guten Tag"))
    second = await journal.add_turn(
        call_id,
        NewTurn("caller", "Keller", "de", None, 0.8, 16_000, 24_000, {"recognise": 320.5}),
    )
    await journal.save_facts(call_id, second, [FactValue("name", "Anna Keller", "Keller", 0.8)])
    await journal.add_event(call_id, "barge_in", 12_000, {"heard_samples": 4000})
    await journal.set_consent(call_id, "refused")
    clock.advance(seconds=30)
    await journal.end_call(call_id, "caller", "callback")

    story = await journal.call(call_id)
    call = story.summary
    assert (call.caller_number, call.language, call.recording_consent) == ("+41791234567", "de", "refused")
    assert (call.answered_at, call.ended_at) == (START + timedelta(seconds=1), START + timedelta(seconds=31))
    assert call.started_at.tzinfo is UTC
    assert call.recording_path == Path("data/recordings/x.wav")
    assert (call.end_reason, call.outcome, call.turn_count) == ("caller", "callback", 2)
    assert [(turn.id, turn.index, turn.speaker) for turn in story.turns] == [
        (first, 0, "gateway"),
        (second, 1, "caller"),
    ]
    assert story.turns[0].heard_text == "Guten Tag"
    assert (story.turns[1].start_sample, story.turns[1].end_sample) == (16_000, 24_000)
    assert story.turns[1].latency_ms == {"recognise": 320.5}
    assert (story.facts[0].value, story.facts[0].words, story.facts[0].turn_id) == ("Anna Keller", "Keller", second)
    assert (story.events[0].name, story.events[0].position, story.events[0].data) == (
        "barge_in",
        12_000,
        {"heard_samples": 4000},
    )


async def test_a_changed_fact_supersedes_the_old_one_which_is_kept(journal, clock):
    call_id = await journal.begin_call(a_call())
    await journal.save_facts(call_id, None, [FactValue("preferred_date", "2026-11-24", "Dienstag", 0.9, True)])
    clock.advance(seconds=5)
    await journal.save_facts(call_id, None, [FactValue("preferred_date", "2026-11-26", "nein, Donnerstag", 0.7)])

    story = await journal.call(call_id)
    assert [(fact.value, fact.superseded_at) for fact in story.facts] == [
        ("2026-11-24", START + timedelta(seconds=5)),
        ("2026-11-26", None),
    ]
    assert [fact.confirmed for fact in story.current_facts] == [False]
    assert story.summary.facts == {"preferred_date": "2026-11-26"}


async def test_the_same_value_again_only_confirms_and_keeps_the_first_words(journal):
    call_id = await journal.begin_call(a_call())
    await journal.save_facts(call_id, None, [FactValue("name", "Anna", "Anna", 0.9)])
    await journal.save_facts(call_id, None, [FactValue("name", "Anna", "ja", 0.5, True)])
    await journal.save_facts(call_id, None, [FactValue("name", "Anna", "hm", 0.4, False)])

    (fact,) = (await journal.call(call_id)).facts
    assert (fact.words, fact.confidence, fact.confirmed) == ("Anna", 0.9, True)


async def test_an_action_and_its_facts_are_written_together_or_not_at_all(journal):
    call_id = await journal.begin_call(a_call())
    broken = NewAction(id="a", kind="callback.requested", payload=None, idempotency_key="key")
    with pytest.raises(RecordsError, match="breaks a rule"):
        await journal.commit_action(call_id, None, [FactValue("name", "Anna")], broken)
    story = await journal.call(call_id)
    assert (story.facts, story.actions) == ((), ())

    await journal.commit_action(call_id, None, [FactValue("name", "Anna")], an_action())
    story = await journal.call(call_id)
    assert [fact.value for fact in story.facts] == ["Anna"]
    assert [(action.id, action.status) for action in story.actions] == [("id-key", ActionStatus.PENDING)]


async def test_the_same_idempotency_key_is_the_same_action(journal):
    call_id = await journal.begin_call(a_call())
    first = await journal.commit_action(call_id, None, [], an_action(id="first"))
    second = await journal.commit_action(call_id, None, [FactValue("name", "Anna")], an_action(id="second"))
    assert first == second == "first"
    story = await journal.call(call_id)
    assert len(story.actions) == 1
    assert story.summary.facts == {"name": "Anna"}


async def test_a_recording_is_moved_only_from_where_it_was(journal, tmp_path):
    call_id = await journal.begin_call(a_call())
    wav, flac = tmp_path / "a.wav", tmp_path / "a.flac"
    await journal.answer_call(call_id, START, wav, "announced")
    assert not await journal.move_recording(call_id, tmp_path / "other.wav", flac)
    assert (await journal.call(call_id)).summary.recording_path == wav
    # Again makes no difference.
    assert [await journal.move_recording(call_id, wav, flac) for _ in range(2)] == [True, True]
    assert (await journal.call(call_id)).summary.recording_path == flac


async def test_writing_to_a_call_that_is_not_there_is_refused(journal):
    writes = [
        journal.add_turn("nobody", NewTurn("caller", "x")),
        journal.save_facts("nobody", None, [FactValue("name", "Anna")]),
        journal.commit_action("nobody", None, [], an_action()),
        journal.add_event("nobody", "x"),
        journal.set_language("nobody", "de"),
        journal.set_consent("nobody", "refused"),
        journal.answer_call("nobody", START, None, "none"),
        journal.end_call("nobody", "caller", None),
    ]
    for write in writes:
        with pytest.raises(UnknownCall, match="There is no call nobody"):
            await write


async def test_a_fact_cannot_name_a_turn_that_is_not_there(journal):
    call_id = await journal.begin_call(a_call())
    with pytest.raises(RecordsError, match="breaks a rule"):
        await journal.save_facts(call_id, 99, [FactValue("name", "Anna")])


async def test_the_first_end_of_a_call_stays(journal, clock):
    call_id = await journal.begin_call(a_call())
    await journal.end_call(call_id, "caller", "booked")
    clock.advance(seconds=9)
    await journal.end_call(call_id, "error", None)
    call = (await journal.call(call_id)).summary
    assert (call.ended_at, call.end_reason, call.outcome) == (START, "caller", "booked")


async def test_a_time_without_a_zone_is_refused(journal):
    with pytest.raises(RecordsError, match="without a zone"):
        await journal.begin_call(a_call(started_at=datetime(2026, 11, 23)))


async def test_calls_are_listed_newest_first_in_pages(journal):
    ids = [await journal.begin_call(a_call()) for _ in range(5)]
    first = await journal.calls(limit=2)
    assert [call.id for call in first] == ids[:2:-1]
    second = await journal.calls(limit=10, before=first[-1].id)
    assert [call.id for call in second] == ids[2::-1]
    assert await journal.calls(before=ids[0]) == []


async def test_a_call_is_found_by_a_beginning_of_its_id_that_no_other_has(journal):
    ids = [await journal.begin_call(a_call()) for _ in range(2)]
    assert (await journal.call(ids[0].upper())).summary.id == ids[0]
    with pytest.raises(AmbiguousCallId):
        await journal.call(ids[0][:6])
    unique = next(length for length in range(1, 37) if ids[0][:length] != ids[1][:length])
    assert (await journal.call(ids[1][:unique])).summary.id == ids[1]
    for unknown in ("ffffffff", "", "%", "x' OR 1=1"):
        assert await journal.call(unknown) is None


async def test_recover_ends_open_calls_at_the_last_that_is_known_of_them(journal, clock):
    silent = await journal.begin_call(a_call())
    spoken = await journal.begin_call(a_call())
    done = await journal.begin_call(a_call())
    await journal.end_call(done, "caller", None)
    clock.advance(seconds=20)
    await journal.add_turn(spoken, NewTurn("caller", "Grüezi"))
    clock.advance(hours=3)

    assert await journal.recover() == 2
    assert await journal.recover() == 0
    ends = {call.id: (call.ended_at, call.end_reason) for call in await journal.calls()}
    assert ends == {
        silent: (START, "crash"),
        spoken: (START + timedelta(seconds=20), "crash"),
        done: (START, "caller"),
    }


async def test_a_cancelled_write_is_still_written(journal):
    call_id = await journal.begin_call(a_call())
    writing = asyncio.ensure_future(journal.add_turn(call_id, NewTurn("caller", "Auf Wiederhören")))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await journal.add_event(call_id, "after")  # the writer is one thread: the turn is through now
    assert [turn.text for turn in (await journal.call(call_id)).turns] == ["Auf Wiederhören"]


async def test_many_calls_write_at_once_without_mixing_their_turns(journal):
    ids = [await journal.begin_call(a_call()) for _ in range(10)]
    await asyncio.gather(*(journal.add_turn(call, NewTurn("caller", call)) for call in ids for _ in range(10)))
    for call_id in ids:
        turns = (await journal.call(call_id)).turns
        assert [turn.index for turn in turns] == list(range(10))
        assert {turn.text for turn in turns} == {call_id}


async def test_the_database_is_kept_from_other_users_and_synced_at_every_commit(sqlite_journal, database):
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700
    settings = await sqlite_journal._database.write(
        lambda session: [
            session.connection().exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    )
    assert settings == ["wal", 2, 1]


async def test_a_database_in_use_cannot_be_opened_for_writing_twice_but_can_be_read(sqlite_journal, database):
    call_id = await sqlite_journal.begin_call(a_call())
    with pytest.raises(RecordsError, match="in use by another gateway"):
        await Journal.open(database)
    reader = await Journal.open(database, read_only=True)
    assert [call.id for call in await reader.calls()] == [call_id]
    with pytest.raises(RecordsError, match="read-only"):
        await reader.end_call(call_id, "caller", None)
    await reader.close()


async def test_a_locked_database_is_told_after_the_busy_timeout_and_works_again_afterwards(database, clock):
    journal = await Journal.open(database, busy_timeout_ms=50, clock=clock)
    call_id = await journal.begin_call(a_call())
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordsError, match=r"gateway\.sqlite3 is locked by another process"):
        await journal.add_turn(call_id, NewTurn("caller", "x"))
    assert (await journal.call(call_id)).turns == ()  # reading goes on meanwhile
    other.execute("ROLLBACK")
    other.close()
    await journal.add_turn(call_id, NewTurn("caller", "y"))
    assert [turn.text for turn in (await journal.call(call_id)).turns] == ["y"]
    await journal.close()


async def test_a_full_disk_is_told_and_what_fits_again_is_written(sqlite_journal):
    call_id = await sqlite_journal.begin_call(a_call())

    def limit(pages):
        return sqlite_journal._database.write(
            lambda session: session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar_one()
        )

    await limit(1)  # SQLite takes the present size at least
    with pytest.raises(RecordsError, match="the disk is full"):
        await sqlite_journal.add_turn(call_id, NewTurn("caller", "x" * 100_000))
    await limit(100_000)
    await sqlite_journal.add_turn(call_id, NewTurn("caller", "y"))
    assert [(turn.index, turn.text) for turn in (await sqlite_journal.call(call_id)).turns] == [(0, "y")]


async def test_the_figures_of_each_leg_are_kept_with_the_call(journal):
    call_id = await journal.begin_call(a_call())
    caller = LegQuality("caller", "opus", True, 60.0, 2990, 10, 4, 1, 2, 3000, 2.5, 40.0, 280, 35.0, 0.001, 1.5, 4.2)
    person = LegQuality("person", "PCMU", False, 0.5, 0, 0, 0, 0, 0, 25, 0.0, 40.0, 0)
    for leg in (caller, person):
        await journal.add_leg(call_id, leg)
    assert (await journal.call(call_id)).legs == (caller, person)
    with pytest.raises(UnknownCall):
        await journal.add_leg("0190c0de", caller)


async def test_errors_hold_nothing_that_was_said(journal):
    call_id = await journal.begin_call(a_call())
    with pytest.raises(RecordsError) as raised:
        await journal.save_facts(call_id, 99, [FactValue("name", "Anna Keller", "ich heisse Anna Keller")])
    error = raised.value
    while error is not None:
        assert "Keller" not in str(error)
        error = error.__cause__


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda path: path.write_text("Not a database, but long enough to be read as one." * 99), "is not a SQLite"),
        (lambda path: path.mkdir(), "cannot be opened"),
        (lambda path: _with(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}"), "written by a newer gateway"),
        (lambda path: _with(path, "CREATE TABLE patient (id)"), "tables that the gateway did not make"),
    ],
)
async def test_a_file_that_is_no_database_of_the_gateway_is_refused(tmp_path, prepare, sentence):
    path = tmp_path / "gateway.sqlite3"
    prepare(path)
    with pytest.raises(RecordsError, match=sentence):
        await Journal.open(path)


def _with(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.close()


async def test_reading_a_database_that_is_not_there_is_refused_and_makes_none(tmp_path):
    with pytest.raises(RecordsError, match="There is no database at"):
        await Journal.open(tmp_path / "none.sqlite3", read_only=True)
    assert list(tmp_path.iterdir()) == []
