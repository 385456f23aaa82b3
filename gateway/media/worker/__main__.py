"""The media worker's process: ``python -m gateway.media.worker``, started by ``gateway.media.client.media_worker``."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import sys
import threading
import traceback
from queue import SimpleQueue

from gateway.media.errors import MediaError
from gateway.media.listening.voice_activity import VoiceActivityModel
from gateway.media.recording.recorder import Recorder
from gateway.media.rtp.port_allocator import PortAllocator
from gateway.media.wire import messages as m
from gateway.media.worker.control import ControlConnection
from gateway.media.worker.media_plane import Command, MediaPlane
from gateway.media.worker.real_time_loop import RealTimeLoop

_PRIORITY = -10
_SWITCH_INTERVAL_S = 0.0005
_INTERNAL_ERROR = 70


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gateway.media.worker", description=__doc__)
    parser.add_argument("--control-fd", type=int, required=True, help="descriptor of the socket to the client")
    parser.add_argument("--host", required=True, help="address that RTP ports are bound to")
    parser.add_argument("--port-min", type=int, required=True)
    parser.add_argument("--port-max", type=int, required=True)
    parser.add_argument("--media-timeout", type=float, required=True, help="seconds without RTP that count as loss")
    return parser.parse_args(arguments)


def _prefer_this_process() -> None:
    """Ask the scheduler to run this process before others; without the right to ask, the default has to do."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
    except PermissionError:
        return


def _run_or_die(loop: RealTimeLoop) -> None:
    """Run the clock; a fault in it ends the process, because the client starts a new one and nothing else helps."""
    try:
        loop.run()
    except BaseException:  # noqa: BLE001 - whatever it is, the process must not live on without its clock
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(_INTERNAL_ERROR)


def serve(connection: socket.socket, ports: PortAllocator, media_timeout_s: float) -> None:
    """Serve one client until it closes the connection; then finish the recordings."""
    commands: SimpleQueue[Command] = SimpleQueue()
    control = ControlConnection(connection, commands, ports)
    recorder = Recorder(lambda leg, sentence: control.post(m.Notice(leg, sentence)))
    plane = MediaPlane(VoiceActivityModel(), recorder, control.post, media_timeout_s)
    loop = RealTimeLoop(plane, commands, control.post)
    clock = threading.Thread(target=_run_or_die, args=(loop,), name="media clock", daemon=True)
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    recorder.start()
    clock.start()
    control.post(m.Ready(os.getpid()))
    try:
        control.run()
    finally:
        loop.stop()
        clock.join(timeout=2)
        recorder.stop()


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; return the exit status."""
    options = _arguments(sys.argv[1:] if arguments is None else arguments)
    # A Ctrl-C in the terminal reaches the whole group; the client ends this process when its calls are over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prefer_this_process()
    connection = socket.socket(fileno=options.control_fd)
    try:
        ports = PortAllocator(options.host, options.port_min, options.port_max)
        serve(connection, ports, options.media_timeout)
    except MediaError as error:
        sys.stderr.write(f"media worker: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
