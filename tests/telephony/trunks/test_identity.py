import pytest
from sip_fixtures import invite

from gateway.telephony.messages.message import parse_message
from gateway.telephony.trunks.identity import CallerIdentity, called_numbers, identify_caller, normalise_number

FROM = "From: <sip:0791234567@192.0.2.9>;tag=a"


def caller(from_value='"Anna Muster" <sip:0791234567@192.0.2.9>', *headers):
    data = invite(headers=headers).replace(FROM.encode(), f"From: {from_value};tag=a".encode())
    return identify_caller(parse_message(data))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0791234567", "+41791234567"),
        ("+41791234567", "+41791234567"),
        ("0041791234567", "+41791234567"),
        ("41791234567", "+41791234567"),
        ("079 123 45 67", "+41791234567"),
        ("+41-44-668.18.00", "+41446681800"),
        ("(044) 668 18 00", "+41446681800"),
        ("0033142685300", "+33142685300"),
        ("+33142685300", "+33142685300"),
        ("33142685300", "+33142685300"),
        ("+393312345678", "+393312345678"),
        ("0800848888", "+41800848888"),
        ("101", None),
        ("service", None),
        ("", None),
        ("+", None),
        ("0791234567890123456789", None),
        ("*31#0791234567", None),
    ],
)
def test_swiss_and_foreign_numbers_become_e164(text, number):
    assert normalise_number(text) == number


def test_the_asserted_identity_comes_before_from():
    asserted = "P-Asserted-Identity: <tel:+41446681800>"
    assert caller('"Anna" <sip:0791234567@192.0.2.9>', asserted) == CallerIdentity("+41446681800", "Anna")


def test_several_asserted_identities_are_searched_for_a_number():
    asserted = 'P-Asserted-Identity: "Praxis" <sip:desk@pbx.example.com>, <sip:+41446681800@pbx.example.com;user=phone>'
    assert caller("<sip:desk@pbx.example.com>", asserted) == CallerIdentity("+41446681800", "Praxis")


def test_from_is_used_when_nothing_is_asserted_or_it_cannot_be_read():
    assert caller() == CallerIdentity("+41791234567", "Anna Muster")
    assert caller('"Anna Muster" <sip:0791234567@192.0.2.9>', "P-Asserted-Identity: <<<") == caller()


def test_a_tel_uri_with_a_context_is_a_number():
    assert caller("<tel:0791234567;phone-context=+41>").number == "+41791234567"
    assert caller("<sip:791234567;phone-context=x@192.0.2.9;user=phone>").number == "+41791234567"


@pytest.mark.parametrize(
    ("from_value", "headers"),
    [
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', []),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', ["P-Asserted-Identity: <tel:+41791234567>"]),
        ("<sip:anonymous@192.0.2.9>", []),
        ("<sip:0791234567@192.0.2.9>", ["Privacy: id"]),
        ("<sip:0791234567@192.0.2.9>", ["Privacy: user;id;critical", "P-Asserted-Identity: <tel:+41791234567>"]),
    ],
)
def test_a_caller_who_asks_for_privacy_stays_unknown(from_value, headers):
    assert caller(from_value, *headers) == CallerIdentity(anonymous=True)


def test_an_unknown_caller_is_not_an_anonymous_one():
    assert caller("<sip:desk@192.0.2.9>") == CallerIdentity()


def test_a_name_that_only_repeats_the_number_or_says_unknown_is_dropped():
    assert caller('"079 123 45 67" <sip:0791234567@192.0.2.9>').display_name == ""
    assert caller('"Unknown" <sip:0791234567@192.0.2.9>').display_name == ""


def test_a_name_is_made_fit_for_people():
    assert caller('"  Zo\u00eb\u202e  Muster\t" <sip:0791234567@192.0.2.9>').display_name == "Zo\u00eb Muster"
    assert len(caller(f'"{"x" * 500}" <sip:0791234567@192.0.2.9>').display_name) == 80


def test_a_caller_does_not_show_in_a_traceback():
    assert "79" not in repr(caller())
    assert "Anna" not in repr(caller())


