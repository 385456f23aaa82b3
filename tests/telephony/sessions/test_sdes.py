"""Reading and writing a=crypto lines (RFC 4568)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdp_fixtures import crypto, describe, key

from gateway.media.rtp.srtp import SUITES
from gateway.telephony.sessions.sdes import (
    KEY_LENGTHS,
    CryptoError,
    CryptoLine,
    crypto_lines,
    parse_crypto,
)

KEY = base64.b64encode(key(1)).decode()


@given(st.integers(0, 999_999_999), st.sampled_from(sorted(KEY_LENGTHS)), st.data())
def test_a_line_is_read_as_it_was_written(tag, suite, data):
    length = KEY_LENGTHS[suite]
    line = CryptoLine(tag, suite, data.draw(st.binary(min_size=length, max_size=length)))
    name, value = line.attribute()
    assert (name, parse_crypto(value)) == ("crypto", line)


@pytest.mark.parametrize(
    "value",
    [
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        f"1 aes_cm_128_hmac_sha1_80 INLINE:{KEY}",
        f" 1  AES_CM_128_HMAC_SHA1_80  inline:{KEY} ",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1048576",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} WSH=128",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} wsh=64 -FUTURE=x",
    ],
)
def test_what_makes_no_difference_is_read_over(value):
    assert parse_crypto(value) == CryptoLine(1, "AES_CM_128_HMAC_SHA1_80", key(1))


def test_padding_may_be_left_out():
    text = base64.b64encode(key(7, 28)).decode()
    assert text.endswith("=")
    assert parse_crypto(f"2 AEAD_AES_128_GCM inline:{text.rstrip('=')}").key == key(7, 28)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "cannot be read"),
        ("1", "cannot be read"),
        (f"x AES_CM_128_HMAC_SHA1_80 inline:{KEY}", "cannot be read"),
        (f"1234567890 AES_CM_128_HMAC_SHA1_80 inline:{KEY}", "cannot be read"),
        (f"1 F8_128_HMAC_SHA1_80 inline:{KEY}", "suite"),
        (f"1 AES_CM_128_HMAC_SHA1_80 {KEY}", "inline"),
        (f"1 AES_CM_128_HMAC_SHA1_80 uri:{KEY}", "inline"),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:", "length"),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "length"),
        (f"1 AEAD_AES_256_GCM inline:{KEY}", "length"),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:!" + KEY[1:], "base64"),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:ä" + KEY[1:], "base64"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1:4", "master key identifier"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4", "master key identifier"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4;inline:{KEY}|2^20|2:4", "several keys"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|soon", "lifetime"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|0", "lifetime"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|2^20", "lifetime"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP", "session parameter"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTCP", "session parameter"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNAUTHENTICATED_SRTP", "session parameter"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} KDR=24", "session parameter"),
        (f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} FEC_ORDER=FEC_SRTP", "session parameter"),
    ],
)
def test_a_line_that_we_cannot_do_as_it_says_is_refused_and_told_without_its_key(value, problem):
    with pytest.raises(CryptoError, match=problem) as raised:
        parse_crypto(value)
    assert KEY not in str(raised.value)


@given(st.text(max_size=120))
def test_whatever_is_written_either_reads_or_is_refused(text):
    try:
        assert len(parse_crypto(text).key) in KEY_LENGTHS.values()
    except CryptoError:
        return


def test_usable_lines_are_kept_in_their_order():
    (media,) = describe(
        "m=audio 9000 RTP/SAVP 8", "a=crypto:1 FOO inline:AAAA", crypto(2, "AEAD_AES_256_GCM"), crypto(3)
    ).media
    assert [line.tag for line in crypto_lines(media)] == [2, 3]
    (plain,) = describe("m=audio 9000 RTP/AVP 8").media
    assert crypto_lines(plain) == []
    (unusable,) = describe("m=audio 9000 RTP/SAVP 8", "a=crypto:1 FOO inline:AAAA").media
    with pytest.raises(CryptoError, match="suite"):
        crypto_lines(unusable)


def test_keys_do_not_show():
    line = CryptoLine(1, "AES_CM_128_HMAC_SHA1_80", b"secret" * 5)
    assert "secret" not in repr(line)
    offer = describe("m=audio 9000 RTP/SAVP 8", crypto(1))
    assert KEY not in repr(offer)
    assert KEY not in repr(offer.media[0])


def test_every_suite_that_is_taken_is_one_that_the_media_plane_has():
    assert dict(KEY_LENGTHS) == SUITES
