"""All legs of a worker, one tick at a time: receive, play, send, listen, record, in batches over the legs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gateway.media.errors import MediaError
from gateway.media.frame import Flags, Positions
from gateway.media.leg import Dtmf, LegEvent, MediaLost, RecordingFailed
from gateway.media.playout.silence_fill import Silence
from gateway.media.rtp.port_allocator import PortPair
from gateway.media.rtp.session_statistics import session_statistics
from gateway.media.wire import messages as m
from gateway.media.wire.event_wire import to_message
from gateway.media.worker.carried_leg import CarriedLeg, Surroundings
from gateway.media.worker.datagram_reader import DatagramReader
from gateway.media.worker.faults import Faults
from gateway.media.worker.frame_engine import FrameEngine, SlotEvent
from gateway.media.worker.inbound_streams import InboundStreams, PressedKey, Sound
from gateway.media.worker.layout import Layout
from gateway.media.worker.leg_reports import LegReports
from gateway.media.worker.leg_table import LegTable
from gateway.media.worker.outgoing_sound import OutgoingSound
from gateway.media.worker.overload import LoadLevel
from gateway.media.worker.sender import Sender
from gateway.media.worker.sound_parts import join, part


@dataclass(frozen=True, slots=True)
class AddLeg:
    """A leg whose ports have been bound."""

    leg: int
    ports: PortPair


Command: TypeAlias = AddLeg | m.ToWorker
Post: TypeAlias = Callable[[m.FromWorker], None]


class MediaPlane:
    """Owned by the real-time thread; ``post`` is called from any thread and must not block.

    The order of a tick keeps the packets' pace: what the assistant says leaves first of all, before the work whose
    length varies with what has come; only bridged legs wait for what their partners sent. So a caller's speech stops a
    playback from the tick after the one that recognises it.
    """

    def __init__(
        self,
        capacity: int,
        engine: FrameEngine,
        post: Post,
        media_timeout_s: float,
        silence: Silence = Silence.SILENCE,
    ) -> None:
        self._engine = engine
        self._post = post
        self._timeout = media_timeout_s
        self._faults = Faults()
        self._table = LegTable(capacity)
        self._reader = DatagramReader(capacity, self._faults)
        self._inbound = InboundStreams(capacity, self._faults)
        self._outgoing = OutgoingSound(capacity, silence)
        self._sender = Sender(capacity, self._faults, silence)
        self._reports = LegReports(capacity, self._inbound, self._sender.streams)
        self._watched = np.zeros(capacity, np.bool_)
        self._lost = np.zeros(capacity, np.bool_)
        self._now = 0.0
        self._around = Surroundings(self._inbound.reception, self._silent_ms, self._take_report, self._notice)

    def __len__(self) -> int:
        """Return the number of legs."""
        return len(self._table)

    def shed(self, level: LoadLevel) -> None:
        """Leave out from now on what ``level`` says."""
        self._engine.shed(
            light_detection=level >= LoadLevel.LIGHT_DETECTION, no_recording=level >= LoadLevel.NO_RECORDING
        )

    # Commands, between two ticks.

    def handle(self, command: Command, now: float) -> None:
        """Carry out a command; one for a leg that is gone is answered and has no effect."""
        self._now = now
        if isinstance(command, AddLeg):
            self._add(command)
            return
        leg = self._table.get(getattr(command, "leg", -1))
        request = getattr(command, "request", None)
        if leg is None:
            if request is not None:
                self._post(m.Failed(request, "the leg is gone"))
            return
        try:
            self._carry_out(leg, command)
        except MediaError as error:
            if request is None:
                self._faults.note(leg)
            else:
                self._post(m.Failed(request, str(error)))
        except Exception:  # noqa: BLE001 - whatever it is, it is told with its traceback and ends this leg only
            self._faults.note(leg)

    def _carry_out(self, leg: CarriedLeg, command: m.ToWorker) -> None:
        match command:
            case m.Connect():
                self._connect(leg, command)
            case m.Record():
                self._record(leg, command)
            case m.GetStatistics():
                self._post(self._statistics(leg, command.request))
            case m.Release():
                self._release(leg, command.request)
            case m.PressKey():
                self._press(PressedKey(leg, command.digit))
            case m.Bridge():
                self._bridge(leg, command)
            case m.Unbridge():
                self._part(leg)
                self._post(m.Done(command.request))
            case m.SetEndpointing():
                self._engine.set_endpointing(leg.slot, command.endpointing)
            case m.SendDtmf():
                self._send_keys(leg, command.digits)
            case _:
                self._play(leg, command)

    def _add(self, command: AddLeg) -> None:
        try:
            leg = self._table.add(command.leg, lambda slot: CarriedLeg(command.leg, slot, command.ports, self._around))
        except MediaError as error:
            command.ports.close()
            self._post(m.Notice(command.leg, str(error), fatal=True))
            return
        self._engine.open(leg.slot)
        self._inbound.add(leg)
        self._outgoing.reset(leg.slot)
        self._sender.add(leg)
        try:
            self._reader.add(leg)
        except OSError:
            self._faults.note(leg)

    def _connect(self, leg: CarriedLeg, command: m.Connect) -> None:
        slot, parameters = leg.slot, command.parameters
        change = leg.connect(parameters)
        if change.source:
            self._sender.change_source(leg)
        self._inbound.configure(leg, parameters, codec_changed=change.codec)
        self._inbound.last_packet[slot] = self._now
        self._sender.configure(leg, parameters)
        self._reports.configure(leg, parameters, source_changed=change.source)
        self._watched[slot] = parameters.receive
        if self._table.bridges.partner(leg) is None:
            self._engine.start(slot)
        self._table.changed()
        self._post(m.Done(command.request))

    def _play(self, leg: CarriedLeg, command: m.ToWorker) -> None:
        playout = self._engine.playout(leg.slot)
        match command:
            case m.OpenSound():
                playout.enqueue(command.playback, barge_in=command.barge_in, rate=command.rate, repeat=command.repeat)
            case m.SoundChunk():
                playout.append(command.playback, np.frombuffer(command.pcm, "<i2").astype(np.int16, copy=False))
            case m.EndSound():
                playout.complete(command.playback)
            case m.StopSound():
                self._tell(leg, playout.stop(command.playback))
        self._engine.changed(leg.slot)

    def _record(self, leg: CarriedLeg, command: m.Record) -> None:
        done = partial(self._answer, command.request)
        if command.path is None:
            self._engine.recordings.close(leg.slot, done)
        else:
            report = partial(self._recording_failed, leg.leg_id)
            self._engine.recordings.open(leg.slot, Path(command.path), done, report)

    def _recording_failed(self, leg_id: int, reason: str) -> None:
        self._post(to_message(leg_id, RecordingFailed(reason)))

    def _answer(self, request: int, failure: str | None) -> None:
        self._post(m.Done(request) if failure is None else m.Failed(request, failure))

    def _bridge(self, leg: CarriedLeg, command: m.Bridge) -> None:
        other = self._table.get(command.other)
        if other is None:
            raise MediaError("the leg is gone")
        self._table.bridges.join(leg, other)
        for one in (leg, other):
            self._tell(one, self._engine.hand_over(one.slot))
            self._outgoing.reset(one.slot)
        self._table.changed()
        self._post(m.Done(command.request))

    def _part(self, leg: CarriedLeg) -> None:
        """Give a leg and its partner back to the assistant; harmless when it has none."""
        for one in self._table.bridges.part(leg):
            self._engine.take_back(one.slot, running=one.connected)
        self._table.changed()

    def _release(self, leg: CarriedLeg, request: int) -> None:
        slot = leg.slot
        statistics = self._statistics(leg, request)
        self._remove(leg)
        self._engine.recordings.close(slot, lambda _: self._post(statistics), forget=True)

    def _remove(self, leg: CarriedLeg) -> None:
        """Say goodbye to the peer and free the ports and the slot; the recording is still open."""
        self._part(leg)
        self._reader.remove(leg)
        try:
            self._reports.remove(leg)
        except MediaError as error:
            self._notice(leg.leg_id, f"no goodbye can be sent: {error}")
        leg.ports.close()
        self._inbound.remove(leg)
        self._watched[leg.slot] = False
        self._tell(leg, self._engine.close(leg.slot))
        self._table.remove(leg)

    def _statistics(self, leg: CarriedLeg, request: int) -> m.Statistics:
        slot = leg.slot
        figures = session_statistics(
            leg.parameters,
            position=self._table.positions.item(slot),
            reception=self._inbound.reception(slot),
            packets_sent=self._sender.packets_sent(leg),
            delay_ms=self._inbound.delay_ms(leg),
            concealed_ms=self._inbound.concealed_ms(leg),
            refused=leg.refused + self._inbound.malformed(slot),
            rtcp=leg.rtcp,
            srtp=leg.srtp,
        )
        return m.Statistics(request, figures)

    # The tick.

    def tick(self, now: float, *, late: bool = False) -> None:
        """Do the work of 20 ms for all legs.

        A tick that is made up for because its time has passed (``late``) receives and listens as ever, and plays and
        sends nothing: no two packets leave in a burst, and what is sent next has the timestamp of its moment.
        """
        self._now = now
        self._drop_failed()
        layout, (alone, bridged) = self._table.layout, self._table.parts
        said = self._outgoing.silence(alone) if late or not alone.legs else self._speak(alone)
        for arrived in self._reader.rounds():
            for pressed in self._inbound.take(arrived, now):
                self._press(pressed)
        if not layout.legs:
            self._engine.rest()
            return
        positions = self._table.positions[layout.slots]
        heard = self._inbound.frames(layout, self._engine.quiet)
        sent = said
        if bridged.legs:
            passed = self._outgoing.silence(bridged) if late else self._pass_on(bridged, part(heard, layout, bridged))
            sent = join(layout, (alone, said), (bridged, passed))
        self._listen(layout, heard, sent, positions)
        self._engine.record(layout.slots, positions, heard.narrow, sent.narrow)
        self._table.advance(layout.slots)
        self._report(layout)
        self._watch(layout)

    def _speak(self, layout: Layout) -> Sound:
        """Play to legs that are not bridged; return what they were sent."""
        frames, events = self._engine.next_frames(self._table.positions)
        sent = self._send(layout, self._outgoing.compose(layout, frames))
        self._tell_all(events)
        return sent

    def _pass_on(self, layout: Layout, heard: Sound) -> Sound:
        """Let bridged legs hear each other; return what they were sent."""
        return self._send(layout, self._outgoing.bridge(layout, heard))

    def _send(self, layout: Layout, outgoing: tuple[Sound, Flags]) -> Sound:
        sent, silent = outgoing
        if self._sender.send(layout, sent, silent, self._table.positions[layout.slots]):
            self._table.changed()
        return sent

    def _listen(self, layout: Layout, heard: Sound, sent: Sound, positions: Positions) -> None:
        wide = {layout.slots.item(place): heard.wide[row] for place, row in layout.wide_rows.items()}
        at = layout.listened
        if len(at) == len(layout.legs):
            events = self._engine.listen(layout.slots, positions, heard.narrow, sent.narrow, wide)
        else:
            self._engine.overhear(layout.slots[layout.bridged], heard.narrow[layout.bridged])
            slots = layout.slots[at]
            wide = {slot: wide[slot] for slot in slots.tolist() if slot in wide}
            events = self._engine.listen(slots, positions[at], heard.narrow[at], sent.narrow[at], wide)
        self._tell_all(events)

    def _report(self, layout: Layout) -> None:
        """Send the RTCP reports that are due."""
        positions = self._table.positions
        for slot in self._reports.due(layout.slots, positions):
            leg = self._table.at(slot)
            if leg is not None:
                try:
                    self._reports.send(leg, positions.item(slot), self._now)
                except Exception:  # noqa: BLE001 - whatever it is, it ends this leg only
                    self._faults.note(leg)

    def _take_report(self, leg: CarriedLeg, datagram: bytes) -> None:
        self._reports.receive(leg, datagram, self._now)

    def _silent_ms(self, slot: int) -> int:
        return round((self._now - self._inbound.last_packet.item(slot)) * 1000)

    def _watch(self, layout: Layout) -> None:
        """Report once when a peer's packets stay away."""
        slots = layout.slots
        overdue = self._watched[slots] & (self._now - self._inbound.last_packet[slots] >= self._timeout)
        news = overdue & ~self._lost[slots]
        self._lost[slots] = overdue
        self._tell_all([(slot, MediaLost(self._silent_ms(slot))) for slot in slots[news].tolist()])

    def _press(self, pressed: PressedKey) -> None:
        """Take a key that a peer has pressed: an event, or for the other party of a bridge."""
        partner = self._table.bridges.partner(pressed.leg)
        if partner is None:
            self._tell(pressed.leg, [Dtmf(pressed.digit, self._table.positions.item(pressed.leg.slot))])
        else:
            self._send_keys(partner, pressed.digit)

    def _send_keys(self, leg: CarriedLeg, keys: str) -> None:
        self._sender.press(leg, keys)
        self._table.changed()

    # What is told.

    def _tell(self, leg: CarriedLeg, events: Iterable[LegEvent]) -> None:
        for event in events:
            self._post(to_message(leg.leg_id, event))

    def _tell_all(self, events: Iterable[SlotEvent]) -> None:
        for slot, event in events:
            leg = self._table.at(slot)
            if leg is not None:
                self._post(to_message(leg.leg_id, event))

    def _notice(self, leg_id: int, sentence: str) -> None:
        self._post(m.Notice(leg_id, sentence))

    def _drop_failed(self) -> None:
        for leg_id, fault in self._faults.take().items():
            self._post(m.Notice(leg_id, fault, fatal=True))
            leg = self._table.get(leg_id)
            if leg is not None:
                slot = leg.slot
                self._remove(leg)
                self._engine.recordings.close(slot, lambda _: None, forget=True)

    def close(self) -> None:
        """Free all legs."""
        for leg in list(self._table):
            self._remove(leg)
        self._engine.recordings.finish()
        self._reader.close()
