"""No secret of a message gets past the mask, however the message is written."""

import timeit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sip_fixtures import SDP, invite, request

from gateway.telephony.diagnostics.trace_masking import mask_secrets

SECRET = "5ec7e7c0ffee"

DIGEST = (
    f'Digest username="practice", realm="provider", nonce="{SECRET}", uri="sip:provider;transport=tcp", '
    f'response="{SECRET}", cnonce="{SECRET}", opaque="{SECRET}", qop=auth, nc=00000001, algorithm=SHA-256'
)

HEADERS = [
    f"Authorization: {DIGEST}",
    f"proxy-authorization :{DIGEST}",
    f"AUTHORIZATION: Digest response={SECRET},nonce={SECRET}",
    f"Authorization: Digest username=x,\r\n response={SECRET}",
    f"Authorization:\r\n\tDigest nonce={SECRET}",
    f"Authorization: Bearer {SECRET}",
    f"Authorization: Basic {SECRET}==",
    f"Authorization: {SECRET}",
    f"Authorization: {SECRET} realm={SECRET}",
    f'Authorization: Digest realm="provider, response="{SECRET}"',
    f'Authorization: Digest username="provider, response={SECRET}, realm="y"',
    f"Authorization: Digest realm={SECRET}=, {SECRET}",
    f'Authorization: Digest {SECRET}, realm="y"',
    f"Authorization: Digest response = {SECRET}",
    f'Authorization: Digest response\r\n = "{SECRET}"',
    f'WWW-Authenticate: Digest realm="provider", nonce="{SECRET}", opaque="{SECRET}", stale=TRUE',
    f'Proxy-Authenticate: Digest realm="provider", nonce="{SECRET}"',
    f'Authentication-Info: nextnonce="{SECRET}", rspauth="{SECRET}", cnonce="{SECRET}", nc=00000001, qop=auth',
    f'Proxy-Authentication-Info: nextnonce="{SECRET}"',
    f"Identity: header.claims.{SECRET};info=<https://cert.example>;alg=ES256;ppt=shaken",
    f"y: ..{SECRET};info=<https://cert.example>",
    f'Identity: "{SECRET}"',
    f"Identity: {SECRET}",
    f"Contact: <sip:practice:{SECRET}@192.0.2.9>",
    f"From: sips:practice:{SECRET}@192.0.2.9;tag=a",
]

BODY_LINES = [
    f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SECRET}|2^20|1:32",
    f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SECRET};inline:{SECRET} UNENCRYPTED_SRTCP",
    f"a=crypto:{SECRET}",
    f"A=CRYPTO:1 X INLINE:{SECRET}",
    f"a=key-mgmt:mikey {SECRET}",
    f"a=ice-pwd:{SECRET}",
    f"k=clear:{SECRET}",
    f"k=base64:{SECRET}",
    f"Signal={SECRET}",
    f"signal = {SECRET}",
    f"Authorization: {DIGEST}",
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("first", [True, False])
def test_a_secret_in_a_header_is_masked(header, line_end, first):
    lines = [header, "Call-ID: c1"] if first else ["INVITE sip:x SIP/2.0", "Call-ID: c1", header]
    masked = mask_secrets(line_end.join([*lines, "", ""]).replace("\r\n", line_end).encode())
    assert SECRET.encode() not in masked
    assert b"Call-ID: c1" in masked


@pytest.mark.parametrize("header", HEADERS)
def test_a_secret_in_a_message_that_breaks_off_is_masked(header):
    assert SECRET.encode() not in mask_secrets(f"BYE sip:x SIP/2.0\r\n{header}".encode())


@pytest.mark.parametrize("line", BODY_LINES)
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_secret_in_a_body_is_masked_and_the_body_keeps_its_length(line, line_end):
    body = line_end.join(["v=0", line, "a=ptime:20", line, ""]).encode()
    masked = mask_secrets(invite(body=body))
    assert SECRET.encode() not in masked
    assert len(masked) == len(invite(body=body))
    assert b"a=ptime:20" in masked


def test_pressed_keys_are_masked_where_the_body_is_nothing_else():
    info = request("INFO", headers=("Content-Type: application/dtmf",), body=b"7")
    assert mask_secrets(info) == info[:-1] + b"*"


def test_what_a_fault_is_found_by_stays():
    masked = mask_secrets(request("REGISTER", headers=(f"Authorization: {DIGEST}",))).decode()
    for kept in ('username="practice"', 'realm="provider"', "algorithm=SHA-256", "qop=auth", "nc=00000001"):
        assert kept in masked
    assert 'uri="sip:provider;transport=tcp"' in masked
    assert "nonce=***" in masked
    media = mask_secrets(invite(body=b"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abcd\r\n"))
    assert media.endswith(b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****\r\n")
    identity = mask_secrets(request(headers=("Identity: aa.bb.cc;info=<https://x>;alg=ES256",)))
    assert b"Identity: aa.bb.***;info=<https://x>;alg=ES256\r\n" in identity


@pytest.mark.parametrize(
    "message", [invite(), request("BYE", to_tag="b"), invite(body=SDP + b"\r\n\r\nx"), b"\r\n\r\n"]
)
def test_a_message_without_secrets_stays_as_it_is(message):
    assert mask_secrets(message) == message


@given(st.binary(max_size=300))
@example(b"")
@example(b"\n\n\n")
@example(b"\r\n\r\nauthorization:")
def test_whatever_comes_is_masked_without_an_error(data):
    mask_secrets(data)
    mask_secrets(b"BYE sip:x SIP/2.0\r\nAuthorization: Digest " + data)


@given(
    name=st.sampled_from(["Authorization", "Proxy-Authorization", "WWW-Authenticate", "Authentication-Info"]),
    before=st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
    after=st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
    parameter=st.sampled_from(["nonce", "response", "cnonce", "nextnonce", "rspauth", "opaque", "auts"]),
    quoted=st.booleans(),
)
def test_a_secret_between_whatever_else_is_masked(name, before, after, parameter, quoted):
    value = f'"{SECRET}"' if quoted else SECRET
    header = f"{name}: Digest {before}, {parameter}={value}, {after}"
    assert SECRET.encode() not in mask_secrets(f"BYE sip:x SIP/2.0\r\n{header}\r\nCall-ID: c1\r\n\r\n".encode())


@pytest.mark.parametrize(
    "hostile",
    [
        b"Authorization: Digest " + b'a="' * 20_000,
        b"Authorization: Digest " + b"\\" * 60_000,
        b"From: " + b"sip:" * 15_000,
        b"From: sip:" + b"a:" * 30_000,
        b"From: " + b"sip:" * 15_000 + b"@x",
        b"From: " + b"sip:a:b@" * 8_000,
        b"Authorization:" + b"\r\n " * 20_000,
        b"\r\n" * 30_000,
        b"a=crypto:" * 7_000,
        b"signal" + b" " * 60_000,
    ],
)
def test_a_message_made_to_be_slow_is_not(hostile):
    data = b"INVITE sip:x SIP/2.0\r\n" + hostile
    assert min(timeit.repeat(lambda: mask_secrets(data), number=1, repeat=3)) < 0.05
