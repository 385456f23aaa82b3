"""A media plane as a worker has it, driven tick by tick in the test's own process over real sockets."""

from __future__ import annotations

from typing import Any

from gateway.media.playout.silence_fill import Silence
from gateway.media.recording.recording_writer import RecordingWriter
from gateway.media.recording.recordings import Recordings
from gateway.media.rtp.port_allocator import PortAllocator, PortPair
from gateway.media.worker.__main__ import make_listening
from gateway.media.worker.frame_engine import FrameEngine
from gateway.media.worker.media_plane import AddLeg, MediaPlane

CAPACITY = 32


class PlaneBench:
    """``posted`` is what the plane has told its client."""

    def __init__(
        self,
        port_min: int,
        port_max: int,
        *,
        vad: str = "silero",
        media_timeout_s: float = 20,
        silence: Silence = Silence.SILENCE,
    ) -> None:
        self.posted: list[Any] = []
        self.writer = RecordingWriter()
        self.writer.start()
        self.engine = FrameEngine(CAPACITY, make_listening(vad, CAPACITY), Recordings(CAPACITY, self.writer))
        self.plane = MediaPlane(CAPACITY, self.engine, self.posted.append, media_timeout_s, silence)
        self.ports = PortAllocator("127.0.0.1", port_min, port_max)
        self.now = 0.0

    def add(self, leg: int) -> PortPair:
        """Take in a leg and return its ports."""
        pair = self.ports.allocate()
        self.plane.handle(AddLeg(leg, pair), self.now)
        return pair

    def handle(self, command: Any) -> None:
        """Carry out a command."""
        self.plane.handle(command, self.now)

    def tick(self, count: int = 1, *, late: bool = False) -> None:
        """Let 20 ms pass, ``count`` times."""
        for _ in range(count):
            self.plane.tick(self.now, late=late)
            self.now += 0.02

    def of(self, kind: type) -> list[Any]:
        """Return the messages of a kind."""
        return [message for message in self.posted if isinstance(message, kind)]

    def close(self) -> None:
        """Free the legs and finish the files."""
        self.plane.close()
        self.writer.stop()
