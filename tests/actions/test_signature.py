"""The signature: what is signed verifies, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.actions.signature import TOLERANCE_S, SignatureInvalid, sign, verify

times = st.integers(min_value=0, max_value=10**12)


def test_the_signature_is_the_documented_one():
    # printf '1764000000.{"id":"1"}' | openssl dgst -sha256 -hmac secret
    assert sign(b'{"id":"1"}', "secret", 1764000000) == (
        "t=1764000000,v1=29c12ebb1c5a381ebe18c557465af26b2c5cc1fbde39726ec8f4988aa4846f37"
    )


@given(st.binary(max_size=200), st.text(min_size=1, max_size=50), times, st.floats(-TOLERANCE_S, TOLERANCE_S))
def test_what_was_signed_verifies_within_the_tolerance(body, secret, timestamp, drift):
    verify(sign(body, secret, timestamp), body, secret, timestamp + drift, TOLERANCE_S + 1)


@given(st.binary(min_size=1, max_size=200), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_body_does_not_verify(body, position, change):
    changed = bytearray(body)
    changed[position % len(body)] ^= change
    with pytest.raises(SignatureInvalid, match="does not match"):
        verify(sign(body, "secret", 1000), bytes(changed), "secret", 1000)


@given(st.text(min_size=1), st.text(min_size=1))
def test_another_secret_does_not_verify(secret, other):
    if secret != other:
        with pytest.raises(SignatureInvalid):
            verify(sign(b"body", secret, 1000), b"body", other, 1000)


@pytest.mark.parametrize("now", [1000 + TOLERANCE_S + 1, 1000 - TOLERANCE_S - 1])
def test_an_old_or_future_signature_does_not_verify(now):
    with pytest.raises(SignatureInvalid, match="too old or from the future"):
        verify(sign(b"body", "secret", 1000), b"body", "secret", now)


def test_the_time_cannot_be_changed_without_the_secret():
    _, digest = sign(b"body", "secret", 1000).split(",")
    with pytest.raises(SignatureInvalid, match="does not match"):
        verify(f"t=9000,{digest}", b"body", "secret", 9000)


@pytest.mark.parametrize("header", [None, "", "t=1", "v1=00", "t=-1,v1=" + "0" * 64, "t=1,v1=" + "g" * 64, "t=1,v1=é"])
def test_a_malformed_header_is_refused(header):
    with pytest.raises(SignatureInvalid, match="missing or malformed"):
        verify(header, b"body", "secret", 1)


def test_with_two_secrets_it_verifies_by_either_and_by_no_third():
    header = sign(b"body", "new", 1000, "old")
    assert header == f"{sign(b'body', 'new', 1000)},{sign(b'body', 'old', 1000).partition(',')[2]}"
    verify(header, b"body", "new", 1000)
    verify(header, b"body", "old", 1000)
    with pytest.raises(SignatureInvalid, match="does not match"):
        verify(header, b"body", "older", 1000)
    with pytest.raises(SignatureInvalid, match="too old"):
        verify(header, b"body", "old", 1000 + TOLERANCE_S + 1)


def test_no_more_digests_than_make_sense_are_compared():
    with pytest.raises(SignatureInvalid, match="malformed"):
        verify("t=1" + (",v1=" + "0" * 64) * 5, b"body", "secret", 1)
