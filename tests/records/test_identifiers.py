"""Identifiers: version 7, and rising whatever the clock does."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from gateway.records.identifiers import IdentifierSource, new_identifier


@given(st.lists(st.integers(min_value=0, max_value=2**44), min_size=2, max_size=200))
def test_identifiers_rise_even_when_the_clock_is_set_back(milliseconds):
    source = IdentifierSource()
    identifiers = [source.new(millisecond) for millisecond in milliseconds]
    assert identifiers == sorted(identifiers)
    assert len(set(identifiers)) == len(identifiers)


def test_more_identifiers_than_the_counter_holds_still_rise_within_a_millisecond():
    source = IdentifierSource()
    identifiers = [source.new(1_700_000_000_000) for _ in range(10_000)]
    assert identifiers == sorted(set(identifiers))


def test_an_identifier_is_a_uuid_of_version_7_that_begins_with_its_millisecond():
    identifier = uuid.UUID(IdentifierSource().new(1_700_000_000_000))
    assert identifier.version == 7
    assert identifier.variant == uuid.RFC_4122
    assert identifier.int >> 80 == 1_700_000_000_000
    assert uuid.UUID(new_identifier()).version == 7
