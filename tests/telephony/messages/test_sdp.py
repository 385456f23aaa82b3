import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.errors import SdpError
from gateway.telephony.messages.sdp import MediaDescription, Origin, SessionDescription, parse_sdp

ASTERISK = b"""v=0\r
o=- 1449 1449 IN IP4 192.0.2.10\r
s=Asterisk\r
c=IN IP4 192.0.2.10\r
b=AS:84\r
t=0 0\r
a=msid-semantic: WMS *\r
m=audio 17218 RTP/AVP 8 0 101\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-16\r
a=ptime:20\r
a=sendrecv\r
m=video 0/2 RTP/AVP 99\r
c=IN IP6 2001:db8::1\r
"""


def test_a_description_is_read():
    description = parse_sdp(ASTERISK)
    audio, video = description.media
    assert description.origin == Origin(1449, 1449, "192.0.2.10")
    assert (audio.media, audio.port, audio.formats) == ("audio", 17218, ("8", "0", "101"))
    assert audio.values("rtpmap")[2] == "101 telephone-event/8000"
    assert audio.attribute("ptime") == "20"
    assert description.address_of(audio) == "192.0.2.10"
    assert description.address_of(video) == "2001:db8::1"
    assert (video.port, video.port_count) == (0, 2)


def test_a_description_is_written_as_it_was():
    assert parse_sdp(ASTERISK).serialise() == ASTERISK


def test_lines_that_end_with_lf_are_read():
    assert parse_sdp(ASTERISK.replace(b"\r\n", b"\n")) == parse_sdp(ASTERISK)


def test_lines_of_no_meaning_are_read_over():
    assert parse_sdp(ASTERISK.replace(b"t=0 0", b"i=x\r\ne=a@b\r\np=+41\r\nt=0 0\r\nk=clear:x")) == parse_sdp(ASTERISK)


def test_the_direction_may_stand_at_the_sessions_level():
    description = parse_sdp(ASTERISK.replace(b"a=sendrecv\r\n", b"").replace(b"a=msid", b"a=inactive\r\na=msid"))
    assert description.direction_of(description.media[0]) == "inactive"
    assert SessionDescription(Origin(1, 1, "192.0.2.1")).direction_of(description.media[0]) == "sendrecv"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "does not begin with v=0"),
        (b"v=1\r\n", "does not begin with v=0"),
        (ASTERISK.replace(b"o=- 1449 1449 IN IP4 192.0.2.10\r\n", b""), "needs one o= line"),
        (ASTERISK.replace(b"1449 1449", b"x 1449"), "o= line"),
        (ASTERISK.replace(b"c=IN IP4 192.0.2.10", b"c=IN IP4"), "c= line"),
        (ASTERISK.replace(b"m=audio 17218", b"m=audio 70000"), "m= line"),
        (ASTERISK.replace(b"RTP/AVP 8 0 101", b"RTP/AVP"), "m= line"),
        (ASTERISK.replace(b"t=0 0", b"hello"), "letter=value"),
        (b"v=0\r\n" + b"a=x\r\n" * 600, "more than"),
    ],
)
def test_what_is_no_description_is_refused_in_one_sentence(data, problem):
    with pytest.raises(SdpError, match=problem):
        parse_sdp(data)


@given(st.binary(max_size=200))
def test_no_octets_make_the_parser_fail_otherwise(data):
    for candidate in (data, ASTERISK[:100] + data + ASTERISK[100:]):
        try:
            parse_sdp(candidate)
        except SdpError as error:
            assert str(error)  # noqa: PT017


word = st.text("abcdefgh0189-.", min_size=1, max_size=8)
value = st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=("Cs",)), max_size=20)
host = st.ip_addresses().map(str)
media = st.builds(
    MediaDescription,
    media=word,
    port=st.integers(0, 65535),
    protocol=word,
    formats=st.lists(word, min_size=1, max_size=4).map(tuple),
    connection=st.none() | host,
    bandwidths=st.lists(word, max_size=2).map(tuple),
    attributes=st.lists(st.tuples(word, st.none() | value), max_size=4).map(tuple),
    port_count=st.integers(1, 9),
)


@given(
    st.builds(
        SessionDescription,
        origin=st.builds(Origin, st.integers(0, 2**62), st.integers(0, 2**62), host),
        media=st.lists(media, max_size=3).map(tuple),
        name=value,
        connection=st.none() | host,
        attributes=st.lists(st.tuples(word, st.none() | value), max_size=3).map(tuple),
    )
)
def test_a_description_reads_as_it_was_written(description):
    assert parse_sdp(description.serialise()) == description
