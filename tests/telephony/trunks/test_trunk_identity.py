"""Numbers and names as providers want them on calls that go out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.trunks.identity import normalise_number
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_identity import called_address, dialled_number, format_number, outgoing_identity
from gateway.telephony.trunks.trunk_profile import TrunkProfile

OURS, HERS, ABROAD = "+41441234560", "+41791234567", "+33142685300"


def trunk(server="sip:sip.provider.example:5070", **identity):
    profile = TrunkProfile.model_validate(
        {
            "id": "provider",
            "servers": [server],
            "username": "line",
            "password_env": "X",
            "identity": identity,
        }
    )
    return Trunk(profile, tuple(parse_uri(server) for server in profile.servers))


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        ("e164", [OURS, ABROAD, "144"]),
        ("00", ["0041441234560", "0033142685300", "144"]),
        ("national", ["0441234560", "0033142685300", "144"]),
        ("digits", ["41441234560", "33142685300", "144"]),
    ],
)
def test_numbers_are_written_in_the_providers_format(number_format, expected):
    assert [format_number(number, number_format) for number in (OURS, ABROAD, "144")] == expected


@pytest.mark.parametrize(("number", "written"), [("+9991234567", "009991234567"), ("+883123456789", "00883123456789")])
def test_a_number_of_no_country_is_written_nevertheless(number, written):
    assert format_number(number, "national") == written


@given(st.sampled_from(["e164", "00", "national", "digits"]), st.sampled_from([OURS, HERS, ABROAD, "+393312345678"]))
def test_what_is_written_is_read_as_the_same_number(number_format, number):
    assert normalise_number(format_number(number, number_format)) == number


@pytest.mark.parametrize(
    ("target", "number"),
    [
        ("+41791234567", HERS),
        ("079 123 45 67", HERS),
        ("0041791234567", HERS),
        ("144", "144"),
        (parse_uri("tel:+41-79-123-45-67"), HERS),
        (parse_uri("tel:0791234567;phone-context=+41"), HERS),
        (parse_uri("sip:0791234567@anywhere;user=phone"), HERS),
        (parse_uri("sip:0791234567@pbx.example"), None),
        (parse_uri("sip:reception@pbx.example;user=phone"), None),
        ("sip:0791234567@pbx.example", None),
        ("reception", None),
        ("", None),
        ("12", None),
    ],
)
def test_a_target_is_a_number_or_a_place(target, number):
    assert dialled_number(target) == number


@pytest.mark.parametrize(
    ("server", "domain", "called"),
    [
        ("sip:192.0.2.7:5080", None, "192.0.2.7:5080"),
        ("sip:[2001:db8::7]:5080", None, "[2001:db8::7]:5080"),
        ("sip:192.0.2.7", None, "192.0.2.7"),
        ("sip:192.0.2.7:5080", "provider.example", "provider.example"),
    ],
)
def test_a_number_is_called_at_the_port_of_a_server_without_a_name(server, domain, called):
    assert str(called_address(trunk(server, domain=domain), HERS, "x")) == f"<sip:+41791234567@{called}>"


def test_a_called_number_goes_to_the_providers_domain():
    assert str(called_address(trunk(), HERS, "192.0.2.9")) == "<sip:+41791234567@sip.provider.example>"
    written = called_address(trunk(number_format="national", user_phone=True, domain="provider.example"), HERS, "x")
    assert str(written) == "<sip:0791234567@provider.example;user=phone>"


@pytest.mark.parametrize(
    ("identity", "caller", "headers"),
    [
        ({}, "<sip:line@sip.provider.example>", ()),
        (
            {"number": OURS, "display_name": "Praxis", "user_phone": True},
            '"Praxis" <sip:+41441234560@sip.provider.example;user=phone>',
            (),
        ),
        (
            {"number": OURS, "header": "p-preferred-identity", "number_format": "00"},
            "<sip:0041441234560@sip.provider.example>",
            (("P-Preferred-Identity", "<sip:0041441234560@sip.provider.example>"),),
        ),
        (
            {"number": OURS, "header": "p-asserted-identity", "privacy": "id"},
            '"Anonymous" <sip:anonymous@anonymous.invalid>',
            (("Privacy", "id"), ("P-Asserted-Identity", "<sip:+41441234560@sip.provider.example>")),
        ),
        (
            {"number": OURS, "privacy": "id"},
            "<sip:+41441234560@sip.provider.example>",
            (("Privacy", "id"),),
        ),
    ],
)
def test_who_calls_stands_where_the_provider_looks_for_it(identity, caller, headers):
    outgoing = outgoing_identity(trunk(**identity), "192.0.2.1")
    assert (str(outgoing.caller), outgoing.headers) == (caller, headers)
