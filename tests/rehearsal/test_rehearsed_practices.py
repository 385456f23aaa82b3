"""The practice as it is open, and as it is closed, at any time of any day."""

import datetime as dt

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsal_helpers import ROOT

from gateway.practice.opening import is_open_at
from gateway.practice.profile import PracticeProfile
from gateway.rehearsal.practices import CLOSED_NUMBER, OPEN_NUMBER, rehearsed_practices

DOCUMENT = yaml.safe_load((ROOT / "dialplan" / "practices" / "example.yaml").read_text("utf-8"))


@settings(deadline=None)
@given(st.datetimes(dt.datetime(2026, 11, 2), dt.datetime(2026, 12, 20), timezones=st.just(dt.UTC)))
def test_one_is_open_now_and_in_an_hour_and_the_other_is_not(now: dt.datetime):
    opened, closed = rehearsed_practices(DOCUMENT, now, {})
    for minutes in (0, 30, 60):
        later = now + dt.timedelta(minutes=minutes)
        local = later.astimezone(opened.profile.zone)
        is_next_day = local.date() != now.astimezone(opened.profile.zone).date()
        # Opening hours end at 23:59 at the latest.
        is_last_minute = local.time() >= dt.time(23, 59)
        assert is_open_at(opened.profile, later) or is_next_day or is_last_minute
        assert not is_open_at(closed.profile, later)


def test_each_has_its_number_and_can_be_read_again():
    opened, closed = rehearsed_practices(DOCUMENT, dt.datetime.now(dt.UTC), {"reception": "sip:reception@127.0.0.1:9"})
    assert (opened.profile.numbers, closed.profile.numbers) == ((OPEN_NUMBER,), (CLOSED_NUMBER,))
    assert opened.profile.id != closed.profile.id
    for practice in (opened, closed):
        read = PracticeProfile.model_validate(yaml.safe_load(yaml.safe_dump(practice.document)))
        assert read == practice.profile
    uris = {target.id: target.uri for target in opened.profile.transfer_targets}
    assert uris == {"reception": "sip:reception@127.0.0.1:9", "on-call": "sip:on-call@pbx.example"}


@pytest.mark.parametrize("key", ["services", "people", "closures", "emergency"])
def test_the_rest_stays_as_it_is(key: str):
    for practice in rehearsed_practices(DOCUMENT, dt.datetime.now(dt.UTC), {}):
        assert practice.document[key] == DOCUMENT[key]
