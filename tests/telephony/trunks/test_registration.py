"""A registration against a registrar that is played by hand, on a clock that stands still until it is moved."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sip_fixtures import CoreDriver, respond

from gateway.telephony.authentication.digest_server import DigestServer, Proof
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import parse_message
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.trunks.registration import Account, Registration, RegistrationState

FIRST, SECOND = Hop("192.0.2.9", 5060), Hop("192.0.2.10", 5060)
DOMAIN = SipUri("provider.example")
OURS = "<sip:line@192.0.2.1:5060>"


class Line:
    """A registration and its registrar."""

    def __init__(self, local=("192.0.2.1", 5060), hops=(FIRST, SECOND), *, password="secret", expires_s=600):
        self.driver = CoreDriver()
        self.driver.core._local_address = lambda hop: local
        credentials = Credentials("line", password) if password else None
        account = Account(DOMAIN, NameAddress(SipUri("provider.example", "line")), "line", expires_s, credentials)
        self.changes = 0
        self.registration = Registration(self.driver.core, account, changed=self._changed, chance=random.Random(1))
        self.registrar = DigestServer("provider", {"line": "secret"})
        self.registration.start(self.driver.now)
        self.registration.set_hops(hops, self.driver.now)

    def _changed(self):
        self.changes += 1

    @property
    def state(self):
        return self.registration.state

    def sent(self):
        """Return the one REGISTER that was sent, and remember where it went."""
        (request,) = [message for message in self.driver.sent() if message.method == "REGISTER"]
        (self.hop,) = self.driver.hops
        return request

    def next_request(self, within):
        """Let time pass until a REGISTER is sent that is none before; None when there is none ``within`` seconds."""
        end, last = self.driver.now + within, self.registration._cseq
        while self.driver.now < end:
            deadline = min(self.driver.core.next_deadline() or end, end)
            self.driver.now = max(self.driver.now, deadline)
            self.driver.core.poll(self.driver.now)
            outgoing = self.driver.core.take_outgoing()
            for item in outgoing:
                message = parse_message(item.data)
                if message.cseq.number > last:
                    self.hop = item.hop
                    return message
        return None

    def answer(self, request, status, *headers):
        """Respond, and return what is sent then."""
        return self.driver.receive(respond(request, status, headers=headers), self.hop)

    def challenge(self, request, status=401, **options):
        name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
        values = [value for _, value in self.registrar.challenge("gateway", self.driver.now, **options)]
        (retry,) = self.answer(request, status, *(f"{name}: {value}" for value in values))
        (self.hop,) = self.driver.hops
        return retry

    def accept(self, request, expires=600):
        return self.answer(request, 200, f"Contact: {request.headers.get('Contact')};expires={expires}")

    def registered(self, expires=600):
        """Register, and return the REGISTER that succeeded."""
        request = self.challenge(self.sent())
        assert self.accept(request, expires) == []
        assert self.state is RegistrationState.REGISTERED
        return request


def test_the_first_request_says_who_we_are_and_where():
    line = Line()
    request = line.sent()
    assert line.hop == FIRST
    assert str(request.uri) == "sip:provider.example"
    assert str(request.to_address) == "<sip:line@provider.example>"
    assert request.from_address.uri == request.to_address.uri
    assert request.headers.get("Contact") == OURS
    assert request.headers.get("Expires") == "600"
    assert "Authorization" not in request.headers
    assert line.state is RegistrationState.UNREGISTERED


def test_a_challenge_is_answered_with_the_next_cseq_and_another_branch():
    line = Line()
    first = line.sent()
    retry = line.challenge(first)
    assert line.registrar.verify(retry, "gateway", line.driver.now) == (Proof.RIGHT, "line")
    assert (retry.call_id, retry.cseq.number) == (first.call_id, first.cseq.number + 1)
    assert retry.top_via.branch != first.top_via.branch
    line.accept(retry)
    assert line.state is RegistrationState.REGISTERED
    assert line.registration.hop == FIRST


def test_it_is_renewed_in_good_time_and_without_a_new_challenge():
    line = Line()
    before = line.registered(expires=300)
    began = line.driver.now
    request = line.next_request(300)
    assert 205 <= line.driver.now - began <= 245
    assert request.cseq.number == before.cseq.number + 1
    assert "nc=00000002" in request.headers.get("Authorization")
    assert line.registrar.verify(request, "gateway", line.driver.now)[0] is Proof.RIGHT
    line.answer(request, 200, f"Contact: {OURS};expires=300")
    assert line.registration.expires_at == line.driver.now + 300


@pytest.mark.parametrize(
    ("headers", "granted"),
    [
        ([f"Contact: {OURS};expires=120"], 120),
        ([f"Contact: <sip:other@192.0.2.77>;expires=30, {OURS};expires=120"], 120),
        (["Contact: <sip:line@192.0.2.1>;expires=120"], 120),
        (["Contact: <sip:line@198.51.100.1:6000>;expires=120"], 120),
        ([f"Contact: {OURS}", "Expires: 90"], 90),
        (["Expires: 90"], 90),
        ([], 600),
        (["Contact: <<<"], 600),
        ([f"Contact: {OURS};expires=99999999"], 7 * 86_400),
    ],
)
def test_the_registrar_decides_for_how_long(headers, granted):
    line = Line()
    line.answer(line.challenge(line.sent()), 200, *headers)
    assert line.registration.expires_at == line.driver.now + granted


def test_a_registrar_that_keeps_nothing_counts_as_failed():
    line = Line(hops=(FIRST,))
    line.answer(line.challenge(line.sent()), 200, f"Contact: {OURS};expires=0")
    assert line.state is RegistrationState.UNREGISTERED
    assert "did not keep it" in line.registration.error


def test_423_is_answered_with_the_time_that_is_wanted():
    line = Line()
    (request,) = line.answer(line.sent(), 423, "Min-Expires: 1800")
    assert request.headers.get("Expires") == "1800"
    for wrong in ("Min-Expires: 60", "Min-Expires: x", "Min-Expires: 99999999999"):
        line = Line(hops=(FIRST,))
        assert line.answer(line.sent(), 423, wrong) == []
        assert line.state is RegistrationState.UNREGISTERED


@pytest.mark.parametrize("again", [{}, {"status": 407}])
def test_a_wrong_password_is_not_tried_again_for_minutes_and_then_ever_less_often(again):
    line = Line(password="wrong")
    retry = line.challenge(line.sent(), **again)
    name = "Proxy-Authenticate" if again else "WWW-Authenticate"
    (_, value), _ = line.registrar.challenge("gateway", line.driver.now)
    assert line.answer(retry, again.get("status", 401), f"{name}: {value}") == []
    assert line.state is RegistrationState.REFUSED
    assert "password" in line.registration.error
    tried, end = 0, line.driver.now + 86_400
    while (request := line.next_request(end - line.driver.now)) is not None:
        tried += 1
        for retry in line.answer(request, 401, f"WWW-Authenticate: {value}"):
            tried += 1
            line.answer(retry, 401, f"WWW-Authenticate: {value}")
    assert 20 <= tried <= 110, "in a day"


def test_a_refused_account_is_told_and_one_without_a_password_says_what_is_missing():
    line = Line()
    line.answer(line.sent(), 403)
    assert (line.state, line.registration.error) == (
        RegistrationState.REFUSED,
        "The registrar refuses the account with 403 Text",
    )
    line = Line(password=None)
    line.answer(line.sent(), 401, 'WWW-Authenticate: Digest realm="x", nonce="n"')
    assert "there are none for this trunk" in line.registration.error


@pytest.mark.parametrize("status", [500, 503, 480, 302, 408])
def test_the_next_server_is_tried_at_once_when_one_fails(status):
    line = Line()
    line.answer(line.sent(), status, "Contact: <sip:elsewhere@192.0.2.66>")
    (hop,) = line.driver.hops
    assert hop == SECOND


def test_a_server_that_is_silent_or_cannot_be_reached_is_left_too():
    line = Line()
    first = line.sent()
    sent = line.driver.advance(10.1)
    assert [message.cseq.number for message in sent if message.cseq.number != first.cseq.number] == [2]
    assert line.driver.hops == [SECOND]
    line = Line()
    transaction = line.registration._transaction
    line.sent()
    line.driver.core.transport_failed(transaction.key, "Connection refused", line.driver.now)
    assert line.driver.sent()[0].cseq.number == 2
    assert line.driver.hops == [SECOND]
    assert "Connection refused" in line.registration.error


def test_when_all_fail_the_waits_grow_and_end_at_the_first_success():
    line = Line(hops=(FIRST,))
    request, times = line.sent(), []
    for _ in range(12):
        assert line.answer(request, 500) == []
        request = line.next_request(310)
        times.append(line.driver.now)
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert waits[0] < 20
    assert 150 <= waits[-1] <= 300
    line.accept(request)
    assert line.state is RegistrationState.REGISTERED
    assert line.registration.error is None


def test_retry_after_is_kept_to():
    line = Line(hops=(FIRST,))
    line.answer(line.sent(), 503, "Retry-After: 120 (maintenance)")
    assert line.driver.advance(119) == []
    assert line.driver.advance(2) != []


def test_the_registration_holds_until_its_end_while_no_server_answers():
    line = Line(hops=(FIRST,))
    line.registered(expires=600)
    line.driver.advance(480 + 15)
    assert line.state is RegistrationState.REGISTERED
    assert line.registration.error == "The server does not respond"
    line.driver.advance(110)
    assert line.state is RegistrationState.UNREGISTERED


def test_the_server_that_works_is_kept_and_one_that_is_gone_is_left():
    line = Line()
    (request,) = line.answer(line.sent(), 503)
    line.hop = SECOND
    line.accept(line.challenge(request), expires=100)
    assert line.registration.hop == SECOND
    line.accept(line.next_request(85), expires=100)
    assert line.hop == SECOND
    line.registration.set_hops([FIRST], line.driver.now)
    line.next_request(85)
    assert line.hop == FIRST


def test_it_is_given_back_at_the_end_with_credentials():
    line = Line()
    line.registered()
    line.registration.stop(line.driver.now)
    request = line.sent()
    assert request.headers.get("Expires") == "0"
    retry = line.challenge(request, stale=True)
    assert retry.headers.get("Expires") == "0"
    line.answer(retry, 200)
    assert line.state is RegistrationState.STOPPED
    assert line.driver.advance(3600) == []
    assert line.driver.core.is_idle


def test_giving_back_what_nobody_answers_ends_as_well():
    line = Line()
    line.registered()
    line.registration.stop(line.driver.now)
    line.driver.advance(60)
    assert line.driver.advance(3600) == []
    assert line.state is RegistrationState.STOPPED


def test_nothing_is_given_back_that_was_never_had():
    line = Line(hops=())
    line.registration.stop(line.driver.now)
    assert line.driver.sent() == []
    line.registration.set_hops([FIRST], line.driver.now)
    assert line.driver.sent() == []


def behind_nat(line, request, status, *headers):
    """Respond as a registrar that sees us at a public address."""
    data = respond(request, status, headers=headers).replace(b";rport", b";rport=40123;received=203.0.113.5")
    return line.driver.receive(data, line.hop)


def test_behind_nat_the_address_that_the_registrar_sees_is_registered():
    line = Line(local=("192.168.1.5", 5060))
    first = line.sent()
    assert first.headers.get("Contact") == "<sip:line@192.168.1.5:5060>"
    values = [f"{name}: {value}" for name, value in line.registrar.challenge("gateway", 1000)]
    (retry,) = behind_nat(line, first, 401, *values)
    assert retry.headers.get_all("Contact") == ["<sip:line@203.0.113.5:40123>"]
    assert behind_nat(line, retry, 200, "Expires: 60") == []


def test_behind_nat_without_a_challenge_the_private_address_is_taken_back():
    line = Line(local=("192.168.1.5", 5060))
    (again,) = behind_nat(line, line.sent(), 200, "Expires: 60")
    assert again.headers.get_all("Contact") == ["<sip:line@203.0.113.5:40123>", "<sip:line@192.168.1.5:5060>;expires=0"]
    assert behind_nat(line, again, 200, "Expires: 60") == []


def test_a_public_address_is_not_given_up_for_what_somebody_says():
    line = Line(local=("198.51.100.7", 5060))
    values = [f"{name}: {value}" for name, value in line.registrar.challenge("gateway", 1000)]
    (retry,) = behind_nat(line, line.sent(), 401, *values)
    assert retry.headers.get_all("Contact") == ["<sip:line@198.51.100.7:5060>"]


def test_a_service_route_is_remembered():
    line = Line()
    line.answer(line.sent(), 200, "Service-Route: <sip:s1.provider.example;lr>, <sip:s2.provider.example;lr>")
    assert [str(route) for route in line.registration.service_route] == [
        "<sip:s1.provider.example;lr>",
        "<sip:s2.provider.example;lr>",
    ]


def test_a_change_is_told_once():
    line = Line()
    line.registered()
    before = line.changes
    line.driver.advance(490)
    assert line.changes == before + 1, "the unanswered renewal"


def test_a_lost_connection_to_the_registrar_has_us_register_again_but_not_in_a_loop():
    first, second = FIRST._replace(transport="TCP"), SECOND._replace(transport="TCP")
    line = Line(hops=(first, second))
    line.registered()
    line.driver.advance(100)
    line.registration.connection_lost(second, line.driver.now)
    assert line.next_request(within=1) is None
    line.registration.connection_lost(first._replace(listener=2), line.driver.now)
    request = line.next_request(within=1)
    assert line.hop == first
    line.accept(request)
    line.registration.connection_lost(first, line.driver.now)
    assert line.next_request(within=29) is None
    assert line.next_request(within=2) is not None


def test_a_lost_connection_means_nothing_to_a_registration_that_was_given_back():
    line = Line()
    line.registered()
    line.registration.stop(line.driver.now)
    line.accept(line.sent(), expires=0)
    line.registration.connection_lost(FIRST, line.driver.now)
    assert line.next_request(within=60) is None


ANSWERS = st.tuples(
    st.sampled_from([100, 200, 202, 302, 400, 401, 403, 404, 407, 408, 423, 480, 500, 503, 600, 604, None]),
    st.lists(
        st.sampled_from(
            [
                f"Contact: {OURS};expires=120",
                f"Contact: {OURS};expires=0",
                "Contact: *",
                "Expires: 1",
                "Min-Expires: 700",
                "Min-Expires: 700000000",
                "Retry-After: 99999",
                "Service-Route: <<",
                'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"',
                'WWW-Authenticate: Digest realm="r", nonce="m", qop="auth", stale=true',
                'Proxy-Authenticate: Digest realm="p", nonce="o", algorithm=SHA-256',
            ]
        ),
        max_size=3,
        unique_by=lambda header: header.partition(":")[0] if header.startswith("Contact") else header,
    ),
    st.floats(0, 700),
)


@given(st.lists(ANSWERS, max_size=25))
@settings(max_examples=60, deadline=None)
def test_whatever_the_registrars_answer_it_goes_on_and_does_not_hammer(answers):
    line = Line()
    request, began = line.sent(), line.driver.now
    last = request.cseq.number
    for status, headers, wait in answers:
        pending = request
        sent = line.answer(pending, status, *headers) if status is not None and pending is not None else []
        renewed = [message for message in sent if message.cseq.number > last]
        request = renewed[-1] if renewed else line.next_request(wait + 0.01)
        if request is not None:
            last = request.cseq.number
            line.hop = line.registration.hop
        assert line.registration.deadline is not None
        assert line.driver.now - 0.01 <= line.registration.deadline <= line.driver.now + 7 * 86_400
    elapsed = line.driver.now - began
    assert last <= 10 + 4 * len(answers) + elapsed / 4
    line.registration.stop(line.driver.now)
    line.driver.sent()
    line.driver.advance(100)
    assert line.state is RegistrationState.STOPPED
    assert line.driver.advance(4000) == []
