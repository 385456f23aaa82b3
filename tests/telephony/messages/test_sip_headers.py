import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.messages.grammar import parse_parameters, split_list
from gateway.telephony.messages.headers import parse_cseq, parse_name_address, parse_via
from gateway.telephony.messages.uri import OtherUri, SipUri, TelUri, parse_uri


@pytest.mark.parametrize(
    "text",
    [
        "sip:example.com",
        "sip:alice@example.com:5070;transport=tcp;lr",
        "sips:alice:secret@example.com?subject=x&priority=urgent",
        "sip:+41791234567;phone-context=+41@192.0.2.1;user=phone",
        "sip:[2001:db8::1]:5060",
        "tel:+41-79-123.45.67",
        "tel:1234;phone-context=example.com",
        "urn:service:sos",
    ],
)
def test_a_uri_reads_as_it_is_written(text):
    assert str(parse_uri(text)) == text


def test_the_user_part_is_unescaped_and_escaped_again():
    uri = parse_uri("sip:sips%3Auser%40example.com@example.net")
    assert uri == SipUri("example.net", "sips:user@example.com")
    assert parse_uri(str(uri)) == uri


def test_a_user_part_may_look_like_parameters():
    # RFC 4475 section 3.1.1.9
    assert parse_uri("sip:user;par=u%40example.net@example.com").user == "user;par=u@example.net"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "sip:",
        "sip:@example.com",
        "sip:a@b@c",
        "sip:a@[::1",
        "sip:a@h:99999",
        "sip:a@h:5060x",
        "sip:%zz@h",
        "sip:a b@h",
        "sip:a@h o",
        "tel:",
        "tel:abc xyz",
        "<sip:a@h>",
        'sip:"a"@h',
        "sip:a@[not:ip]",
    ],
)
def test_what_is_no_uri_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_uri(text)


def test_kinds_of_uri():
    assert isinstance(parse_uri("tel:+41791234567"), TelUri)
    assert parse_uri("TEL:117") == TelUri("117")
    assert isinstance(parse_uri("http://example.com"), OtherUri)
    assert parse_uri("SIPS:a@h").secure


def test_parameters_without_brackets_belong_to_the_header():
    address = parse_name_address("sip:a@example.com;tag=1;x")
    assert address.tag == "1"
    assert address.uri == SipUri("example.com", "a")


def test_parameters_in_brackets_belong_to_the_uri():
    address = parse_name_address('"Doe, Jane" <sip:a@example.com;lr>;tag=1')
    assert address.display_name == "Doe, Jane"
    assert "lr" in address.uri.parameters
    assert address.tag == "1"


@pytest.mark.parametrize(
    "text", ['"a" sip:a@b', 'A" B <sip:a@b>', "<sip:a@b> x", "<sip:a@b>;=x", "<sip:a@b>;t=1;t=2", "sip:a@b?x=y", '"a']
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_name_address(text)


def test_a_name_that_should_have_been_quoted_is_taken():
    assert parse_name_address("Müller, Anna <sip:a@example.com>;tag=1").display_name == "Müller, Anna"


@pytest.mark.parametrize(
    ("via", "source", "stamped", "goes_to"),
    [
        # RFC 3581 section 4: the request came through a NAT.
        ("10.1.1.1:4540;rport;branch=z9hG4bKk", ("192.0.2.1", 9988), ";rport=9988", ("192.0.2.1", 9988)),
        ("10.1.1.1:4540;branch=z9hG4bKk", ("192.0.2.1", 9988), ";received=192.0.2.1", ("192.0.2.1", 4540)),
        ("192.0.2.1;branch=z9hG4bKk", ("192.0.2.1", 9988), "branch=z9hG4bKk", ("192.0.2.1", 5060)),
        ("pbx.example.com;branch=z9hG4bKk", ("192.0.2.1", 5060), ";received=192.0.2.1", ("192.0.2.1", 5060)),
        ("10.1.1.1;rport;received=203.0.113.1;branch=x", ("192.0.2.1", 7), ";received=192.0.2.1", ("192.0.2.1", 7)),
        ("10.1.1.1;maddr=203.0.113.1;branch=x", ("192.0.2.1", 7), ";received=192.0.2.1", ("192.0.2.1", 5060)),
        ("[2001:db8::9]:6050;rport;branch=x", ("2001:db8::1", 7), ";received=2001:db8::1", ("2001:db8::1", 7)),
    ],
)
def test_the_response_goes_where_the_request_came_from(via, source, stamped, goes_to):
    result = parse_via(f"SIP/2.0/UDP {via}").stamped(*source)
    assert stamped in str(result)
    assert parse_via(str(result)).response_address() == goes_to


@pytest.mark.parametrize(
    "text", ["SIP/3.0/UDP a", "SIP/2.0/UDP", "UDP a", "SIP/2.0/UDP a:b", "SIP/2.0/UDP a;=", "SIP/2.0/UDP ;branch=x"]
)
def test_what_is_no_via_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_via(text)


@pytest.mark.parametrize("text", ["", "1", "x INVITE", "-1 INVITE", "2147483648 INVITE", "1 IN VITE"])
def test_what_is_no_cseq_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_cseq(text)


@given(st.text(alphabet='a,;"<>\\ ', max_size=24), st.sampled_from(",;"))
def test_a_list_is_split_as_a_reader_with_one_eye_on_each_character_would(text, separator):
    def split():
        parts, part, quoted, bracket, escaped = [], "", False, False, False
        for char in text:
            if escaped:
                escaped = False
            elif quoted:
                escaped, quoted = char == "\\", char != '"'
            elif bracket:
                bracket = char != ">"
            elif char in '"<':
                quoted, bracket = char == '"', char == "<"
            elif char == separator:
                parts.append(part.strip())
                part = ""
                continue
            part += char
        return None if quoted or bracket else [*parts, part.strip()]

    try:
        found = split_list(text, separator)
    except ValueError:
        found = None
    assert found == split()


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", ()),
        (";a", (("a", None),)),
        ("a=1;B", (("a", "1"), ("b", None))),
        (' ; A = "x;\\"y" ; b= [::1]:5060 ', (("a", '"x;\\"y"'), ("b", "[::1]:5060"))),
        (";a=b=c", (("a", "b=c"),)),
        (";a=", None),
        (";a=;b", None),
        (";;a", None),
        (";a;", None),
        (";a b", None),
        (';a="b', None),
        (';a="b"c', None),
        (";a;A=1", None),
        (";a=<b>", None),
        ("=a", None),
    ],
)
def test_parameters_are_read_or_refused(text, items):
    if items is None:
        with pytest.raises(ValueError, match=r"(a|the) parameter"):
            parse_parameters(text)
    else:
        assert parse_parameters(text).items == items
