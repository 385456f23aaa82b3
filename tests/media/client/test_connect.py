"""What a leg tells its worker of the stream that signalling has agreed on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.media.client.rtp_leg import RtpLeg
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.wire import messages as m


class Process:
    """A worker's process that keeps what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[m.ToWorker] = []

    async def request(self, build: Callable[[int], m.ToWorker], answer: type) -> m.Done:
        self.asked.append(build(len(self.asked)))
        return m.Done(len(self.asked))


async def connected(host: str, address: str, rtcp: str) -> StreamParameters:
    process = Process()
    leg = RtpLeg(process, 1, host, 4000, lambda _: None)
    await leg.connect(StreamParameters(address, 5000, Codec.PCMA, 8, remote_rtcp=(rtcp, 5003)))
    (message,) = process.asked
    assert isinstance(message, m.Connect)
    return message.parameters


@pytest.mark.parametrize(
    ("host", "address", "rtcp", "reached"),
    [
        ("0.0.0.0", "192.0.2.1", "192.0.2.9", ("192.0.2.1", "192.0.2.9")),
        ("::", "192.0.2.1", "192.0.2.9", ("::ffff:192.0.2.1", "::ffff:192.0.2.9")),
        ("::", "2001:db8::1", "2001:db8::9", ("2001:db8::1", "2001:db8::9")),
    ],
)
async def test_addresses_are_told_as_the_socket_knows_them(
    host: str, address: str, rtcp: str, reached: tuple[str, str]
) -> None:
    parameters = await connected(host, address, rtcp)
    assert (parameters.remote_address, parameters.remote_rtcp) == (reached[0], (reached[1], 5003))
