"""Answers to challenges, with the examples of the RFCs and with our own other side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import request as request_octets
from sip_fixtures import respond

from gateway.telephony.authentication.digest import (
    MOST_REALMS,
    Challenge,
    DigestClient,
    digest_response,
    parse_challenges,
)
from gateway.telephony.messages.message import parse_message
from gateway.telephony.sessions.session_parameters import Credentials

RFC7616_NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
RFC7616_CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
CREDENTIALS = Credentials("anna", "secret")
DIGEST = 'Digest realm="r", nonce="n1", qop="auth", algorithm=MD5'


def new_request(method="REGISTER", cseq=1, body=b""):
    return parse_message(request_octets(method, cseq=cseq, body=body))


def challenge(request, *values, status=401):
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    return parse_message(respond(request, status, headers=tuple(f"{name}: {value}" for value in values)))


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm, response):
    example = Challenge("http-auth@example.org", RFC7616_NONCE, algorithm, qop="auth")
    assert response == digest_response(
        example,
        username="Mufasa",
        password="Circle of Life",
        method="GET",
        uri="/dir/index.html",
        nonce_count="00000001",
        cnonce=RFC7616_CNONCE,
    )


def test_the_example_of_rfc_2617():
    example = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop="auth")
    assert (
        digest_response(
            example,
            username="Mufasa",
            password="Circle Of Life",
            method="GET",
            uri="/dir/index.html",
            nonce_count="00000001",
            cnonce="0a4f113b",
        )
        == "6629fae49393a05397450978507c4ef1"
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (['Digest realm="a, b", nonce="n,=", qop="auth,auth-int"'], [("a, b", "n,=", "MD5", "auth")]),
        (['digest REALM="a",nonce="n" , algorithm=sha-256 ,qop="auth-int"'], [("a", "n", "SHA-256", "auth-int")]),
        (['Digest realm="a", nonce="n"'], [("a", "n", "MD5", None)]),
        (['Digest realm="a \\"b\\"", nonce="n"'], [('a \\"b\\"', "n", "MD5", None)]),
        (['Digest realm="a", nonce="n", algorithm=SHA-512-256, qop=auth'], [("a", "n", "SHA-512-256", "auth")]),
        (
            ['Digest realm="a", nonce="n", Basic realm="b", Digest realm="c", nonce="m"'],
            [("a", "n", "MD5", None), ("c", "m", "MD5", None)],
        ),
        (
            ['Digest realm="a", nonce="n", algorithm=AKAv1-MD5', 'Digest realm="a", nonce="m"'],
            [("a", "m", "MD5", None)],
        ),
        (['Digest realm="a", nonce="n", qop="token"'], []),
        (['Digest realm="a", nonce=""', 'Digest nonce="n"', "Digest", "", 'Digest realm="a', "Digest , ,"], []),
        (['Basic realm="a"', 'Bearer scope="x", realm="a"'], []),
    ],
)
def test_challenges_are_read_and_useless_ones_left_out(values, expected):
    assert [(c.realm, c.nonce, c.algorithm, c.qop) for c in parse_challenges(values)] == expected


@given(st.lists(st.text(max_size=60) | st.from_regex(r'\ADigest( [a-z]{1,8}="?[^\x00]{0,8}"?,){0,4}\Z'), max_size=4))
def test_whatever_a_challenge_holds_it_is_read_or_left_out(values):
    parse_challenges(values)


def test_the_strongest_algorithm_of_a_realm_is_answered_and_every_realm():
    client, request = DigestClient(CREDENTIALS), new_request()
    assert client.challenged(
        request,
        challenge(
            request,
            'Digest realm="a", nonce="1", algorithm=MD5, qop="auth"',
            'Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth"',
            'Digest realm="b", nonce="3", qop="auth"',
            status=407,
        ),
    )
    client.authorise(request)
    answers = request.headers.get_all("Proxy-Authorization")
    assert [('nonce="2"' in answer, 'nonce="3"' in answer) for answer in answers] == [(True, False), (False, True)]
    assert "algorithm=SHA-256" in answers[0]
    assert "algorithm" not in answers[1]
    assert "Authorization" not in request.headers


def test_later_requests_are_authorised_at_once_and_the_nonce_is_counted():
    client = DigestClient(CREDENTIALS, new_cnonce=lambda: "c")
    first = new_request()
    client.authorise(first)
    assert "Authorization" not in first.headers
    assert client.challenged(first, challenge(first, DIGEST))
    for count in ("00000001", "00000002", "00000003"):
        request = new_request()
        client.authorise(request)
        (value,) = request.headers.get_all("Authorization")
        assert f"nc={count}" in value
        expected = digest_response(
            Challenge("r", "n1", qop="auth"),
            username="anna",
            password="secret",
            method="REGISTER",
            uri=str(request.uri),
            nonce_count=count,
            cnonce="c",
        )
        assert f'response="{expected}"' in value


def test_auth_int_covers_the_body():
    answers = []
    for body in (b"one", b"two"):
        client, request = DigestClient(CREDENTIALS, new_cnonce=lambda: "c"), new_request(body=body)
        assert client.challenged(request, challenge(request, 'Digest realm="r", nonce="n", qop="auth-int"'))
        client.authorise(request)
        answers.append(request.headers.get("Authorization"))
    assert answers[0] != answers[1]


def authorised(client, cseq=2):
    request = new_request(cseq=cseq)
    client.authorise(request)
    return request


@pytest.mark.parametrize("again", [DIGEST, DIGEST.replace("n1", "n2"), DIGEST.replace(', qop="auth"', "")])
def test_a_wrong_password_is_tried_once(again):
    client, first = DigestClient(CREDENTIALS), new_request()
    assert client.challenged(first, challenge(first, DIGEST))
    retry = authorised(client)
    assert not client.challenged(retry, challenge(retry, again))


@pytest.mark.parametrize("qop", [', qop="auth"', ""])
def test_a_nonce_that_grew_old_is_replaced_also_where_stale_is_missing(qop):
    client, first = DigestClient(CREDENTIALS), new_request()
    assert client.challenged(first, challenge(first, f'Digest realm="r", nonce="n1"{qop}'))
    authorised(client)
    later = authorised(client, 3)
    assert client.challenged(later, challenge(later, f'Digest realm="r", nonce="n2"{qop}'))
    retry = authorised(client, 4)
    assert 'nonce="n2"' in retry.headers.get("Authorization")
    assert not client.challenged(retry, challenge(retry, f'Digest realm="r", nonce="n3"{qop}'))


def test_a_stale_nonce_is_replaced_but_not_for_ever():
    client, request = DigestClient(CREDENTIALS), new_request()
    assert client.challenged(request, challenge(request, DIGEST))
    asked = 0
    while asked < 20:
        request = authorised(client)
        if not client.challenged(request, challenge(request, DIGEST.replace("n1", f"s{asked}") + ", stale=TRUE")):
            break
        asked += 1
    assert asked == 2


def test_a_peer_that_challenges_in_ever_new_realms_is_not_answered_for_ever():
    client, request = DigestClient(CREDENTIALS), new_request()
    asked = 0
    while asked < 50 and client.challenged(request, challenge(request, DIGEST.replace('"r"', f'"r{asked}"'))):
        request = authorised(client)
        asked += 1
    assert asked == MOST_REALMS
    assert len(authorised(client).headers.get_all("Authorization")) == MOST_REALMS


def test_an_odd_nonce_that_stood_without_quotation_marks_makes_no_header_that_cannot_be_read():
    client, request = DigestClient(CREDENTIALS), new_request()
    assert not client.challenged(request, challenge(request, "Digest realm=r, nonce=n\\"))


@pytest.mark.parametrize("status", [400, 403, 200])
def test_other_responses_are_no_challenge(status):
    client, request = DigestClient(CREDENTIALS), new_request()
    assert not client.challenged(
        request, parse_message(respond(request, status, headers=(f"WWW-Authenticate: {DIGEST}",)))
    )


def test_credentials_for_another_realm_are_kept_to_oneself():
    client, request = DigestClient(Credentials("anna", "secret", realm="mine")), new_request()
    assert not client.challenged(request, challenge(request, DIGEST))
    client.authorise(request)
    assert "Authorization" not in request.headers
