"""Coverage-guided fuzzing of all that reads octets from the network, with atheris (libFuzzer).

The first octet of an input chooses what reads the rest: a user agent's core, whole calls in disorder, the framer of
streams, SDP with offer and answer, digest challenges and proofs. Seeds are the torture messages. A crash, a message
that takes too long, an answer that is missing, or something left when all timers have run out ends the run with an
error. For a bounded time:

    .venv/bin/python tests/telephony/fuzz/fuzz_signalling.py --seconds 600

It runs in a process of its own because atheris instruments what is imported. ``--plant`` puts in a fault of a kind,
which shows that it would be found.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent.parent)]

with atheris.instrument_imports(include=["gateway.telephony"], enable_loader_override=False):
    from fuzz_harness import Edit, Harness, Step
    from sip_fixtures import SDP, invite, request
    from torture_messages import RFC4475, RFC5118

    import gateway.telephony.core
    import gateway.telephony.messages.message
    import gateway.telephony.sessions.dialog
    from gateway.telephony.authentication.digest import parse_challenges
    from gateway.telephony.authentication.digest_server import DigestServer
    from gateway.telephony.errors import MalformedMessage, NotAcceptableHere, SdpError
    from gateway.telephony.messages.message import Request, parse_message
    from gateway.telephony.messages.sdp import parse_sdp
    from gateway.telephony.network.stream_framer import MessageFramed, StreamFramer
    from gateway.telephony.sessions.media_policy import MediaPolicy, SrtpMode
    from gateway.telephony.sessions.negotiation import Negotiation

LONGEST_INPUT = 8_192
SLOWEST_S = 3
MEMORY_MB = 1_024
WORDS = (
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "PRACK",
    "UPDATE",
    "REFER",
    "INFO",
    "SIP/2.0",
    "sip:",
    "tel:",
    "Via: ",
    "Route: <",
    "Record-Route: <",
    "Contact: <",
    "Require: ",
    "Supported: ",
    "Replaces: ",
    "Session-Expires: ",
    "Min-SE: ",
    "RAck: ",
    "Refer-To: ",
    "Expires: ",
    "Content-Type: ",
    "Content-Length: ",
    "multipart/mixed;boundary=",
    "100rel",
    "timer",
    ";branch=z9hG4bK",
    ";tag=",
    ";lr",
    ";rport",
    "\r\n",
    "\r\n\r\n",
    "\r\n ",
    "a=rtpmap:",
    "a=fmtp:",
    "a=rtcp:",
    "a=rtcp-mux",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
    "a=sendonly",
    "opus/48000/2",
    "telephone-event/48000",
    "RTP/SAVP",
    "m=audio ",
    "c=IN IP6 ",
    "[::1]",
)
"""What the fuzzer may put in at once."""
SECURE_SDP = SDP.replace(b"RTP/AVP 8 101", b"RTP/SAVP 96 9 8 13 101") + (
    b"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtcp:9009 IN IP4 192.0.2.9\r\na=rtcp-mux\r\n"
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20\r\n"
)
PAUSES_S = (0.0, 0.0, 0.6, 40.0)


def fuzz_core(data: bytes) -> None:
    """Read one message in the middle of a call."""
    harness = Harness()
    harness.receive(invite())
    harness.act(7)  # answered
    harness.receive(data)
    harness.receive(data)
    harness.finish()


def fuzz_calls(data: bytes) -> None:
    """Play a call; each step takes six octets, an edit's text included."""
    steps = []
    for at in range(0, min(len(data), 96) - 5, 6):
        kind, flags, where, put, pause, action = data[at : at + 6]
        edits = (Edit(where * 4, flags & 3, bytes((put,))),) if flags & 4 else ()
        copies = (1, 1, 0, 2)[flags >> 3 & 3]
        steps.append(Step(kind, edits, copies, PAUSES_S[pause & 3], action))
    Harness().play(tuple(steps))


