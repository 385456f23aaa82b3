"""Holds a rehearsal: patients call one gateway, some at a time, and each call is judged."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.audio import AudioFormatError, Pcm
from gateway.audio.pcm import Samples
from gateway.caller.call import local_address_toward
from gateway.caller.conversation_log import format_line
from gateway.caller.line.background import make_noise
from gateway.caller.line.impairment import NetworkFaults
from gateway.caller.line.relay import LineFaults
from gateway.caller.options import CallReport
from gateway.caller.telephone import Dialling, Speaking, Telephone
from gateway.caller.voice import FAREWELLS
from gateway.dialogue.values import Telling
from gateway.media.parameters import Codec
from gateway.practice.profile import PracticeProfile
from gateway.records.model import CallStory
from gateway.rehearsal.answers import Answers
from gateway.rehearsal.judgement import Judgement, judge
from gateway.rehearsal.own_gateway import RunningGateway
from gateway.rehearsal.patient import Patient, sayings
from gateway.rehearsal.patient_voice import babble_voices, patient_sounds
from gateway.rehearsal.result import CallResult
from gateway.rehearsal.scenario import Scenario
from gateway.rehearsal.sound import CallSound, measure, read_stereo, speech_spans
from gateway.rehearsal.speaker import Speaker
from gateway.rehearsal.story_ears import StoryEars, StoryReader
from gateway.rehearsal.wordings_heard import WordingEar
from gateway.speech.fallback import InProcessSynthesiser

LONGEST_CALL_S = 240.0
_STORY_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Appointed:
    """A scenario and the practice that it calls: its number and its profile; ``run`` counts repetitions from 1."""

    scenario: Scenario
    number: str
    profile: PracticeProfile
    run: int = 1


class Rehearsal:
    """Holds the calls of a rehearsal with ``gateway``; recordings of what the patients heard go to ``folder``.

    ``seed`` decides about everything that is random in a bad line.
    """

    def __init__(self, gateway: RunningGateway, reader: StoryReader, folder: Path, *, seed: int) -> None:
        self._gateway = gateway
        self._reader = reader
        self._folder = folder
        self._seed = seed
        self._synthesiser = Speaker(InProcessSynthesiser())
        self._babble: tuple[Pcm, ...] = ()
        self.results: list[CallResult] = []
        """The calls that are over, in the order in which they ended."""

    async def hold(
        self, appointed: Sequence[Appointed], *, calls: int, on_result: Callable[[CallResult], None]
    ) -> None:
        """Hold all calls, ``calls`` at a time; ``on_result`` gets each as it is over.

        Raises:
            CallerInputError: a scenario cannot be spoken; one sentence.

        """
        if any(one.scenario.line.noise is not None for one in appointed):
            self._babble = await babble_voices(self._synthesiser)
        slots = asyncio.Semaphore(calls)

        async def one(appointment: Appointed) -> None:
            async with slots:
                result = await self._call(appointment)
            self.results.append(result)
            on_result(result)

        async with asyncio.TaskGroup() as group:
            for appointment in appointed:
                group.create_task(one(appointment))

    async def _call(self, appointment: Appointed) -> CallResult:
        scenario, profile = appointment.scenario, appointment.profile
        today = dt.datetime.now(profile.zone).date()
        ear = WordingEar(profile)
        answers = Answers(scenario, profile, today)
        telling = Telling(scenario.language, profile, today)
        patient = Patient(scenario, Answers(scenario, profile, today), ear, telling)
        ears = StoryEars(self._reader)
        target = self._gateway.uri(appointment.number)
        recording = self._folder / f"{scenario.name}-{appointment.run}.wav"
        dialling = Dialling(
            to=target,
            from_number=scenario.from_number,
            codecs=(Codec.PCMA,),
            longest_s=LONGEST_CALL_S,
            save=recording,
            presses_keys=True,
            faults=self._faults(scenario),
        )
        speaking = Speaking(
            part=patient,
            sounds=await patient_sounds(scenario, sayings(answers), self._synthesiser),
            farewell=FAREWELLS[scenario.language],
            ears=ears,
            on_line=lambda _line: None,
            on_answered=ears.listen_to,
        )
        report = await Telephone(dialling, speaking, await local_address_toward(target)).call()
        story = None
        if report.sip_call_id is not None:
            story = await self._reader.finished(
                report.sip_call_id, within_s=_STORY_WITHIN_S, delivered=self._gateway.delivers
            )
        judgement = judge(scenario, story, ear) if story else Judgement((f"there is no record: {report.reason}",))
        return CallResult(
            scenario=scenario,
            run=appointment.run,
            judgement=judgement,
            sound=await asyncio.to_thread(_sound_of, recording, report, patient),
            ending=report.reason,
            seconds=report.seconds,
            lines=tuple(_lines(story, report)),
            sip_call_id=report.sip_call_id,
        )

    def _faults(self, scenario: Scenario) -> LineFaults:
        line = scenario.line
        seed = self._seed * 1_000 + sum(scenario.name.encode()) % 1_000
        noise: Samples | None = None
        if line.noise is not None:
            noise = make_noise(line.noise, seed, self._babble)
        return LineFaults(NetworkFaults(line.loss, line.jitter_ms), noise, line.snr_db, seed)


def _sound_of(recording: Path, report: CallReport, patient: Patient) -> CallSound:
    """Measure the turns in what the patient's telephone recorded; nothing where the call was never answered."""
    try:
        gateway_side, _ = read_stereo(recording.read_bytes())
    except (OSError, AudioFormatError):
        return CallSound()
    return measure(speech_spans(gateway_side), report.own_sounds, patient.spoken)


def _lines(story: CallStory | None, report: CallReport) -> list[str]:
    """Return what was said: as the records have it what the gateway understood, as it was meant what it should have."""
    if story is None:
        return [format_line(line) for line in report.lines]
    said = [line.text for line in report.lines if line.speaker == "caller"]
    heard = [f"{turn.speaker:<8} {turn.text}" for turn in story.turns]
    return [*heard, f"meant: {' | '.join(said)}"]
