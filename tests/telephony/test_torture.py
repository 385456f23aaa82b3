"""What the user agent owes each torture message of RFC 4475 and RFC 5118: a status, or silence (None).

The RFCs ask more of a registrar than of this user agent, which refuses every REGISTER with 405, and leave a choice in
some places; the reason stands beside those.
"""

import re

import pytest
from sip_fixtures import PEER, CoreDriver
from torture_messages import RFC4475, RFC5118

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.events import OfferRefused
from gateway.telephony.messages.message import parse_message

OWED = {
    "3.1.1.1 wsinv": 481,  # its To tag names a dialog that is not there
    "3.1.1.2 intmeth": 501,
    "3.1.1.3 esc01": 100,
    "3.1.1.4 escnull": 405,
    "3.1.1.5 esc02": 501,
    "3.1.1.6 lwsdisp": 200,
    "3.1.1.7 longreq": 100,
    "3.1.1.8 dblreq": 405,
    "3.1.1.9 semiuri": 200,
    "3.1.1.10 transports": 200,
    "3.1.1.11 mpart01": 405,
    "3.1.1.12 unreason": None,
    "3.1.1.13 noreason": None,
    "3.1.2.1 badinv01": 400,
    "3.1.2.2 clerr": 400,
    "3.1.2.3 ncl": 400,
    "3.1.2.4 scalar02": 400,
    "3.1.2.5 scalarlg": None,
    "3.1.2.6 quotbal": 400,
    "3.1.2.7 ltgtruri": 400,
    "3.1.2.8 lwsruri": 400,
    "3.1.2.9 lwsstart": 400,
    "3.1.2.10 trws": 400,
    "3.1.2.11 escruri": 400,
    "3.1.2.12 baddate": 100,  # nothing here depends on Date
    "3.1.2.13 regbadct": 405,
    "3.1.2.14 badaspec": 200,  # what is meant is clear: "be liberal"
    "3.1.2.15 baddn": 200,  # as above; real telephones send such names
    "3.1.2.16 badvers": 505,
    "3.1.2.17 mismatch01": 400,
    "3.1.2.18 mismatch02": 400,
    "3.1.2.19 bigcode": None,
    "3.2.1 badbranch": 200,
    "3.3.1 insuf": 400,
    "3.3.2 unkscm": 416,
    "3.3.3 novelsc": 416,
    "3.3.4 unksm2": 405,
    "3.3.5 bext01": 420,
    "3.3.6 invut": 415,
    "3.3.7 regaut01": 405,
    "3.3.8 multi01": 400,
    "3.3.9 mcl01": 400,
    "3.3.10 bcast": None,
    "3.3.11 zeromf": 200,
    "3.3.12 cparam01": 405,
    "3.3.13 cparam02": 405,
    "3.3.14 regescrt": 405,
    "3.3.15 sdp01": 406,
    "3.4.1 inv2543": 400,  # without Contact nothing can be sent back; RFC 3261 makes it a must
    "4.1 ipv6-good": 405,
    "4.2 ipv6-bad": 400,
    "4.3 port-ambiguous": 405,
    "4.4 port-unambiguous": 405,
    "4.5 via-received-param-with-delim": 481,
    "4.5 via-received-param-no-delim": 200,
    "4.6 ipv6-in-sdp": 488,  # it offers G.726 alone
    "4.7 mult-ip-in-header": 481,
    "4.8 mult-ip-in-sdp": 100,
    "4.9 ipv4-mapped-ipv6": 100,
    "4.10 ipv6-bug-abnf-3-colons": 200,
    "4.10 ipv6-correct-abnf-2-colons": 200,
}
MESSAGES = {**RFC4475, **RFC5118}
UNREADABLE = {name for name, status in OWED.items() if status in (400, 505)} - {"3.4.1 inv2543"}
UNREADABLE |= {"3.1.2.5 scalarlg", "3.1.2.19 bigcode"}


def status_lines(driver, data):
    driver.core.receive(data, PEER, driver.now)
    return [item.data.split(b"\r\n")[0].decode() for item in driver.core.take_outgoing()]


def test_every_message_of_both_rfcs_is_here():
    assert OWED.keys() == MESSAGES.keys()
    assert (len(RFC4475), len(RFC5118)) == (49, 12)


@pytest.mark.parametrize("name", OWED)
def test_each_message_gets_what_it_is_owed(driver, name):
    sent = status_lines(driver, MESSAGES[name])
    assert [int(line.split()[1]) for line in sent] == ([] if OWED[name] is None else [OWED[name]])


@pytest.mark.parametrize("name", OWED)
def test_each_message_is_read_or_refused_as_the_rfc_says(name):
    try:
        parse_message(MESSAGES[name])
    except MalformedMessage:
        assert name in UNREADABLE
    else:
        assert name not in UNREADABLE


@pytest.mark.parametrize("name", OWED)
def test_each_message_leaves_nothing_behind(name):
    driver = CoreDriver()
    driver.core.receive(MESSAGES[name], PEER, driver.now)
    driver.core.take_outgoing()
    for event in driver.core.take_events():
        if not isinstance(event, OfferRefused):
            event.session.reject(driver.now, 486)
    driver.advance(100)
    assert driver.core.is_idle
    assert driver.core.next_deadline() is None


def test_each_message_states_its_length_truly_where_the_rfc_does_not_want_it_false():
    false = {"3.1.1.8 dblreq", "3.1.2.2 clerr", "3.1.2.3 ncl", "3.3.9 mcl01"}
    for name, data in MESSAGES.items():
        head, _, body = data.partition(b"\r\n\r\n")
        stated = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(-?\d+)", head)
        if stated is not None and name not in false:
            assert int(stated[1]) == len(body), name


def test_a_malformed_request_is_answered_to_its_source_when_not_even_its_via_can_be_read(driver):
    (line,) = status_lines(driver, MESSAGES["3.1.2.1 badinv01"])
    assert line.startswith("SIP/2.0 400 ")
    driver.core.receive(MESSAGES["3.1.2.1 badinv01"], PEER, driver.now)
    (item,) = driver.core.take_outgoing()
    assert item.hop == PEER
    assert b"\r\nVia: SIP/2.0/UDP 192.0.2.15;;,;,,\r\n" in item.data


def test_a_branch_that_is_only_the_magic_cookie_names_no_transaction(driver):
    # RFC 4475 section 3.2.1: two such requests must not be taken for one.
    first = MESSAGES["3.2.1 badbranch"]
    assert status_lines(driver, first) == ["SIP/2.0 200 OK"]
    other = first.replace(b"badbranch.sa", b"another.sa").replace(b"8 OPTIONS", b"9 OPTIONS")
    driver.core.receive(other, PEER, driver.now)
    (item,) = driver.core.take_outgoing()
    assert b"CSeq: 9 OPTIONS" in item.data
