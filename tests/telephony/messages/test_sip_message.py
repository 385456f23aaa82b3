import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.grammar import Parameters
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import MAX_HEADERS, Headers, Request, Response, parse_message
from gateway.telephony.messages.responses import create_response
from gateway.telephony.messages.uri import OtherUri, SipUri

INVITE = (
    b"INVITE sip:+41441234567@192.0.2.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1;rport\r\n"
    b"From: <sip:0791234567@192.0.2.9>;tag=a\r\n"
    b"To: <sip:+41441234567@192.0.2.1>\r\n"
    b"Call-ID: c1\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Contact: <sip:192.0.2.9>\r\n"
    b"Content-Length: 4\r\n\r\nbody"
)


def with_line(old: bytes, new: bytes, message: bytes = INVITE) -> bytes:
    assert old in message
    return message.replace(old, new)


def test_a_request_is_read():
    request = parse_message(INVITE)
    assert isinstance(request, Request)
    assert request.method == "INVITE"
    assert request.uri == SipUri("192.0.2.1", "+41441234567")
    assert request.from_address.tag == "a"
    assert request.cseq.number == 1
    assert request.body == b"body"


def test_a_response_is_read():
    response = parse_message(
        INVITE.replace(b"INVITE sip:+41441234567@192.0.2.1 SIP/2.0", b"SIP/2.0 183 Session Progress")
    )
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (183, "Session Progress")


@pytest.mark.parametrize("control", ["\r", "\x00"])
def test_a_reason_phrase_that_would_break_a_header_of_ours_is_refused(control):
    data = f"SIP/2.0 408 Too{control}late\r\nCall-ID: c\r\n\r\n".encode()
    with pytest.raises(MalformedMessage, match="The status line cannot be read"):
        parse_message(data)


def test_the_tortuous_invite_of_rfc_4475_is_read():
    # RFC 4475 section 3.1.1.1: odd white space, folding, compact forms, escapes, unknown header fields.
    data = (
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
        "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
        'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
        "MaX-fOrWaRdS: 0068\r\n"
        "Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
        "Content-Length   : 2\r\n"
        "cseq: 0009\r\n  INVITE\r\n"
        "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
        "s :\r\n"
        "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
        "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
        "Content-Type: application/sdp\r\n"
        "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n"
        "  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
        'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n'
        "      newvalue ;\r\n  secondparam ; q = 0.33\r\n"
        "\r\nab"
    )
    request = parse_message(data.encode())
    assert request.from_address.display_name == 'J Rosenberg \\"'
    assert request.from_address.tag == "98asjd8"
    assert request.to_address.tag == "1918181833n"
    assert request.cseq.number == 9
    assert [str(via) for via in request.headers.get_list("Via")][1].endswith("z9hG4bK9ikj8")
    assert len(request.headers.get_list("Via")) == 3
    assert request.addresses("Contact")[0].parameters.get("q") == "0.33"
    assert request.headers.get("Subject") == ""


