"""A trace that leaves the house names no caller, and still shows the fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import SDP, invite, request
from trace_fixtures import traced, whole_call

from gateway.telephony.diagnostics.message_outline import outline
from gateway.telephony.diagnostics.trace_anonymiser import Anonymiser
from gateway.telephony.messages.message import parse_message

PERSONAL = [
    'From: "Muster, Anna" <sip:0791234567@192.0.2.9>;tag=a',
    "From: Anna Muster <sip:+41791234567@192.0.2.9;user=phone>;tag=a",
    "From: <sip:anna.muster@192.0.2.9>;tag=a",
    "From: sip:0791234567@192.0.2.9;tag=a",
    "P-Asserted-Identity: <tel:+41791234567>",
    'P-Asserted-Identity: "Anna Muster" <sip:0791234567@192.0.2.9>, <tel:0791234567>',
    'Remote-Party-ID: "Anna Muster" <sip:0791234567@192.0.2.9>;party=calling',
    "Diversion: <sip:0791234567@192.0.2.9>;reason=unconditional",
    "History-Info: <sip:0791234567@192.0.2.9?Reason=SIP%3Bcause%3D302>;index=1",
    "Contact: Anna Muster <sip:0791234567:5060@192.0.2.9:5060>",
    "Refer-To: <sip:0791234567@192.0.2.9?Replaces=x>",
    "Subject: Anna Muster calls",
    "Organization: Muster AG",
    "X-Caller: +41791234567",
    "Call-Info: <http://example/0791234567>",
    'Authorization: Digest username="0791234567", realm="provider"',
    "Identity: eyJhbGciOiJFUzI1NiJ9.eyJvcmlnIjp7InRuIjoiNDE3OTEyMzQ1NjcifX0.***",
    'Reason: Q.850;cause=16;text="0791234567 hung up"',
    "Record-Route: <sip:0791234567@192.0.2.7;lr>",
    "From: Anna Muster\r\n <sip:0791234567@192.0.2.9>;tag=a",
    "not a header 0791234567 Muster",
    'From: "Anna Muster <sip:0791234567@192.0.2.9>;tag=a',
    'From: "Anna" Muster <sip:0791234567@192.0.2.9>;tag=a',
    'From: <sip:0791234567@192.0.2.9>, "Anna Muster <sip:0791234567@192.0.2.9>;tag=a',
    "From: Anna Muster sip:0791234567@192.0.2.9",
    "From: <0791234567>, <sip:192.0.2.9>",
    'From: "Anna <Muster> <sip:0791234567@192.0.2.9>',
]


@pytest.mark.parametrize("header", PERSONAL)
def test_numbers_and_names_are_gone(header):
    message = Anonymiser()(traced(f"INVITE sip:0791234567@192.0.2.1 SIP/2.0\r\n{header}\r\n\r\n".encode()))
    for personal in (b"1234567", b"muster", b"anna", b"eyj"):
        assert personal not in message.data.lower(), message.data


@pytest.mark.parametrize("line_end", [b"\n", b"\r"])
def test_nobody_is_named_either_where_lines_end_as_they_must_not(line_end):
    data = invite(headers=("Subject: Anna Muster",), body=SDP.replace(b"s=-", b"s=Anna Muster"))
    data = data.replace(b"From: ", b'From: "Anna Muster" ').replace(b"\r\n", line_end)
    assert data.count(b"Anna Muster") == 3
    after = Anonymiser()(traced(data)).data
    assert b"Anna" not in after
    assert len(after.splitlines()) == len(data.splitlines())


def test_one_number_is_one_party_however_it_is_written():
    anonymise = Anonymiser()
    first = anonymise(traced(request(uri="sip:+41441234567@192.0.2.1")))
    second = anonymise(traced(request(uri="sip:0041441234567@192.0.2.1;user=phone")))
    third = anonymise(traced(request(uri="tel:0441234567")))
    assert [message.data.split()[1] for message in (first, second, third)] == [
        b"sip:party1@192.0.2.1",
        b"sip:party1@192.0.2.1;user=phone",
        b"tel:party1",
    ]


def test_the_call_can_still_be_followed():
    anonymise = Anonymiser()
    for message in whole_call():
        before, after = parse_message(message.data), parse_message(anonymise(message).data)
        assert (after.call_id, after.cseq, after.top_via) == (before.call_id, before.cseq, before.top_via)
        assert (after.from_address.tag, after.to_address.tag) == (before.from_address.tag, before.to_address.tag)
        assert outline(anonymise(message).data) == outline(message.data)
        assert len(after.body) == len(before.body)


def test_a_body_keeps_its_length_and_says_nothing_of_a_person():
    body = SDP.replace(b"s=-", b"s=Anna Muster").replace(b"o=- ", b"o=anna ") + b"i=Anna\r\n"
    after = Anonymiser()(traced(invite(body=body))).data
    assert b"anna" not in after.lower()
    assert len(after.partition(b"\r\n\r\n")[2]) == len(body)
    assert b"m=audio 9000 RTP/AVP 8 101" in after
    text = Anonymiser()(traced(request("MESSAGE", headers=("Content-Type: text/plain",), body=b"Anna Muster\r\n"))).data
    assert text.endswith(b"\r\n\r\n" + b"*" * 11 + b"\r\n")


@given(st.binary(max_size=200))
def test_anything_is_anonymised_without_an_error(data):
    Anonymiser()(traced(data))
    Anonymiser()(traced(b"INVITE sip:x SIP/2.0\r\n" + data))