def fuzz_stream(data: bytes) -> None:
    """Frame a stream whole and in pieces; both must find the same messages."""
    whole, pieces, split = StreamFramer(), StreamFramer(), []
    found = [event for event in whole.receive(data) if isinstance(event, MessageFramed)]
    for at in range(0, len(data), 7):
        split += [event for event in pieces.receive(data[at : at + 7]) if isinstance(event, MessageFramed)]
    if found != split:
        raise AssertionError("what is framed depends on how the stream was cut")
    for event in found:
        try:
            parse_message(event.data)
        except MalformedMessage:
            continue


def fuzz_sdp(data: bytes) -> None:
    """Read a description, as an offer and as an answer."""
    try:
        description = parse_sdp(data)
        parse_sdp(description.serialise())
    except SdpError:
        return
    for mode in SrtpMode:
        policy = MediaPolicy(srtp=mode)
        offering, answering = (Negotiation("192.0.2.1", 4000, 1, policy=policy) for _ in range(2))
        offering.offer()
        for negotiate in (partial(answering.answer, description), partial(offering.accept, data)):
            try:
                negotiate()
            except (NotAcceptableHere, SdpError):
                continue
        for negotiation in (offering, answering):
            parse_sdp(negotiation.offer())


def fuzz_digest(data: bytes) -> None:
    """Read a challenge and a proof."""
    value = data.decode("utf-8", "surrogateescape").replace("\r", "").replace("\n", "")
    parse_challenges([value])
    message = parse_message(request("INVITE"))
    if isinstance(message, Request):
        message.headers.add("Authorization", value)
        DigestServer("practice", {"user": "password"}).verify(message, "192.0.2.9", 1_000.0)


TARGETS = (fuzz_core, fuzz_calls, fuzz_stream, fuzz_sdp, fuzz_digest)


def fuzz_one(data: bytes) -> None:
    """Give an input to what its first octet chooses."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


def write_seeds(folder: Path) -> None:
    """Write the seeds: torture messages for the core and the framer, and something for each other target."""
    messages = [*RFC4475.values(), *RFC5118.values(), invite(), request("BYE", to_tag="x")]
    seeds = [b"\x00" + message for message in messages]
    seeds += [b"\x02" + b"\r\n".join(messages[at : at + 2]) for at in range(0, len(messages), 8)]
    seeds += [b"\x01" + bytes(step) for step in ((0, 0, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 2, 4, 9, 32, 1, 21), range(60))]
    seeds += [b"\x03" + SDP, b"\x03" + SECURE_SDP]
    digest = b'Digest realm="practice", nonce="n", algorithm=MD5, qop="auth"'
    proof = b', username="user", uri="sip:+41441234567@192.0.2.1", response="0", cnonce="c", nc=00000001'
    seeds += [b"\x04" + digest, b"\x04" + digest + proof]
    for number, seed in enumerate(seeds):
        (folder / f"{number:03}").write_bytes(seed)


def _dictionary_word(word: str) -> str:
    return word.replace("\r", "\\x0D").replace("\n", "\\x0A")


def plant(kind: str) -> None:
    """Put a fault in."""
    if kind == "crash":
        real = gateway.telephony.core.parse_message

        def parse(data: bytes) -> object:
            if b"\x01" in data[:40]:
                raise IndexError("planted")
            return real(data)

        gateway.telephony.core.parse_message = parse
    elif kind == "hang":
        real_sdp = gateway.telephony.messages.message._check

        def check(message: object) -> None:
            while "Subject" in message.headers:
                pass
            real_sdp(message)

        gateway.telephony.messages.message._check = check
    else:
        gateway.telephony.core.UserAgentCore._forget_terminated = lambda self: None


def main() -> None:
    """Fuzz for the time given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--plant", choices=("crash", "hang", "growth"))
    options = parser.parse_args()
    if options.plant:
        plant(options.plant)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        write_seeds(corpus)
        words = Path(folder) / "words"
        words.write_text("".join(f'"{_dictionary_word(word)}"\n' for word in WORDS))
        limits = (
            f"-max_total_time={options.seconds}",
            f"-max_len={LONGEST_INPUT}",
            f"-timeout={SLOWEST_S}",
            f"-rss_limit_mb={MEMORY_MB}",
            f"-artifact_prefix={folder}/",
            f"-dict={words}",
            "-len_control=0",
            "-print_final_stats=1",
        )
        atheris.Setup([sys.argv[0], *limits, str(corpus)], fuzz_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
