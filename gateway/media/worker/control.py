"""The worker's side of the socket to its client."""

from __future__ import annotations

import os
import selectors
import socket
from queue import Empty, SimpleQueue

import msgspec

from gateway.media.errors import MediaError
from gateway.media.rtp.port_allocator import PortAllocator
from gateway.media.wire import messages as m
from gateway.media.worker.media_plane import AddLeg, Command

_CHUNK = 256 * 1024
_LARGEST_BACKLOG = 64 * 1024 * 1024


class ControlConnection:
    """Reads commands for the real-time thread and writes what the threads post, on the calling thread."""

    def __init__(
        self, connection: socket.socket, commands: SimpleQueue[Command], ports: PortAllocator, capacity: int
    ) -> None:
        self._connection = connection
        self._commands = commands
        self._ports = ports
        self._capacity = capacity
        self._legs: set[int] = set()
        self._outbox: SimpleQueue[m.FromWorker] = SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._reader = m.MessageReader()
        self._decoder = msgspec.msgpack.Decoder(m.ToWorker)
        self._unsent = bytearray()

    def post(self, message: m.FromWorker) -> None:
        """Queue a message for the client; called from any thread, never blocks."""
        self._outbox.put(message)
        os.eventfd_write(self._wake, 1)

    def run(self) -> None:
        """Serve until the client closes the connection.

        Raises:
            MediaError: the client has stopped reading.

        """
        self._connection.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            selector.register(self._connection, selectors.EVENT_READ)
            while True:
                wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
                selector.modify(self._connection, wanted)
                ready = {key.fd: events for key, events in selector.select()}
                if self._wake in ready:
                    os.eventfd_read(self._wake)
                if ready.get(self._connection.fileno(), 0) & selectors.EVENT_READ and not self._read():
                    return
                if not self._write():
                    return

    def _read(self) -> bool:
        """Take commands in; return False when the client is gone."""
        try:
            data = self._connection.recv(_CHUNK)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        if not data:
            return False
        for body in self._reader.feed(data):
            command = self._decoder.decode(body)
            if isinstance(command, m.Allocate):
                self._allocate(command)
                continue
            if isinstance(command, m.Release):
                self._legs.discard(command.leg)
            self._commands.put(command)
        return True

    def _allocate(self, command: m.Allocate) -> None:
        try:
            ports = self._ports.allocate()
        except MediaError as error:
            self.post(m.Failed(command.request, str(error)))
            return
        if len(self._legs) >= self._capacity:
            ports.close()
            self.post(m.Failed(command.request, f"the media worker carries {self._capacity} calls already"))
            return
        self._legs.add(command.leg)
        self._commands.put(AddLeg(command.leg, ports))
        self.post(m.Allocated(command.request, ports.port))

    def _write(self) -> bool:
        """Send what is posted as far as the client takes it; return False when it is gone."""
        while True:
            try:
                self._unsent += m.pack(self._outbox.get_nowait())
            except Empty:
                break
        if len(self._unsent) > _LARGEST_BACKLOG:
            raise MediaError("the media worker's client has stopped reading")
        while self._unsent:
            try:
                sent = self._connection.send(self._unsent[:_CHUNK])
            except BlockingIOError:
                break
            except ConnectionError:
                return False
            del self._unsent[:sent]
        return True
