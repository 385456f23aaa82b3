"""The media worker's process: ``python -m gateway.media.worker``, started by ``gateway.media.client.media_worker``."""

from __future__ import annotations

import argparse
import faulthandler
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue

from gateway.media.codecs.codec import available_codecs
from gateway.media.errors import MediaError
from gateway.media.listening.detectors import VoiceDetector
from gateway.media.listening.listening import Listening
from gateway.media.listening.silero import SileroDetector
from gateway.media.listening.webrtc import WebRtcDetector
from gateway.media.playout.silence_fill import Silence
from gateway.media.recording.recording_writer import RecordingWriter
from gateway.media.recording.recordings import Recordings
from gateway.media.rtp.port_allocator import PortAllocator
from gateway.media.wire import messages as m
from gateway.media.worker import scheduling
from gateway.media.worker.control import ControlConnection
from gateway.media.worker.frame_engine import FrameEngine
from gateway.media.worker.media_plane import Command, MediaPlane
from gateway.media.worker.real_time_loop import RealTimeLoop

_SWITCH_INTERVAL_S = 0.0005
_INTERNAL_ERROR = 70
_MOST_LEGS = 2048
"""More than a core can serve; the arrays have so many rows, of which those in use cost memory."""


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gateway.media.worker", description=__doc__)
    parser.add_argument("--control-fd", type=int, required=True, help="descriptor of the socket to the client")
    parser.add_argument("--host", required=True, help="address that RTP ports are bound to")
    parser.add_argument("--port-min", type=int, required=True)
    parser.add_argument("--port-max", type=int, required=True)
    parser.add_argument("--media-timeout", type=float, required=True, help="seconds without RTP that count as loss")
    parser.add_argument("--vad", choices=("silero", "webrtc"), default="silero", help="detector of speech")
    parser.add_argument("--silence", choices=list(Silence), type=Silence, default=Silence.SILENCE)
    parser.add_argument("--cpu", type=int, help="CPU to run on; without it the system chooses")
    return parser.parse_args(arguments)


def _run_or_die(loop: RealTimeLoop) -> None:
    """Run the clock; a fault in it ends the process, because the client starts a new one and nothing else helps."""
    try:
        scheduling.prepare_clock()
        loop.run()
    except BaseException:  # noqa: BLE001 - whatever it is, the process must not live on without its clock
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(_INTERNAL_ERROR)


def make_listening(detector: str, capacity: int) -> Listening:
    """Return what listens to ``capacity`` legs by the ``detector`` of that name; under load by the light one."""
    light = WebRtcDetector(capacity)
    detectors: dict[str, Callable[[], VoiceDetector]] = {
        "silero": lambda: SileroDetector(capacity),
        "webrtc": lambda: light,
    }
    return Listening(capacity, detectors[detector](), light)


def serve(connection: socket.socket, ports: PortAllocator, options: argparse.Namespace, runs_with: str) -> None:
    """Serve one client until it closes the connection; then finish the recordings."""
    commands: SimpleQueue[Command] = SimpleQueue()
    capacity = min(ports.pairs, _MOST_LEGS)
    control = ControlConnection(connection, commands, ports, capacity)
    recorder = RecordingWriter()
    engine = FrameEngine(capacity, make_listening(options.vad, capacity), Recordings(capacity, recorder))
    plane = MediaPlane(capacity, engine, control.post, options.media_timeout, options.silence)
    available_codecs()
    loop = RealTimeLoop(plane, commands, control.post)
    clock = threading.Thread(target=_run_or_die, args=(loop,), name="media clock", daemon=True)
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    recorder.start()
    loop.watchdog.start()
    clock.start()
    _name_threads()
    control.post(m.Ready(os.getpid(), runs_with))
    try:
        control.run()
    finally:
        loop.stop()
        clock.join(timeout=2)
        loop.watchdog.stop()
        recorder.stop()


def _name_threads() -> None:
    """Show the threads by their names to the system's tools."""
    for thread in threading.enumerate():
        if thread.native_id is not None:
            scheduling.name_thread(thread.native_id, "media control" if thread.name == "MainThread" else thread.name)


def _tell_of_crashes() -> None:
    """Let a crash in native code, and the kernel's end of a runaway thread, say where it happened before it ends us."""
    faulthandler.enable()
    faulthandler.register(signal.SIGXCPU, chain=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; return the exit status."""
    options = _arguments(sys.argv[1:] if arguments is None else arguments)
    # A Ctrl-C in the terminal reaches the whole group; the client ends this process when its calls are over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _tell_of_crashes()
    connection = socket.socket(fileno=options.control_fd)
    try:
        granted = scheduling.prepare_process(options.cpu)
        ports = PortAllocator(options.host, options.port_min, options.port_max)
        serve(connection, ports, options, str(granted))
    except (MediaError, ValueError) as error:
        sys.stderr.write(f"media worker: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
