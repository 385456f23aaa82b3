"""Callers who have to prove who they are: each answer of our own client is put to the server, whole and spoiled."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import request as request_octets
from sip_fixtures import respond

from gateway.telephony.authentication import digest_server
from gateway.telephony.authentication.digest import DigestClient
from gateway.telephony.authentication.digest_server import MOST_NONCES, NONCE_LIFETIME_S, DigestServer, Proof
from gateway.telephony.messages.message import parse_message
from gateway.telephony.sessions.session_parameters import Credentials

SOURCE = "192.0.2.9"


@pytest.fixture
def server():
    return DigestServer("practice", {"trunk": "secret"})


def fresh(method="INVITE", **fields):
    return parse_message(request_octets(method, **fields))


def client_of(server, now=0.0, username="trunk", password="secret", *, only=None):
    """Return a client that has been challenged."""
    client, request = DigestClient(Credentials(username, password)), fresh()
    headers = tuple(
        f"{name}: {value}" for name, value in server.challenge(SOURCE, now) if only is None or only in value
    )
    assert client.challenged(request, parse_message(respond(request, 401, headers=headers)))
    return client


def answer(client, **fields):
    request = fresh(**fields)
    client.authorise(request)
    return request


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-512-256"])
@pytest.mark.parametrize("session", ["", "-sess"])
def test_a_right_password_is_taken_whatever_the_algorithm(algorithm, session):
    server = DigestServer("practice", {"trunk": "secret"}, algorithms=(algorithm,))
    request = fresh()
    ((name, value),) = server.challenge(SOURCE, 0)
    header = f"{name}: {value.replace(algorithm, algorithm + session)}"
    client = DigestClient(Credentials("trunk", "secret"))
    assert client.challenged(request, parse_message(respond(request, 401, headers=(header,))))
    assert server.verify(answer(client), SOURCE, 1) == (Proof.RIGHT, "trunk")
    assert server.verify(answer(client), SOURCE, 2) == (Proof.RIGHT, "trunk")


def test_the_stronger_algorithm_is_offered_first(server):
    assert [re.search(r"algorithm=([^,]+)", value)[1] for _, value in server.challenge(SOURCE, 0)] == ["SHA-256", "MD5"]


def test_without_credentials_nothing_is_shown(server):
    assert server.verify(fresh(), SOURCE, 0) == (Proof.MISSING, None)


@pytest.mark.parametrize(
    ("username", "password"), [("trunk", "wrong"), ("nobody", "secret"), ("", ""), ("TRUNK", "secret")]
)
def test_a_wrong_user_name_and_a_wrong_password_look_the_same(server, username, password):
    assert server.verify(answer(client_of(server, 0, username, password)), SOURCE, 1) == (Proof.WRONG, None)


def test_an_unknown_user_costs_as_many_hashes_as_a_known_one(server, monkeypatch):
    counted = []
    original = digest_server.digest_response

    def count(*arguments, **options):
        counted.append(options["username"])
        return original(*arguments, **options)

    monkeypatch.setattr(digest_server, "digest_response", count)
    for username in ("trunk", "nobody"):
        server.verify(answer(client_of(server, 0, username, "wrong")), SOURCE, 1)
    assert counted == ["trunk", "nobody"]


def test_a_forged_nonce_is_refused_before_a_password_is_hashed(server, monkeypatch):
    request = answer(client_of(DigestServer("practice", {})))
    monkeypatch.setattr(digest_server, "digest_response", None)
    assert server.verify(request, SOURCE, 1) == (Proof.STALE, None)


def test_a_request_is_taken_once(server):
    request = answer(client_of(server))
    assert server.verify(request, SOURCE, 1)[0] is Proof.RIGHT
    assert server.verify(request, SOURCE, 1)[0] is Proof.STALE


def test_requests_that_overtake_each_other_are_taken(server):
    client = client_of(server)
    requests = [answer(client) for _ in range(200)]
    late = [requests[index] for index in (5, 3, 4, 0, 150, 140, 149, 199)]
    assert [server.verify(request, SOURCE, 1)[0] for request in late] == [Proof.RIGHT] * 8
    assert [server.verify(request, SOURCE, 1)[0] for request in late] == [Proof.STALE] * 8
    assert server.verify(requests[100], SOURCE, 1)[0] is Proof.STALE, "too far behind to tell whether it is new"


def test_a_client_of_rfc_2069_may_use_a_nonce_once(server):
    client, request = DigestClient(Credentials("trunk", "secret")), fresh()
    plain = [(name, value.replace(', qop="auth"', "")) for name, value in server.challenge(SOURCE, 0)]
    headers = tuple(f"{name}: {value}" for name, value in plain)
    client.challenged(request, parse_message(respond(request, 401, headers=headers)))
    assert server.verify(answer(client), SOURCE, 1)[0] is Proof.RIGHT
    assert server.verify(answer(client), SOURCE, 1)[0] is Proof.STALE


def test_a_nonce_grows_old_and_belongs_to_one_address(server):
    client = client_of(server, now=100)
    assert server.verify(answer(client), SOURCE, 100 + NONCE_LIFETIME_S + 1)[0] is Proof.STALE
    assert server.verify(answer(client), "192.0.2.10", 101)[0] is Proof.STALE
    assert server.verify(answer(client), SOURCE, 101)[0] is Proof.RIGHT


def test_an_answer_for_another_called_number_or_method_is_wrong(server):
    client = client_of(server)
    request = answer(client)
    other = fresh(uri="sip:+41449999999@192.0.2.1")
    other.headers.set("Authorization", request.headers.get("Authorization"))
    assert server.verify(other, SOURCE, 1)[0] is Proof.WRONG
    other = fresh("OPTIONS")
    other.headers.set("Authorization", request.headers.get("Authorization"))
    assert server.verify(other, SOURCE, 1)[0] is Proof.WRONG


def test_wrong_answers_take_no_memory_and_right_ones_a_bounded_amount(server):
    for _ in range(10):
        server.verify(answer(client_of(server, 0, "trunk", "wrong")), SOURCE, 1)
    assert len(server._windows) == 0
    first = answer(client_of(server, 0))
    assert server.verify(first, SOURCE, 0)[0] is Proof.RIGHT
    for index in range(MOST_NONCES + 5):
        assert server.verify(answer(client_of(server, 1 + index / 1000)), SOURCE, 10)[0] is Proof.RIGHT
    assert len(server._windows) <= MOST_NONCES
    assert server.verify(first, SOURCE, 10)[0] is Proof.STALE, "what was forgotten is not taken a second time"


def test_a_leap_of_the_count_costs_nothing(server):
    client = client_of(server)
    client._answering["Authorization", "practice"].used = 0xFFFFFFF0
    assert server.verify(answer(client), SOURCE, 1)[0] is Proof.RIGHT


@given(st.text(max_size=300), st.data())
def test_whatever_an_authorization_holds_it_is_judged(text, data):
    server = DigestServer("practice", {"trunk": "secret"})
    request = answer(client_of(server))
    value = request.headers.get("Authorization")
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, len(value)))
    request.headers.set("Authorization", value[:start] + text + value[end:])
    proof, username = server.verify(request, SOURCE, 1)
    assert (username is None) == (proof is not Proof.RIGHT)