PAI = "P-Asserted-Identity: <sip:+41446681800@provider.example;user=phone>"
PPI = "P-Preferred-Identity: <tel:+41446681801>"
RPID = 'Remote-Party-ID: "Praxis" <sip:0446681802@pbx>;party=calling;screen=yes;privacy=off'


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ([PAI, PPI, RPID], "+41446681800"),
        ([PPI, RPID], "+41446681801"),
        ([RPID], "+41446681802"),
        (["Remote-Party-ID: <sip:0446681802@pbx>"], "+41446681802"),
        (["Remote-Party-ID: <sip:0446681802@pbx>;party=called"], "+41791234567"),
        (["P-Asserted-Identity: <tel:0446681800;phone-context=+41>"], "+41446681800"),
        (["P-Asserted-Identity: <sip:446681800;phone-context=+41@ims.example;user=phone>"], "+41446681800"),
        (["P-Asserted-Identity: <sip:301234567;phone-context=+49@ims.example;user=phone>"], "+49301234567"),
        (["P-Asserted-Identity: <sip:0041446681800@ims.example>"], "+41446681800"),
        (["P-Asserted-Identity: <sip:41446681800@ims.example>"], "+41446681800"),
        (["P-Asserted-Identity: <sip:anonymous@ims.example>"], "+41791234567"),
        (["Privacy: none", PAI], "+41446681800"),
    ],
)
def test_what_a_trusted_network_asserts_comes_before_from(headers, number):
    assert caller("<sip:0791234567@192.0.2.9>", *headers).number == number


@pytest.mark.parametrize("headers", [[PAI], [PPI], [RPID], [PAI, PPI, RPID]])
def test_a_peer_that_is_not_trusted_asserts_nothing(headers):
    data = invite(headers=tuple(headers))
    assert identify_caller(parse_message(data), trusted=False).number == "+41791234567"


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("value", ["id", "user", "header", "id;critical", "USER, ID"])
def test_privacy_is_granted_whoever_asks_for_it(trusted, value):
    data = invite(headers=(f"Privacy: {value}", PAI))
    assert identify_caller(parse_message(data), trusted=trusted).anonymous


@pytest.mark.parametrize("value", ["full", "name", "uri"])
def test_remote_party_id_has_its_own_way_to_ask_for_privacy(value):
    assert caller("<sip:desk@192.0.2.9>", f"Remote-Party-ID: <sip:0446681802@pbx>;privacy={value}").anonymous


def called(uri="sip:line-7@192.0.2.1", *headers, to="<sip:line-7@192.0.2.1>"):
    data = invite(uri=uri, headers=headers).replace(b"To: <sip:+41441234567@192.0.2.1>", f"To: {to}".encode())
    return called_numbers(parse_message(data))


FIRST, SECOND, THIRD = "+41441234560", "+41441234570", "+41441234580"


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (called("sip:+41441234560@192.0.2.1"), (FIRST,)),
        (called("sip:0441234560@192.0.2.1;user=phone"), (FIRST,)),
        (called("sip:0041441234560@192.0.2.1"), (FIRST,)),
        (called("sip:41441234560@192.0.2.1"), (FIRST,)),
        (called("tel:044-123-45-60;phone-context=+41"), (FIRST,)),
        (called("sip:441234560;phone-context=+41@192.0.2.1;user=phone"), (FIRST,)),
        (called(to="<sip:0441234560@provider.example>"), (FIRST,)),
        (called("sip:0441234570@192.0.2.1", to="<sip:0441234560@provider.example>"), (SECOND, FIRST)),
        (called("sip:line-7@192.0.2.1", "P-Called-Party-ID: <tel:+41441234570>", to="<tel:+41441234560>"),
         (SECOND, FIRST)),
        (called("sip:line-7@192.0.2.1", "Diversion: <tel:+41441234570>;reason=no-answer, <tel:+41441234580>"),
         (SECOND, THIRD)),
        (called("sip:line-7@192.0.2.1", "History-Info: <sip:+41441234580@p>;index=1, <sip:+41441234570@p>;index=1.1"),
         (SECOND, THIRD)),
        (called("sip:+41441234560@192.0.2.1", "Diversion: <<<", "History-Info: ,,;"), (FIRST,)),
        (called("sip:+41441234560@192.0.2.1", to="<sip:+41441234560@192.0.2.1>"), (FIRST,)),
        (called(), ()),
    ],
)  # fmt: skip
def test_the_called_number_is_found_where_providers_put_it(numbers, expected):
    assert numbers == expected
