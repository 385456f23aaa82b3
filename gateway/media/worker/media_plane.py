"""All legs of a worker, one tick at a time: receive, decode, judge, advance, encode, send, in batches over the legs."""

from __future__ import annotations

import contextlib
import select
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.codecs.g711 import decode, encode
from gateway.media.errors import MediaError
from gateway.media.leg import Dtmf
from gateway.media.listening.voice_activity import VoiceActivityModel, VoiceLane
from gateway.media.parameters import Codec
from gateway.media.recording.recorder import Recorder
from gateway.media.recording.recording_tap import RecordingTap
from gateway.media.rtp.port_allocator import PortPair
from gateway.media.wire import messages as m
from gateway.media.wire.event_wire import to_message
from gateway.media.worker.bridges import Bridges
from gateway.media.worker.worker_leg import WorkerLeg, as_octets


@dataclass(frozen=True, slots=True)
class AddLeg:
    """A leg whose ports have been bound."""

    leg: int
    ports: PortPair


@dataclass(frozen=True, slots=True)
class _Outgoing:
    leg: WorkerLeg
    position: int
    frame: Samples


Command: TypeAlias = AddLeg | m.ToWorker
Post: TypeAlias = Callable[[m.FromWorker], None]


class MediaPlane:
    """Owned by the real-time thread; ``post`` must not block."""

    def __init__(self, model: VoiceActivityModel, recorder: Recorder, post: Post, media_timeout_s: float) -> None:
        self._model = model
        self._recorder = recorder
        self._post = post
        self._timeout = media_timeout_s
        self._legs: dict[int, WorkerLeg] = {}
        self._poll = select.epoll()
        self._sockets: dict[int, tuple[WorkerLeg, bool]] = {}
        self._failed: dict[int, str] = {}
        self._bridges = Bridges()

    def __len__(self) -> int:
        """Return the number of legs."""
        return len(self._legs)

    def handle(self, command: Command, now: float) -> None:
        """Carry out a command between two ticks; one for a leg that is gone is answered and has no effect."""
        if isinstance(command, AddLeg):
            self._add(command)
            return
        leg = self._legs.get(getattr(command, "leg", -1))
        if leg is None:
            request = getattr(command, "request", None)
            if request is not None:
                self._post(m.Failed(request, "the leg is gone"))
            return
        with self._isolated(leg):
            self._carry_out(leg, command, now)

    def _carry_out(self, leg: WorkerLeg, command: m.ToWorker, now: float) -> None:
        match command:
            case m.Connect():
                leg.connect(command.parameters, now)
                self._post(m.Done(command.request))
            case m.Record():
                self._record(leg, command)
            case m.GetStatistics():
                self._post(m.Statistics(command.request, leg.statistics()))
            case m.Release():
                self._release(leg, command.request)
            case m.PressKey():
                leg.events.append(Dtmf(command.digit, leg.processor.position))
            case m.Bridge():
                self._bridge(leg, command)
            case m.Unbridge():
                self._bridges.part(leg)
                self._post(m.Done(command.request))
            case m.SetEndpointing():
                leg.processor.endpointing = command.endpointing
            case m.SendDtmf():
                leg.session.send_dtmf(command.digits)
            case _:
                self._play(leg, command)

    def _play(self, leg: WorkerLeg, command: m.ToWorker) -> None:
        playout = leg.processor.playout
        match command:
            case m.OpenSound():
                playout.enqueue(
                    command.playback, barge_in=command.barge_in, rate=command.rate, repeat=command.repeat
                )
            case m.SoundChunk():
                playout.append(command.playback, np.frombuffer(command.pcm, "<i2").astype(np.int16, copy=False))
            case m.EndSound():
                playout.complete(command.playback)
            case m.StopSound():
                leg.events += playout.stop(command.playback)
                self._take_events(leg)

    def _add(self, command: AddLeg) -> None:
        notice = partial(self._notice, command.leg)
        leg = WorkerLeg(command.leg, command.ports, self._timeout, notice)
        self._legs[command.leg] = leg
        for socket, is_rtp in ((command.ports.rtp, True), (command.ports.rtcp, False)):
            self._sockets[socket.fileno()] = (leg, is_rtp)
            self._poll.register(socket.fileno(), select.EPOLLIN)

    def _notice(self, leg: int, sentence: str) -> None:
        self._post(m.Notice(leg, sentence))

    def _record(self, leg: WorkerLeg, command: m.Record) -> None:
        if leg.processor.recording is not None:
            leg.processor.recording.flush()
            leg.processor.recording = None
        done = partial(self._answer, command.request)
        if command.path is None:
            self._recorder.close(leg.leg_id, done)
        else:
            self._recorder.open(leg.leg_id, Path(command.path), done)
            leg.processor.recording = RecordingTap(partial(self._recorder.write, leg.leg_id))

    def _bridge(self, leg: WorkerLeg, command: m.Bridge) -> None:
        other = self._legs.get(command.other)
        if other is None:
            self._answer(command.request, "the leg is gone")
            return
        try:
            self._bridges.join(leg, other)
        except MediaError as error:
            self._answer(command.request, str(error))
        else:
            self._answer(command.request, None)

    def _answer(self, request: int, failure: str | None) -> None:
        self._post(m.Done(request) if failure is None else m.Failed(request, failure))

    def _release(self, leg: WorkerLeg, request: int) -> None:
        self._remove(leg)
        statistics = m.Statistics(request, leg.statistics())
        self._recorder.close(leg.leg_id, lambda _: self._post(statistics), forget=True)

    def _remove(self, leg: WorkerLeg) -> None:
        del self._legs[leg.leg_id]
        self._bridges.part(leg)
        for socket in (leg.ports.rtp, leg.ports.rtcp):
            self._poll.unregister(socket.fileno())
            del self._sockets[socket.fileno()]
        for event in leg.close():
            self._post(to_message(leg.leg_id, event))

    def tick(self, now: float) -> None:
        """Do the work of 20 ms for all legs."""
        self._read(now)
        self._drop_failed()
        legs = [leg for leg in self._legs.values() if leg.connected]
        if not legs:
            return
        windows: dict[int, tuple[VoiceLane, Samples]] = {}
        for leg, frame in zip(legs, self._decode(legs), strict=True):
            with self._isolated(leg):
                window = leg.processor.receive(leg.conceal(frame))
                if window is not None:
                    windows[leg.leg_id] = window
        judged = dict(zip(windows, self._model.probabilities(list(windows.values())), strict=True))
        outgoing: list[_Outgoing] = []
        for leg in legs:
            with self._isolated(leg):
                position = leg.processor.position
                partner = self._bridges.partner(leg)
                if partner is not None:
                    partner.press(leg.take_keys())
                heard = None if partner is None else partner.processor.received
                result = leg.processor.advance(judged.get(leg.leg_id), heard)
                leg.events += result.events
                leg.watch(now)
                outgoing.append(_Outgoing(leg, position, result.frame))
        self._send(outgoing)
        for leg in legs:
            self._take_events(leg)

    @contextlib.contextmanager
    def _isolated(self, leg: WorkerLeg) -> Iterator[None]:
        """Keep a fault in one leg's work from the other legs; the leg is given up at the next tick."""
        try:
            yield
        except Exception:  # noqa: BLE001 - whatever it is, it is told with its traceback and ends this leg only
            self._failed[leg.leg_id] = traceback.format_exc()

    def _drop_failed(self) -> None:
        for leg_id, fault in self._failed.items():
            self._post(m.Notice(leg_id, fault, fatal=True))
            leg = self._legs.get(leg_id)
            if leg is not None:
                self._remove(leg)
                self._recorder.close(leg_id, lambda _: None, forget=True)
        self._failed.clear()

    def _read(self, now: float) -> None:
        for descriptor, _ in self._poll.poll(0):
            leg, is_rtp = self._sockets[descriptor]
            with self._isolated(leg):
                if is_rtp:
                    leg.read_rtp(now)
                else:
                    leg.read_rtcp()

    def _decode(self, legs: list[WorkerLeg]) -> list[Samples | None]:
        """Return each leg's frame of int16 samples, None where it is missing; one table look-up per codec."""
        decoded: list[Samples | None] = [None] * len(legs)
        batches: dict[Codec, tuple[list[int], list[bytes]]] = {codec: ([], []) for codec in Codec}
        for index, leg in enumerate(legs):
            frame = leg.pop()
            if frame is not None and leg.codec is not None:
                indices, payloads = batches[leg.codec]
                indices.append(index)
                payloads.append(frame.payload)
        for codec, (indices, payloads) in batches.items():
            if payloads:
                for index, samples in zip(indices, decode(codec, as_octets(payloads)), strict=True):
                    decoded[index] = samples
        return decoded

    def _send(self, outgoing: list[_Outgoing]) -> None:
        for codec in Codec:
            batch = [out for out in outgoing if out.leg.codec is codec]
            if batch:
                for out, octets in zip(batch, encode(codec, np.stack([out.frame for out in batch])), strict=True):
                    with self._isolated(out.leg):
                        out.leg.send(octets.tobytes(), out.position)

    def _take_events(self, leg: WorkerLeg) -> None:
        if leg.events:
            events, leg.events = leg.events, []
            for event in events:
                self._post(to_message(leg.leg_id, event))

    def close(self) -> None:
        """Free all legs."""
        for leg in list(self._legs.values()):
            self._remove(leg)
        self._poll.close()
