"""Capture files as Wireshark's own reader sees them."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import invite
from trace_fixtures import BEGAN, traced, whole_call

from gateway.telephony.diagnostics.pcap import write_pcap
from gateway.telephony.network.transport import Hop

CHECKED = [f"{protocol}.check_checksum:TRUE" for protocol in ("ip", "udp", "tcp")]

WAYS = {
    "UDP": (Hop("192.0.2.9", 5060), ("192.0.2.1", 5060)),
    "UDP over IPv6": (Hop("2001:db8::9", 5062), ("2001:db8::1", 5080)),
    "TCP": (Hop("192.0.2.9", 41234, "TCP"), ("192.0.2.1", 5060)),
    "TCP over IPv6": (Hop("2001:db8::9", 41234, "TCP"), ("2001:db8::1", 5060)),
    "TLS": (Hop("192.0.2.9", 41234, "TLS"), ("192.0.2.1", 5061)),
    "any address and IPv6": (Hop("2001:db8::9", 5060), ("0.0.0.0", 5060)),
    "a zone": (Hop("fe80::9%eth0", 5060), ("fe80::1", 5060)),
}


def read(file, fields):
    """Return what tshark reads of each packet."""
    program = shutil.which("tshark")
    assert program is not None, "tshark is missing; run tools/install_test_peers.sh"
    command = [program, "-n", "-r", str(file), "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    for option in CHECKED:
        command += ["-o", option]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr
    return [line.split("\t") for line in finished.stdout.splitlines()]


@pytest.mark.parametrize("way", WAYS)
def test_tshark_reads_a_call(tmp_path, way):
    remote, local = WAYS[way]
    file = tmp_path / "call.pcap"
    file.write_bytes(write_pcap(whole_call(remote=remote, local=local)))
    fields = ["frame.time_epoch", "sip.Method", "sip.Status-Code", "sip.Call-ID", "sdp.media.port", "_ws.expert"]
    packets = read(file, fields)
    assert [packet[1] or packet[2] for packet in packets] == ["INVITE", "100", "200", "200", "ACK", "BYE", "200"]
    assert {packet[3] for packet in packets} == {"call-1@192.0.2.9"}
    assert [packet[4] for packet in packets][:3] == ["9000", "", "9000"]
    assert {packet[5] for packet in packets} == {""}, "no wrong checksum, length or sequence"
    assert [float(packet[0]) - BEGAN for packet in packets] == pytest.approx(
        [message.at - BEGAN for message in whole_call()], abs=1e-6
    )


def test_ports_and_addresses_are_those_of_the_message(tmp_path):
    file = tmp_path / "call.pcap"
    file.write_bytes(write_pcap([traced(invite()), traced(invite(), sent=True, remote=Hop("192.0.2.8", 5099))]))
    assert read(file, ["ip.src", "udp.srcport", "ip.dst", "udp.dstport"]) == [
        ["192.0.2.9", "5060", "192.0.2.1", "5060"],
        ["192.0.2.1", "5060", "192.0.2.8", "5099"],
    ]


def test_a_message_longer_than_a_packet_is_put_together_again(tmp_path):
    file = tmp_path / "call.pcap"
    long = invite(headers=(f"X-Long: {'x' * 66_000}",))
    file.write_bytes(write_pcap([traced(long, remote=Hop("192.0.2.9", 41234, "TCP"))]))
    assert [packet[0] for packet in read(file, ["sip.Method"]) if packet[0]] == ["INVITE"]


@given(st.binary(max_size=100), st.sampled_from(["UDP", "TCP", "TLS"]), st.floats(0, 4_000_000_000))
def test_anything_can_be_written(data, transport, at):
    write_pcap([traced(data, at - BEGAN, remote=Hop("192.0.2.9", 5060, transport))])
