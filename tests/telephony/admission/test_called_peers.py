from gateway.telephony.admission.called_peers import CalledPeers


def test_a_peer_is_heard_while_it_is_called_and_a_moment_longer():
    peers = CalledPeers(linger_s=32)
    assert not peers.includes("192.0.2.9", 0)
    peers.begin("192.0.2.9")
    assert peers.includes("192.0.2.9", 1e9)
    assert peers.includes("::ffff:192.0.2.9", 0)
    assert not peers.includes("192.0.2.10", 0)
    peers.end("192.0.2.9", 100)
    assert peers.includes("192.0.2.9", 131)
    assert not peers.includes("192.0.2.9", 133)


def test_of_two_calls_the_last_counts_and_nothing_is_left_behind():
    peers = CalledPeers(linger_s=32)
    for host in ("192.0.2.9", "192.0.2.9", "192.0.2.10"):
        peers.begin(host)
    peers.end("192.0.2.9", 0)
    assert peers.includes("192.0.2.9", 1000)
    peers.end("192.0.2.9", 0)
    peers.end("192.0.2.10", 100)
    assert not peers.includes("192.0.2.9", 50)
    assert len(peers._until) == 1
