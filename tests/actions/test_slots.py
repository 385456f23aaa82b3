"""What is taken from an application's answer about free times."""

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.actions.appointments import Appointment, AppointmentStatus, parse_appointment
from gateway.actions.slots import MOST_SLOTS, AnswerInvalid, parse_slots
from gateway.practice.loader import load_profile

ZONE = ZoneInfo("Europe/Zurich")
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
"""A Monday."""


PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")


def entry(at, /, minutes=30, **changes):
    begin = dt.datetime.fromisoformat(at)
    begin = begin if begin.tzinfo else begin.replace(tzinfo=ZONE)
    end = begin + dt.timedelta(minutes=minutes)
    return {"id": at, "start": begin.isoformat(), "end": end.isoformat()} | changes


def parsed(*entries):
    return parse_slots(json.dumps({"slots": entries}).encode(), PROFILE, NOW)


def ids(*entries):
    return [slot.id for slot in parsed(*entries)]


def test_slots_come_in_order_in_the_practices_zone():
    slots = parsed(entry("2026-11-24T10:30"), entry("2026-11-24T08:00+00:00"))
    assert [slot.start.strftime("%H:%M") for slot in slots] == ["09:00", "10:30"]
    assert all(slot.start.tzinfo is PROFILE.zone for slot in slots)


def test_a_slot_that_is_over_or_begins_now_is_left_out():
    assert ids(entry("2026-11-23T09:00"), entry("2026-11-23T10:00"), entry("2026-11-23T10:30")) == ["2026-11-23T10:30"]


@pytest.mark.parametrize("start", ["2026-11-22T10:00", "2026-11-24T05:00", "2026-11-24T22:00", "2026-12-25T10:00"])
def test_a_slot_while_the_practice_is_closed_is_left_out(start):
    assert ids(entry(start), entry("2026-11-24T09:00")) == ["2026-11-24T09:00"]


@pytest.mark.parametrize(
    "odd",
    [
        {},
        "text",
        None,
        {"id": "x"},
        entry("2026-11-24T09:30", minutes=-30),
        entry("2026-11-24T09:30", minutes=0),
        entry("2026-11-24T09:30", start="2026-11-24T09:30:00"),
        entry("2026-11-24T09:30", start="tomorrow"),
        entry("2026-11-24T09:30", id=""),
        entry("2026-11-24T09:30", id="x" * 201),
        entry("2026-11-24T09:30", id=7),
        entry("2026-11-24T09:30", start="0001-01-01T00:00:00+14:00"),
        entry("2026-11-24T09:30", end="9999-12-31T23:59:59-14:00", start="9999-12-31T23:00:00-14:00"),
    ],
)
def test_an_odd_entry_hides_no_other_one(odd):
    assert ids(odd, entry("2026-11-24T09:00")) == ["2026-11-24T09:00"]


def test_a_person_of_the_profile_is_kept_and_another_is_nobody():
    person = PROFILE.people[0].id
    slots = parsed(entry("2026-11-24T09:00", practitioner=person), entry("2026-11-24T09:30", practitioner="dr-who"))
    assert [slot.practitioner for slot in slots] == [person, None]


def test_a_slot_counts_once_and_no_more_are_looked_at_than_anybody_listens_to():
    day = [entry(f"2026-11-24T{hour:02}:{minute:02}") for hour in (8, 9, 10, 11) for minute in range(0, 60, 5)]
    slots = parsed(*day, *day)
    assert len(slots) == MOST_SLOTS
    assert len({slot.id for slot in slots}) == MOST_SLOTS
    assert [slot.start for slot in slots] == sorted(slot.start for slot in slots)


def test_no_free_time_is_an_answer():
    assert parsed() == ()


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"slots": {}}', b'{"slots": null}', b'{"slots": [1]}', b"[" * 100000],
)
def test_what_is_no_such_answer_is_told(body):
    with pytest.raises(AnswerInvalid):
        parse_slots(body, PROFILE, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "start", "end", "slots", "practitioner", "appointment", "status"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_any_answer_gives_usable_slots_or_is_told(body):
    try:
        slots = parse_slots(body, PROFILE, NOW)
    except AnswerInvalid:
        slots = ()
    assert all(slot.start > NOW for slot in slots)
    assert parse_appointment(body).status in AppointmentStatus


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"appointment": {"status": "booked"}}', Appointment(AppointmentStatus.BOOKED)),
        (b'{"appointment": {"status": "taken", "more": 1}, "id": "x"}', Appointment(AppointmentStatus.TAKEN)),
        (
            b'{"appointment": {"status": "booked", "start": "2026-11-24T09:00:00+01:00"}}',
            Appointment(AppointmentStatus.BOOKED, dt.datetime(2026, 11, 24, 9, 0, tzinfo=ZONE)),
        ),
        (b'{"appointment": {"status": "requested"}}', Appointment(AppointmentStatus.REQUESTED)),
        (b"{}", Appointment(AppointmentStatus.REQUESTED)),
        (b"", Appointment(AppointmentStatus.REQUESTED)),
        (b"rubbish", Appointment(AppointmentStatus.REQUESTED)),
        (b'{"appointment": {"status": "perhaps"}}', Appointment(AppointmentStatus.REQUESTED)),
        (b'{"appointment": {"status": "booked", "start": "noon"}}', Appointment(AppointmentStatus.REQUESTED)),
    ],
)
def test_only_a_clear_answer_says_that_an_appointment_is_booked(body, expected):
    assert parse_appointment(body) == expected
