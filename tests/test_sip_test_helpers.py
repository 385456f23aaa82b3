"""What the runner of the SIPp scenarios brings along: digests, a relay, a tunnel, and the telling of failures."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest
from gateway_process import free_port
from sip_test_challenge_relay import ChallengeRelay
from sip_test_digest import digest_fault
from sip_test_sipp import Sipp, Wire
from sip_test_tls import Tunnel, write_certificates

# RFC 7616 section 3.9.1, with its user, password, nonces and responses.
RFC_7616 = (
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={algorithm}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{response}"'
)
RESPONSES = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


@pytest.mark.parametrize("algorithm", RESPONSES)
def test_the_digests_of_rfc_7616_are_right(tmp_path: Path, algorithm: str) -> None:
    log = tmp_path / "log"
    log.write_text(RFC_7616.format(algorithm=algorithm, response=RESPONSES[algorithm]))
    assert digest_fault(log, "Mufasa:Circle of Life", "GET") is None
    assert "not that of the right password" in (digest_fault(log, "Mufasa:Circle of Death", "GET") or "")


def test_a_digest_that_is_missing_or_incomplete_is_told_of(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert digest_fault(log, "Mufasa:x") == "SIPp has logged no digest"
    log.write_text('Digest username="Mufasa", realm="r", nonce="n", uri="u", response="00"')
    assert "The digest lacks cnonce, nc, qop" in (digest_fault(log, "Mufasa:x") or "")


def udp(host: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((host, 0))
    bound.settimeout(5)
    return bound


def test_the_relay_leaves_only_challenges_of_md5() -> None:
    with udp("127.0.0.1") as server, udp("127.0.0.1") as client:
        near = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
        relay = ChallengeRelay(near, server.getsockname())
        relay.open()
        try:
            client.sendto(b"INVITE", near)
            data, source = server.recvfrom(100)
            assert data == b"INVITE"
            better = b'WWW-Authenticate: Digest realm="r", algorithm=SHA-256\r\n'
            other = b'WWW-Authenticate: Digest realm="r", algorithm=MD5\r\n'
            server.sendto(b"SIP/2.0 401 Unauthorized\r\n" + better + other + b"\r\n", source)
            assert client.recv(1000) == b"SIP/2.0 401 Unauthorized\r\n" + other + b"\r\n"
        finally:
            relay.close()


def test_the_tunnel_speaks_tls_with_the_server_and_checks_its_certificate(tmp_path: Path) -> None:
    tls = write_certificates(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / "server.pem", tls / "server.key")
    near = ("127.0.0.1", free_port(socket.SOCK_STREAM))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            plain, _ = server.accept()
            with context.wrap_socket(plain, server_side=True) as peer:
                peer.sendall(peer.recv(100).upper())

        serving = threading.Thread(target=answer)
        serving.start()
        tunnel = Tunnel(near, server.getsockname()[:2], tls / "ca.pem")
        tunnel.open()
        try:
            with socket.create_connection(near, timeout=5) as client:
                client.sendall(b"invite")
                assert client.recv(100) == b"INVITE"
        finally:
            tunnel.close()
            serving.join(5)


SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="Nobody is there">
  <send><![CDATA[

      OPTIONS sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
      From: <sip:sipp@[local_ip]>;tag=1
      To: <sip:[service]@[remote_ip]>
      Call-ID: [call_id]
      CSeq: 1 OPTIONS
      Content-Length: 0

  ]]></send>
  <recv response="200" timeout="300" />
</scenario>
"""


@pytest.mark.e2e
def test_a_failure_says_what_was_waited_for_and_what_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "nobody.xml"
    path.write_text(SCENARIO)
    with contextlib.closing(udp("127.0.0.1")) as silent:
        wire = Wire("127.0.0.1", free_port(socket.SOCK_DGRAM), 26_000, f"127.0.0.1:{silent.getsockname()[1]}")
        failure = Sipp(path, wire, tmp_path / "run", ["-s", "practice", "-m", "1"], 5).wait()
    assert failure is not None
    assert "receive timeout on message Nobody is there:1" in failure
    assert "-> OPTIONS sip:practice@127.0.0.1" in failure