@pytest.mark.parametrize(
    ("compact", "name"),
    [("v", "Via"), ("f", "From"), ("t", "To"), ("i", "Call-ID"), ("m", "Contact"), ("l", "Content-Length")],
)
def test_compact_forms_are_the_long_ones(compact, name):
    long = next(line for line in INVITE.split(b"\r\n") if line.startswith(name.encode() + b":"))
    request = parse_message(INVITE.replace(long, compact.encode() + long[len(name) :]))
    assert request == parse_message(INVITE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (with_line(b"From: <sip:0791234567@192.0.2.9>;tag=a\r\n", b""), "The From header is missing"),
        (with_line(b"Call-ID: c1\r\n", b"Call-ID: c1\r\nCall-ID: c2\r\n"), "Call-ID header is there more than once"),
        (with_line(b"Length: 4", b"Length: 9"), "shorter than its Content-Length"),
        (with_line(b"Length: 4", b"Length: -4"), "Content-Length header is not a number"),
        (with_line(b"Length: 4", b"Length: 4\r\nl: 3"), "Content-Length header is there more than once"),
        (with_line(b"1 INVITE", b"36893488147419103232 INVITE"), "not below 2^31"),
        (with_line(b"1 INVITE", b"1 OPTIONS"), "names another method"),
        (with_line(b"1 INVITE", b"INVITE"), "CSeq header cannot be read"),
        (with_line(b"To: <sip:+41441234567@192.0.2.1>", b'To: "Q <sip:a@b>'), "quotation mark that is not closed"),
        (with_line(b"To: <sip:+41441234567@192.0.2.1>", b"To: <sip:a@b"), "To header cannot be read"),
        (with_line(b"sip:+41441234567@192.0.2.1 SIP", b"<sip:a@b> SIP"), "Request-URI cannot be read"),
        (with_line(b"sip:+41441234567@192.0.2.1 SIP", b"sip:a@b; lr SIP"), "Request-URI cannot be read"),
        (with_line(b"192.0.2.1 SIP/2.0", b"192.0.2.1 SIP/2.0 "), "request line cannot be read"),
        (with_line(b"192.0.2.1 SIP/2.0", b"192.0.2.1 HTTP/1.1"), "does not end with SIP/2.0"),
        (with_line(b"branch=z9hG4bK1;rport", b";;,;"), "Via header cannot be read"),
        (with_line(b"Contact:", b"Con tact:"), "not of the form name: value"),
        (with_line(b"Contact:", b"X: a\nb: c\r\nContact:"), "control character"),
        (with_line(b"Contact:", b"Max-Forwards: 300\r\nContact:"), "Max-Forwards"),
        (with_line(b"Contact:", b"X: " + b"a" * 9000 + b"\r\nContact:"), "too long"),
        (INVITE[: INVITE.index(b"\r\n\r\n")], "does not end with an empty line"),
    ],
)
def test_a_bad_request_is_refused_with_a_reason_that_helps(data, reason):
    with pytest.raises(MalformedMessage, match=reason.replace("^", r"\^")) as caught:
        parse_message(data)
    assert caught.value.status == 400
    assert caught.value.request is not None


def test_another_version_gets_505():
    with pytest.raises(MalformedMessage) as caught:
        parse_message(with_line(b"192.0.2.1 SIP/2.0", b"192.0.2.1 SIP/7.0"))
    assert caught.value.status == 505


def test_too_many_headers_are_refused():
    with pytest.raises(MalformedMessage, match="header lines"):
        parse_message(with_line(b"Contact:", b"X: 1\r\n" * MAX_HEADERS + b"Contact:"))


@pytest.mark.parametrize(
    "data", [b"", b"GET / HTTP/1.1\r\n\r\n", b"SIP/2.0 99999 x\r\n\r\n", b"\x00\xff" * 50, b"INVITE\r\n\r\n"]
)
def test_what_is_no_sip_is_refused_as_such(data):
    with pytest.raises(MalformedMessage):
        parse_message(data)


@given(st.binary(max_size=300))
def test_no_octets_make_the_parser_fail_otherwise(data):
    for candidate in (data, INVITE[:60] + data + INVITE[60:], INVITE[:-20] + data):
        try:
            parse_message(candidate)
        except MalformedMessage as error:
            assert error.reason  # noqa: PT017


def test_octets_behind_the_body_are_cut_off():
    assert parse_message(INVITE + b"INVITE sip:x SIP/2.0").body == b"body"


def test_a_long_run_of_spaces_is_read_in_no_time():
    with pytest.raises(MalformedMessage, match="too long"):
        parse_message(with_line(b"Contact:", b"X: " + b" " * 60_000 + b"a\r\nContact:"))


token = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
text = st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=("Cs",)), max_size=30)
uris = st.builds(
    SipUri,
    host=st.sampled_from(["example.com", "192.0.2.1", "2001:db8::1"]),
    user=st.none() | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12),
    port=st.none() | st.integers(1, 65535),
    parameters=st.just(Parameters())
    | st.builds(lambda name, value: Parameters(((name.lower(), value),)), token, token),
)
addresses = st.builds(
    NameAddress, uri=uris, display_name=text, parameters=st.builds(lambda tag: Parameters((("tag", tag),)), token)
)


