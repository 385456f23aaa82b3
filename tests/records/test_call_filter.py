"""Which calls a list shows: each filter alone and with others, page by page."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.records.call_filter import CallFilter
from gateway.records.journal import Journal
from gateway.records.model import NewCall, NewTurn

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def journal(address):
    journal = await Journal.open(address)
    yield journal
    await journal.close()


@pytest.fixture
async def ids(journal):
    made = [
        await journal.begin_call(NewCall("sip", "rosengarten", START, caller_number="+41791234567")),
        await journal.begin_call(NewCall("http", "rosengarten", START + HOUR)),
        await journal.begin_call(NewCall("sip", "seefeld", START + 2 * HOUR, caller_number="+41791234568")),
    ]
    await journal.set_language(made[0], "fr")
    await journal.add_turn(made[0], NewTurn("caller", "Je m'appelle Zoé Müller"))
    await journal.add_turn(made[2], NewTurn("caller", "Mein Name ist Muellhaupt"))
    await journal.end_call(made[0], "caller", "callback.requested")
    await journal.end_call(made[2], "caller", None)
    return made


CASES = [
    (CallFilter(), [2, 1, 0]),
    (CallFilter(since=START + HOUR), [2, 1]),
    (CallFilter(until=START + HOUR), [0]),
    (CallFilter(since=START + HOUR, until=START + 2 * HOUR), [1]),
    (CallFilter(practice_id="rosengarten"), [1, 0]),
    (CallFilter(line="http"), [1]),
    (CallFilter(outcome="callback.requested"), [0]),
    (CallFilter(outcome=""), [2, 1]),
    (CallFilter(outcome="", live=False), [2]),
    (CallFilter(live=True), [1]),
    (CallFilter(live=False), [2, 0]),
    (CallFilter(language="fr"), [0]),
    (CallFilter(caller_number="+41791234568"), [2]),
    (CallFilter(text="ZOE muller"), [0]),
    (CallFilter(text="079 123 45 68"), [2]),
    (CallFilter(text="mu", practice_id="seefeld"), [2]),
    (CallFilter(text="?"), []),
    (CallFilter(practice_id="rosengarten", line="sip", live=True), []),
]


async def test_each_filter_shows_the_calls_that_have_it_and_several_narrow_the_list(journal, ids):
    for wanted, expected in CASES:
        found = [ids.index(call.id) for call in await journal.calls(wanted=wanted)]
        assert found == expected, wanted


async def test_pages_of_a_filtered_list_stay_while_calls_come_in(journal, ids):
    wanted = CallFilter(practice_id="rosengarten")
    (first,) = await journal.calls(1, None, wanted)
    await journal.begin_call(NewCall("sip", "rosengarten", START))
    (second,) = await journal.calls(1, first.id, wanted)
    assert [first.id, second.id] == [ids[1], ids[0]]
    assert await journal.calls(1, second.id, wanted) == []
