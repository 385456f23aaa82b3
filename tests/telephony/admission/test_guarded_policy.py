import pytest
from sip_fixtures import PEER, CoreDriver, confirmed, invite, request, ring_in, statuses

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.admission.request_policy import Admitted, Dropped
from gateway.telephony.admission.scanner import SCANNERS
from gateway.telephony.network.transport import Hop

STRANGER = Hop("198.51.100.7", 5060)


class Trunk:
    """Admits its own server; strangers get ``verdict``."""

    def __init__(self, verdict=None):
        self.verdict = verdict or Dropped()
        self.judged = 0

    def trusts(self, host):
        return host == PEER.host

    def judge(self, request, source, now):
        self.judged += 1
        return Admitted("trunk") if self.trusts(source.host) else self.verdict


def numbered(maker, count, **fields):
    return [maker(branch=f"n{number}", call_id=f"n{number}", **fields) for number in range(count)]


@pytest.mark.parametrize(
    "data",
    [
        invite(),
        request("OPTIONS"),
        request("REGISTER"),
        request("BYE"),
        request("BYE", to_tag="x"),
        request("CANCEL"),
        request("FROBNICATE"),
        invite().replace(b"Content-Length: ", b"Content-Length: 9"),
        invite().replace(b"CSeq: 1 INVITE", b"CSeq: INVITE"),
        invite().replace(b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia"),
        invite(headers=("Require: x",)),
        b"hello",
    ],
)
def test_a_source_outside_of_every_trunk_gets_no_answer_at_all(data):
    driver = CoreDriver(policy=Trunk())
    assert driver.receive(data, STRANGER) == []
    assert driver.events() == []
    assert driver.core.next_deadline() is None  # no transaction was made for it
    assert not driver.core._transactions._servers


@pytest.mark.parametrize("name", SCANNERS)
def test_a_scanner_gets_no_answer_even_by_way_of_a_trunk(name):
    driver = CoreDriver()
    assert driver.receive(invite(headers=(f"User-Agent: {name.upper()} 1.0",))) == []
    assert driver.events() == []
    assert driver.core.counters.dropped_scanner == 1
    assert not driver.core.guard.shuts_out(PEER.host, driver.now)  # the trunk's own server passed it on
    ring_in(driver, invite(headers=("User-Agent: Asterisk PBX",)))


def test_a_scanner_from_outside_is_shut_out_at_once():
    driver = CoreDriver(policy=Trunk())
    driver.receive(request("OPTIONS", headers=("User-Agent: friendly-scanner",)), STRANGER)
    assert driver.core.guard.shuts_out(STRANGER.host, driver.now)


@pytest.mark.parametrize(
    ("verdict", "headers", "most"),
    [
        (Dropped(), (), 20),
        (Refusal(404), (), 20),
        (Refusal(403), ("Authorization: Digest x",), 20),
        (Refusal(401), ('Authorization: Digest username="100"',), 20),
        (Refusal(407), (), 100),
    ],
)
def test_guessing_ends_in_a_shut_out(verdict, headers, most):
    driver = CoreDriver(policy=Trunk(verdict))
    for number, data in enumerate(numbered(invite, most, headers=headers)):
        assert not driver.core.guard.shuts_out(STRANGER.host, driver.now), number
        driver.core.receive(data, STRANGER, driver.now)
    assert driver.core.guard.shuts_out(STRANGER.host, driver.now)


def test_a_digest_caller_whose_nonce_grew_old_is_no_guesser():
    refusal = Refusal(401, headers=(("WWW-Authenticate", 'Digest realm="x", nonce="y", stale=TRUE'),))
    driver = CoreDriver(policy=Trunk(refusal))
    for data in numbered(invite, 90, headers=("Authorization: Digest x",)):
        driver.core.receive(data, STRANGER, driver.now)
    assert not driver.core.guard.shuts_out(STRANGER.host, driver.now)


def test_a_broken_sender_from_outside_is_shut_out_but_a_trunk_is_told_what_is_wrong():
    driver = CoreDriver(policy=Trunk())
    for _ in range(100):
        driver.core.receive(b"broken", STRANGER, driver.now)
    assert driver.core.guard.shuts_out(STRANGER.host, driver.now)
    for _ in range(100):
        assert statuses(driver.receive(invite().replace(b"Length: ", b"Length: 9"))) == [400]
    assert not driver.core.guard.shuts_out(PEER.host, driver.now)


def test_strays_from_a_trunk_are_answered_without_keeping_anything():
    driver = CoreDriver(policy=Trunk())
    for data in numbered(request, 50, method="BYE", to_tag="gone") + numbered(request, 50, method="CANCEL"):
        assert statuses(driver.receive(data)) == [481]
    assert driver.core.counters.refused_stray == 100
    assert driver.core.next_deadline() is None
    assert not driver.core._transactions._servers


def test_what_is_refused_before_admission_leaves_nothing_behind_and_repeats_itself_alike():
    driver = CoreDriver(max_calls=1)
    confirmed(driver)
    before = len(driver.core._transactions._servers)
    tags = set()
    for _ in range(3):
        (busy,) = driver.receive(invite(branch="2", call_id="c2"))
        assert busy.status == 486
        tags.add(busy.to_address.tag)
    assert len(tags) == 1
    assert tags.pop()
    assert driver.receive(request("ACK", branch="2", call_id="c2", to_tag="any")) == []
    assert len(driver.core._transactions._servers) == before