@given(uris, st.tuples(addresses, addresses), token, st.integers(0, 2**31 - 1), st.binary(max_size=40), text)
def test_a_message_reads_as_it_was_written(uri, parties, call_id, number, body, subject):  # noqa: PLR0917
    caller, called = parties
    request = Request(
        method="INVITE",
        uri=uri,
        headers=Headers(
            [
                ("Via", "SIP/2.0/UDP [2001:db8::2]:5070;branch=z9hG4bKx;rport"),
                ("From", caller),
                ("To", called),
                ("Call-ID", call_id),
                ("CSeq", f"{number} INVITE"),
                ("Subject", subject.strip(" \t")),
            ]
        ),
        body=body,
    )
    read = parse_message(request.serialise())
    assert isinstance(read, Request)
    assert read.uri == uri
    assert (read.from_address, read.to_address) == (caller, called)
    assert (read.call_id, read.cseq.number, read.body) == (call_id, number, body)
    assert read.headers.get("Subject") == subject.strip(" \t")
    assert parse_message(read.serialise()) == read


def test_a_display_name_in_another_encoding_survives():
    data = with_line(b"From: <", b'From: "M\xfcller" <')
    assert parse_message(data).serialise().count(b'"M\xfcller"') == 1


def test_a_request_to_another_scheme_is_read_so_that_it_can_be_refused():
    assert isinstance(parse_message(with_line(b"sip:+41441234567@192.0.2.1 SIP", b"name:john SIP")).uri, OtherUri)


def test_headers_do_not_show_their_values():
    assert "0791234567" not in repr(parse_message(INVITE).headers)
    assert "0791234567" not in repr(parse_message(INVITE))


def test_a_message_has_limits():
    def many(name, value, count):
        return with_line(b"Call-ID", b"".join(b"%s: %s\r\n" % (name, value) for _ in range(count)) + b"Call-ID")

    for name, value in ((b"Via", b"SIP/2.0/UDP a"), (b"Route", b"<sip:a>"), (b"Record-Route", b"<sip:a>,<sip:b>")):
        with pytest.raises(MalformedMessage, match=f"more than 70 {name.decode()} entries") as caught:
            parse_message(many(name, value, 70 if name == b"Via" else 71))
        assert caught.value.request is not None
    parse_message(many(b"Route", b"<sip:a>", 70))


def test_a_request_uri_that_is_too_long_is_refused_with_414():
    with pytest.raises(MalformedMessage, match="Request-URI Too Long") as caught:
        parse_message(with_line(b"INVITE sip:+", b"INVITE sip:" + b"1" * 3000))
    assert caught.value.status == 414
    assert caught.value.request is not None


def test_a_message_with_too_many_headers_can_still_be_answered():
    with pytest.raises(MalformedMessage, match="more than 256 header lines") as caught:
        parse_message(with_line(b"Content-Length", b"X: y\r\n" * MAX_HEADERS + b"Content-Length"))
    assert caught.value.request.top_via.host == "192.0.2.9"


@pytest.mark.parametrize("name", ["Call-ID", "CSeq", "MIME-Version", "Min-SE", "RAck", "RSeq", "WWW-Authenticate"])
def test_header_names_are_written_as_their_rfcs_spell_them(name):
    """A peer should compare them without case, but not each does."""
    headers = Headers([(name.lower(), "1")])
    assert [written for written, _ in headers] == [name]


@pytest.mark.parametrize(("status", "reason"), [(401, "Unauthorized"), (407, "Proxy Authentication Required")])
def test_a_challenge_has_its_reason_phrase(status, reason):
    request = parse_message(INVITE)
    assert isinstance(request, Request)
    assert create_response(request, status).reason == reason
